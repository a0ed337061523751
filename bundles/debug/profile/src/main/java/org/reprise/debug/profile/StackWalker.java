package org.reprise.debug.profile;

import org.reprise.api.debug.Symbols;
import org.reprise.api.machine.Observer.Sight;

/** Finds who called whom, by the conventions of an architecture. */
interface StackWalker {
    /** Most frames of a stack that are looked for. */
    int MOST = 96;

    /**
     * Reads the callers of the function that the CPU is in.
     *
     * @param symbols what is known of the guest's functions
     * @param into gets the program counter, then return addresses outwards, {@link #MOST} at most
     * @return how many
     */
    int walk(Sight sight, Symbols symbols, long[] into);

    /** The walker for a CPU; for an architecture whose conventions are not known, one that sees no callers. */
    static StackWalker of(org.reprise.api.cpu.Cpu cpu) {
        if (cpu.debuggerArchitecture().startsWith("riscv:")) {
            return new RiscvStackWalker(cpu);
        }
        return (sight, symbols, into) -> {
            into[0] = sight.cpu().pc();
            return 1;
        };
    }
}
