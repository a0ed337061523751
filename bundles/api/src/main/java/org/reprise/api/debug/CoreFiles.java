package org.reprise.api.debug;

import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import org.osgi.annotation.versioning.ProviderType;
import org.reprise.api.machine.Machine;
import org.reprise.api.travel.Visit;

/** Core files of machines, for debuggers: a service. Any thread. */
@ProviderType
public interface CoreFiles {
    /**
     * Writes RAM and registers.
     *
     * @param machine stands where the visit is
     * @param file empty; holes are left for pages of zeros. The caller closes it
     * @throws IOException when the file cannot be written
     * @throws org.reprise.api.machine.MachineException CONFIGURATION when there are no core files of its architecture
     */
    void write(Machine machine, Visit visit, SeekableByteChannel file) throws IOException;
}
