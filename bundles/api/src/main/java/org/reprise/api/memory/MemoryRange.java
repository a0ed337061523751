package org.reprise.api.memory;

/**
 * A range of physical addresses and what answers there, for people and debuggers.
 *
 * @param name of the memory or device
 * @param base first address
 * @param size bytes, at least 1
 * @param kind what it is
 */
public record MemoryRange(String name, long base, long size, Kind kind) {
    /** Kinds. */
    public enum Kind {
        /** Memory that is read and written. */
        RAM,
        /** Memory that is only read. */
        ROM,
        /** Registers of a device: reading them may have effects. */
        REGISTERS
    }
}
