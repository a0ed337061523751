package org.reprise.cpu.riscv;

import org.reprise.core.translator.TranslatedCpu;

/** Helpers of the A extension. c is {@code MMU index | size << 4}, for AMOs with the operation at bit 8. */
final class RiscvAtomics {
    static final int SWAP = 0;
    static final int ADD = 1;
    static final int XOR = 2;
    static final int AND = 3;
    static final int OR = 4;
    static final int MIN = 5;
    static final int MAX = 6;
    static final int MINU = 7;
    static final int MAXU = 8;

    private RiscvAtomics() {
    }

    static long loadReserved(TranslatedCpu cpu, long address, long b, long c) {
        int size = (int) c >>> 4 & 15;
        int mmu = (int) c & 15;
        if ((address & size - 1) != 0) {
            throw cpu.raise(RiscvTraps.LOAD_MISALIGNED, address);
        }
        long value = extend(cpu.loadForHelper(address, size, mmu), size);
        RiscvReservation r = ((RiscvCpu) cpu).reservation;
        r.valid = true;
        r.address = address;
        r.value = value;
        return value;
    }

    static long storeConditional(TranslatedCpu cpu, long address, long value, long c) {
        int size = (int) c >>> 4 & 15;
        int mmu = (int) c & 15;
        RiscvReservation r = ((RiscvCpu) cpu).reservation;
        if ((address & size - 1) != 0) {
            // an SC to any address ends the reservation
            r.valid = false;
            throw cpu.raise(RiscvTraps.STORE_MISALIGNED, address);
        }
        boolean holds = r.valid && r.address == address;
        if (holds) {
            cpu.probeWrite(address, size, mmu);
            holds = extend(cpu.loadUnwatched(address, size, mmu), size) == r.value;
        }
        if (holds) {
            cpu.storeForHelper(address, size, value, mmu);
        }
        r.valid = false;
        return holds ? 0 : 1;
    }

    static long amo(TranslatedCpu cpu, long address, long operand, long c) {
        int size = (int) c >>> 4 & 15;
        int mmu = (int) c & 15;
        if ((address & size - 1) != 0) {
            throw cpu.raise(RiscvTraps.STORE_MISALIGNED, address);
        }
        // every fault of an AMO is a store fault, also that nothing answers its load
        cpu.probeWrite(address, size, mmu);
        RiscvCpu hart = (RiscvCpu) cpu;
        long old;
        hart.inAmo = true;
        try {
            old = extend(cpu.loadForHelper(address, size, mmu), size);
        } finally {
            hart.inAmo = false;
        }
        long x = extend(operand, size);
        long result = switch ((int) c >>> 8) {
            case SWAP -> x;
            case ADD -> old + x;
            case XOR -> old ^ x;
            case AND -> old & x;
            case OR -> old | x;
            case MIN -> Math.min(old, x);
            case MAX -> Math.max(old, x);
            case MINU -> Long.compareUnsigned(old, x) < 0 ? old : x;
            default -> Long.compareUnsigned(old, x) < 0 ? x : old;
        };
        cpu.storeForHelper(address, size, result, mmu);
        return old;
    }

    private static long extend(long value, int size) {
        return size == 4 ? (int) value : value;
    }
}
