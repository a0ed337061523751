package org.reprise.core.machine;

import java.util.Dictionary;
import java.util.Hashtable;
import java.util.Map;
import org.osgi.annotation.bundle.Capability;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.cm.ConfigurationListener;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.reprise.api.machine.Machine;
import org.reprise.api.replay.ReplayHost;

/**
 * One machine for each factory configuration {@code org.reprise.machine~NAME}. The service is registered by hand, because its properties
 * {@code machine.name} and {@code machine.state} are not those of the configuration.
 */
@Capability(namespace = "osgi.service",
        attribute = "objectClass:List<String>=\"org.reprise.api.machine.Machine,org.reprise.api.replay.ReplayHost\"")
@Component(service = {}, immediate = true, configurationPid = Machine.PID, configurationPolicy = ConfigurationPolicy.REQUIRE)
public final class MachineComponent {
    private static final String STATE = "machine.state";

    private final String name;
    private final InstalledParts parts;
    private final MachineHost host;
    private final ServiceRegistration<ReplayHost> replayHost;
    private final ServiceRegistration<Machine> registration;
    private final ServiceRegistration<?> configurationListener;

    /** Makes and registers the machine. */
    @Activate
    public MachineComponent(BundleContext context, @Reference ConfigurationAdmin configurations, Map<String, Object> configuration) {
        String pid = String.valueOf(configuration.get("service.pid"));
        name = name(pid, configuration);
        parts = new InstalledParts(context, configurations);
        PartSettings settings = new PartSettings("machine " + name, pid, name, configuration);
        host = new MachineHost(name, settings, parts, HostTime.SYSTEM, this::stateChanged);
        parts.open(host::changed, host::withdrawn);
        configurationListener = context.registerService(ConfigurationListener.class, event -> {
            String factory = event.getFactoryPid();
            if (factory != null && factory.startsWith("org.reprise.")) {
                host.changed();
            }
        }, null);
        // First what the replay core binds: whoever finds the machine finds its record/replay service, too.
        replayHost = context.registerService(ReplayHost.class, host, properties());
        registration = context.registerService(Machine.class, host, properties());
    }

    private static String name(String pid, Map<String, Object> configuration) {
        for (String key : new String[] {Machine.NAME, "machine"}) {
            Object value = configuration.get(key);
            if (value != null && !value.toString().isBlank()) {
                return value.toString().trim();
            }
        }
        return pid.substring(pid.indexOf('~') + 1);
    }

    private Dictionary<String, Object> properties() {
        Dictionary<String, Object> properties = new Hashtable<>();
        properties.put(Machine.NAME, name);
        properties.put(STATE, host.status().state().name());
        return properties;
    }

    /** Machine's thread. */
    private void stateChanged() {
        ServiceRegistration<?> registered = registration;
        if (registered != null) {
            try {
                registered.setProperties(properties());
            } catch (IllegalStateException e) {
                // The component is being deactivated and has unregistered the service already: nobody is left to be told.
                return;
            }
        }
    }

    /** Withdraws the service, stops the machine. */
    @Deactivate
    public void deactivate() {
        configurationListener.unregister();
        registration.unregister();
        replayHost.unregister();
        host.close();
        parts.close();
    }
}
