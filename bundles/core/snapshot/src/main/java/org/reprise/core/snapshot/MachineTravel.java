package org.reprise.core.snapshot;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.reprise.api.cpu.Watchpoint;
import org.reprise.api.machine.DebugSession.Stop;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;
import org.reprise.api.machine.MachineState;
import org.reprise.api.machine.MachineStatus;
import org.reprise.api.replay.EventJournal;
import org.reprise.api.replay.RecordReplay;
import org.reprise.api.replay.ReplayHost;
import org.reprise.api.travel.Arrival;
import org.reprise.api.travel.Capture;
import org.reprise.api.travel.Hit;
import org.reprise.api.travel.Snapshot;
import org.reprise.api.travel.TimeTravel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Time travel of one machine: its snapshots, and moves from one to another place. */
final class MachineTravel implements TimeTravel, Journey.Bases, AutoCloseable {
    /** Distances, in instructions, that are run without a snapshot on the way. */
    private static final long NEAR = 300_000;
    /** A move leaves a snapshot where so much of its way, in eighths, is behind it. */
    private static final int EIGHTHS = 6;
    /** … and one each so many instructions, so that no place is far from one. */
    private static final long LEG = 250_000_000;
    private static final Logger LOG = LoggerFactory.getLogger(MachineTravel.class);

    private final ReplayHost host;
    private final Supplier<RecordReplay> recordReplay;
    private final Journey journey;
    private final Automatic automatic;
    private Shelf shelf;
    private long cycle = -1;

    /** @param recordReplay record and replay of the same machine */
    MachineTravel(ReplayHost host, Supplier<RecordReplay> recordReplay) {
        this.host = host;
        this.recordReplay = recordReplay;
        journey = new Journey(host, this);
        automatic = new Automatic(host.name(), this::tick);
    }

    /** The shelf of the present power cycle. */
    private Shelf shelf() {
        long now = host.travel().powerCycle();
        if (shelf != null && cycle == now) {
            return shelf;
        }
        closeShelf();
        if (host.status().state() != MachineState.RUNNING && host.status().state() != MachineState.PAUSED && recordReplay.get().recording().isEmpty()) {
            throw new MachineException(ExitCode.USAGE, "machine " + host.name() + " is not started: it has no snapshots");
        }
        shelf = Shelf.open(host, recordReplay.get());
        cycle = now;
        return shelf;
    }

    private void closeShelf() {
        if (shelf != null) {
            shelf.close();
            shelf = null;
        }
    }

    private boolean replaying() {
        return host.status().mode().equals("replay");
    }

    private void requireReplay() {
        if (!replaying()) {
            throw new MachineException(ExitCode.USAGE, "machine " + host.name() + " replays nothing: only a recording can be moved in; load a snapshot, "
                + "or replay a recording");
        }
    }

    private void standStill() {
        if (host.status().state() == MachineState.RUNNING) {
            host.pause();
        }
    }

    @Override
    public synchronized List<Snapshot> snapshots() {
        return shelf().list();
    }

    @Override
    public synchronized Snapshot save(String name) {
        return save(name, true).orElseThrow();
    }

    private Optional<Snapshot> save(String name, boolean patient) {
        Shelf to = shelf();
        to.checkName(name);
        Optional<Capture> capture = host.travel().capture(to.baseUnknown(), patient);
        if (capture.isEmpty()) {
            return Optional.empty();
        }
        try (Capture moment = capture.get()) {
            return Optional.of(to.save(moment, name));
        } catch (IOException e) {
            throw new MachineException(ExitCode.RECORDING_IO, "machine " + host.name() + ": the snapshot" + (name.isEmpty() ? "" : " " + name)
                + " cannot be saved in " + to.place() + ": " + e.getMessage(), e);
        }
    }

    @Override
    public synchronized Snapshot load(String which) {
        if (host.status().mode().equals("record")) {
            throw new MachineException(ExitCode.USAGE, "machine " + host.name() + " is recorded, and a recording does not go back; stop it first");
        }
        standStill();
        Shelf from = shelf();
        Snapshot snapshot = from.find(which);
        restore(snapshot);
        return snapshot;
    }

    private void restore(Snapshot snapshot) {
        Shelf from = shelf();
        try {
            Shelf.Loaded loaded = from.load(snapshot);
            EventJournal journal = loaded.image().events() < 0 ? null : recordReplay.get().reopen(loaded.image().events());
            boolean done = false;
            try {
                host.travel().restore(loaded.image(), loaded.pages(), journal);
                done = true;
            } finally {
                from.restored(done);
            }
        } catch (IOException e) {
            throw new MachineException(ExitCode.DAMAGED, "snapshot " + Shelf.title(snapshot) + " cannot be loaded: " + e.getMessage(), e);
        }
    }

