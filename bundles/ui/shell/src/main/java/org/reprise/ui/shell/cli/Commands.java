package org.reprise.ui.shell.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.osgi.framework.BundleContext;
import org.reprise.api.character.Console;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.Machine;
import org.reprise.api.machine.MachineException;
import org.reprise.api.machine.MachineState;
import org.reprise.api.machine.MachineStatus;
import org.reprise.api.machine.ShutdownCause;
import org.reprise.api.replay.RecordReplay;
import org.reprise.api.replay.RecordReplay.Outcome;
import org.reprise.api.replay.RecordReplay.Progress;
import org.reprise.api.replay.Recordings;
import org.reprise.api.command.ScriptedCommand;
import org.reprise.api.debug.GdbServers;
import org.reprise.core.features.FeatureRuntime;
import org.reprise.ui.shell.ConsoleAttachment;
import org.reprise.ui.shell.RecordedMachine;
import org.reprise.ui.shell.Services;
import org.reprise.ui.shell.Text;

/** The scripted commands. Guest output goes to standard output, everything else to standard error. */
final class Commands {
    static final List<String> BUILT_IN = Stream.concat(Tools.NAMES.stream(), Stream.of("shell", "run", "replay", "verify", "help", "--help", "-h"))
        .toList();
    private static final long SERVICE_MILLIS = 30_000;
    private static final long PROGRESS_MILLIS = 500;
    private static final long DEBUGGED_MILLIS = 50;
    private static final long QUIET_NANOS = 3_000_000_000L;

    private final Services services;
    private final Path home;
    private final boolean tty;

    Commands(BundleContext context) {
        services = new Services(context);
        home = Path.of(Optional.ofNullable(context.getProperty("reprise.home")).orElse("."));
        tty = Boolean.parseBoolean(context.getProperty("reprise.tty"));
    }

    /** Runs a command; null means that the interactive shell takes over. */
    ExitCode run(Options o) throws InterruptedException, IOException {
        if (Tools.NAMES.contains(o.command)) {
            return new Tools(services).run(o);
        }
        return switch (o.command) {
            case "shell" -> {
                if (!o.arguments.isEmpty()) {
                    features().install(o.arguments.get(0), o.settings());
                }
                yield null;
            }
            case "run" -> start(o);
            case "replay" -> replay(o, true);
            case "verify" -> replay(o, false);
            case "help", "--help", "-h" -> {
                System.out.print(Help.TEXT);
                yield ExitCode.OK;
            }
            default -> throw unknown(o.command);
        };
    }

    private static MachineException unknown(String command) {
        return new MachineException(ExitCode.USAGE, "unknown command '" + command + "': reprise help lists the commands");
    }

    /** Runs a command that a feature of the same name brings. */
    ExitCode scripted(List<String> line) throws Exception {
        String name = line.get(0);
        if (!features().available().contains(name)) {
            throw unknown(name);
        }
        features().install(name, Map.of());
        return services.await(ScriptedCommand.class, "(" + ScriptedCommand.NAME + "=" + name + ")", SERVICE_MILLIS).run(line.subList(1, line.size()));
    }

    /** Opens the port of --gdb. @return it, or -1 */
    private int debugged(Machine m, Options o) throws InterruptedException {
        String port = o.value("--gdb");
        if (port == null) {
            return -1;
        }
        if (!port.matches("\\d{1,5}")) {
            throw new MachineException(ExitCode.USAGE, "--gdb " + port + ": give a port number, 0 for any");
        }
        features().install("gdb", Map.of());
        return services.await(GdbServers.class, null, SERVICE_MILLIS).serve(m, Integer.parseInt(port));
    }

    /** Switches the snapshots of --snapshots on. */
    private void snapshots(Machine m, Options o) {
        String mib = o.value("--snapshots");
        if (mib == null) {
            return;
        }
        if (!mib.matches("[1-9]\\d{0,8}")) {
            throw new MachineException(ExitCode.USAGE, "--snapshots " + mib + ": give a number of MiB, 1 to 999999999");
        }
        services.travel(m.name()).automatic(Long.parseLong(mib));
    }

