package org.reprise.core.snapshot;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.reprise.api.block.SnapshotImages;
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
import org.reprise.api.travel.PageSource;
import org.reprise.api.travel.Snapshot;
import org.reprise.api.travel.TimeTravel;
import org.reprise.api.travel.Visit;
import org.reprise.api.travel.Witness;
import org.reprise.core.snapshot.segment.Question;
import org.reprise.core.snapshot.segment.Segment;
import org.reprise.core.snapshot.store.StoredSnapshot;
import org.reprise.core.snapshot.vmstate.VmStateHeader;
import org.reprise.core.snapshot.vmstate.VmStateReader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Time travel of one machine: its snapshots, and moves from one to another place. */
final class MachineTravel implements TimeTravel, Journey.Bases, AutoCloseable {
    /** Distances, in instructions, that are run without a snapshot on the way. */
    private static final long NEAR = 300_000;
    /** A move leaves a snapshot each so many instructions, so that no place is far from one, and where three quarters of its way are behind it. */
    static final long LEG = 250_000_000;
    private static final Logger LOG = LoggerFactory.getLogger(MachineTravel.class);

    private final ReplayHost host;
    private final Supplier<RecordReplay> recordReplay;
    private final Journey journey;
    private final Beginning beginning;
    private final Positions positions;
    private final Questions questions;
    private final Automatic automatic;
    /** Writes what moves leave. */
    private final Background background;
    private final ImageShelf images;
    private Shelf shelf;
    /** Those of recordings that replays of this power cycle have gone live from. */
    private final List<Shelf> former = new ArrayList<>();
    /** The recording that the shelf belongs to. */
    private Optional<Path> place = Optional.empty();
    private long cycle = -1;
    /** Moves leave snapshots: none has failed to be written. */
    private boolean keeping;
    /** What works for the question asked last, with the machine itself; null: nothing was to be done. */
    private SegmentMachine own;
    private volatile boolean closed;

    /** @param recordReplay record and replay of the same machine @param files opens images that are no drive's */
    MachineTravel(ReplayHost host, Supplier<RecordReplay> recordReplay, Supplier<SnapshotImages> files) {
        this.host = host;
        this.recordReplay = recordReplay;
        journey = new Journey(host, this);
        beginning = new Beginning(host, this::shelf);
        positions = new Positions(host, this::shelf, this::log, beginning::snapshot, () -> cycle = host.travel().powerCycle());
        questions = new Questions(host, this::shelf, events -> recordReplay.get().reader(events), beginning::snapshot);
        automatic = new Automatic(host.name(), this::tick);
        background = new Background(host.name());
        images = new ImageShelf(host, files);
    }

    /** The log from behind so many events; a recording that has just begun goes on being written. */
    private EventJournal log(long events) {
        return host.status().mode().equals("record") ? host.journal() : recordReplay.get().reopen(events);
    }

    /** The shelf of the present power cycle, with all that was to be put there. */
    private Shelf shelf() {
        settle();
        long now = host.travel().powerCycle();
        MachineState state = host.status().state();
        if (!replaying() && state != MachineState.RUNNING && state != MachineState.PAUSED) {
            throw new MachineException(ExitCode.USAGE, "machine " + host.name() + " is not started: it has no snapshots");
        }
        if (shelf == null || cycle != now) {
            closeShelf();
            open(false);
            cycle = now;
        } else if (!host.status().mode().equals("live") && !recordReplay.get().recording().equals(place)) {
            // a replay has gone live: its drives may still read from the snapshots of the recording that it came from
            questions.close();
            former.add(shelf);
            open(true);
        }
        return shelf;
    }

    private void open(boolean goesOn) {
        Optional<Path> recording = recordReplay.get().recording();
        shelf = Shelf.open(host, recordReplay.get(), goesOn);
        place = recording;
        keeping = true;
    }

    private void closeShelf() {
        settle();
        if (shelf != null) {
            questions.close();
            shelf.close();
            shelf = null;
        }
        former.forEach(Shelf::close);
        former.clear();
    }

    private boolean replaying() {
        return host.status().mode().equals("replay");
    }

    /** Makes a move in a replay, from where it stands. */
    private synchronized Arrival move(Supplier<Arrival> how) {
        if (!replaying()) {
            throw new MachineException(ExitCode.USAGE, "machine " + host.name() + " replays nothing: only a recording can be moved in; load a snapshot, "
                + "or replay a recording");
        }
        if (closed) {
            throw new MachineException(ExitCode.USAGE, "machine " + host.name() + " is going: it is not moved any more");
        }
        standStill();
        return how.get();
    }

    private void standStill() {
        if (host.status().state() == MachineState.RUNNING) {
            host.pause();
        }
    }

    @Override
    public synchronized List<Snapshot> snapshots() {
        List<Snapshot> all = new ArrayList<>(shelf().list().stream().map(shelf()::shown).toList());
        all.addAll(images.list());
        all.sort(Comparator.comparingLong(Snapshot::icount));
        return List.copyOf(all);
    }

    @Override
    public synchronized Snapshot save(String name) {
        checkName(name);
        return shelf().shown(save(name, true).orElseThrow());
    }

