package org.reprise.core.snapshot;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.reprise.api.machine.MachineException;
import org.reprise.api.replay.EventJournal;
import org.reprise.api.replay.ReplayHost;
import org.reprise.api.travel.Hit;
import org.reprise.core.snapshot.segment.Inquiry;
import org.reprise.core.snapshot.segment.Question;
import org.reprise.core.snapshot.segment.Segment;
import org.reprise.core.snapshot.store.StoredSnapshot;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks questions about a recording of all its segments, with the machine that replays it and with twins of it, which are kept from one question to the
 * next. One question at a time.
 */
final class Questions implements AutoCloseable {
    /** System property: how many twins there are, from the first moment of each question; not set, as many as fit, when it takes longer. */
    static final String TWINS = "reprise.twins";
    /** Many answers are there before a twin could help. */
    private static final long PATIENCE_MILLIS = 100;
    /** Beyond this distance without a snapshot the machine itself goes, and leaves some. */
    private static final long GAP = 2 * MachineTravel.LEG;
    private static final Logger LOG = LoggerFactory.getLogger(Questions.class);

    private final ReplayHost host;
    private final Supplier<Shelf> shelf;
    private final LongFunction<EventJournal> log;
    private final Supplier<Optional<StoredSnapshot>> beginning;
    private final List<TwinRunner> twins = new ArrayList<>();
    private volatile Inquiry present;

    /** @param log opens the log for a twin, from behind so many events @param beginning the snapshot that the recording begins with, if it does */
    Questions(ReplayHost host, Supplier<Shelf> shelf, LongFunction<EventJournal> log, Supplier<Optional<StoredSnapshot>> beginning) {
        this.host = host;
        this.shelf = shelf;
        this.log = log;
        this.beginning = beginning;
    }

    /** True for a segment that the machine itself has to go through, because that leaves snapshots. */
    static boolean gap(Segment segment) {
        return segment.length() > GAP;
    }

    /**
     * Asks.
     *
     * @param own works on segments with the machine that replays
     * @param end only what comes before this icount counts
     * @param found told of each hit, in order, or of the last one; false ends the inquiry
     * @return false when it was interrupted
     */
    boolean ask(Question question, SegmentMachine own, long end, Predicate<Hit> found) {
        List<Long> places = shelf.get().places();
        Integer wanted = Integer.getInteger(TWINS);
        int helpers = wanted != null ? wanted : Math.min(Runtime.getRuntime().availableProcessors() - 1, SpareMemory.twins());
        List<Segment> segments = question.last() ? question.registers() ? Segment.nearest(places, end) : Segment.backwards(places, end) : Segment.forwards(places, end, helpers + 1);
        if (segments.isEmpty()) {
            return true;
        }
        boolean together = segments.stream().filter(segment -> !gap(segment)).count() > (gap(segments.get(0)) ? 0 : 1);
        Inquiry inquiry = new Inquiry(question, segments, Questions::gap);
        present = inquiry;
        try {
            return inquiry.ask(own, together ? twins(helpers) : List.of(), wanted == null ? PATIENCE_MILLIS : 0, found);
        } finally {
            present = null;
            if (!SpareMemory.has(0)) {
                letGo();
            }
        }
    }

    /** Ends the question that is being asked soon. Any thread. */
    void interrupt() {
        Inquiry inquiry = present;
        if (inquiry != null) {
            inquiry.interrupt();
        }
    }

    private List<TwinRunner> twins(int most) {
        synchronized (twins) {
            twins.removeIf(twin -> {
                if (!twin.usable()) {
                    twin.close();
                }
                return !twin.usable();
            });
            while (twins.size() > most) {
                twins.remove(twins.size() - 1).close();
            }
            try {
                for (int fresh = 1; twins.size() < most && SpareMemory.has(fresh * host.travel().ram().size()); fresh++) {
                    twins.add(new TwinRunner(host.travel().twin(), shelf.get().beside(), log, beginning.get()));
                }
            } catch (MachineException e) {
                LOG.debug("machine {} answers alone", host.name(), e);
            }
            return List.copyOf(twins);
        }
    }

    private void letGo() {
        synchronized (twins) {
            twins.forEach(TwinRunner::close);
            twins.clear();
        }
    }

    @Override
    public void close() {
        letGo();
    }
}
