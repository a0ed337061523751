package org.reprise.ui.shell;

import java.io.InputStream;
import java.net.URI;
import org.apache.felix.service.command.Descriptor;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.Machine;
import org.reprise.api.machine.MachineException;
import org.reprise.api.machine.MachineState;
import org.reprise.api.machine.PartInfo;

/**
 * {@code felix:stop}, {@code felix:uninstall} and {@code felix:update} before Gogo's own (higher service ranking): refused for a bundle from
 * which a powered-on machine has parts.
 */
@Component(service = GuardedBundleCommands.class, immediate = true, property = {"osgi.command.scope=felix", "osgi.command.function=stop",
    "osgi.command.function=uninstall", "osgi.command.function=update", "service.ranking:Integer=1000"})
public final class GuardedBundleCommands {
    private final BundleContext context;
    private final Services services;

    /** For the component runtime. */
    @Activate
    public GuardedBundleCommands(BundleContext context) {
        this.context = context;
        this.services = new Services(context);
    }

    private Bundle unused(String which, String action) {
        Bundle bundle = null;
        for (Bundle b : context.getBundles()) {
            if (Long.toString(b.getBundleId()).equals(which) || which.equals(b.getSymbolicName())) {
                bundle = b;
            }
        }
        if (bundle == null) {
            throw new MachineException(ExitCode.USAGE, "no bundle '" + which + "': lb lists them; name an id or a symbolic name");
        }
        for (Machine m : services.machines()) {
            MachineState state = m.status().state();
            boolean assembled = state == MachineState.RUNNING || state == MachineState.PAUSED || state == MachineState.SHUTDOWN;
            for (PartInfo p : m.parts()) {
                if (assembled && p.bundle().startsWith(bundle.getSymbolicName() + " ")) {
                    throw new MachineException(ExitCode.USAGE, "bundle " + bundle.getSymbolicName() + " cannot be " + action + ": machine "
                        + m.name() + " uses it (part " + p.name() + "); machine:stop " + m.name() + " first");
                }
            }
        }
        return bundle;
    }

    /** felix:stop. */
    @Descriptor("stop a bundle that no machine uses")
    public void stop(@Descriptor("bundle id or symbolic name") String bundle) throws BundleException {
        unused(bundle, "stopped").stop();
    }

    /** felix:uninstall. */
    @Descriptor("uninstall a bundle that no machine uses")
    public void uninstall(@Descriptor("bundle id or symbolic name") String bundle) throws BundleException {
        unused(bundle, "uninstalled").uninstall();
    }

    /** felix:update. */
    @Descriptor("update a bundle that no machine uses, from where it came")
    public void update(@Descriptor("bundle id or symbolic name") String bundle) throws BundleException {
        unused(bundle, "updated").update();
    }

    /** felix:update with a new place. */
    @Descriptor("update a bundle that no machine uses")
    public void update(@Descriptor("bundle id or symbolic name") String bundle, @Descriptor("URL of the new content") String url)
            throws Exception {
        Bundle b = unused(bundle, "updated");
        try (InputStream in = URI.create(url).toURL().openStream()) {
            b.update(in);
        }
    }
}
