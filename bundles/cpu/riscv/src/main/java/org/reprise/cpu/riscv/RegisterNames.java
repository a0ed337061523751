package org.reprise.cpu.riscv;

import java.util.Map;
import java.util.TreeMap;

/**
 * Assembler names of operands, for the disassembler generated from the decode table. Register names are those of the calling
 * convention ("RISC-V ABIs Specification", chapter "Register Convention"); CSR names those of the privileged architecture, volume II,
 * chapter "Control and Status Registers".
 */
final class RegisterNames {
    private static final String[] INTEGER = {"zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3", "a4",
        "a5", "a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"};
    private static final String[] FLOATING = {"ft0", "ft1", "ft2", "ft3", "ft4", "ft5", "ft6", "ft7", "fs0", "fs1", "fa0", "fa1", "fa2",
        "fa3", "fa4", "fa5", "fa6", "fa7", "fs2", "fs3", "fs4", "fs5", "fs6", "fs7", "fs8", "fs9", "fs10", "fs11", "ft8", "ft9", "ft10",
        "ft11"};
    private static final String[] ROUNDING = {"rne", "rtz", "rdn", "rup", "rmm", "unknown", "unknown", "dyn"};
    private static final String[] ORDER = {"", ".rl", ".aq", ".aqrl"};
    private static final Map<Integer, String> CSR = new TreeMap<>();

    static {
        csr(0x001, "fflags frm fcsr");
        csr(0xc00, "cycle time instret");
        csr(0xc80, "cycleh timeh instreth");
        csr(0x100, "sstatus");
        csr(0x104, "sie stvec scounteren");
        csr(0x10a, "senvcfg");
        csr(0x140, "sscratch sepc scause stval sip");
        csr(0x14d, "stimecmp");
        csr(0x15d, "stimecmph");
        csr(0x180, "satp");
        csr(0x5a8, "scontext");
        csr(0xf11, "mvendorid marchid mimpid mhartid mconfigptr");
        csr(0x300, "mstatus misa medeleg mideleg mie mtvec mcounteren");
        csr(0x310, "mstatush");
        csr(0x30a, "menvcfg");
        csr(0x31a, "menvcfgh");
        csr(0x320, "mcountinhibit");
        csr(0x340, "mscratch mepc mcause mtval mip");
        csr(0x34a, "mtinst mtval2");
        csr(0x747, "mseccfg");
        csr(0x757, "mseccfgh");
        csr(0x7a0, "tselect tdata1 tdata2 tdata3");
        csr(0x7a4, "tinfo tcontrol");
        csr(0x7a8, "mcontext");
        csr(0x7b0, "dcsr dpc dscratch0 dscratch1");
        csr(0xb00, "mcycle");
        csr(0xb02, "minstret");
        csr(0xb80, "mcycleh");
        csr(0xb82, "minstreth");
        numbered(0x3a0, 0, 16, "pmpcfg%d");
        numbered(0x3b0, 0, 64, "pmpaddr%d");
        numbered(0xc03, 3, 32, "hpmcounter%d");
        numbered(0xc83, 3, 32, "hpmcounter%dh");
        numbered(0xb03, 3, 32, "mhpmcounter%d");
        numbered(0xb83, 3, 32, "mhpmcounter%dh");
        numbered(0x323, 3, 32, "mhpmevent%d");
    }

    private RegisterNames() {
    }

    private static void csr(int first, String names) {
        int number = first;
        for (String name : names.split(" ")) {
            CSR.put(number++, name);
        }
    }

    private static void numbered(int first, int from, int to, String pattern) {
        for (int i = from; i < to; i++) {
            CSR.put(first + i - from, pattern.replace("%d", Integer.toString(i)));
        }
    }

    /**
     * The text of one operand. A rounding mode brings its own comma, because the usual one (dynamic; 0 where the result is always
     * exact) is not written.
     *
     * @param kind a kind that the decode table declares
     * @param value the operand's value, within the range of its field
     */
    static String format(String kind, long value) {
        return switch (kind) {
            case "xreg" -> INTEGER[(int) value];
            case "freg" -> FLOATING[(int) value];
            case "rm" -> value == 7 ? "" : ", " + ROUNDING[(int) value];
            case "rmexact" -> value == 0 ? "" : ", " + ROUNDING[(int) value];
            case "order" -> ORDER[(int) value];
            case "csr" -> CSR.getOrDefault((int) value, "0x" + Long.toHexString(value));
            case "fence" -> fence((int) value);
            case "upper" -> "0x" + Long.toHexString(value >>> 12 & 0xfffff);
            default -> throw new IllegalArgumentException("no operand kind '" + kind + "'; add it here as riscv.decode declares it");
        };
    }

    private static String fence(int set) {
        StringBuilder text = new StringBuilder();
        for (int bit = 0; bit < 4; bit++) {
            if ((set & 8 >> bit) != 0) {
                text.append("iorw".charAt(bit));
            }
        }
        return text.isEmpty() ? "unknown" : text.toString();
    }
}
