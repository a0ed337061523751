package org.reprise.debug.gdb.internal;

import java.util.List;
import org.reprise.api.cpu.Cpu;
import org.reprise.api.cpu.Cpu.Register;

/** The CPU's registers as gdb's target description ("Debugging with GDB", appendix "Target Descriptions"). */
final class TargetDescription {
    private TargetDescription() {
    }

    static String of(Cpu cpu) {
        StringBuilder xml = new StringBuilder("<?xml version=\"1.0\"?>\n<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n<target version=\"1.0\">\n");
        xml.append("<architecture>").append(cpu.debuggerArchitecture()).append("</architecture>\n");
        String feature = null;
        List<Register> registers = cpu.registers();
        for (int i = 0; i < registers.size(); i++) {
            Register r = registers.get(i);
            if (!r.feature().equals(feature)) {
                xml.append(feature == null ? "" : "</feature>\n").append("<feature name=\"").append(r.feature()).append("\">\n");
                feature = r.feature();
            }
            xml.append("<reg name=\"").append(r.name()).append("\" bitsize=\"").append(r.bits()).append("\" regnum=\"").append(i)
                .append("\" type=\"").append(r.type()).append("\"/>\n");
        }
        return xml.append(feature == null ? "" : "</feature>\n").append("</target>\n").toString();
    }

    /**
     * True when gdb takes the watchpoints of this architecture to be reported before the access, as debug hardware does there, so that it
     * lets the CPU make one step before it compares values.
     */
    static boolean accessFollowsReport(Cpu cpu) {
        return cpu.debuggerArchitecture().startsWith("riscv");
    }

    /** How many registers, from the first, a {@code g} packet holds: the core registers. */
    static int general(Cpu cpu) {
        List<Register> registers = cpu.registers();
        int n = 0;
        while (n < registers.size() && registers.get(n).feature().equals(registers.get(0).feature())) {
            n++;
        }
        return n;
    }
}
