package org.reprise.api.memory;

import org.osgi.annotation.versioning.ConsumerType;

/** Registers of a device in the physical address space. Called on the machine's thread only. */
@ConsumerType
public interface MmioHandler {
    /**
     * Reads a register.
     *
     * @param offset byte offset from the start of the mapped region
     * @param size access size in bytes: 1, 2, 4 or 8; the access does not cross the region's end
     * @return the value, zero-extended
     */
    long read(long offset, int size);

    /**
     * Writes a register.
     *
     * @param offset byte offset from the start of the mapped region
     * @param size access size in bytes: 1, 2, 4 or 8
     * @param value the value, zero-extended
     */
    void write(long offset, int size, long value);
}
