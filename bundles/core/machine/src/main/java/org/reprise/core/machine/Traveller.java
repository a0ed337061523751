package org.reprise.core.machine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.function.LongPredicate;
import org.reprise.api.block.FreezableNode;
import org.reprise.api.cpu.Cpu;
import org.reprise.api.cpu.WatchListener;
import org.reprise.api.cpu.Watchpoint;
import org.reprise.api.device.Device;
import org.reprise.api.machine.DebugSession;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;
import org.reprise.api.machine.MachineState;
import org.reprise.api.memory.MemoryRange;
import org.reprise.api.replay.EventJournal;
import org.reprise.api.replay.Poke;
import org.reprise.api.travel.Capture;
import org.reprise.api.travel.MachineImage;
import org.reprise.api.travel.PageSource;
import org.reprise.api.travel.TravelHost;
import org.reprise.api.travel.Twin;
import org.reprise.api.travel.Witness;
import org.reprise.core.memory.RamCapture;

/** Captures a machine, restores it, and runs it quietly: what is asked for is done on the machine's thread. */
final class Traveller implements TravelHost {
    private static final String RAM = "ram";
    private static final String DRIVE = "drive.";

    /** What time travel needs of the machine's host. */
    interface Host extends MachineDebugger.Host {
        String name();

        /** The machine's loop for a restored image; the one before is over. */
        void replace(MachineLoop restored);

        MachineLoop newLoop(EventJournal journal);

        EventQueue queue();

        /** Tells nobody of halts and output until it is called again. */
        void quiet(boolean quiet);

        /** Lets the guest run, or do one step, until it halts. Waits. */
        DebugSession.Stop runToHalt(boolean step, long until);

        /** Powers a replayed machine on again; it stands still. */
        void powerOn(EventJournal journal);

        /** Gives CPUs the debugger's breakpoints and watchpoints, or none. */
        void armForDebugger();

        /** See {@link TravelHost#twin}. */
        Twin twin();
    }

    private final Host host;
    private volatile long powerCycles;
    /** Machine's thread. */
    private Witness witness;

    Traveller(Host host) {
        this.host = host;
    }

    @Override
    public Optional<Capture> capture(boolean whole, boolean patient) {
        return host.call(() -> captured(whole, patient, false));
    }

    @Override
    public HeldCapture captureWithImages(Function<Capture, Map<String, ImageWork<?>>> work) {
        return host.call(() -> {
            Capture moment = captured(true, true, true).orElseThrow();
            Map<String, ImageWork<?>> todo = work.apply(moment);
            Map<String, Future<?>> doing = new LinkedHashMap<>();
            // nothing of the guest is in between: this is the machine's thread
            for (Drive drive : host.assembly().driveList()) {
                if (todo.containsKey(drive.name())) {
                    doing.put(drive.name(), drive.onImage(todo.get(drive.name())));
                }
            }
            return new HeldCapture(moment, doing);
        });
    }

    @Override
    public List<String> imageDrives() {
        return host.call(() -> {
            host.runOrRefuse("has no drives now");
            return host.assembly().driveList().stream().filter(Drive::keepsSnapshots).map(Drive::name).toList();
        });
    }

    @Override
    public <T> T image(String drive, ImageWork<T> work) throws IOException {
        Future<T> doing = host.call(() -> {
            host.runOrRefuse("has no drives now");
            return host.assembly().driveList().stream().filter(d -> d.name().equals(drive) && d.keepsSnapshots()).findFirst()
                .orElseThrow(() -> new MachineException(ExitCode.USAGE, "machine " + host.name() + " has no drive " + drive
                    + " that writes a qcow2 image; set " + drive + ".overlay to none")).onImage(work);
        });
        return done(doing);
    }

