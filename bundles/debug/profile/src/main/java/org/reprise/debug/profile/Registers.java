package org.reprise.debug.profile;

import org.reprise.api.cpu.Cpu;

/** Registers by the names by which debuggers know them. */
final class Registers {
    private Registers() {
    }

    /** Index of a register, or -1. */
    static int index(Cpu cpu, String name) {
        for (int i = 0; i < cpu.registers().size(); i++) {
            if (cpu.registers().get(i).name().equals(name)) {
                return i;
            }
        }
        return -1;
    }
}
