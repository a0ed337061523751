package org.reprise.tools.devicekit;

import java.util.ArrayList;
import java.util.List;
import org.reprise.api.memory.AddressSpace;
import org.reprise.api.memory.BusErrorException;
import org.reprise.api.memory.MemoryListener;
import org.reprise.api.memory.MmioHandler;

/** One RAM in a byte array, ROMs, and registers. There is no host memory behind it that fast code could reach. */
public final class FakeMemory implements AddressSpace {
    private final long ramBase;
    private final byte[] ram;
    private final List<Region> regions = new ArrayList<>();
    private long work;

    private record Region(String name, long base, long size, MmioHandler handler, byte[] rom) {
        boolean holds(long address, long length) {
            return address >= base && length <= size && address - base <= size - length;
        }
    }

    /** Memory with this RAM, zeroed. */
    public FakeMemory(long ramBase, int ramSize) {
        this.ramBase = ramBase;
        ram = new byte[ramSize];
    }

    void map(String name, long base, long size, MmioHandler handler, byte[] rom) {
        for (Region other : regions) {
            if (base < other.base + other.size && other.base < base + size) {
                throw new IllegalArgumentException(name + " overlaps " + other.name);
            }
        }
        regions.add(new Region(name, base, size, handler, rom));
    }

    /** Bytes that were read from and written to RAM and ROM so far, and accesses to registers: a measure of what a device does. */
    public long work() {
        return work;
    }

    /** The RAM, live. */
    public byte[] ram() {
        return ram;
    }

    /** Length of the region that was mapped at this base. */
    public long sizeOfRegionAt(long base) {
        return region(base, 1).size;
    }

    private Region region(long address, int size) {
        for (Region region : regions) {
            if (region.holds(address, size)) {
                return region;
            }
        }
        throw new BusErrorException(address, "access of " + size + " bytes");
    }

    @Override
    public long read(long address, int size) {
        work += size;
        byte[] bytes = ram;
        long at = address - ramBase;
        if (!isRam(address, size)) {
            Region region = region(address, size);
            if (region.handler != null) {
                return region.handler.read(address - region.base, size);
            }
            bytes = region.rom;
            at = address - region.base;
        }
        long value = 0;
        for (int i = 0; i < size; i++) {
            value |= (bytes[(int) at + i] & 0xffL) << (8 * i);
        }
        return value;
    }

    @Override
    public void write(long address, int size, long value) {
        work += size;
        if (!isRam(address, size)) {
            Region region = region(address, size);
            if (region.handler == null) {
                throw new BusErrorException(address, "write to ROM");
            }
            region.handler.write(address - region.base, size, value);
            return;
        }
        for (int i = 0; i < size; i++) {
            ram[(int) (address - ramBase) + i] = (byte) (value >>> (8 * i));
        }
    }

    @Override
    public void readBytes(long address, byte[] into, int offset, int length) {
        work += length;
        if (isRam(address, length)) {
            System.arraycopy(ram, (int) (address - ramBase), into, offset, length);
            return;
        }
        Region region = region(address, length);
        if (region.rom == null) {
            throw new BusErrorException(address, "copy from registers");
        }
        System.arraycopy(region.rom, (int) (address - region.base), into, offset, length);
    }

    @Override
    public void writeBytes(long address, byte[] from, int offset, int length) {
        work += length;
        if (!isRam(address, length)) {
            throw new BusErrorException(address, "copy to something that is not RAM");
        }
        System.arraycopy(from, offset, ram, (int) (address - ramBase), length);
    }

    @Override
    public boolean isRam(long address, long length) {
        long at = address - ramBase;
        return at >= 0 && length >= 0 && length <= ram.length && at <= ram.length - length;
    }

    @Override
    public long hostAddress(long address) {
        return -1;
    }

    @Override
    public boolean isMapped(long address) {
        return isRam(address, 1) || regions.stream().anyMatch(region -> region.holds(address, 1));
    }

    @Override
    public boolean prepareWrite(long address) {
        return false;
    }

    @Override
    public void markCode(long address, int length) {
        throw new UnsupportedOperationException("no code runs from this memory");
    }

    @Override
    public boolean containsCode(long address, int length) {
        return false;
    }

    @Override
    public void addListener(MemoryListener listener) {
        throw new UnsupportedOperationException("no code runs from this memory");
    }
}
