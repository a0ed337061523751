package org.reprise.core.translator;

import org.reprise.core.memory.HostMemory;

/**
 * Guest memory accesses of compiled code: the soft-TLB check and the access, small enough to be inlined; everything else in the CPU's
 * slow path. {@code site} is the number of the access in its region.
 */
public final class Access {
    private static final int MASK = (SoftTlb.ENTRIES - 1) << 2;

    private Access() {
    }

    /** 8 bits, sign-extended. */
    public static long load8s(TranslatedCpu cpu, long va, int mmu, int site) {
        long[] t = cpu.fastTlb;
        int i = (int) (va >>> 10) & MASK;
        return t[i] == (va & -4096L | mmu) ? HostMemory.getByte(va + t[i + 2]) : (byte) cpu.slowLoad(va, 1, mmu, site);
    }

    /** 8 bits, zero-extended. */
    public static long load8u(TranslatedCpu cpu, long va, int mmu, int site) {
        long[] t = cpu.fastTlb;
        int i = (int) (va >>> 10) & MASK;
        return t[i] == (va & -4096L | mmu) ? HostMemory.getByte(va + t[i + 2]) & 0xff : cpu.slowLoad(va, 1, mmu, site);
    }

    /** 16 bits, sign-extended. */
    public static long load16s(TranslatedCpu cpu, long va, int mmu, int site) {
        long[] t = cpu.fastTlb;
        int i = (int) (va >>> 10) & MASK;
        return t[i] == (va & -4095L | mmu) ? HostMemory.getShort(va + t[i + 2]) : (short) cpu.slowLoad(va, 2, mmu, site);
    }

    /** 16 bits, zero-extended. */
    public static long load16u(TranslatedCpu cpu, long va, int mmu, int site) {
        long[] t = cpu.fastTlb;
        int i = (int) (va >>> 10) & MASK;
        return t[i] == (va & -4095L | mmu) ? HostMemory.getShort(va + t[i + 2]) & 0xffff : cpu.slowLoad(va, 2, mmu, site);
    }

    /** 32 bits, sign-extended. */
    public static long load32s(TranslatedCpu cpu, long va, int mmu, int site) {
        long[] t = cpu.fastTlb;
        int i = (int) (va >>> 10) & MASK;
        return t[i] == (va & -4093L | mmu) ? HostMemory.getInt(va + t[i + 2]) : (int) cpu.slowLoad(va, 4, mmu, site);
    }

    /** 32 bits, zero-extended. */
    public static long load32u(TranslatedCpu cpu, long va, int mmu, int site) {
        long[] t = cpu.fastTlb;
        int i = (int) (va >>> 10) & MASK;
        return t[i] == (va & -4093L | mmu) ? HostMemory.getInt(va + t[i + 2]) & 0xffffffffL : cpu.slowLoad(va, 4, mmu, site);
    }

    /** 64 bits. */
    public static long load64(TranslatedCpu cpu, long va, int mmu, int site) {
        long[] t = cpu.fastTlb;
        int i = (int) (va >>> 10) & MASK;
        return t[i] == (va & -4089L | mmu) ? HostMemory.getLong(va + t[i + 2]) : cpu.slowLoad(va, 8, mmu, site);
    }

    /** Low 8 bits. */
    public static void store8(TranslatedCpu cpu, long va, long value, int mmu, int site) {
        long[] t = cpu.fastTlb;
        int i = (int) (va >>> 10) & MASK;
        if (t[i + 1] == (va & -4096L | mmu)) {
            HostMemory.putByte(va + t[i + 2], (byte) value);
        } else {
            cpu.slowStore(va, 1, value, mmu, site);
        }
    }

    /** Low 16 bits. */
    public static void store16(TranslatedCpu cpu, long va, long value, int mmu, int site) {
        long[] t = cpu.fastTlb;
        int i = (int) (va >>> 10) & MASK;
        if (t[i + 1] == (va & -4095L | mmu)) {
            HostMemory.putShort(va + t[i + 2], (short) value);
        } else {
            cpu.slowStore(va, 2, value, mmu, site);
        }
    }

    /** Low 32 bits. */
    public static void store32(TranslatedCpu cpu, long va, long value, int mmu, int site) {
        long[] t = cpu.fastTlb;
        int i = (int) (va >>> 10) & MASK;
        if (t[i + 1] == (va & -4093L | mmu)) {
            HostMemory.putInt(va + t[i + 2], (int) value);
        } else {
            cpu.slowStore(va, 4, value, mmu, site);
        }
    }

    /** 64 bits. */
    public static void store64(TranslatedCpu cpu, long va, long value, int mmu, int site) {
        long[] t = cpu.fastTlb;
        int i = (int) (va >>> 10) & MASK;
        if (t[i + 1] == (va & -4089L | mmu)) {
            HostMemory.putLong(va + t[i + 2], value);
        } else {
            cpu.slowStore(va, 8, value, mmu, site);
        }
    }
}
