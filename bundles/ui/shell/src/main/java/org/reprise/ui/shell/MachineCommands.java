package org.reprise.ui.shell;

import java.io.IOException;
import java.util.Optional;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.jline.terminal.Terminal;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.Machine;
import org.reprise.api.machine.MachineException;
import org.reprise.api.machine.MachineState;

/** The commands {@code machine:…}. Where a machine's name is left out, the only machine there is is meant. */
@Component(service = MachineCommands.class, immediate = true)
@GogoCommand(scope = "machine", function = {"list", "status", "start", "stop", "pause", "resume", "reset", "console"})
public final class MachineCommands {
    private static final String[] TERMINAL_VARIABLES = {"#TERMINAL", ".terminal"};
    private final Services services;

    /** For the component runtime. */
    @Activate
    public MachineCommands(BundleContext context) {
        services = new Services(context);
    }

    /** machine:list. */
    @Descriptor("list the machines and their states")
    public String list() {
        StringBuilder s = new StringBuilder();
        for (Machine m : services.machines()) {
            s.append(m.name()).append("  ").append(m.status().state()).append("  ").append(m.status().mode()).append('\n');
        }
        return s.isEmpty() ? "no machine: install a machine feature (feature:install virt-riscv64)" : s.toString();
    }

    /** machine:status. */
    @Descriptor("show icount, time, speed, and what a machine waits for")
    public String status() {
        return status(null);
    }

    /** machine:status NAME. */
    @Descriptor("show icount, time, speed, and what a machine waits for")
    public String status(@Descriptor("name of the machine") String name) {
        return Text.status(services.machine(name));
    }

    /** machine:start. */
    @Descriptor("power a machine on, live")
    public String start() {
        return start(null);
    }

    /** machine:start NAME. */
    @Descriptor("power a machine on, live")
    public String start(@Descriptor("name of the machine") String name) {
        Machine m = services.machine(name);
        m.start();
        return m.name() + " runs; machine:console attaches";
    }

    /** machine:stop. */
    @Descriptor("shut a machine down; ends its recording")
    public String stop() {
        return stop(null);
    }

    /** machine:stop NAME. */
    @Descriptor("shut a machine down; ends its recording")
    public String stop(@Descriptor("name of the machine") String name) {
        Machine m = services.machine(name);
        m.stop();
        return m.name() + " stopped";
    }

    /** machine:pause. */
    @Descriptor("let the guest stand still")
    public String pause() {
        return pause(null);
    }

    /** machine:pause NAME. */
    @Descriptor("let the guest stand still")
    public String pause(@Descriptor("name of the machine") String name) {
        Machine m = services.machine(name);
        m.pause();
        return Text.status(m);
    }

    /** machine:resume. */
    @Descriptor("let the guest run on")
    public String resume() {
        return resume(null);
    }

    /** machine:resume NAME. */
    @Descriptor("let the guest run on")
    public String resume(@Descriptor("name of the machine") String name) {
        Machine m = services.machine(name);
        m.resume();
        return m.name() + " runs";
    }

    /** machine:reset. */
    @Descriptor("press the reset button; an event of the recording")
    public String reset() {
        return reset(null);
    }

    /** machine:reset NAME. */
    @Descriptor("press the reset button; an event of the recording")
    public String reset(@Descriptor("name of the machine") String name) {
        Machine m = services.machine(name);
        m.reset();
        return m.name() + " was reset";
    }

    /** machine:console. */
    @Descriptor("attach the terminal to a console; Ctrl-] detaches")
    public void console(CommandSession session,
            @Descriptor("name of the console's part (default: the first)") @Parameter(names = {"-c", "--console"}, absentValue = "") String part)
            throws IOException {
        console(session, part, null);
    }

    /** machine:console NAME. */
    @Descriptor("attach the terminal to a console; Ctrl-] detaches")
    public void console(CommandSession session,
            @Descriptor("name of the console's part (default: the first)") @Parameter(names = {"-c", "--console"}, absentValue = "") String part,
            @Descriptor("name of the machine") String name) throws IOException {
        Machine m = services.machine(name);
        if (m.status().state() == MachineState.WAITING || m.status().state() == MachineState.STOPPED) {
            throw new MachineException(ExitCode.USAGE, "machine " + m.name() + " is not powered on: machine:start or rr:record first");
        }
        Terminal terminal = terminal(session).orElseThrow(() -> new MachineException(ExitCode.USAGE,
            "this session has no terminal: use the interactive shell"));
        terminal.writer().println("attached to " + m.name() + "; Ctrl-] detaches");
        terminal.flush();
        ConsoleAttachment.run(terminal, m, ConsoleAttachment.choose(m, part.isEmpty() ? null : part), true);
    }

    private static Optional<Terminal> terminal(CommandSession session) {
        for (String name : TERMINAL_VARIABLES) {
            if (session.get(name) instanceof Terminal t) {
                return Optional.of(t);
            }
        }
        return Optional.empty();
    }
}