    /** Tells the port once the machine is there to be debugged. */
    private static void announce(int port, Options o) {
        if (port >= 0) {
            System.err.println("reprise: gdb: target remote localhost:" + port + (o.flag("--stop")
                ? " (the guest stands still before its first instruction)" : ""));
        }
    }

    private FeatureRuntime features() throws InterruptedException {
        return services.await(FeatureRuntime.class, SERVICE_MILLIS);
    }

    private Machine install(String feature, Map<String, String> settings) throws InterruptedException {
        List<String> machines = features().install(feature, settings);
        if (machines.isEmpty()) {
            throw new MachineException(ExitCode.FEATURE, "feature " + feature + " configures no machine");
        }
        return services.ready(machines.get(0), SERVICE_MILLIS);
    }

    // ---- run ----------------------------------------------------------------------------------------------------------------------

    private ExitCode start(Options o) throws InterruptedException, IOException {
        Map<String, String> settings = new LinkedHashMap<>();
        String feature = o.arguments.isEmpty() ? null : o.argument("machine feature");
        if (o.value("--guest") != null) {
            Guest guest = Guest.find(o.value("--guest"), home);
            settings.putAll(guest.settings());
            if (feature == null) {
                feature = guest.feature();
            } else if (!feature.equals(guest.feature())) {
                throw new MachineException(ExitCode.USAGE, "guest " + o.value("--guest") + " is for feature " + guest.feature() + ", not "
                    + feature);
            }
        }
        if (feature == null) {
            throw new MachineException(ExitCode.USAGE, "reprise run needs a machine feature or --guest; features: "
                + String.join(", ", features().available()));
        }
        settings.putAll(o.settings());
        Machine m = install(feature, settings);
        Path record = o.path("--record");
        Flame flame = Flame.begin(services, m, o);
        try (StopOnSignal signal = new StopOnSignal(m); Outlet outlet = new Outlet(m, o.path("--console-log"), !tty)) {
            int port = debugged(m, o);
            if (record == null && o.value("--snapshots") != null) {
                throw new MachineException(ExitCode.USAGE, "--snapshots: they are kept with a recording; add --record FILE.rr");
            }
            snapshots(m, o);
            if (o.value("--start-snapshot") != null) {
                services.travel(m.name()).start(o.value("--start-snapshot"), record, o.flag("--stop"));
            } else if (record != null) {
                RecordReplay rr = services.recordReplay(m.name());
                rr.record(record, o.flag("--stop"));
                rr.warnings().forEach(warning -> System.err.println("reprise: warning: " + warning));
            } else if (o.flag("--stop")) {
                m.startPaused();
            } else {
                m.start();
            }
            announce(port, o);
            outlet.attach();
            boolean detached = follow(m, o);
            signal.close();
            if (detached) {
                flame.goesOn();
                return null;
            }
        }
        flame.end();
        summary(m, o, record);
        if (tty && !o.flag("--exit-on-shutdown")) {
            System.err.println(Text.status(m));
            return null;
        }
        MachineStatus s = m.status();
        if (s.state() == MachineState.FAILED) {
            System.err.println("reprise: " + m.problem().orElse("machine " + m.name() + " failed"));
            return ExitCode.INTERNAL;
        }
        m.problem().ifPresent(p -> System.err.println("reprise: " + p));
        boolean well = s.exitCode() == 0 && s.cause() != ShutdownCause.GUEST_PANIC;
        if (!well) {
            System.err.println("reprise: the guest failed: " + Text.cause(s.cause()) + ", exit code " + s.exitCode());
        }
        if (m.problem().filter(p -> p.startsWith("recording ended early")).isPresent()) {
            return ExitCode.RECORDING_IO;
        }
        return well ? ExitCode.OK : ExitCode.GUEST_FAILED;
    }

