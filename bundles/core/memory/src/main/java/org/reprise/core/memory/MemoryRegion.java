package org.reprise.core.memory;

import org.reprise.api.memory.MmioHandler;

/** One range of a physical address space. */
final class MemoryRegion {
    /** Page flags. */
    static final byte DIRTY = 1;
    static final byte CODE = 2;
    /** The page has been used: its host memory was zeroed, so that a machine with much RAM starts as fast as one with little. */
    static final byte PRESENT = 4;
    /** The page may have been written since the last capture or restored image. */
    static final byte CHANGED = 8;

    /** What answers. */
    enum Kind { RAM, ROM, MMIO }

    final String name;
    final long base;
    final long size;
    final Kind kind;
    final MmioHandler handler;
    /** Token of the host memory, of {@link #allocated} bytes; 0 for MMIO. */
    final long host;
    final long allocated;
    /** RAM only, one element per page: flags, and a bit for each 64-byte granule that holds translated code. */
    final byte[] flags;
    final long[] granules;
    /** RAM only: each page's contribution to the digest. */
    final long[] hashes;

    MemoryRegion(String name, long base, long size, Kind kind, MmioHandler handler) {
        this.name = name;
        this.base = base;
        this.size = size;
        this.kind = kind;
        this.handler = handler;
        this.allocated = kind == Kind.MMIO ? 0 : (size + 4095) & -4096L;
        this.host = kind == Kind.MMIO ? 0 : HostMemory.allocate(allocated);
        int pages = kind == Kind.RAM ? (int) (allocated >>> 12) : 0;
        this.flags = new byte[pages];
        this.granules = new long[pages];
        this.hashes = new long[pages];
        if (kind == Kind.ROM) {
            for (long page = 0; page < allocated; page += 4096) {
                HostMemory.zeroPage(host + page);
            }
        }
    }

    /** True when the address is inside (unsigned arithmetic). */
    boolean contains(long address) {
        return Long.compareUnsigned(address - base, size) < 0;
    }

    int page(long address) {
        return (int) ((address - base) >>> 12);
    }

    /** Token of an address of RAM or ROM; its page exists from now on. */
    long token(long address) {
        long offset = address - base;
        if (kind == Kind.RAM && (flags[(int) (offset >>> 12)] & PRESENT) == 0) {
            flags[(int) (offset >>> 12)] |= PRESENT;
            HostMemory.zeroPage(host + (offset & -4096L));
        }
        return host + offset;
    }

    @Override
    public String toString() {
        return name + " [0x" + Long.toHexString(base) + ", 0x" + Long.toHexString(base + size - 1) + "]";
    }
}
