package org.reprise.api.debug;

import java.util.Map;
import org.osgi.annotation.versioning.ProviderType;
import org.reprise.api.machine.Machine;

/** Serves machines to gdb on loopback ports: a service. Any thread. */
@ProviderType
public interface GdbServers {
    /**
     * Opens a port for a machine. One client at a time is served; a second is told so and sent away. The machine must have been started when a
     * client comes; the guest stands still from then on until the client lets it run.
     *
     * @param port 1..65535, or 0 for any free one
     * @return the port
     * @throws org.reprise.api.machine.MachineException when the port cannot be opened, or the machine has one already
     */
    int serve(Machine machine, int port);

    /** Closes a machine's port and ends its client's session; false when it had none. */
    boolean end(String machine);

    /** True while a client of the machine's port is connected. */
    boolean connected(String machine);

    /** Ports by machine, in the order of names. */
    Map<String, Integer> ports();
}