    /** Connects the user to the machine until it halts. @return true when the user detached to the shell */
    private boolean follow(Machine m, Options o) throws InterruptedException, IOException {
        if (tty && !m.consoles().isEmpty()) {
            try (Terminal terminal = TerminalBuilder.builder().system(true).build()) {
                System.err.println("console of " + m.name() + "; Ctrl-] leaves it for the shell");
                return ConsoleAttachment.run(terminal, m, ConsoleAttachment.choose(m, null), false);
            }
        }
        if (!m.consoles().isEmpty()) {
            forwardInput(ConsoleAttachment.choose(m, null));
        }
        awaitEnd(m, o);
        return false;
    }

    /** Waits until the guest has halted for good: while a debugger may let it run on, or go back from the end of a replay, it has not. */
    private void awaitEnd(Machine m, Options o) throws InterruptedException {
        m.awaitHalt(0);
        while (o.value("--gdb") != null && debugged(m)) {
            Thread.sleep(DEBUGGED_MILLIS);
            m.awaitHalt(0);
        }
    }

    private boolean debugged(Machine m) throws InterruptedException {
        MachineStatus s = m.status();
        return s.state() == MachineState.PAUSED || s.state() == MachineState.RUNNING
            || s.mode().equals("replay") && services.await(GdbServers.class, null, SERVICE_MILLIS).connected(m.name());
    }