    private static <T> T done(Future<T> doing) throws IOException {
        try {
            return doing.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException known) {
                throw known;
            }
            throw e.getCause() instanceof IOException known ? known : new IOException(e.getCause());
        }
    }

    private Optional<Capture> captured(boolean whole, boolean patient, boolean withImages) {
        MachineLoop loop = host.runOrRefuse("has no state to save");
        Assembly assembly = host.assembly();
        if (loop.state() != MachineState.RUNNING && loop.state() != MachineState.PAUSED) {
            throw new MachineException(ExitCode.USAGE, "machine " + host.name() + " is not running any more and cannot be saved");
        }
        if (loop.replaying() && loop.journal() == null) {
            throw new MachineException(ExitCode.USAGE, "machine " + host.name() + " stands at the end of its recording and cannot be saved; go back first");
        }
        for (Drive drive : assembly.driveList()) {
            if (drive.obstacle(withImages) != null) {
                throw new MachineException(ExitCode.CONFIGURATION, "machine " + host.name() + " cannot be saved: " + drive.obstacle(withImages));
            }
            if (!patient && !drive.quiet()) {
                return Optional.empty();
            }
            drive.settle();
        }
        assembly.flushConsoles();
        EventJournal journal = loop.journal();
        byte[] state = StateWriter.save(new MachineFields(assembly, loop.standing()));
        MachineImage image = new MachineImage(assembly.clock().icount(), assembly.clock().virtual(), journal == null ? -1 : journal.events(), state);
        List<Capture.Space> spaces = new ArrayList<>();
        RamCapture ram = assembly.memory().capture(whole);
        spaces.add(new RamSpace(ram));
        List<AutoCloseable> closing = new ArrayList<>(List.of(ram));
        for (Drive drive : assembly.driveList()) {
            FreezableNode.Frozen held = drive.freeze(whole);
            if (held != null) {
                spaces.add(new DriveSpace(DRIVE + drive.name(), held));
                closing.add(held);
            }
        }
        return Optional.of(new Moment(image, List.copyOf(spaces), closing));
    }

    private record RamSpace(RamCapture ram) implements Capture.Space {
        @Override
        public String name() {
            return RAM;
        }

        @Override
        public int pages() {
            return ram.pages();
        }

        @Override
        public int[] changed() {
            return ram.changed();
        }

        @Override
        public boolean read(int page, byte[] into) {
            ram.read(page, into);
            return true;
        }
    }

    private record DriveSpace(String name, FreezableNode.Frozen held) implements Capture.Space {
        @Override
        public int pages() {
            return held.pages();
        }

        @Override
        public int[] changed() {
            return held.changed();
        }

        @Override
        public boolean read(int page, byte[] into) {
            try {
                return held.read(page, into);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private record Moment(MachineImage image, List<Space> spaces, List<AutoCloseable> closing) implements Capture {
        @Override
        public void close() {
            for (AutoCloseable part : closing) {
                try {
                    part.close();
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }
        }
    }

    @Override
    public void restore(MachineImage image, PageSource pages, EventJournal journal, Map<String, ImageWork<?>> images) {
        host.call(() -> {
            MachineLoop old = host.runOrRefuse("cannot be restored");
            if (old.state() == MachineState.RUNNING) {
                old.pause(null);
            }
            Assembly assembly = host.assembly();
            List<Drive> before = assembly.driveList();
            before.forEach(Drive::settle);
            revert(before, images, old);
            if (old.journal() != null && old.journal() != journal) {
                old.abandon();
            }
            dropEvents();
            MachineLoop loop = host.newLoop(journal);
            // a device that comes back is reset first: what that wants to know from outside is in its state
            Outside outside = assembly.outside();
            assembly.outside(Nowhere.INSTANCE);
            try {
                new MachineFields(assembly, loop.standing()).state(StateReader.of(image.state()));
                assembly.outside(outside);
                assembly.memory().restore(pages.different(RAM), (page, into) -> pages.read(RAM, page, into));
                for (Drive drive : assembly.driveList()) {
                    String space = DRIVE + drive.name();
                    // one that was plugged in anew has nothing of what was captured or restored last
                    drive.restore(before.contains(drive) ? pages.different(space) : pages.written(space), (page, into) -> pages.read(space, page, into));
                }
                assembly.devicesByName().values().forEach(Device::restored);
                assembly.deviceWrites().arrive();
                loop.arrive();
            } catch (RuntimeException e) {
                // whatever it was: the machine is neither what it was nor what it should be
                loop.lost("machine " + host.name() + " could not be restored: " + e.getMessage());
                throw new MachineException(ExitCode.MISMATCH, "machine " + host.name() + " cannot be restored: " + e.getMessage(), e);
            } finally {
                host.replace(loop);
            }
            if (journal == null || !journal.replaying()) {
                assembly.driveList().forEach(Drive::announce);
            }
            return null;
        });
    }

    private void revert(List<Drive> drives, Map<String, ImageWork<?>> images, MachineLoop loop) {
        boolean any = false;
        for (Drive drive : drives) {
            if (images.containsKey(drive.name())) {
                try {
                    done(drive.onImage(images.get(drive.name())));
                    any = true;
                } catch (IOException | RuntimeException e) {
                    String why = "machine " + host.name() + " cannot be restored: drive " + drive.name() + ": " + e.getMessage();
                    if (any) {
                        // some drives are what they were, others are not
                        loop.lost(why);
                    }
                    throw new MachineException(ExitCode.DAMAGED, why, e);
                }
            }
        }
    }

    /** What came from outside for the machine as it was; host-side work is kept. */
    private void dropEvents() {
        List<EventQueue.OutsideEvent> kept = new ArrayList<>();
        for (EventQueue.OutsideEvent event = host.queue().nextEvent(); event != null; event = host.queue().nextEvent()) {
            if (event instanceof MachineBottomHalf half && half.replayable()) {
                half.taken();
            } else if (!(event instanceof Drive.Done)) {
                kept.add(event);
            }
        }
        kept.forEach(host.queue()::post);
    }

    @Override
    public DebugSession.Stop run(long until, Collection<Long> breakpoints, LongPredicate stops, Collection<Watchpoint> watchpoints,
            WatchListener watcher) {
        return quietly(false, until, breakpoints, stops, watchpoints, watcher);
    }

    @Override
    public DebugSession.Stop step(Collection<Watchpoint> watchpoints, WatchListener watcher) {
        return quietly(true, Long.MAX_VALUE, List.of(), null, watchpoints, watcher);
    }

    private DebugSession.Stop quietly(boolean step, long until, Collection<Long> breakpoints, LongPredicate stops, Collection<Watchpoint> watchpoints,
            WatchListener watcher) {
        long[] addresses = breakpoints.stream().mapToLong(Long::longValue).sorted().toArray();
        WatchListener listener = watcher == null ? access -> true : watcher;
        host.call(() -> {
            host.runOrRefuse("cannot be run");
            host.quiet(true);
            host.assembly().consoles().forEach(console -> console.quiet(true));
            for (Cpu cpu : host.assembly().cpuList()) {
                cpu.breakpoints(addresses, stops == null ? address -> true : stops);
            }
            host.assembly().watch(List.copyOf(watchpoints), listener);
            return null;
        });
        try {
            return host.runToHalt(step, until);
        } finally {
            host.call(() -> {
                if (host.assembly() != null) {
                    host.armForDebugger();
                    host.assembly().consoles().forEach(console -> console.quiet(false));
                }
                host.quiet(false);
                return null;
            });
        }
    }

    @Override
    public long icount() {
        Assembly present = host.assembly();
        return present == null ? 0 : present.clock().icount();
    }

    @Override
    public boolean behindDevices() {
        return host.call(() -> host.assembly() != null && host.assembly().deviceWrites().behind());
    }

    @Override
    public long icountAt(long virtual) {
        return host.assembly().clock().icountOf(virtual);
    }

    @Override
    public void stopBy(long icount) {
        host.runOrRefuse("does not run").stopBy(icount);
    }

    @Override
    public AutoCloseable attend(Witness newWitness) {
        attended(newWitness);
        return () -> attended(null);
    }

    private void attended(Witness newWitness) {
        host.call(() -> {
            witness = newWitness;
            if (host.assembly() != null) {
                host.assembly().clock().audience().witness(newWitness);
            }
            return null;
        });
    }

    @Override
    public MemoryRange ram() {
        MachineConfiguration configuration = host.assembly().configuration();
        return new MemoryRange(RAM, configuration.ramBase(), configuration.ram(), MemoryRange.Kind.RAM);
    }

    @Override
    public int currentCpu() {
        return host.runOrRefuse("has no CPUs now").currentCpu();
    }

    @Override
    public long pc() {
        return host.assembly().cpuList().get(currentCpu()).pc();
    }

    @Override
    public long powerCycle() {
        return powerCycles;
    }

    /** The machine was powered on. Machine's thread. */
    void poweredOn() {
        powerCycles++;
        host.assembly().clock().audience().witness(witness);
    }

    @Override
    public void restart(EventJournal journal) {
        host.call(() -> {
            MachineLoop old = host.runOrRefuse("cannot be restarted");
            if (old.state() == MachineState.RUNNING) {
                old.pause(null);
            }
            old.abandon();
            host.quiet(true);
            try {
                host.powerOn(journal);
            } finally {
                host.quiet(false);
            }
            return null;
        });
    }

    @Override
    public void goLive(EventJournal journal) {
        host.call(() -> {
            MachineLoop replay = host.runOrRefuse("cannot go live");
            if (!replay.replaying()) {
                throw new MachineException(ExitCode.USAGE, "machine " + host.name() + " does not replay: only a replay can go live");
            }
            if (replay.bound() != null) {
                throw new MachineException(ExitCode.USAGE, "machine " + host.name() + " cannot go live here: " + replay.bound());
            }
            Assembly assembly = host.assembly();
            try {
                assembly.goLive();
            } catch (IllegalArgumentException e) {
                throw new MachineException(ExitCode.CONFIGURATION, "machine " + host.name() + " cannot go live: " + e.getMessage(), e);
            }
            dropEvents();
            if (replay.journal() != null) {
                replay.abandon();
            }
            MachineLoop loop = host.newLoop(journal);
            loop.goOn(replay);
            host.replace(loop);
            // what was done during the replay and waits for its event
            assembly.driveList().forEach(Drive::announce);
            return null;
        });
    }

    @Override
    public void check(List<Poke> pokes) {
        host.call(() -> {
            host.runOrRefuse("cannot be changed");
            checked(pokes);
            return null;
        });
    }

    private Pokes checked(List<Poke> pokes) {
        try {
            for (Poke poke : pokes) {
                if (poke instanceof Poke.Key key) {
                    console(key.console());
                }
            }
            return Pokes.of(pokes, host.assembly());
        } catch (IllegalArgumentException e) {
            throw new MachineException(ExitCode.USAGE, "machine " + host.name() + ": " + e.getMessage(), e);
        }
    }

    private ConsolePort console(String name) {
        List<ConsolePort> all = host.assembly().consoles();
        return all.stream().filter(console -> name.isEmpty() || console.name().equals(name)).findFirst().orElseThrow(() -> new IllegalArgumentException(
            "there is no console " + name + "; there are " + all.stream().map(ConsolePort::name).toList()));
    }

    @Override
    public void poke(List<Poke> pokes) {
        host.call(() -> {
            MachineLoop loop = host.runOrRefuse("cannot be changed");
            if (loop.replaying() || loop.state() != MachineState.PAUSED) {
                throw new MachineException(ExitCode.USAGE, "machine " + host.name() + " cannot be changed: it " + (loop.replaying() ? "replays; let it go live first"
                    : "does not stand still; pause it first"));
            }
            loop.poke(checked(pokes));
            for (Poke poke : pokes) {
                if (poke instanceof Poke.Key key) {
                    console(key.console()).input(key.bytes());
                }
            }
            return null;
        });
    }

    @Override
    public void interrupt() {
        host.call(() -> {
            if (host.assembly() != null) {
                MachineLoop loop = host.runOrRefuse("cannot be interrupted");
                if (loop.state() == MachineState.RUNNING) {
                    loop.pause(null);
                }
            }
            return null;
        });
    }

    @Override
    public Twin twin() {
        return host.call(host::twin);
    }
}
