package org.reprise.ui.shell;

import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** The command {@code rr:last-writer}, which {@code rr:writer} is short for. */
@Component(service = Function.class, property = {"osgi.command.scope=rr", "osgi.command.function=last-writer"})
public final class LastWriterCommand extends RenamedCommand {
    /** For the component runtime. */
    @Activate
    public LastWriterCommand(@Reference WriterCommands commands) {
        super(commands, "writer");
    }
}
