package org.reprise.api.command;

import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;
import org.reprise.api.machine.ExitCode;

/**
 * A command {@code reprise NAME …} that a bundle brings: a service. The command line installs the feature {@code NAME} when the name is
 * none of its own commands, and waits for the service.
 */
@ConsumerType
public interface ScriptedCommand {
    /** Service property: the command's name (String). */
    String NAME = "command.name";

    /**
     * Runs to the end on the caller's thread. Results go to standard output, messages to standard error.
     *
     * @param arguments what follows the name
     * @return the process's exit status
     * @throws org.reprise.api.machine.MachineException USAGE naming the argument and the remedy when one does not fit
     */
    ExitCode run(List<String> arguments) throws Exception;
}
