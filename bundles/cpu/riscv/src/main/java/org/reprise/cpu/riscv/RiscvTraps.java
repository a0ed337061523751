package org.reprise.cpu.riscv;

/** Causes of traps and interrupt numbers ("The RISC-V Instruction Set Manual, Volume II", section "Machine Cause Register"). */
final class RiscvTraps {
    static final int FETCH_MISALIGNED = 0;
    static final int FETCH_ACCESS = 1;
    static final int ILLEGAL = 2;
    static final int BREAKPOINT = 3;
    static final int LOAD_MISALIGNED = 4;
    static final int LOAD_ACCESS = 5;
    static final int STORE_MISALIGNED = 6;
    static final int STORE_ACCESS = 7;
    static final int ECALL_U = 8;
    static final int FETCH_PAGE = 12;
    static final int LOAD_PAGE = 13;
    static final int STORE_PAGE = 15;
    /** Not a trap: the instruction is executed again with mstatus.FS dirty. */
    static final int MAKE_FS_DIRTY = -1;

    /** Beside a cause: the instruction was known to trap when it was decoded. */
    static final long DECODED = 1L << 32;

    static final int SSI = 1;
    static final int MSI = 3;
    static final int STI = 5;
    static final int MTI = 7;
    static final int SEI = 9;
    static final int MEI = 11;
    /** Interrupts from the highest priority down. */
    static final int[] PRIORITY = {MEI, MSI, MTI, SEI, SSI, STI};

    private RiscvTraps() {
    }

    /** Access fault of an access kind of the translator. */
    static int accessFault(int access) {
        return access == 0 ? LOAD_ACCESS : access == 1 ? STORE_ACCESS : FETCH_ACCESS;
    }

    /** Page fault of an access kind. */
    static int pageFault(int access) {
        return access == 0 ? LOAD_PAGE : access == 1 ? STORE_PAGE : FETCH_PAGE;
    }

    /** Number of a named input, or -1. */
    static int number(String input) {
        return switch (input) {
            case "SSI" -> SSI;
            case "MSI" -> MSI;
            case "STI" -> STI;
            case "MTI" -> MTI;
            case "SEI" -> SEI;
            case "MEI" -> MEI;
            default -> -1;
        };
    }
}
