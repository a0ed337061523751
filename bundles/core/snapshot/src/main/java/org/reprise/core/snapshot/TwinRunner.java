package org.reprise.core.snapshot;

import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.LongFunction;
import org.reprise.api.replay.EventJournal;
import org.reprise.api.replay.ReplayHost;
import org.reprise.api.travel.Twin;
import org.reprise.core.snapshot.segment.SegmentAnswer;
import org.reprise.core.snapshot.segment.SegmentAnswer.End;
import org.reprise.core.snapshot.segment.SegmentJob;
import org.reprise.core.snapshot.segment.SegmentRunner;
import org.reprise.core.snapshot.store.StoredSnapshot;

/** Works on segments with a twin, which is put together for the first one. */
final class TwinRunner implements SegmentRunner, AutoCloseable {
    private final Twin twin;
    private final Shelf shelf;
    private final LongFunction<EventJournal> log;
    private final SegmentMachine machine;
    private boolean started;
    private volatile boolean failed;

    /**
     * @param shelf snapshots, of the twin's own
     * @param log opens the log from behind so many events
     * @param beginning the snapshot that the recording begins with; empty: it begins with a reset
     */
    TwinRunner(Twin twin, Shelf shelf, LongFunction<EventJournal> log, Optional<StoredSnapshot> beginning) {
        this.twin = twin;
        this.shelf = shelf;
        this.log = log;
        ReplayHost host = twin.machine();
        Positions positions = new Positions(host, () -> shelf, log, () -> beginning, () -> { });
        machine = new SegmentMachine(host, positions::goBefore, host.travel()::run, (segment, until, notes) -> notes.run(until));
    }

    /** False when it has failed or is gone. */
    boolean usable() {
        return !failed && !twin.closed();
    }

    @Override
    public synchronized SegmentAnswer run(SegmentJob job, BooleanSupplier unwanted) {
        boolean well = false;
        try {
            if (unwanted.getAsBoolean()) {
                well = true;
                return new SegmentAnswer(List.of(), End.STOPPED);
            }
            if (!started) {
                twin.machine().startPaused(log.apply(0));
                started = true;
            }
            SegmentAnswer answer = machine.run(job, unwanted);
            // one that somebody else has stopped is not used again
            well = answer.end() != End.STOPPED || unwanted.getAsBoolean();
            return answer;
        } finally {
            if (!well) {
                failed = true;
            }
        }
    }

    @Override
    public void interrupt() {
        machine.interrupt();
    }

    @Override
    public void close() {
        failed = true;
        twin.close();
        synchronized (this) {
            shelf.close();
        }
    }
}
