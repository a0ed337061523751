package org.reprise.core.machine;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.reprise.api.character.Console;
import org.reprise.api.cpu.Cpu;
import org.reprise.api.machine.DebugSession;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;
import org.reprise.api.machine.MachineState;
import org.reprise.api.machine.MachineStatus;
import org.reprise.api.machine.Observer;
import org.reprise.api.machine.PartInfo;
import org.reprise.api.machine.ShutdownCause;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventJournal;
import org.reprise.api.replay.ReplayHost;
import org.reprise.api.travel.TravelHost;
import org.reprise.api.travel.Twin;
import org.reprise.core.machine.MachineConfiguration.Kind;
import org.reprise.core.machine.MachineConfiguration.Part;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A machine as its users see it: hands their requests to the machine's thread and keeps the life cycle. */
final class MachineHost implements ReplayHost, AutoCloseable {
    private static final long WITHDRAWAL_SECONDS = 10;
    private static final Logger LOG = LoggerFactory.getLogger(MachineHost.class);

    private final String name;
    private final PartSettings settings;
    private final PartCatalog catalog;
    private final HostTime hostTime;
    private final Runnable stateListener;
    private final EventQueue queue = new EventQueue();
    private final Owner owner;
    private final MachineCalls calls;
    private final Thread thread;
    private final Map<String, ConsolePort> consoles = new LinkedHashMap<>();
    private final HaltGate gate = new HaltGate();
    private volatile List<Console> consoleList = List.of();
    private volatile Assembly assembly;
    private volatile MachineLoop loop;
    private volatile String assemblyProblem;
    private volatile String withdrawn;
    private volatile boolean closed;
    private final Observers observers = new Observers();
    private final Twins twins = new Twins();
    /** What a twin is made from; null for any other machine. */
    private final MachineConfiguration same;
    /** What the CPUs of this power cycle share, with those of twins. */
    private Map<String, Object> shared;
    private MachineDebugger debugger;
    /** The guest has run since the debugger was last told of a halt. Both are the machine's thread's. */
    private boolean untoldHalt;
    private MachineState told;
    /** The machine moves in time: nobody is told of halts. Machine's thread. */
    private boolean quiet;
    /** What users see while the machine is put together anew to move in time, else null. */
    private volatile MachineStatus shown;
    private final Traveller traveller = new Traveller(new Inside());

    /**
     * @param settings the machine's own configuration
     * @param stateListener told on the machine's thread after the state has changed
     */
    MachineHost(String name, PartSettings settings, PartCatalog catalog, HostTime hostTime, Runnable stateListener) {
        this(name, settings, catalog, hostTime, stateListener, null, Twins.nothingShared());
    }

    private MachineHost(String name, PartSettings settings, PartCatalog catalog, HostTime hostTime, Runnable stateListener, MachineConfiguration same,
            Map<String, Object> shared) {
        this.name = name;
        this.same = same;
        this.shared = shared;
        this.settings = settings;
        this.catalog = catalog;
        this.hostTime = hostTime;
        this.stateListener = stateListener;
        owner = new Owner(name);
        calls = new MachineCalls(name, queue, owner, this::running, () -> closed);
        thread = new Thread(this::own, "reprise-" + (same == null ? "machine-" : "twin-") + name);
        thread.setDaemon(true);
        owner.is(thread);
        thread.start();
    }

    // The machine's thread.

    private void own() {
        while (!closed) {
            if (running()) {
                loop.run();
                tell();
            } else {
                queue.takeRequest().run();
            }
        }
        for (Runnable request = queue.nextRequest(); request != null; request = queue.nextRequest()) {
            if (request instanceof FutureTask<?> task) {
                task.cancel(false);
            }
        }
    }

    private boolean running() {
        MachineLoop present = loop;
        return present != null && present.state() == MachineState.RUNNING;
    }

    /** Tells listeners and those who wait for the machine to halt. */
    private void tell() {
        markHalted();
        if (quiet) {
            return;
        }
        MachineState now = state();
        if (now != told) {
            told = now;
            try {
                stateListener.run();
            } catch (RuntimeException e) {
                LOG.warn("machine {}: a listener of its state failed", name, e);
            }
        }
        if (untoldHalt && !running()) {
            untoldHalt = false;
            if (debugger != null && loop != null) {
                debugger.halted(loop.halt());
            }
        }
    }