    private void checkName(String name) {
        shelf().checkName(name);
        images.checkName(name);
    }

    @Override
    public synchronized Snapshot save(String name, String image) {
        if (replaying()) {
            throw new MachineException(ExitCode.USAGE, "machine " + host.name() + " is replayed, and a replay writes no image; save it without --image");
        }
        checkName(name);
        return images.save(name, image, shelf());
    }

    /** @param name empty for an automatic one @return empty when I/O was being done and nobody waits for it */
    private Optional<StoredSnapshot> save(String name, boolean patient) {
        Shelf to = shelf();
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
        Optional<Snapshot> inImage = inShelf(which) ? Optional.empty() : images.find(which);
        if (inImage.isPresent()) {
            return loadImage(inImage.get());
        }
        StoredSnapshot snapshot = shelf().find(which);
        positions.restore(snapshot);
        return shelf().shown(snapshot);
    }

    private boolean inShelf(String which) {
        return shelf().list().stream().anyMatch(s -> s.name().equals(which) || String.valueOf(s.id()).equals(which));
    }

    /** Nothing of the machine is touched before all of the state was read and found to fit. */
    private Snapshot loadImage(Snapshot snapshot) {
        if (replaying()) {
            throw new MachineException(ExitCode.USAGE, "the snapshot '" + snapshot.name() + "' is in an image: a replay cannot go there");
        }
        try {
            VmStateHeader[] header = new VmStateHeader[1];
            images.read(snapshot, state -> {
                header[0] = new VmStateReader(state).header();
                return null;
            });
            images.check(header[0]);
            StoredSnapshot adopted = images.read(snapshot, state -> shelf().adopt(new VmStateReader(state), "", -1, Map.of()));
            try {
                positions.restore(adopted, ImageShelf.reverts(header[0]));
            } finally {
                shelf().delete(adopted);
            }
            return snapshot;
        } catch (IOException e) {
            throw new MachineException(ExitCode.DAMAGED, e.getMessage() + "; machine " + host.name() + " is as it was", e);
        }
    }

    @Override
    public synchronized void start(String which, Path recording, boolean paused) {
        if (recording != null) {
            record(which, recording);
        } else {
            host.startPaused();
            boolean there = false;
            try {
                loadImage(inImage(which));
                there = true;
            } finally {
                if (!there) {
                    host.stop();
                }
            }
        }
        if (!paused) {
            host.resume();
        }
    }

    private Snapshot inImage(String which) {
        return images.find(which).orElseThrow(() -> new MachineException(ExitCode.USAGE, "machine " + host.name() + " has no snapshot '" + which
            + "' in an image; there are " + images.list().stream().map(Snapshot::name).toList()
            + "; drives have them that write a qcow2 image (overlay = none), and the file of --vmstate"));
    }

    /** Takes the state out of its image, for the recording to keep, and lets the recording begin with it. */
    private void record(String which, Path recording) {
        Path state = null;
        host.startPaused();
        try {
            state = Files.createTempFile("reprise", ".vmstate");
            Path copy = state;
            Snapshot snapshot = inImage(which);
            VmStateHeader[] header = new VmStateHeader[1];
            images.read(snapshot, in -> {
                header[0] = new VmStateReader(in).header();
                return null;
            });
            images.check(header[0]);
            if (!header[0].images().isEmpty()) {
                throw new MachineException(ExitCode.USAGE, "the snapshot '" + which + "' has the content of drives in their images (" + header[0].images()
                    + "), which a recording would write: recording from it is not possible; save one of the machine with these drives' overlay set to "
                    + "temporary, in the file of --vmstate");
            }
            images.read(snapshot, in -> {
                Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
                try (InputStream copied = new BufferedInputStream(Files.newInputStream(copy))) {
                    // damage is told of before anything is recorded
                    return new VmStateReader(copied).read((space, page, bytes) -> { }, 0);
                }
            });
            host.stop();
            recordReplay.get().record(recording, which, state);
        } catch (IOException e) {
            throw new MachineException(ExitCode.DAMAGED, e.getMessage(), e);
        } finally {
            if (host.status().mode().equals("live") && host.status().state() == MachineState.PAUSED) {
                host.stop();
            }
            delete(state);
        }
    }

