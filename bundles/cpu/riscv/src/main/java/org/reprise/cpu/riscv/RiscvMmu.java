package org.reprise.cpu.riscv;

import org.reprise.api.memory.AddressSpace;
import org.reprise.api.memory.BusErrorException;
import org.reprise.core.translator.TranslatedCpu;

/**
 * Address translation: Bare, Sv32, Sv39, Sv48 (Volume II, chapter "Supervisor-Level ISA", section "Virtual Address Translation Process").
 * Accessed and dirty bits are set by the walk, as the reference emulator does. Results carry the TLB's permissions.
 */
final class RiscvMmu {
    private static final int V = 1;
    private static final int R = 2;
    private static final int W = 4;
    private static final int X = 8;
    private static final int U = 16;
    private static final int A = 64;
    private static final int D = 128;

    private final RiscvCpu cpu;
    private final AddressSpace memory;

    RiscvMmu(RiscvCpu cpu, AddressSpace memory) {
        this.cpu = cpu;
        this.memory = memory;
    }

    /** See {@link TranslatedCpu}. MMU indices: 0 user, 1 supervisor, 2 supervisor with SUM, 3 machine. */
    long translate(long va, int size, int access, int mmu) {
        int privilege = mmu == 3 ? 3 : mmu == 0 ? 0 : 1;
        int levels = mmu == 3 ? 0 : cpu.csr.levels();
        long entry;
        if (levels == 0) {
            long physical = cpu.xlen == 32 ? va & 0xffffffffL : va;
            if (physical >>> 56 != 0) {
                throw cpu.raise(RiscvTraps.accessFault(access), va);
            }
            entry = physical & -4096L | TranslatedCpu.PERM_READ | TranslatedCpu.PERM_WRITE | TranslatedCpu.PERM_EXECUTE;
        } else {
            entry = walk(va, access, mmu, levels);
        }
        return protect(entry, va, size, access, privilege);
    }

    private long protect(long entry, long va, int size, int access, int privilege) {
        RiscvPmp pmp = cpu.pmp;
        long page = entry & -4096L;
        long physical = page | va & 4095;
        int need = access == TranslatedCpu.READ ? 1 : access == TranslatedCpu.WRITE ? 2 : 4;
        if (!pmp.allows(physical, size, privilege, need)) {
            throw cpu.raise(RiscvTraps.accessFault(access), va);
        }
        if (!pmp.uniform(page)) {
            return entry | TranslatedCpu.NO_CACHE;
        }
        if (!pmp.allows(page, 4096, privilege, 1)) {
            entry &= ~TranslatedCpu.PERM_READ;
        }
        if (!pmp.allows(page, 4096, privilege, 2)) {
            entry &= ~TranslatedCpu.PERM_WRITE;
        }
        if (!pmp.allows(page, 4096, privilege, 4)) {
            entry &= ~TranslatedCpu.PERM_EXECUTE;
        }
        return entry;
    }

    private long walk(long va, int access, int mmu, int levels) {
        boolean narrow = cpu.xlen == 32;
        int indexBits = narrow ? 10 : 9;
        int entryBytes = narrow ? 4 : 8;
        if (!narrow) {
            int width = 12 + 9 * levels;
            if (va << (64 - width) >> (64 - width) != va) {
                throw cpu.raise(RiscvTraps.pageFault(access), va);
            }
        }
        long table = cpu.csr.rootTable();
        for (int level = levels - 1; level >= 0; level--) {
            int shift = 12 + indexBits * level;
            long at = table + (va >>> shift & (1L << indexBits) - 1) * entryBytes;
            long pte = readEntry(at, entryBytes, va, access);
            long frame = narrow ? pte >>> 10 & 0x3fffffL : pte >>> 10 & (1L << 44) - 1;
            if ((pte & V) == 0 || (pte & (R | W)) == W || !narrow && pte >>> 54 != 0) {
                break;
            }
            if ((pte & (R | X)) == 0) {
                if ((pte & (U | A | D)) != 0) {
                    break;
                }
                table = frame << 12;
                continue;
            }
            if (!allowed(pte, access, mmu) || (frame & (1L << indexBits * level) - 1) != 0) {
                break;
            }
            long set = A | (access == TranslatedCpu.WRITE ? D : 0);
            if ((pte & set) != set) {
                pte |= set;
                writeEntry(at, entryBytes, pte, va, access);
            }
            if (level > 0) {
                cpu.noteLargePage(va, 1L << shift);
            }
            long offset = va & (1L << shift) - 1 & -4096L;
            return frame << 12 | offset | permissions(pte, mmu);
        }
        throw cpu.raise(RiscvTraps.pageFault(access), va);
    }

