package org.reprise.ui.shell;

import java.util.List;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;

/** The command {@code rr:go-live}: what {@code rr:golive} does, under a name that no method can have. */
@Component(service = Function.class, property = {"osgi.command.scope=rr", "osgi.command.function=go-live"})
public final class GoLiveCommand implements Function {
    private final BranchCommands branches;

    /** For the component runtime. */
    @Activate
    public GoLiveCommand(@Reference BranchCommands branches) {
        this.branches = branches;
    }

    @Override
    public Object execute(CommandSession session, List<Object> arguments) {
        String machine = "";
        boolean paused = false;
        String name = null;
        for (int i = 0; i < arguments.size(); i++) {
            String argument = String.valueOf(arguments.get(i));
            switch (argument) {
                case "-p", "--paused" -> paused = true;
                case "-m", "--machine" -> {
                    i++;
                    if (i == arguments.size()) {
                        throw new MachineException(ExitCode.USAGE, argument + " needs the name of a machine");
                    }
                    machine = String.valueOf(arguments.get(i));
                }
                default -> {
                    if (argument.startsWith("-") || name != null) {
                        throw new MachineException(ExitCode.USAGE, "rr:go-live takes -m MACHINE, -p, and the name of a branch; got " + argument);
                    }
                    name = argument;
                }
            }
        }
        return name == null ? branches.golive(machine, paused) : branches.golive(machine, paused, name);
    }
}
