package org.reprise.ui.shell;

import java.util.Map;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.reprise.api.debug.GdbServers;
import org.reprise.api.machine.Machine;
import org.reprise.core.features.FeatureRuntime;

/** The commands {@code gdb:…}; the first one installs the feature {@code gdb}. */
@Component(service = GdbCommands.class, immediate = true)
@GogoCommand(scope = "gdb", function = {"serve", "end", "ports"})
public final class GdbCommands {
    private static final long SERVICE_MILLIS = 30_000;
    private final Services services;

    /** For the component runtime. */
    @Activate
    public GdbCommands(BundleContext context) {
        services = new Services(context);
    }

    private GdbServers servers() throws InterruptedException {
        if (services.find(GdbServers.class).isEmpty()) {
            services.await(FeatureRuntime.class, SERVICE_MILLIS).install("gdb", Map.of());
        }
        return services.await(GdbServers.class, SERVICE_MILLIS);
    }

    /** gdb:serve PORT. */
    @Descriptor("serve the machine to gdb on a loopback port (0: any)")
    public String serve(@Descriptor("port") int port) throws InterruptedException {
        return serve(port, null);
    }

    /** gdb:serve PORT NAME. */
    @Descriptor("serve a machine to gdb on a loopback port (0: any)")
    public String serve(@Descriptor("port") int port, @Descriptor("name of the machine") String name) throws InterruptedException {
        Machine m = services.machine(name);
        return m.name() + ": target remote localhost:" + servers().serve(m, port);
    }

    /** gdb:end. */
    @Descriptor("close the machine's port for gdb")
    public String end() throws InterruptedException {
        return end(null);
    }

    /** gdb:end NAME. */
    @Descriptor("close a machine's port for gdb")
    public String end(@Descriptor("name of the machine") String name) throws InterruptedException {
        Machine m = services.machine(name);
        return servers().end(m.name()) ? m.name() + " is not served to gdb any more" : m.name() + " was not served to gdb";
    }

    /** gdb:ports. */
    @Descriptor("list the machines served to gdb and their ports")
    public String ports() throws InterruptedException {
        StringBuilder s = new StringBuilder();
        servers().ports().forEach((name, port) -> s.append(name).append("  localhost:").append(port).append('\n'));
        return s.isEmpty() ? "no machine is served to gdb: gdb:serve PORT does it" : s.toString();
    }
}
