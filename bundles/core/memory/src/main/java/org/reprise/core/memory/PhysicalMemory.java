package org.reprise.core.memory;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.reprise.api.memory.AddressSpace;
import org.reprise.api.memory.BusErrorException;
import org.reprise.api.memory.MemoryListener;
import org.reprise.api.memory.MemoryRange;
import org.reprise.api.memory.MmioHandler;

/**
 * The physical address space of one machine. Used by the machine's thread only, {@link #close} excepted, which any thread may call once
 * the machine has ended.
 *
 * <p>Dirty pages and pages with translated code share one mechanism: whoever caches the right to write a page directly gets it from
 * {@link #prepareWrite} and loses it through its {@link MemoryListener}. So a page that is dirty already costs nothing, and neither does
 * one without code.
 */
public final class PhysicalMemory implements AddressSpace, AutoCloseable {
    private static final int GRANULE_BITS = 6;
    private static final byte WRITTEN = MemoryRegion.DIRTY | MemoryRegion.CHANGED;

    private MemoryRegion[] regions = {};
    private MemoryRegion last;
    private MemoryListener[] listeners = {};
    private long digest;
    private boolean dirty;
    private boolean closed;
    /** The capture that is being copied, or null. */
    private RamCapture capture;

    /** Maps RAM, zeroed. @param base page-aligned @param size a multiple of 4096 */
    public void addRam(String name, long base, long size) {
        requirePages(name, base, size);
        add(new MemoryRegion(name, base, size, MemoryRegion.Kind.RAM, null));
    }

    /** Maps read-only memory with this content; the rest of its last page reads as zeros. @param base page-aligned */
    public void addRom(String name, long base, byte[] content) {
        long size = (content.length + 4095L) & -4096L;
        requirePages(name, base, size);
        MemoryRegion region = new MemoryRegion(name, base, size, MemoryRegion.Kind.ROM, null);
        for (int i = 0; i < content.length; i += PAGE_SIZE) {
            HostMemory.write(region.host + i, content, i, Math.min(PAGE_SIZE, content.length - i));
        }
        add(region);
    }

    /** Maps registers. @throws IllegalArgumentException when the range overlaps another one, naming both */
    public void addMmio(String name, long base, long size, MmioHandler handler) {
        if (size <= 0) {
            throw new IllegalArgumentException("registers '" + name + "' have size " + size + ": must be positive");
        }
        add(new MemoryRegion(name, base, size, MemoryRegion.Kind.MMIO, handler));
    }

    /** Takes registers or ROM off the map. */
    public void removeMmio(String name) {
        List<MemoryRegion> kept = new ArrayList<>(Arrays.asList(regions));
        kept.removeIf(r -> r.name.equals(name) && r.kind != MemoryRegion.Kind.RAM);
        regions = kept.toArray(MemoryRegion[]::new);
        last = null;
        for (MemoryListener l : listeners) {
            l.mapChanged();
        }
    }

    private static void requirePages(String name, long base, long size) {
        if (size <= 0 || (base & 4095) != 0 || (size & 4095) != 0 || size >>> 12 > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException("memory '" + name + "' at 0x" + Long.toHexString(base) + " has size " + size
                + ": base and size must be multiples of 4096, the size positive");
        }
    }

    private void add(MemoryRegion region) {
        int at = 0;
        for (MemoryRegion r : regions) {
            if (r.contains(region.base) || region.contains(r.base)) {
                throw new IllegalArgumentException(region + " overlaps " + r + ": change one of the two addresses");
            }
            if (Long.compareUnsigned(r.base, region.base) < 0) {
                at++;
            }
        }
        MemoryRegion[] grown = new MemoryRegion[regions.length + 1];
        System.arraycopy(regions, 0, grown, 0, at);
        grown[at] = region;
        System.arraycopy(regions, at, grown, at + 1, regions.length - at);
        regions = grown;
        for (MemoryListener l : listeners) {
            l.mapChanged();
        }
    }

    /** What is mapped, by address. */
    public List<MemoryRange> ranges() {
        List<MemoryRange> all = new ArrayList<>(regions.length);
        for (MemoryRegion r : regions) {
            all.add(new MemoryRange(r.name, r.base, r.size, switch (r.kind) {
                case RAM -> MemoryRange.Kind.RAM;
                case ROM -> MemoryRange.Kind.ROM;
                case MMIO -> MemoryRange.Kind.REGISTERS;
            }));
        }
        return all;
    }

    private MemoryRegion find(long address) {
        MemoryRegion r = last;
        if (r != null && r.contains(address)) {
            return r;
        }
        int low = 0;
        int high = regions.length - 1;
        while (low <= high) {
            int mid = (low + high) >>> 1;
            MemoryRegion m = regions[mid];
            if (m.contains(address)) {
                last = m;
                return m;
            }
            if (Long.compareUnsigned(m.base, address) < 0) {
                low = mid + 1;
            } else {
                high = mid - 1;
            }
        }
        return null;
    }

    private MemoryRegion require(long address, String what) {
        MemoryRegion r = find(address);
        if (r == null) {
            throw new BusErrorException(address, what + ", where nothing is mapped,");
        }
        return r;
    }

