package org.reprise.core.translator;

import org.reprise.core.memory.HostMemory;

/**
 * Guest memory accesses: the soft-TLB check and the access; everything else is in the CPU's slow path. For the interpreter, helpers and
 * regions that are only warm; hot ones have the same check in their own text ({@link InlineMemory}). {@code site} is the number of the
 * access in its region.
 */
public final class Access {
    private Access() {
    }

    /** 8 bits, sign-extended. */
    public static long load8s(TranslatedCpu cpu, long va, int mmu, int site) {
        long e = cpu.tlbTable + (va >>> SoftTlb.OFFSET_SHIFT & SoftTlb.OFFSET_MASK);
        return HostMemory.getLong(e) == (va & -4096L | cpu.tlbGeneration | mmu) ? HostMemory.getByte(va + HostMemory.getLong(e + SoftTlb.ADDEND))
            : (byte) cpu.slowLoad(va, 1, mmu, site);
    }

    /** 8 bits, zero-extended. */
    public static long load8u(TranslatedCpu cpu, long va, int mmu, int site) {
        long e = cpu.tlbTable + (va >>> SoftTlb.OFFSET_SHIFT & SoftTlb.OFFSET_MASK);
        return HostMemory.getLong(e) == (va & -4096L | cpu.tlbGeneration | mmu) ? HostMemory.getByte(va + HostMemory.getLong(e + SoftTlb.ADDEND)) & 0xff
            : cpu.slowLoad(va, 1, mmu, site);
    }

    /** 16 bits, sign-extended. */
    public static long load16s(TranslatedCpu cpu, long va, int mmu, int site) {
        long e = cpu.tlbTable + (va >>> SoftTlb.OFFSET_SHIFT & SoftTlb.OFFSET_MASK);
        return HostMemory.getLong(e) == (va & -4095L | cpu.tlbGeneration | mmu) ? HostMemory.getShort(va + HostMemory.getLong(e + SoftTlb.ADDEND))
            : (short) cpu.slowLoad(va, 2, mmu, site);
    }

    /** 16 bits, zero-extended. */
    public static long load16u(TranslatedCpu cpu, long va, int mmu, int site) {
        long e = cpu.tlbTable + (va >>> SoftTlb.OFFSET_SHIFT & SoftTlb.OFFSET_MASK);
        return HostMemory.getLong(e) == (va & -4095L | cpu.tlbGeneration | mmu) ? HostMemory.getShort(va + HostMemory.getLong(e + SoftTlb.ADDEND)) & 0xffff
            : cpu.slowLoad(va, 2, mmu, site);
    }

    /** 32 bits, sign-extended. */
    public static long load32s(TranslatedCpu cpu, long va, int mmu, int site) {
        long e = cpu.tlbTable + (va >>> SoftTlb.OFFSET_SHIFT & SoftTlb.OFFSET_MASK);
        return HostMemory.getLong(e) == (va & -4093L | cpu.tlbGeneration | mmu) ? HostMemory.getInt(va + HostMemory.getLong(e + SoftTlb.ADDEND))
            : (int) cpu.slowLoad(va, 4, mmu, site);
    }

    /** 32 bits, zero-extended. */
    public static long load32u(TranslatedCpu cpu, long va, int mmu, int site) {
        long e = cpu.tlbTable + (va >>> SoftTlb.OFFSET_SHIFT & SoftTlb.OFFSET_MASK);
        return HostMemory.getLong(e) == (va & -4093L | cpu.tlbGeneration | mmu) ? HostMemory.getInt(va + HostMemory.getLong(e + SoftTlb.ADDEND)) & 0xffffffffL
            : cpu.slowLoad(va, 4, mmu, site);
    }

    /** 64 bits. */
    public static long load64(TranslatedCpu cpu, long va, int mmu, int site) {
        long e = cpu.tlbTable + (va >>> SoftTlb.OFFSET_SHIFT & SoftTlb.OFFSET_MASK);
        return HostMemory.getLong(e) == (va & -4089L | cpu.tlbGeneration | mmu) ? HostMemory.getLong(va + HostMemory.getLong(e + SoftTlb.ADDEND))
            : cpu.slowLoad(va, 8, mmu, site);
    }

    /** Low 8 bits. */
    public static void store8(TranslatedCpu cpu, long va, long value, int mmu, int site) {
        long e = cpu.tlbTable + (va >>> SoftTlb.OFFSET_SHIFT & SoftTlb.OFFSET_MASK);
        if (HostMemory.getLong(e + SoftTlb.WRITE_TAG) == (va & -4096L | cpu.tlbGeneration | mmu)) {
            HostMemory.putByte(va + HostMemory.getLong(e + SoftTlb.ADDEND), (byte) value);
        } else {
            cpu.slowStore(va, 1, value, mmu, site);
        }
    }

    /** Low 16 bits. */
    public static void store16(TranslatedCpu cpu, long va, long value, int mmu, int site) {
        long e = cpu.tlbTable + (va >>> SoftTlb.OFFSET_SHIFT & SoftTlb.OFFSET_MASK);
        if (HostMemory.getLong(e + SoftTlb.WRITE_TAG) == (va & -4095L | cpu.tlbGeneration | mmu)) {
            HostMemory.putShort(va + HostMemory.getLong(e + SoftTlb.ADDEND), (short) value);
        } else {
            cpu.slowStore(va, 2, value, mmu, site);
        }
    }

    /** Low 32 bits. */
    public static void store32(TranslatedCpu cpu, long va, long value, int mmu, int site) {
        long e = cpu.tlbTable + (va >>> SoftTlb.OFFSET_SHIFT & SoftTlb.OFFSET_MASK);
        if (HostMemory.getLong(e + SoftTlb.WRITE_TAG) == (va & -4093L | cpu.tlbGeneration | mmu)) {
            HostMemory.putInt(va + HostMemory.getLong(e + SoftTlb.ADDEND), (int) value);
        } else {
            cpu.slowStore(va, 4, value, mmu, site);
        }
    }

    /** 64 bits. */
    public static void store64(TranslatedCpu cpu, long va, long value, int mmu, int site) {
        long e = cpu.tlbTable + (va >>> SoftTlb.OFFSET_SHIFT & SoftTlb.OFFSET_MASK);
        if (HostMemory.getLong(e + SoftTlb.WRITE_TAG) == (va & -4089L | cpu.tlbGeneration | mmu)) {
            HostMemory.putLong(va + HostMemory.getLong(e + SoftTlb.ADDEND), value);
        } else {
            cpu.slowStore(va, 8, value, mmu, site);
        }
    }
}
