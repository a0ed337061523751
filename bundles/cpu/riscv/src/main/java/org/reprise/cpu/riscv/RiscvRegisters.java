package org.reprise.cpu.riscv;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.reprise.api.cpu.Cpu.Register;

/**
 * The registers as gdb knows them: features {@code org.gnu.gdb.riscv.cpu}, {@code .fpu}, {@code .virtual} (the privilege mode) and
 * {@code .csr} ("Debugging with GDB", section "RISC-V Features"). Reading one has no effect; CSRs are written as by an instruction in
 * machine mode, with their WARL rules.
 */
final class RiscvRegisters {
    private static final int PC = 32;
    private static final int FIRST_FLOAT = 33;
    private static final int PRIVILEGE = 65;
    private static final int FIRST_CSR = 66;

    private final RiscvCpu cpu;
    private final List<Register> list = new ArrayList<>();
    private final List<Integer> csrs = new ArrayList<>();

    RiscvRegisters(RiscvCpu cpu) {
        this.cpu = cpu;
    }

    String architecture() {
        return "riscv:rv" + cpu.xlen;
    }

    List<Register> list() {
        if (list.isEmpty()) {
            String feature = "org.gnu.gdb.riscv.cpu";
            for (int i = 0; i < 32; i++) {
                String type = i == 1 ? "code_ptr" : i >= 2 && i <= 4 || i == 8 ? "data_ptr" : "int";
                // gdb's standard feature calls s0 by its other name
                list.add(new Register(i == 8 ? "fp" : RegisterNames.format("xreg", i), cpu.xlen, feature, type));
            }
            list.add(new Register("pc", cpu.xlen, feature, "code_ptr"));
            for (int i = 0; i < 32; i++) {
                list.add(new Register(RegisterNames.format("freg", i), 64, "org.gnu.gdb.riscv.fpu", "ieee_double"));
            }
            list.add(new Register("priv", cpu.xlen, "org.gnu.gdb.riscv.virtual", "int"));
            for (int n = 0; n < 4096; n++) {
                if (cpu.csr.present(n)) {
                    list.add(new Register(RegisterNames.format("csr", n), cpu.xlen, "org.gnu.gdb.riscv.csr", "int"));
                    csrs.add(n);
                }
            }
        }
        return list;
    }

    /** By the names of the calling convention, those of the manual (x8, f10), and gdb's. @return -1 for none */
    int number(String name) {
        for (int i = 0; i < 32; i++) {
            if (name.equals("x" + i) || name.equals(RegisterNames.format("xreg", i))) {
                return i;
            } else if (name.equals("f" + i)) {
                return FIRST_FLOAT + i;
            }
        }
        List<Register> all = list();
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).name().equals(name)) {
                return i;
            }
        }
        return -1;
    }

    /** The slot of a register; -1 for one that is in none, and for x0. */
    int slot(int index) {
        return index > 0 && index < PC ? index : index >= FIRST_FLOAT && index < PRIVILEGE ? index - 1 : -1;
    }

    /** Why writes of a register are not told of. */
    Optional<String> unwatchable(int index) {
        return slot(index) > 0 ? Optional.empty() : Optional.of(index == 0 ? "it is always 0: no instruction writes it"
            : index == PC ? "every instruction writes it; rr:step -1 goes to the one before"
            : "traps, interrupts and devices change it, too; only x1 to x31 and f0 to f31 are watched");
    }

    long get(int index) {
        if (index >= FIRST_CSR) {
            return cpu.csr.read(csr(index));
        }
        return index == PC ? cpu.pc : index == PRIVILEGE ? cpu.csr.privilege : cpu.v[index >= FIRST_FLOAT ? index - 1 : index];
    }

    private int csr(int index) {
        list();
        return csrs.get(index - FIRST_CSR);
    }

    void set(int index, long value) {
        long x = cpu.xlen == 32 && index <= PC ? (int) value : value;
        if (index >= FIRST_CSR) {
            cpu.csr.write(csr(index), cpu.xlen == 32 ? (int) value : value);
        } else if (index == PC) {
            cpu.sendTo(x & -2);
        } else if (index == PRIVILEGE) {
            if (value != 2) {
                cpu.csr.privilege = (int) value & 3;
                cpu.modeChanged();
            }
        } else if (index != 0) {
            cpu.v[index >= FIRST_FLOAT ? index - 1 : index] = x;
        }
    }
}