    private void markHalted() {
        gate.set(!running());
    }

    private <T> T call(Callable<T> request) {
        return calls.call(request);
    }

    private void request(Runnable work) {
        call(() -> {
            try {
                work.run();
            } finally {
                if (!running()) {
                    tell();
                }
            }
            return null;
        });
    }

    // Configuration and parts.

    private MachineConfiguration configuration() {
        if (same != null) {
            return same;
        }
        try {
            return MachineConfiguration.read(name, settings, catalog.configurations(name));
        } catch (IllegalArgumentException e) {
            throw new MachineException(ExitCode.CONFIGURATION, e.getMessage(), e);
        }
    }

    /** The configuration of the assembled machine, else the present one. */
    private MachineConfiguration presentConfiguration() {
        Assembly present = assembly;
        return present != null ? present.configuration() : configuration();
    }

    private Assembly assemble(MachineConfiguration configuration, boolean replay, Function<String, ConsolePort> consoleOf) {
        List<String> missing = missing(configuration);
        if (!missing.isEmpty()) {
            throw new MachineException(ExitCode.WAITING, "machine " + name + " waits for:\n  " + String.join("\n  ", missing));
        }
        try {
            return Assembly.build(configuration, new Sources(name, catalog), owner, queue, replay, consoleOf, shared);
        } catch (IllegalArgumentException e) {
            throw new MachineException(ExitCode.CONFIGURATION, e.getMessage(), e);
        }
    }

    private List<String> missing(MachineConfiguration configuration) {
        try {
            return Waiting.missing(configuration, catalog);
        } catch (IllegalArgumentException e) {
            return List.of(e.getMessage());
        }
    }

    private ConsolePort console(String part) {
        ConsolePort console = consoles.computeIfAbsent(part, this::newConsole);
        List<Console> list = new ArrayList<>(consoleList);
        list.remove(console);
        list.add(console);
        consoleList = List.copyOf(list);
        return console;
    }

    private ConsolePort newConsole(String part) {
        return new ConsolePort(name, part, queue::signal, this::inputRefused);
    }

    private boolean inputRefused() {
        MachineLoop present = loop;
        return present == null || present.replaying();
    }

    private void takeApart() {
        Assembly old = assembly;
        loop = null;
        assembly = null;
        withdrawn = null;
        if (shown == null) {
            // it does not only move in time
            twins.close();
            shared = same == null ? Twins.nothingShared() : shared;
        }
        if (old != null) {
            old.close();
        }
    }

