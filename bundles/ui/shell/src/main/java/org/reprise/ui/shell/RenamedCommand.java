package org.reprise.ui.shell;

import java.util.List;
import org.apache.felix.gogo.runtime.Reflective;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;

/** A command under a name that no method can have: with the options and arguments of a method of a command's object. */
abstract class RenamedCommand implements Function {
    private final Object commands;
    private final String method;

    RenamedCommand(Object commands, String method) {
        this.commands = commands;
        this.method = method;
    }

    /** Has the method. */
    final Object commands() {
        return commands;
    }

    /** Name of the method. */
    final String method() {
        return method;
    }

    @Override
    public final Object execute(CommandSession session, List<Object> arguments) throws Exception {
        return Reflective.invoke(session, commands, method, arguments);
    }
}
