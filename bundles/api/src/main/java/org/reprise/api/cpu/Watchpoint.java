package org.reprise.api.cpu;

/**
 * What somebody wants to see: accesses by CPUs, and writes by devices, to a range of addresses, or writes of a register by a CPU's instructions.
 *
 * @param kind which accesses; of a register, WRITE
 * @param address first address, virtual or physical; of a register, its number in {@link Cpu#registers}
 * @param length bytes, at least 1; the range does not wrap around. 1 for a register
 * @param space what the addresses are
 * @param cpu index of the CPU whose register it is; -1 for memory, where all CPUs count
 */
public record Watchpoint(Kind kind, long address, long length, Space space, int cpu) {
    /** Accesses that count. */
    public enum Kind {
        /** Loads; a read-modify-write instruction loads, too. Instruction fetches and page-table walks are none. */
        READ,
        /** Stores, also those that change nothing; a store-conditional that fails stores nothing. And what devices write. */
        WRITE,
        /** Both. */
        ACCESS
    }

    /** What is watched. */
    public enum Space {
        /** Virtual addresses: as the CPU that accesses sees them then; for what a device writes, the one whose turn it is. */
        VIRTUAL,
        /** Physical addresses. */
        PHYSICAL,
        /** A register: writes by instructions that name it, also those that change nothing. What traps, devices and debuggers do to it is none. */
        REGISTER
    }

    /** @throws IllegalArgumentException when the length is not positive, the range wraps around, or a register is not written or has no CPU */
    public Watchpoint {
        if (length < 1 || Long.compareUnsigned(address + length - 1, address) < 0) {
            throw new IllegalArgumentException("a watchpoint of " + length + " bytes at 0x" + Long.toHexString(address)
                + ": its length must be positive, and it must not wrap around");
        }
        if (space == Space.REGISTER ? cpu < 0 || kind != Kind.WRITE || length != 1 : cpu != -1) {
            throw new IllegalArgumentException("a watchpoint of a register is one of a CPU and sees writes; one of memory is of all CPUs");
        }
    }

    /** Of memory. @param physical the addresses are physical */
    public Watchpoint(Kind kind, long address, long length, boolean physical) {
        this(kind, address, length, physical ? Space.PHYSICAL : Space.VIRTUAL, -1);
    }

    /** Writes of a register. @param index its number in {@link Cpu#registers}, one that {@link Cpu#unwatchable} says nothing about */
    public static Watchpoint register(int cpu, int index) {
        return new Watchpoint(Kind.WRITE, index, 1, Space.REGISTER, cpu);
    }

    /** True when the addresses are physical. */
    public boolean physical() {
        return space == Space.PHYSICAL;
    }

    /** True for a register. */
    public boolean isRegister() {
        return space == Space.REGISTER;
    }

    /** True when an access of {@code size} bytes of memory at an address touches the range. */
    public boolean touches(long first, int size) {
        return !isRegister() && Long.compareUnsigned(first, address + length - 1) <= 0 && Long.compareUnsigned(first + size - 1, address) >= 0;
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