    /** A service is going: a machine that uses it stops at an instruction boundary before its bundle is gone. Any thread. */
    void withdrawn(Object identity) {
        twins.withdrawn(identity);
        if (owner.current()) {
            pauseWithout(identity);
            return;
        }
        FutureTask<Void> task = new FutureTask<>(() -> pauseWithout(identity), null);
        queue.request(task);
        try {
            task.get(WITHDRAWAL_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (TimeoutException | ExecutionException e) {
            LOG.error("machine {} did not stop in time for a service that was withdrawn", name, e);
        } catch (CancellationException e) {
            LOG.debug("machine {} is gone before a service that it used", name);
        }
    }

    private void pauseWithout(Object identity) {
        Assembly present = assembly;
        String what = present == null ? null : present.sources().usedAs(identity);
        if (what != null) {
            withdrawn = "machine " + name + " stands still: " + what + ", which it uses, was withdrawn; stop the machine,"
                    + " install the bundle again and start it";
            if (loop != null) {
                loop.pause(withdrawn);
            }
        }
        if (!running()) {
            tell();
        }
    }

    /** Services or configurations have come or gone. Any thread. */
    void changed() {
        queue.request(() -> {
            if (!running()) {
                tell();
            }
        });
    }

    @Override
    public void close() {
        if (!closed) {
            try {
                stop();
            } catch (MachineException e) {
                LOG.warn("machine {}: {}", name, e.getMessage());
            }
            queue.request(() -> closed = true);
            if (!owner.current()) {
                try {
                    thread.join(TimeUnit.SECONDS.toMillis(WITHDRAWAL_SECONDS));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }

    // Machine.

    @Override
    public String name() {
        return name;
    }

    private MachineState state() {
        MachineLoop present = loop;
        if (present != null) {
            return present.state();
        }
        if (assemblyProblem != null) {
            return MachineState.FAILED;
        }
        return waitingFor().isEmpty() ? MachineState.STOPPED : MachineState.WAITING;
    }

    @Override
    public MachineStatus status() {
        MachineStatus before = shown;
        if (before != null) {
            return before;
        }
        MachineLoop present = loop;
        if (present == null) {
            return new MachineStatus(state(), "live", 0, 0, 0, false, null, 0);
        }
        return present.vitals().status();
    }

    @Override
    public List<String> waitingFor() {
        try {
            return missing(configuration());
        } catch (MachineException e) {
            return List.of(e.getMessage());
        }
    }

    @Override
    public Optional<String> problem() {
        MachineLoop present = loop;
        return Optional.ofNullable(present != null ? present.vitals().problem() : assemblyProblem);
    }

    @Override
    public List<PartInfo> parts() {
        Assembly present = assembly;
        List<Part> all = new ArrayList<>(presentConfiguration().parts());
        if (present != null) {
            all.addAll(present.attachedParts());
        }
        return all.stream().map(part -> part.shown(catalog)).toList();
    }

    @Override
    public Map<String, String> settings() {
        return new LinkedHashMap<>(settings.asText());
    }

    @Override
    public void start() {
        request(() -> powerOn(null, false));
    }

    @Override
    public void startPaused() {
        request(() -> powerOn(null, true));
    }

    @Override
    public void start(EventJournal journal) {
        request(() -> powerOn(journal, false));
    }

    @Override
    public void startPaused(EventJournal journal) {
        request(() -> powerOn(journal, true));
    }

    private void powerOn(EventJournal journal, boolean paused) {
        MachineState now = state();
        if (now == MachineState.RUNNING || now == MachineState.PAUSED) {
            throw new MachineException(ExitCode.USAGE, "machine " + name + " is " + (now == MachineState.RUNNING ? "running" : "paused")
                    + " already; stop it first" + (now == MachineState.PAUSED ? ", or resume it" : ""));
        }
        takeApart();
        assemblyProblem = null;
        consoleList = List.of();
        boolean replay = journal != null && journal.replaying();
        try {
            if (journal != null && !replay && !blockers().isEmpty()) {
                throw new MachineException(ExitCode.CONFIGURATION, "machine " + name + " cannot be recorded:\n  "
                        + String.join("\n  ", blockers()));
            }
            assembly = assemble(configuration(), replay, this::console);
        } catch (MachineException e) {
            if (e.code() != ExitCode.WAITING) {
                assemblyProblem = e.getMessage();
            }
            throw e;
        } catch (RuntimeException | Error e) {
            LOG.error("machine {}: assembly failed", name, e);
            assemblyProblem = "machine " + name + ": assembly failed: " + e;
            throw new MachineException(ExitCode.INTERNAL, assemblyProblem, e);
        }
        MachineLoop fresh = new MachineLoop(assembly, queue, hostTime, journal);
        fresh.observers(observers);
        loop = fresh;
        try {
            traveller.poweredOn();
            fresh.powerOn();
            if (debugger != null) {
                debugger.arm(assembly);
            }
            untoldHalt = !quiet;
            if (paused) {
                fresh.pause(null);
            }
        } finally {
            tell();
        }
    }

    @Override
    public void pause() {
        request(() -> {
            MachineState now = state();
            if (now != MachineState.RUNNING && now != MachineState.PAUSED) {
                throw refused("cannot be paused");
            }
            loop.pause(null);
        });
    }

    @Override
    public void resume() {
        resume(false, Long.MAX_VALUE);
    }

    private void resume(boolean one, long until) {
        request(() -> {
            MachineState now = state();
            if (now == MachineState.RUNNING) {
                return;
            }
            if (now != MachineState.PAUSED) {
                throw refused("cannot be resumed");
            }
            if (withdrawn != null) {
                throw new MachineException(ExitCode.WAITING, withdrawn);
            }
            Optional<String> obstacle = loop.resume(one, until);
            if (obstacle.isPresent()) {
                throw new MachineException(ExitCode.USAGE, "machine " + name + " cannot be resumed: " + obstacle.get());
            }
            untoldHalt = !quiet;
            if (one || quiet) {
                // to everybody but the debugger, the machine stands still between two steps
                markHalted();
            } else {
                tell();
            }
        });
    }

    @Override
    public void reset() {
        request(() -> {
            MachineState now = state();
            if (now != MachineState.RUNNING && now != MachineState.PAUSED) {
                throw refused("cannot be reset");
            }
            if (loop.replaying()) {
                throw new MachineException(ExitCode.USAGE, "machine " + name
                        + " replays a recording and cannot be reset; stop the replay first");
            }
            if (withdrawn != null) {
                throw new MachineException(ExitCode.WAITING, withdrawn);
            }
            loop.resetByUser(ShutdownCause.HOST_RESET);
        });
    }

    @Override
    public String plug(String model, Map<String, String> keys) {
        return call(() -> {
            pluggable();
            return new PlugRequests(loop, assembly.plugging()).plug(model, keys);
        });
    }

    @Override
    public void unplug(String id) {
        request(() -> {
            pluggable();
            new PlugRequests(loop, assembly.plugging()).unplug(id);
        });
    }

    private void pluggable() {
        MachineState now = state();
        if (now != MachineState.RUNNING && now != MachineState.PAUSED) {
            throw refused("takes no devices in or out");
        }
        if (loop.replaying()) {
            throw new MachineException(ExitCode.USAGE, "machine " + name + " replays a recording, whose devices come and go as recorded; stop it first");
        }
    }

    @Override
    public Optional<String> obstacle(Event plug, boolean otherVersions) {
        try {
            return Optional.ofNullable(Plugging.obstacle(Plug.replayed(plug.data()), catalog, otherVersions));
        } catch (IllegalArgumentException e) {
            return Optional.of(e.getMessage());
        }
    }

    @Override
    public void stop() {
        request(() -> {
            if (loop != null) {
                loop.shutDownByUser(ShutdownCause.HOST_QUIT);
                // a debugger hears of it while there is something to hear of
                tell();
            }
            takeApart();
            assemblyProblem = null;
        });
    }

    private MachineException refused(String what) {
        MachineState now = state();
        return new MachineException(now == MachineState.WAITING ? ExitCode.WAITING : ExitCode.USAGE, "machine " + name + " " + what
                + ": it is " + now.name().toLowerCase(java.util.Locale.ROOT) + problem().map(text -> " (" + text + ")").orElse(""));
    }

    @Override
    public boolean awaitHalt(long millis) throws InterruptedException {
        return gate.await(millis);
    }

    @Override
    public List<Console> consoles() {
        return consoleList;
    }

    @Override
    public Map<String, Long> digests() {
        return call(() -> {
            standing("has no digests");
            return assembly.digests();
        });
    }

    private void standing(String what) {
        if (loop == null || running()) {
            throw refused(what);
        }
    }

    @Override
    public <T> T inspect(Function<List<Cpu>, T> inspector) {
        return call(() -> {
            if (loop == null) {
                throw refused("cannot be inspected");
            }
            return inspector.apply(assembly.cpuList());
        });
    }

    @Override
    public DebugSession debug(DebugSession.Listener listener) {
        return call(() -> {
            if (loop == null) {
                throw refused("cannot be debugged");
            }
            if (debugger != null) {
                throw new MachineException(ExitCode.USAGE, "machine " + name + " has a debugger already; detach that first");
            }
            debugger = new MachineDebugger(new Inside(), listener);
            return debugger;
        });
    }

    @Override
    public AutoCloseable observe(long every, Observer observer) {
        return observers.add(every, observer);
    }

    @Override
    public TravelHost travel() {
        return traveller;
    }

    /** What the debugger and time travel may ask. */
    private final class Inside implements Traveller.Host {
        @Override
        public String name() {
            return name;
        }

        @Override
        public <T> T call(Callable<T> work) {
            return MachineHost.this.call(work);
        }

        @Override
        public MachineLoop runOrRefuse(String what) {
            if (loop == null) {
                throw refused(what);
            }
            return loop;
        }

        @Override
        public Assembly assembly() {
            return assembly;
        }

        @Override
        public MachineLoop newLoop(EventJournal journal) {
            MachineLoop fresh = new MachineLoop(assembly, queue, hostTime, journal);
            fresh.observers(observers);
            return fresh;
        }

        @Override
        public void replace(MachineLoop restored) {
            loop = restored;
            armForDebugger();
            tell();
        }

        @Override
        public EventQueue queue() {
            return queue;
        }

        @Override
        public Twin twin() {
            if (loop == null || !loop.replaying() || withdrawn != null) {
                throw refused("is not replayed and has no twins");
            }
            return twins.add(new MachineHost(name, settings, catalog, hostTime, () -> { }, assembly.configuration(), shared));
        }

        @Override
        public void quiet(boolean silent) {
            quiet = silent;
            tell();
        }

        @Override
        public DebugSession.Stop runToHalt(boolean step, long until) {
            MachineHost.this.resume(step, until);
            gate.await();
            return call(() -> loop.halt());
        }

        @Override
        public void resume(long until) {
            MachineHost.this.resume(false, until);
        }

        @Override
        public void step() {
            MachineHost.this.resume(true, Long.MAX_VALUE);
        }

        @Override
        public void pause() {
            MachineHost.this.pause();
        }

        @Override
        public void released(MachineDebugger former) {
            MachineHost.this.call(() -> {
                if (debugger == former) {
                    debugger = null;
                }
                return null;
            });
        }

        @Override
        public void powerOn(EventJournal journal) {
            shown = status();
            if (withdrawn != null) {
                // code of a bundle that is gone is of no use to the next one
                shared = Twins.nothingShared();
            }
            try {
                takeApart();
                MachineHost.this.powerOn(journal, true);
            } finally {
                shown = null;
            }
        }

        @Override
        public void armForDebugger() {
            if (debugger != null) {
                debugger.arm(assembly);
            } else {
                assembly.cpuList().forEach(cpu -> cpu.breakpoints(new long[0]));
                assembly.watch(List.of(), access -> false);
            }
        }
    }

    // ReplayHost.

    @Override
    public Map<String, String> manifest(Collection<String> unread) {
        // disk images may be large: the machine's thread does not read them
        return call(() -> withAssembly(present -> Manifest.of(present, catalog))).read(unread);
    }

    @Override
    public Map<String, String> imagePaths() {
        return call(() -> withAssembly(present -> new LinkedHashMap<>(present.imagePaths())));
    }

    @Override
    public List<String> written() {
        List<String> written = new ArrayList<>();
        for (Part part : presentConfiguration().parts(Kind.DRIVE)) {
            String key = Drive.written(part.settings());
            if (key != null) {
                written.add(part.name() + "." + key);
            }
        }
        return written;
    }

    /** Works on the machine in use; when it is not in use, on one put together for the purpose: only parts know what their images are. */
    private <T> T withAssembly(Function<Assembly, T> work) {
        MachineState now = state();
        if (now == MachineState.RUNNING || now == MachineState.PAUSED) {
            return work.apply(assembly);
        }
        Assembly scratch = assemble(configuration(), true, this::newConsole);
        try {
            return work.apply(scratch);
        } finally {
            scratch.close();
        }
    }

    @Override
    public List<String> partNames() {
        return presentConfiguration().partNames();
    }

    @Override
    public List<String> digestComponents() {
        return presentConfiguration().digestComponents();
    }

    @Override
    public List<String> blockers() {
        return presentConfiguration().parts(Kind.DEVICE).stream().map(part -> part.blocker(catalog)).filter(Objects::nonNull).toList();
    }

    @Override
    public void detachJournal() {
        request(() -> {
            MachineLoop present = loop;
            if (present == null || !present.replaying() && !present.recording()) {
                throw refused("neither records nor replays");
            }
            if (present.replaying()) {
                present.shutDownByUser(ShutdownCause.HOST_QUIT);
                takeApart();
            } else {
                present.detach();
            }
        });
    }

    @Override
    public EventJournal journal() {
        MachineLoop present = loop;
        return present == null ? null : present.journal();
    }
}
