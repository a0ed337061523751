package org.reprise.api.cpu;

/**
 * A range of addresses whose accesses by CPUs somebody wants to see.
 *
 * @param kind which accesses
 * @param address first address, virtual as the CPU that accesses sees it then, or physical
 * @param length bytes, at least 1; the range does not wrap around
 * @param physical the addresses are physical
 */
public record Watchpoint(Kind kind, long address, long length, boolean physical) {
    /** Accesses that count. */
    public enum Kind {
        /** Loads; a read-modify-write instruction loads, too. Instruction fetches and page-table walks are none. */
        READ,
        /** Stores, also those that change nothing; a store-conditional that fails stores nothing. */
        WRITE,
        /** Both. */
        ACCESS
    }

    /** @throws IllegalArgumentException when the length is not positive or the range wraps around */
    public Watchpoint {
        if (length < 1 || Long.compareUnsigned(address + length - 1, address) < 0) {
            throw new IllegalArgumentException("a watchpoint of " + length + " bytes at 0x" + Long.toHexString(address)
                + ": its length must be positive, and it must not wrap around");
        }
    }

    /** True when an access of {@code size} bytes at an address touches the range. */
    public boolean touches(long first, int size) {
        return Long.compareUnsigned(first, address + length - 1) <= 0 && Long.compareUnsigned(first + size - 1, address) >= 0;
    }

    /** True when loads count. */
    public boolean reads() {
        return kind != Kind.WRITE;
    }

    /** True when stores count. */
    public boolean writes() {
        return kind != Kind.READ;
    }
}
