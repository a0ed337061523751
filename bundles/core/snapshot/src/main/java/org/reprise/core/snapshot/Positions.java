package org.reprise.core.snapshot;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;
import org.reprise.api.machine.MachineState;
import org.reprise.api.machine.MachineStatus;
import org.reprise.api.replay.EventJournal;
import org.reprise.api.replay.ReplayHost;
import org.reprise.api.travel.PageSource;
import org.reprise.api.travel.TravelHost.ImageWork;
import org.reprise.core.snapshot.store.StoredSnapshot;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts one machine at places of its recording: at snapshots, or at the beginning. One thread at a time. */
final class Positions {
    private static final Logger LOG = LoggerFactory.getLogger(Positions.class);

    private final ReplayHost host;
    private final Supplier<Shelf> shelf;
    private final LongFunction<EventJournal> log;
    private final Supplier<Optional<StoredSnapshot>> beginning;
    private final Runnable restarted;

    /**
     * @param shelf snapshots, and which one the machine's pages are compared with
     * @param log opens the log from behind so many events
     * @param beginning the snapshot that the recording begins with; empty: it begins with a reset
     * @param restarted told when the machine was put together anew, before the shelf is asked for again
     */
    Positions(ReplayHost host, Supplier<Shelf> shelf, LongFunction<EventJournal> log, Supplier<Optional<StoredSnapshot>> beginning, Runnable restarted) {
        this.host = host;
        this.shelf = shelf;
        this.log = log;
        this.beginning = beginning;
        this.restarted = restarted;
    }

    /**
     * Makes the machine what it was.
     *
     * @return its pages, until the next one is restored
     * @throws MachineException naming the snapshot, when it is damaged
     */
    PageSource restore(StoredSnapshot snapshot) {
        return restore(snapshot, Map.of());
    }

    /** As {@link #restore(StoredSnapshot)}. @param images what makes images what they were, by name of the drive */
    PageSource restore(StoredSnapshot snapshot, Map<String, ImageWork<?>> images) {
        Shelf from = shelf.get();
        try {
            Shelf.Loaded loaded = from.load(snapshot);
            PageSource pages = loaded.pages();
            boolean opened = false;
            boolean done = false;
            try {
                EventJournal journal = loaded.image().events() < 0 ? null : log.apply(loaded.image().events());
                opened = true;
                host.travel().restore(loaded.image(), pages, journal, images);
                done = true;
            } finally {
                if (opened) {
                    from.restored(done);
                } else {
                    from.unused();
                }
            }
            return pages;
        } catch (IOException e) {
            throw new MachineException(ExitCode.DAMAGED, snapshot.title() + " cannot be loaded: " + e.getMessage(), e);
        }
    }

    /** Puts the machine at some place before an icount, near to it, or at the recording's beginning. */
    void goBefore(long icount) {
        MachineStatus status = host.status();
        boolean stay = host.journal() != null && status.state() == MachineState.PAUSED && status.icount() < icount;
        Optional<StoredSnapshot> nearest = shelf.get().floor(before(icount));
        if (!stay || nearest.isPresent() && nearest.get().icount() > status.icount()) {
            goToLast(() -> shelf.get().floor(before(icount)));
        }
    }

    /** Puts the machine at some place before a VIRTUAL time, near to it, or at the recording's beginning. */
    void goBeforeTime(long virtual) {
        MachineStatus status = host.status();
        boolean stay = host.journal() != null && status.state() == MachineState.PAUSED && status.virtualTime() < virtual;
        Optional<StoredSnapshot> nearest = shelf.get().before(virtual);
        if (!stay || nearest.isPresent() && nearest.get().virtual() > status.virtualTime()) {
            goToLast(() -> shelf.get().before(virtual));
        }
    }

    /** What stands at an icount may stand behind traps that were taken there. Nothing comes before the beginning. */
    private static long before(long icount) {
        return Math.max(0, icount - 1);
    }

    /** @param which the snapshot to go to; asked again when one could not be used */
    private void goToLast(Supplier<Optional<StoredSnapshot>> which) {
        for (Optional<StoredSnapshot> last = which.get(); last.isPresent(); last = which.get()) {
            try {
                restore(last.get());
                return;
            } catch (MachineException e) {
                LOG.warn("machine {}: {}; an earlier snapshot is used", host.name(), e.getMessage());
                shelf.get().avoid(last.get());
            }
        }
        goToBeginning();
    }

    /** Puts the machine at the recording's beginning, before anything has happened to it. */
    void goToBeginning() {
        Optional<StoredSnapshot> first = beginning.get();
        if (first.isPresent()) {
            restore(first.get());
            return;
        }
        Shelf kept = shelf.get();
        host.travel().restart(log.apply(0));
        restarted.run();
        kept.restarted();
    }
}
