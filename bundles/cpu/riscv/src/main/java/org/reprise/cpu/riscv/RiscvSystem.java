package org.reprise.cpu.riscv;

import org.reprise.core.translator.TranslatedCpu;

/** Helpers of the system instructions. Each stands in the last instruction of its block. */
final class RiscvSystem {
    /** Operation and flags beside the CSR number in the second argument of {@link #csr}. */
    static final int WRITE = 0;
    static final int SET = 1 << 12;
    static final int CLEAR = 2 << 12;
    static final int NO_WRITE = 1 << 14;
    static final int NO_READ = 1 << 15;
    private static final int MIP = 0x344;
    private static final int SIP = 0x144;

    private RiscvSystem() {
    }

    static long illegal(TranslatedCpu cpu, long instruction, long b, long c) {
        throw cpu.raise(RiscvTraps.ILLEGAL, instruction);
    }

    /** Raises a trap that the decoder knew of: a cause, b value. */
    static long trap(TranslatedCpu cpu, long cause, long value, long c) {
        throw cpu.raise(cause | RiscvTraps.DECODED, value);
    }

    static long ecall(TranslatedCpu cpu, long a, long b, long c) {
        throw cpu.raise(RiscvTraps.ECALL_U + ((RiscvCpu) cpu).csr.privilege | RiscvTraps.DECODED, 0);
    }

    /** Reads and writes a CSR: a operand, b number and flags, c the instruction. */
    static long csr(TranslatedCpu cpu, long a, long b, long c) {
        RiscvCsr r = ((RiscvCpu) cpu).csr;
        int number = (int) b & 0xfff;
        boolean write = (b & NO_WRITE) == 0;
        if (!r.accessible(number, write)) {
            throw cpu.raise(RiscvTraps.ILLEGAL, c);
        }
        long old = (b & NO_READ) != 0 ? 0 : r.read(number);
        if (write) {
            // set and clear of SEIP work on the bit that software wrote, not on the line's level
            long basis = number == MIP || number == SIP ? r.pendingForSet(old) : old;
            r.write(number, (b & SET) != 0 ? basis | a : (b & CLEAR) != 0 ? basis & ~a : a);
        }
        return old;
    }

    static long mret(TranslatedCpu cpu, long instruction, long b, long c) {
        RiscvCpu hart = (RiscvCpu) cpu;
        if (hart.csr.privilege < 3) {
            throw cpu.raise(RiscvTraps.ILLEGAL, instruction);
        }
        hart.returnFromMachine();
        return 0;
    }

    static long sret(TranslatedCpu cpu, long instruction, long b, long c) {
        RiscvCpu hart = (RiscvCpu) cpu;
        int p = hart.csr.privilege;
        if (p < 1 || p == 1 && (hart.csr.mstatus & RiscvCsr.TSR) != 0) {
            throw cpu.raise(RiscvTraps.ILLEGAL, instruction);
        }
        hart.returnFromSupervisor();
        return 0;
    }

    static long wfi(TranslatedCpu cpu, long instruction, long b, long c) {
        RiscvCpu hart = (RiscvCpu) cpu;
        if (hart.csr.privilege == 0 || hart.csr.privilege == 1 && (hart.csr.mstatus & RiscvCsr.TW) != 0) {
            throw cpu.raise(RiscvTraps.ILLEGAL, instruction);
        }
        hart.waitHere();
        return 0;
    }

    /** PAUSE, Zihintpause: a hart that spins lets the others run. */
    static long pause(TranslatedCpu cpu, long a, long b, long c) {
        ((RiscvCpu) cpu).pauseHere();
        return 0;
    }

    /** SFENCE.VMA: an ASID in rs2 is treated as if it were all, an address in rs1 is obeyed. @param registers rs1 | rs2 << 8 */
    static long sfence(TranslatedCpu cpu, long instruction, long address, long registers) {
        RiscvCpu hart = (RiscvCpu) cpu;
        int p = hart.csr.privilege;
        if (p < 1 || p == 1 && (hart.csr.mstatus & RiscvCsr.TVM) != 0) {
            throw cpu.raise(RiscvTraps.ILLEGAL, instruction);
        }
        if ((registers & 0xff) != 0) {
            hart.flushTranslation(address);
        } else {
            hart.flushTranslations();
        }
        return 0;
    }

    /** Makes mstatus.FS dirty: the instruction is translated again for the new mode. */
    static long makeDirty(TranslatedCpu cpu, long a, long b, long c) {
        throw cpu.raise(RiscvTraps.MAKE_FS_DIRTY, 0);
    }
}