    @Override
    public long read(long address, int size) {
        MemoryRegion r = require(address, "read");
        if (Long.compareUnsigned(address - r.base + size, r.size) > 0) {
            return readBytewise(address, size);
        }
        if (r.kind == MemoryRegion.Kind.MMIO) {
            return r.handler.read(address - r.base, size) & mask(size);
        }
        if ((address & 4095) + size > PAGE_SIZE) {
            return readBytewise(address, size);
        }
        long t = r.token(address);
        return switch (size) {
            case 1 -> HostMemory.getByte(t) & 0xffL;
            case 2 -> HostMemory.getShort(t) & 0xffffL;
            case 4 -> HostMemory.getInt(t) & 0xffffffffL;
            default -> HostMemory.getLong(t);
        };
    }

    private long readBytewise(long address, int size) {
        long v = 0;
        for (int i = 0; i < size; i++) {
            v |= read(address + i, 1) << (8 * i);
        }
        return v;
    }

    private static long mask(int size) {
        return size == 8 ? -1L : (1L << (8 * size)) - 1;
    }

    @Override
    public void write(long address, int size, long value) {
        MemoryRegion r = require(address, "write");
        if (Long.compareUnsigned(address - r.base + size, r.size) > 0) {
            writeBytewise(address, size, value);
            return;
        }
        if (r.kind == MemoryRegion.Kind.MMIO) {
            r.handler.write(address - r.base, size, value & mask(size));
            return;
        }
        if (r.kind == MemoryRegion.Kind.ROM) {
            throw new BusErrorException(address, "write to read-only memory '" + r.name + "'");
        }
        if ((address & 4095) + size > PAGE_SIZE) {
            writeBytewise(address, size, value);
            return;
        }
        long t = r.token(address);
        preserve(r, address);
        switch (size) {
            case 1 -> HostMemory.putByte(t, (byte) value);
            case 2 -> HostMemory.putShort(t, (short) value);
            case 4 -> HostMemory.putInt(t, (int) value);
            default -> HostMemory.putLong(t, value);
        }
        written(r, address, size);
    }

    private void writeBytewise(long address, int size, long value) {
        for (int i = 0; i < size; i++) {
            write(address + i, 1, value >>> (8 * i));
        }
    }

    /** A page is about to be written: a capture that has not copied it yet does so now. */
    private void preserve(MemoryRegion r, long address) {
        if (capture != null) {
            if (capture.closed()) {
                // its copies are not needed any more
                capture = null;
            } else {
                capture.preserve(r, r.page(address));
            }
        }
    }

    /** Marks the page dirty and reports overwritten code. The range stays within one page. */
    private void written(MemoryRegion r, long address, int length) {
        int page = r.page(address);
        byte f = r.flags[page];
        if ((f & WRITTEN) != WRITTEN) {
            r.flags[page] = (byte) (f | WRITTEN);
            dirty = true;
        }
        if ((f & MemoryRegion.CODE) != 0 && (r.granules[page] & granuleMask(address, length)) != 0) {
            r.granules[page] = 0;
            r.flags[page] &= ~MemoryRegion.CODE;
            for (MemoryListener l : listeners) {
                l.codeWritten(address & -4096L);
            }
        }
    }

    private static long granuleMask(long address, int length) {
        int first = (int) (address & 4095) >>> GRANULE_BITS;
        int lastGranule = (int) ((address & 4095) + length - 1) >>> GRANULE_BITS;
        return (-1L >>> (63 - (lastGranule - first))) << first;
    }

    @Override
    public void readBytes(long address, byte[] into, int offset, int length) {
        for (int done = 0; done < length;) {
            long a = address + done;
            MemoryRegion r = memory(a, "DMA read");
            int n = (int) Math.min(length - done, PAGE_SIZE - (a & 4095));
            HostMemory.read(r.token(a), into, offset + done, n);
            done += n;
        }
    }

    @Override
    public void writeBytes(long address, byte[] from, int offset, int length) {
        for (int done = 0; done < length;) {
            long a = address + done;
            MemoryRegion r = memory(a, "DMA write");
            if (r.kind == MemoryRegion.Kind.ROM) {
                throw new BusErrorException(a, "DMA write to read-only memory '" + r.name + "'");
            }
            int n = (int) Math.min(length - done, PAGE_SIZE - (a & 4095));
            long t = r.token(a);
            preserve(r, a);
            HostMemory.write(t, from, offset + done, n);
            written(r, a, n);
            done += n;
        }
    }

    private MemoryRegion memory(long address, String what) {
        MemoryRegion r = require(address, what);
        if (r.kind == MemoryRegion.Kind.MMIO) {
            throw new BusErrorException(address, what + " of registers '" + r.name + "'");
        }
        return r;
    }

    @Override
    public boolean isRam(long address, long length) {
        MemoryRegion r = find(address);
        return r != null && r.kind == MemoryRegion.Kind.RAM && length >= 0 && Long.compareUnsigned(address - r.base + length, r.size) <= 0
            && Long.compareUnsigned(length, r.size) <= 0;
    }