    private static void delete(Path file) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            LOG.warn("{} is left behind: {}", file, e.getMessage());
        }
    }

    @Override
    public synchronized void begin(Path state) {
        beginning.with(state);
        positions.goToBeginning();
    }

    @Override
    public long beginning() {
        return beginning.icount();
    }

    @Override
    public synchronized void visit(String which, Consumer<Visit> look) {
        if (host.status().mode().equals("record")) {
            throw new MachineException(ExitCode.USAGE, "machine " + host.name() + " is recorded, and a recording does not go to its snapshots; stop it, and "
                + "replay the recording, first");
        }
        StoredSnapshot snapshot = shelf().find(which);
        boolean ran = host.status().state() == MachineState.RUNNING;
        standStill();
        Consumer<PageSource> there = pages -> look.accept(new Visit(shelf().shown(snapshot), host.travel().ram(), pages));
        if (replaying()) {
            journey.visit(() -> there.accept(positions.restore(snapshot)));
        } else {
            StoredSnapshot present = save("", true).orElseThrow();
            try {
                there.accept(positions.restore(snapshot));
            } finally {
                positions.restore(present);
                delete(String.valueOf(present.id()));
                if (ran) {
                    host.resume();
                }
            }
        }
    }

    @Override
    public synchronized void delete(String which) {
        Shelf from = shelf();
        try {
            if (!inShelf(which) && images.delete(which)) {
                return;
            }
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
    public Arrival seek(long icount) {
        if (icount < beginning()) {
            throw new MachineException(ExitCode.USAGE, "there is no icount " + icount + "; the recording begins at " + beginning());
        }
        return move(() -> journey.seek(icount));
    }

    @Override
    public Arrival step() {
        return move(journey::step);
    }

    @Override
    public Arrival resume(Collection<Long> breakpoints, Collection<Watchpoint> watchpoints) {
        return move(() -> journey.resume(breakpoints, watchpoints));
    }

    @Override
    public Arrival reverseStep() {
        return move(journey::reverseStep);
    }

    @Override
    public Arrival reverseContinue(Collection<Long> breakpoints, Collection<Watchpoint> watchpoints) {
        return move(() -> journey.reverseContinue(breakpoints, watchpoints));
    }

    @Override
    public Arrival search(Collection<Long> breakpoints, Collection<Watchpoint> watchpoints, long end, Consumer<Hit> found) {
        return move(() -> journey.search(breakpoints, watchpoints, end, found));
    }

    @Override
    public Arrival seekTime(long virtual) {
        if (virtual < 0) {
            throw new MachineException(ExitCode.USAGE, "there is no VIRTUAL time " + virtual + " ns; the recording begins at 0");
        }
        return move(() -> journey.seekTime(virtual));
    }

    @Override
    public Arrival seekInstruction(long icount) {
        return move(() -> journey.seekInstruction(icount));
    }

    @Override
    public Arrival witness(long end, Witness witness) {
        return move(() -> journey.witness(end, witness));
    }

    @Override
    public void interrupt() {
        questions.interrupt();
        journey.interrupt();
    }

    // Where moves begin.

    @Override
    public void goBefore(long icount) {
        positions.goBefore(icount);
    }

    @Override
    public void goBeforeTime(long virtual) {
        positions.goBeforeTime(virtual);
    }

    @Override
    public void goToBeginning() {
        positions.goToBeginning();
    }

    @Override
    public boolean ask(Question question, long end, Predicate<Hit> found) {
        if (end <= beginning()) {
            own = null;
            return true;
        }
        own = new SegmentMachine(host, positions::goBefore, icount -> runTo(() -> icount), this::through);
        long length = recordReplay.get().progress().map(RecordReplay.Progress::end).orElse(Long.MAX_VALUE);
        return questions.ask(question, own, end > length ? length + 1 : end, found);
    }

    @Override
    public boolean moved() {
        return own != null && own.used();
    }

    /** The machine works on a segment; where that is long, it leaves snapshots. */
    private Stop through(Segment segment, long until, SegmentMachine.Notes notes) {
        while (true) {
            long now = host.status().icount();
            boolean far = Questions.gap(segment) && until - now > LEG;
            Stop stop = notes.run(far ? now + LEG : until);
            if (stop != Stop.STEP || !far) {
                return stop;
            }
            if (keeping) {
                keep();
            }
        }
    }

    @Override
    public Stop runTo(LongSupplier icount) {
        while (true) {
            long now = host.status().icount();
            long rest = icount.getAsLong() - now;
            if (rest <= 0) {
                return Stop.STEP;
            }
            long leg = rest <= NEAR ? rest : Math.min(LEG, rest / 4 * 3);
            Stop stop = host.travel().run(now + leg);
            if (stop != Stop.STEP) {
                return stop;
            }
            if (leg < rest && keeping) {
                keep();
            }
        }
    }

    /** A snapshot on the way, for moves to come; it is written while the machine goes on. */
    private void keep() {
        try {
            Shelf to = shelf();
            long here = host.status().icount();
            long bytes = automatic.bytes();
            Capture moment = host.travel().capture(to.baseUnknown(), true).orElseThrow();
            background.begin(() -> {
                try (moment) {
                    to.save(moment, "");
                }
                to.thin(bytes, here);
                return null;
            });
        } catch (MachineException | IOException e) {
            keepNoMore(e);
        }
    }

    /** Waits for the snapshot that is being written. */
    private void settle() {
        try {
            background.await();
        } catch (IOException e) {
            keepNoMore(e);
        }
    }

    private void keepNoMore(Exception why) {
        keeping = false;
        LOG.warn("machine {}: moves leave no snapshots any more: {}", host.name(), why.getMessage());
    }

    @Override
    public void close() {
        closed = true;
        automatic.close();
        try {
            interrupt();
        } catch (MachineException e) {
            LOG.debug("machine {} is gone before", host.name(), e);
        }
        synchronized (this) {
            closeShelf();
            background.close();
        }
    }
}
