package org.reprise.ui.shell;

import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** The command {@code rr:go-live}, as {@code rr:golive}. */
@Component(service = Function.class, property = {"osgi.command.scope=rr", "osgi.command.function=go-live"})
public final class GoLiveCommand extends RenamedCommand {
    /** For the component runtime. */
    @Activate
    public GoLiveCommand(@Reference BranchCommands branches) {
        super(branches, "golive");
    }
}