    private boolean allowed(long pte, int access, int mmu) {
        boolean user = (pte & U) != 0;
        if (mmu == 0 ? !user : user && (mmu == 1 || access == TranslatedCpu.FETCH)) {
            return false;
        }
        return switch (access) {
            case TranslatedCpu.READ -> (pte & R) != 0 || (pte & X) != 0 && cpu.csr.makeExecutableReadable();
            case TranslatedCpu.WRITE -> (pte & W) != 0;
            default -> (pte & X) != 0;
        };
    }

    private int permissions(long pte, int mmu) {
        int p = 0;
        if (allowed(pte, TranslatedCpu.READ, mmu)) {
            p |= TranslatedCpu.PERM_READ;
        }
        if (allowed(pte, TranslatedCpu.WRITE, mmu) && (pte & D) != 0) {
            p |= TranslatedCpu.PERM_WRITE;
        }
        if (allowed(pte, TranslatedCpu.FETCH, mmu)) {
            p |= TranslatedCpu.PERM_EXECUTE;
        }
        return p;
    }

    private long readEntry(long at, int bytes, long va, int access) {
        if (!cpu.pmp.allows(at, bytes, 1, 1)) {
            throw cpu.raise(RiscvTraps.accessFault(access), va);
        }
        try {
            return memory.read(at, bytes);
        } catch (BusErrorException e) {
            throw cpu.raise(RiscvTraps.accessFault(access), va);
        }
    }

    private void writeEntry(long at, int bytes, long pte, long va, int access) {
        if (!cpu.pmp.allows(at, bytes, 1, 2)) {
            throw cpu.raise(RiscvTraps.accessFault(access), va);
        }
        try {
            memory.write(at, bytes, pte);
        } catch (BusErrorException e) {
            throw cpu.raise(RiscvTraps.accessFault(access), va);
        }
    }

    /** Where the walk for a load or fetch would lead, without rights, without effects; -1 when nowhere. */
    long translateQuietly(long va, int mmu) {
        boolean narrow = cpu.xlen == 32;
        int levels = mmu == 3 ? 0 : cpu.csr.levels();
        if (levels == 0) {
            return narrow ? va & 0xffffffffL : va;
        }
        int indexBits = narrow ? 10 : 9;
        int entryBytes = narrow ? 4 : 8;
        int width = 12 + 9 * levels;
        if (!narrow && va << (64 - width) >> (64 - width) != va) {
            return -1;
        }
        long table = cpu.csr.rootTable();
        for (int level = levels - 1; level >= 0; level--) {
            int shift = 12 + indexBits * level;
            long at = table + (va >>> shift & (1L << indexBits) - 1) * entryBytes;
            if (!memory.isRam(at, entryBytes)) {
                return -1;
            }
            long pte = memory.read(at, entryBytes);
            long frame = narrow ? pte >>> 10 & 0x3fffffL : pte >>> 10 & (1L << 44) - 1;
            if ((pte & V) == 0 || (pte & (R | W)) == W) {
                return -1;
            }
            if ((pte & (R | X)) != 0) {
                return (frame << 12 & -1L << shift) | va & (1L << shift) - 1;
            }
            table = frame << 12;
        }
        return -1;
    }
}