    @Override
    public synchronized void delete(String which) {
        Shelf from = shelf();
        try {
            from.delete(from.find(which));
        } catch (IOException e) {
            throw new MachineException(ExitCode.RECORDING_IO, "snapshot " + which + " cannot be deleted: " + e.getMessage(), e);
        }
    }

    @Override
    public void automatic(long mib) {
        automatic.budget(mib);
    }

    /** Automatic snapshots' thread: it is time for one. */
    private synchronized void tick() {
        MachineStatus status = host.status();
        if (status.state() != MachineState.RUNNING || status.mode().equals("live")) {
            return;
        }
        try {
            if (save("", false).isPresent()) {
                shelf().thin(automatic.bytes(), status.icount());
            }
        } catch (MachineException | IOException e) {
            automatic.budget(0);
            LOG.warn("machine {}: no more automatic snapshots: {}", host.name(), e.getMessage());
        }
    }

    @Override
    public synchronized Arrival seek(long icount) {
        requireReplay();
        standStill();
        if (icount < 0) {
            throw new MachineException(ExitCode.USAGE, "there is no icount " + icount + "; the recording begins at 0");
        }
        return journey.seek(icount);
    }

    @Override
    public synchronized Arrival step() {
        requireReplay();
        standStill();
        return journey.step();
    }

    @Override
    public synchronized Arrival resume(Collection<Long> breakpoints, Collection<Watchpoint> watchpoints) {
        requireReplay();
        standStill();
        return journey.resume(breakpoints, watchpoints);
    }

    @Override
    public synchronized Arrival reverseStep() {
        requireReplay();
        standStill();
        return journey.reverseStep();
    }

    @Override
    public synchronized Arrival reverseContinue(Collection<Long> breakpoints, Collection<Watchpoint> watchpoints) {
        requireReplay();
        standStill();
        return journey.reverseContinue(breakpoints, watchpoints);
    }

    @Override
    public synchronized Arrival search(Collection<Long> breakpoints, Collection<Watchpoint> watchpoints, long end, Consumer<Hit> found) {
        requireReplay();
        standStill();
        return journey.search(breakpoints, watchpoints, end, found);
    }

    @Override
    public void interrupt() {
        journey.interrupt();
    }

    // Where moves begin.

    @Override
    public void goBefore(long icount) {
        MachineStatus status = host.status();
        boolean stay = host.journal() != null && status.state() == MachineState.PAUSED && status.icount() < icount;
        Optional<Snapshot> nearest = shelf().floor(before(icount));
        if (!stay || nearest.isPresent() && nearest.get().icount() > status.icount()) {
            goToLastBefore(icount);
        }
    }

    /** What stands at an icount may stand behind traps that were taken there. Nothing comes before the beginning. */
    private static long before(long icount) {
        return Math.max(0, icount - 1);
    }

    @Override
    public void goToLastBefore(long icount) {
        for (Optional<Snapshot> last = shelf().floor(before(icount)); last.isPresent(); last = shelf().floor(before(icount))) {
            try {
                restore(last.get());
                return;
            } catch (MachineException e) {
                LOG.warn("machine {}: {}; an earlier snapshot is used", host.name(), e.getMessage());
                shelf().avoid(last.get());
            }
        }
        host.travel().restart(recordReplay.get().reopen(0));
        cycle = host.travel().powerCycle();
        shelf().restarted();
    }

    @Override
    public Stop runTo(long icount) {
        while (true) {
            long now = host.status().icount();
            long rest = icount - now;
            if (rest <= 0) {
                return Stop.STEP;
            }
            long leg = rest <= NEAR ? rest : Math.min(LEG, rest / 8 * EIGHTHS);
            Stop stop = host.travel().run(now + leg);
            if (stop != Stop.STEP) {
                return stop;
            }
            if (leg < rest) {
                keep();
            }
        }
    }

    /** A snapshot on the way, for moves to come. */
    private void keep() {
        try {
            save("", true);
            shelf().thin(automatic.bytes(), host.status().icount());
        } catch (MachineException | IOException e) {
            LOG.warn("machine {}: no snapshot on the way: {}", host.name(), e.getMessage());
        }
    }

    @Override
    public void close() {
        automatic.close();
        synchronized (this) {
            closeShelf();
        }
    }
}
