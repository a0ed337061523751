package org.reprise.ui.shell;

import org.apache.felix.service.command.Descriptor;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** {@code exit} and {@code quit}: end the process; in Gogo's own scope, which unqualified names are looked up in first. */
@Component(service = ExitCommand.class, immediate = true, property = {"osgi.command.scope=gogo", "osgi.command.function=exit",
    "osgi.command.function=quit", "service.ranking:Integer=1000"})
public final class ExitCommand {
    private final BundleContext context;

    /** For the component runtime. */
    @Activate
    public ExitCommand(BundleContext context) {
        this.context = context;
    }

    /** exit. */
    @Descriptor("stop all machines (recordings end cleanly) and leave")
    public void exit() throws BundleException {
        context.getBundle(0).stop();
    }

    /** quit. */
    @Descriptor("stop all machines (recordings end cleanly) and leave")
    public void quit() throws BundleException {
        exit();
    }
}
