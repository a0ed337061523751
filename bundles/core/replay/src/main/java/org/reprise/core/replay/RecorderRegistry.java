package org.reprise.core.replay;

import java.util.Hashtable;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.osgi.annotation.bundle.Capability;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.Machine;
import org.reprise.api.machine.MachineException;
import org.reprise.api.replay.RecordReplay;
import org.reprise.api.replay.ReplayHost;
import org.reprise.api.travel.TimeTravel;

/** Registers a {@link RecordReplay} for every machine: by hand, because there is one for each. */
@Capability(namespace = "osgi.service", attribute = "objectClass:List<String>=\"org.reprise.api.replay.RecordReplay\"")
@Component(service = {}, immediate = true)
public final class RecorderRegistry {
    private final BundleContext context;
    private final Map<ReplayHost, ServiceRegistration<RecordReplay>> registered = new ConcurrentHashMap<>();

    /** For the component runtime. */
    @Activate
    public RecorderRegistry(BundleContext context) {
        this.context = context;
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void add(ReplayHost host) {
        Hashtable<String, Object> properties = new Hashtable<>();
        properties.put(Machine.NAME, host.name());
        registered.put(host, context.registerService(RecordReplay.class, new MachineRecorder(host, () -> travel(host.name())), properties));
    }

    private TimeTravel travel(String machine) {
        try {
            for (ServiceReference<TimeTravel> r : context.getServiceReferences(TimeTravel.class, "(" + Machine.NAME + "=" + machine + ")")) {
                TimeTravel service = context.getService(r);
                if (service != null) {
                    return service;
                }
            }
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException(e);
        }
        throw new MachineException(ExitCode.WAITING, "a recording that begins with a snapshot needs time travel: install org.reprise.core.snapshot");
    }

    void remove(ReplayHost host) {
        ServiceRegistration<RecordReplay> r = registered.remove(host);
        if (r != null) {
            r.unregister();
        }
    }

    @Deactivate
    void close() {
        registered.values().forEach(ServiceRegistration::unregister);
        registered.clear();
    }
}
