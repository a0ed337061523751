package org.reprise.core.translator;

import java.util.List;
import org.reprise.api.cpu.WatchListener;
import org.reprise.api.cpu.Watchpoint;
import org.reprise.api.memory.AddressSpace;
import org.reprise.api.memory.BusErrorException;
import org.reprise.core.memory.HostMemory;

/**
 * Accesses of one CPU that the tags of its soft TLB do not let through: page walks, the first write to a clean page, pages with code,
 * accesses that are misaligned or cross a page end, devices, watched pages. Compiled code comes here, too; what only the interpreter can do
 * unwinds to it.
 */
final class SlowPath {
    final Watches watches;
    long walks;

    private final TranslatedCpu cpu;
    private final AddressSpace memory;
    private final SoftTlb tlb;

    SlowPath(TranslatedCpu cpu, SoftTlb tlb) {
        this.cpu = cpu;
        this.watches = new Watches(cpu);
        this.memory = cpu.memory;
        this.tlb = tlb;
    }

    /** Replaces what is watched. Translations stay as they are: the guest's page tables see nothing of it. @return true when other registers are */
    boolean watch(List<Watchpoint> points, WatchListener listener) {
        tlb.revoke();
        return watches.set(points, listener);
    }

    /** Makes the page translated for a write, without one. */
    void probeWrite(long va, int size, int mmu8) {
        if (HostMemory.getLong(tlb.entry(va) + SoftTlb.WRITE_TAG) != (va & -4096L | cpu.tlbGeneration | mmu8)) {
            resolve(va, size, TranslatedCpu.WRITE, mmu8);
        }
    }

    /** Entry for the page, walked if need be, and the TLB filled. */
    private long resolve(long va, int size, int access, int mmu8) {
        int i = SoftTlb.index(va);
        long key = va & -4096L | cpu.tlbGeneration | mmu8;
        int needed = access == TranslatedCpu.WRITE ? TranslatedCpu.PERM_WRITE : TranslatedCpu.PERM_READ;
        long entry = tlb.entries[i];
        if (tlb.keys[i] != key || (entry & needed) == 0) {
            entry = cpu.translate(va, size, access, mmu8 >>> 3);
            walks++;
            if ((entry & TranslatedCpu.NO_CACHE) != 0) {
                return entry;
            }
            tlb.fill(i, key, entry);
        }
        grant(va, key, entry, access);
        return entry;
    }

    /** Gives the right to go to the page directly, as far as it is asked for, may be given, and nobody watches. */
    private void grant(long va, long key, long entry, int access) {
        long fast = tlb.entry(va);
        boolean read = HostMemory.getLong(fast + SoftTlb.READ_TAG) != key && !watched(va, entry, false);
        boolean write = access == TranslatedCpu.WRITE && HostMemory.getLong(fast + SoftTlb.WRITE_TAG) != key && !watched(va, entry, true);
        if (read || write) {
            long page = entry & -4096L;
            long host = memory.hostAddress(page);
            HostMemory.putLong(fast + SoftTlb.ADDEND, host - (key & -4096L));
            if (read && host != -1 && (entry & TranslatedCpu.PERM_READ) != 0) {
                HostMemory.putLong(fast + SoftTlb.READ_TAG, key);
            }
            if (write && memory.prepareWrite(page)) {
                HostMemory.putLong(fast + SoftTlb.WRITE_TAG, key);
            }
        }
    }

    private boolean watched(long va, long entry, boolean write) {
        return watches.any() && watches.page(cpu.plain(va), entry & -4096L, write);
    }

    private int touched(long va, long physical, int size, boolean write) {
        return watches.any() ? watches.touched(cpu.plain(va), physical, size, write) : Integer.MAX_VALUE;
    }

    /** Loads, zero-extended. */
    long load(long va, int size, int mmu8) {
        if ((va & 4095) + size > 4096) {
            return crossingLoad(va, size, mmu8);
        }
        long physical = resolve(va, size, TranslatedCpu.READ, mmu8) & -4096L | va & 4095;
        int point = touched(va, physical, size, false);
        if (cpu.inRegion && (point != Integer.MAX_VALUE || memory.hostAddress(physical) == -1)) {
            throw cpu.fault;
        }
        long value = read(va, physical, size);
        if (point != Integer.MAX_VALUE) {
            accessed(point, va, physical, size, false, value);
        }
        return value;
    }

    private long read(long va, long physical, int size) {
        try {
            return memory.read(physical, size);
        } catch (BusErrorException e) {
            throw cpu.busFault(va, TranslatedCpu.READ);
        }
    }

    private long crossingLoad(long va, int size, int mmu8) {
        if (cpu.inRegion) {
            throw cpu.fault;
        }
        int inFirst = (int) (4096 - (va & 4095));
        long value = 0;
        long start = 0;
        int point = Integer.MAX_VALUE;
        for (int i = 0; i < size; i++) {
            long physical = resolve(va + i, 1, TranslatedCpu.READ, mmu8) & -4096L | va + i & 4095;
            if (i == 0) {
                start = physical;
                point = touched(va, physical, inFirst, false);
            } else if (i == inFirst) {
                point = Math.min(point, touched(va + i, physical, size - inFirst, false));
            }
            value |= read(va + i, physical, 1) << (8 * i);
        }
        if (point != Integer.MAX_VALUE) {
            accessed(point, va, start, size, false, value);
        }
        return value;
    }

    /** Stores. */
    void store(long va, int size, long value, int mmu8) {
        if ((va & 4095) + size > 4096) {
            crossingStore(va, size, value, mmu8);
            return;
        }
        long physical = resolve(va, size, TranslatedCpu.WRITE, mmu8) & -4096L | va & 4095;
        int point = touched(va, physical, size, true);
        if (cpu.inRegion && (point != Integer.MAX_VALUE || memory.hostAddress(physical) == -1 || memory.containsCode(physical, size))) {
            throw cpu.fault;
        }
        write(va, physical, size, value);
        if (point != Integer.MAX_VALUE) {
            accessed(point, va, physical, size, true, value);
        }
    }

    private void write(long va, long physical, int size, long value) {
        try {
            memory.write(physical, size, value);
        } catch (BusErrorException e) {
            throw cpu.busFault(va, TranslatedCpu.WRITE);
        }
    }

    private void crossingStore(long va, int size, long value, int mmu8) {
        if (cpu.inRegion) {
            throw cpu.fault;
        }
        int inFirst = (int) (4096 - (va & 4095));
        long start = resolve(va, inFirst, TranslatedCpu.WRITE, mmu8) & -4096L | va & 4095;
        long rest = resolve(va + inFirst, size - inFirst, TranslatedCpu.WRITE, mmu8) & -4096L;
        int point = Math.min(touched(va, start, inFirst, true), touched(va + inFirst, rest, size - inFirst, true));
        for (int i = 0; i < size; i++) {
            long physical = resolve(va + i, 1, TranslatedCpu.WRITE, mmu8) & -4096L | va + i & 4095;
            write(va + i, physical, 1, value >>> (8 * i));
        }
        if (point != Integer.MAX_VALUE) {
            accessed(point, va, start, size, true, value);
        }
    }

    /** Told when the instruction is done; nothing is executed before. */
    private void accessed(int point, long va, long physical, int size, boolean write, long value) {
        watches.accessed(point, cpu.plain(va), physical, size, write, value);
        cpu.attention();
    }
}