    @Override
    public long hostAddress(long address) {
        MemoryRegion r = find(address);
        return r == null || r.kind == MemoryRegion.Kind.MMIO ? -1 : r.token(address & -4096L);
    }

    @Override
    public boolean isMapped(long address) {
        return find(address) != null;
    }

    @Override
    public boolean prepareWrite(long address) {
        MemoryRegion r = find(address);
        if (r == null || r.kind != MemoryRegion.Kind.RAM) {
            return false;
        }
        int page = r.page(address);
        if ((r.flags[page] & MemoryRegion.CODE) != 0) {
            return false;
        }
        preserve(r, address);
        r.flags[page] |= WRITTEN;
        dirty = true;
        return true;
    }

    @Override
    public void markCode(long address, int length) {
        MemoryRegion r = find(address);
        if (r == null || r.kind != MemoryRegion.Kind.RAM) {
            return;
        }
        int page = r.page(address);
        r.granules[page] |= granuleMask(address, length);
        if ((r.flags[page] & MemoryRegion.CODE) == 0) {
            r.flags[page] |= MemoryRegion.CODE;
            for (MemoryListener l : listeners) {
                l.writeTagRevoked(address & -4096L);
            }
        }
    }

    @Override
    public boolean containsCode(long address, int length) {
        MemoryRegion r = find(address);
        return r != null && r.kind == MemoryRegion.Kind.RAM && (r.granules[r.page(address)] & granuleMask(address, length)) != 0;
    }

    @Override
    public void addListener(MemoryListener listener) {
        listeners = Arrays.copyOf(listeners, listeners.length + 1);
        listeners[listeners.length - 1] = listener;
    }

    /**
     * Digest of all RAM. Only pages written since the last call are hashed again; their right to direct writes ends. The value depends
     * on the content only, not on when or how often it was asked for; all-zero RAM has digest 0.
     */
    public long digest() {
        if (!dirty) {
            return digest;
        }
        for (MemoryRegion r : regions) {
            for (int page = 0; page < r.flags.length; page++) {
                if ((r.flags[page] & MemoryRegion.DIRTY) != 0) {
                    r.flags[page] &= ~MemoryRegion.DIRTY;
                    long hash = PageHash.of(r.host + ((long) page << 12), (r.base >>> 12) + page);
                    digest += hash - r.hashes[page];
                    r.hashes[page] = hash;
                }
            }
        }
        dirty = false;
        revokeWrites();
        return digest;
    }

    /**
     * Begins a capture of all RAM as it is now. Pages are copied while the machine runs on, by whoever comes first: the capture's reader, or a write. The
     * one before must be closed.
     *
     * @param whole all pages that were ever used count as changed, not only those since the last capture or {@link #restore}
     */
    public RamCapture capture(boolean whole) {
        if (capture != null && !capture.closed()) {
            throw new IllegalStateException("a capture is under way: close it first");
        }
        capture = new RamCapture(ram(), whole);
        revokeWrites();
        return capture;
    }

    private List<MemoryRegion> ram() {
        return Arrays.stream(regions).filter(r -> r.kind == MemoryRegion.Kind.RAM).toList();
    }

    /**
     * Makes RAM what it was. Pages that have that content already keep their translated code.
     *
     * @param different pages that differ from the last capture or restored content; those written since are looked at besides
     * @param content gives a page by its number, false when it was never written
     */
    public void restore(int[] different, RamCapture.Content content) {
        byte[] wanted = new byte[PAGE_SIZE];
        byte[] present = new byte[PAGE_SIZE];
        int first = 0;
        int next = 0;
        for (MemoryRegion r : ram()) {
            for (int page = 0; page < r.flags.length; page++) {
                boolean listed = next < different.length && different[next] == first + page;
                if (listed) {
                    next++;
                }
                if (listed || (r.flags[page] & MemoryRegion.CHANGED) != 0) {
                    if (!content.read(first + page, wanted)) {
                        Arrays.fill(wanted, (byte) 0);
                    }
                    long address = r.base + ((long) page << 12);
                    long token = r.token(address);
                    HostMemory.read(token, present, 0, PAGE_SIZE);
                    if (!Arrays.equals(present, wanted)) {
                        preserve(r, address);
                        HostMemory.write(token, wanted, 0, PAGE_SIZE);
                        written(r, address, PAGE_SIZE);
                    }
                    r.flags[page] &= ~MemoryRegion.CHANGED;
                }
            }
            first += r.flags.length;
        }
        revokeWrites();
    }

    private void revokeWrites() {
        for (MemoryListener l : listeners) {
            l.writeTagsRevoked();
        }
    }

    /** Gives the host memory back; a capture under way ends. The address space is empty afterwards. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (capture != null) {
            capture.close();
        }
        MemoryRegion[] old = regions;
        regions = new MemoryRegion[0];
        last = null;
        for (MemoryListener l : listeners) {
            l.mapChanged();
        }
        for (MemoryRegion r : old) {
            if (r.allocated > 0) {
                HostMemory.free(r.host, r.allocated);
            }
        }
    }
}
