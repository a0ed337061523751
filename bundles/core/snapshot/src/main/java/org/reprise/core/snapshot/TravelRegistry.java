package org.reprise.core.snapshot;

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
import org.reprise.api.block.SnapshotImages;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.Machine;
import org.reprise.api.machine.MachineException;
import org.reprise.api.replay.RecordReplay;
import org.reprise.api.replay.ReplayHost;
import org.reprise.api.travel.TimeTravel;

/** Registers a {@link TimeTravel} for every machine: by hand, because there is one for each. */
@Capability(namespace = "osgi.service", attribute = "objectClass:List<String>=\"org.reprise.api.travel.TimeTravel\"")
@Component(service = {}, immediate = true)
public final class TravelRegistry {
    private record Registered(ServiceRegistration<TimeTravel> registration, MachineTravel travel) {
    }

    private final BundleContext context;
    private final Map<ReplayHost, Registered> registered = new ConcurrentHashMap<>();

    /** For the component runtime. */
    @Activate
    public TravelRegistry(BundleContext context) {
        this.context = context;
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void add(ReplayHost host) {
        Hashtable<String, Object> properties = new Hashtable<>();
        properties.put(Machine.NAME, host.name());
        MachineTravel travel = new MachineTravel(host, () -> recordReplay(host.name()), this::images);
        registered.put(host, new Registered(context.registerService(TimeTravel.class, travel, properties), travel));
    }

    private RecordReplay recordReplay(String machine) {
        try {
            for (ServiceReference<RecordReplay> r : context.getServiceReferences(RecordReplay.class, "(" + Machine.NAME + "=" + machine + ")")) {
                RecordReplay service = context.getService(r);
                if (service != null) {
                    return service;
                }
            }
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException(e);
        }
        throw new MachineException(ExitCode.WAITING, "machine " + machine + " has no record/replay service: the bundle org.reprise.core.replay is not "
            + "running");
    }

    private SnapshotImages images() {
        ServiceReference<SnapshotImages> r = context.getServiceReference(SnapshotImages.class);
        SnapshotImages service = r == null ? null : context.getService(r);
        if (service == null) {
            throw new MachineException(ExitCode.WAITING, "no bundle that keeps machines' states in images is running: install org.reprise.block.qcow2");
        }
        return service;
    }

    void remove(ReplayHost host) {
        Registered r = registered.remove(host);
        if (r != null) {
            r.registration().unregister();
            r.travel().close();
        }
    }

    @Deactivate
    void close() {
        registered.keySet().forEach(this::remove);
    }
}