    /** Standard input, as it comes, is typed at the guest; its end leaves the machine running. */
    private static void forwardInput(Console console) {
        Thread t = new Thread(() -> {
            byte[] buffer = new byte[4096];
            InputStream in = System.in;
            try {
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    console.input(Arrays.copyOf(buffer, n));
                }
            } catch (IOException e) {
                System.err.println("reprise: standard input: " + e.getMessage());
            }
        }, "reprise-input");
        t.setDaemon(true);
        t.start();
    }

    // ---- replay, verify -----------------------------------------------------------------------------------------------------------------

    private ExitCode replay(Options o, boolean show) throws InterruptedException, IOException {
        Path recording = Path.of(o.argument("recording"));
        if (o.value("--start-snapshot") != null) {
            throw new MachineException(ExitCode.USAGE, "--start-snapshot: a recording begins with the snapshot that it was recorded from; leave it out");
        }
        // an unpacked one is deleted when the process ends: a shell that takes over still has the machine
        Path folder = new Tools(services).open(recording, true).folder();
        Recordings.Info info;
        try {
            info = services.await(Recordings.class, SERVICE_MILLIS).info(folder);
            if (!show && VerifyRuns.wanted(o)) {
                return new VerifyRuns(home, services.await(Recordings.class, SERVICE_MILLIS)).run(o, folder);
            }
        } catch (IOException e) {
            throw new MachineException(ExitCode.DAMAGED, e.getMessage(), e);
        }
        String feature = RecordedMachine.feature(recording, info);
        Map<String, String> settings = RecordedMachine.settings(recording, info, o.settings());
        Machine m = install(feature, settings);
        RecordReplay rr = services.recordReplay(m.name());
        Flame flame = Flame.begin(services, m, o);
        try (StopOnSignal signal = new StopOnSignal(m); Outlet outlet = new Outlet(m, o.path("--console-log"), show)) {
            int port = debugged(m, o);
            snapshots(m, o);
            rr.replay(folder, o.flag("--force"), o.flag("--stop"));
            announce(port, o);
            outlet.attach();
            progress(m, rr);
            awaitEnd(m, o);
            signal.close();
        }
        flame.end();
        Outcome outcome = rr.outcome().orElseThrow(() -> new MachineException(ExitCode.INTERRUPTED, "the replay was interrupted"));
        summary(m, o, recording);
        MachineStatus s = m.status();
        Progress p = rr.progress().orElseThrow();
        System.err.println((outcome.code() == ExitCode.OK ? "replay equal" : "replay ended") + ": " + outcome.message());
        System.err.println("icount " + Text.number(s.icount()) + ", " + Text.number(p.events()) + " events, " + Text.number(p.digests())
            + " digests compared, " + Text.seconds(s.hostTime()) + ", " + Text.mips(s.icount() - services.travel(m.name()).beginning(), s.hostTime())
            + ", final digest " + Text.digest(outcome.digests()));
        if (show && tty && !o.flag("--exit-at-end")) {
            return null;
        }
        return outcome.code();
    }

    private void progress(Machine m, RecordReplay rr) throws InterruptedException {
        long begin = System.nanoTime();
        while (!m.awaitHalt(PROGRESS_MILLIS)) {
            if (System.nanoTime() - begin > QUIET_NANOS) {
                MachineStatus s = m.status();
                rr.progress().ifPresent(p -> System.err.print((tty ? "\r" : "") + Text.progress(p) + ", " + Text.mips(s.icount(), s.hostTime())
                    + (tty ? "\u001b[K" : "\n")));
            }
        }
        if (tty) {
            System.err.print("\r\u001b[K");
        }
    }

    // ---- summary -------------------------------------------------------------------------------------------------------------------------

    /** Figures for scripts: key=value lines in the file of --summary. */
    private void summary(Machine m, Options o, Path recording) throws IOException {
        Path file = o.path("--summary");
        if (file == null) {
            return;
        }
        MachineStatus s = m.status();
        StringBuilder t = new StringBuilder();
        t.append("state=").append(s.state()).append("\nicount=").append(s.icount()).append("\nvirtual=").append(s.virtualTime())
            .append("\nnanos=").append(s.hostTime()).append('\n');
        services.recordReplay(m.name()).progress().ifPresent(p -> t.append("events=").append(p.events()).append("\nbytes=").append(p.bytes())
            .append("\ndigests=").append(p.digests()).append('\n'));
        if (recording != null) {
            t.append("recording=").append(recording).append('\n');
        }
        if (s.state() != MachineState.FAILED) {
            t.append("digest=").append(Text.digest(m.digests())).append('\n');
            // how the guest was run, never what it saw
            m.inspect(cpus -> {
                cpus.forEach(cpu -> cpu.statistics().forEach((key, value) -> t.append("cpu").append(cpus.indexOf(cpu)).append('.')
                    .append(key.replace(' ', '-')).append('=').append(value).append('\n')));
                return null;
            });
        }
        Files.writeString(file, t);
    }

    /** The consoles' output on standard output and in a file. */
    private static final class Outlet implements AutoCloseable {
        private final Machine machine;
        private final OutputStream log;
        private final boolean show;
        private AutoCloseable attachment;

        Outlet(Machine machine, Path log, boolean show) throws IOException {
            this.machine = machine;
            this.log = log == null ? null : Files.newOutputStream(log);
            this.show = show;
        }

        void attach() {
            if (!machine.consoles().isEmpty() && (show || log != null)) {
                attachment = machine.consoles().get(0).attach(this::output, Integer.MAX_VALUE);
            }
        }

        private void output(byte[] bytes, int offset, int length) {
            if (show) {
                System.out.write(bytes, offset, length);
                System.out.flush();
            }
            if (log != null) {
                try {
                    log.write(bytes, offset, length);
                } catch (IOException e) {
                    System.err.println("reprise: the console log cannot be written: " + e.getMessage());
                }
            }
        }

        @Override
        public void close() throws IOException {
            if (attachment != null) {
                try {
                    attachment.close();
                } catch (Exception e) {
                    throw new IOException(e);
                }
            }
            if (log != null) {
                log.close();
            }
        }
    }

    /** A signal that ends the process ends a recording cleanly first. */
    private static final class StopOnSignal implements AutoCloseable {
        private final Thread hook;

        StopOnSignal(Machine machine) {
            hook = new Thread(() -> {
                try {
                    machine.stop();
                } catch (MachineException e) {
                    // it was not running any more
                    return;
                }
            }, "reprise-signal");
            Runtime.getRuntime().addShutdownHook(hook);
        }

        /** No signal is awaited any more, also when the command was refused. Closing twice is harmless. */
        @Override
        public void close() {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException e) {
                // the process is ending already
                return;
            }
        }
    }
}
