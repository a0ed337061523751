package org.reprise.debug.gdb.internal;

import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.reprise.api.debug.GdbServers;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.Machine;
import org.reprise.api.machine.MachineException;
import org.reprise.api.replay.RecordReplay;
import org.reprise.api.travel.TimeTravel;

/** The ports on which machines are served. */
@Component
public final class GdbServersService implements GdbServers {
    private final MachineServices services = new MachineServices();
    private final Map<String, Port> ports = new TreeMap<>();

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void addTravel(TimeTravel travel, Map<String, Object> properties) {
        services.add(travel, properties);
    }

    void removeTravel(TimeTravel travel, Map<String, Object> properties) {
        services.remove(travel, properties);
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void addRecorder(RecordReplay recorder, Map<String, Object> properties) {
        services.add(recorder, properties);
    }

    void removeRecorder(RecordReplay recorder, Map<String, Object> properties) {
        services.remove(recorder, properties);
    }

    @Override
    public synchronized int serve(Machine machine, int port) {
        Port present = ports.get(machine.name());
        if (present != null) {
            throw new MachineException(ExitCode.USAGE, "machine " + machine.name() + " is served to gdb on port " + present.number()
                + " already; end that first");
        }
        if (port < 0 || port > 65535) {
            throw new MachineException(ExitCode.USAGE, "port " + port + " is not in 0..65535");
        }
        try {
            Port open = new Port(machine, services, port);
            ports.put(machine.name(), open);
            return open.number();
        } catch (IOException e) {
            throw new MachineException(ExitCode.USAGE, "port " + port + " on loopback cannot be opened for gdb: " + e.getMessage()
                + "; choose another, or 0 for any", e);
        }
    }

    @Override
    public synchronized boolean end(String machine) {
        Port port = ports.remove(machine);
        if (port != null) {
            port.close();
        }
        return port != null;
    }

    @Override
    public synchronized boolean connected(String machine) {
        return ports.containsKey(machine) && ports.get(machine).connected();
    }

    @Override
    public synchronized Map<String, Integer> ports() {
        Map<String, Integer> numbers = new TreeMap<>();
        ports.forEach((name, port) -> numbers.put(name, port.number()));
        return numbers;
    }

    /** Closes all ports. */
    @Deactivate
    synchronized void close() {
        ports.values().forEach(Port::close);
        ports.clear();
    }
}
