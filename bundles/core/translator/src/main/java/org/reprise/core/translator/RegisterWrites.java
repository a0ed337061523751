package org.reprise.core.translator;

/**
 * Watched registers. While one is watched, an instruction that writes it begins with a call of {@link #tell} in its IR, so that code which does not
 * write it is compiled as always. Compiled code unwinds there to the interpreter, which executes the instruction as it does for a watched access.
 */
public final class RegisterWrites {
    private RegisterWrites() {
    }

    /** The present instruction will write a slot that is watched, unless it traps. For translated code. */
    public static long tell(TranslatedCpu cpu, long slot, long b, long c) {
        if (cpu.inRegion) {
            throw cpu.fault;
        }
        cpu.slowPath.watches.written((int) slot);
        cpu.attention();
        return 0;
    }
}
