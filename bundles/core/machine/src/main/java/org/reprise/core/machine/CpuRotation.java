package org.reprise.core.machine;

import java.util.List;
import org.reprise.api.cpu.Cpu;

/**
 * Whose turn it is: CPUs share the machine's thread round-robin, each for a quantum of instructions or until it idles. A turn depends on
 * instruction counts only, never on where slices end.
 */
final class CpuRotation {
    /** Instructions of one turn. */
    static final long QUANTUM = 10_000;
    private final Cpu[] cpus;
    private int current;
    private long left = QUANTUM;

    CpuRotation(List<Cpu> cpus) {
        this.cpus = cpus.toArray(new Cpu[0]);
    }

    /** True when no CPU has anything to do. */
    boolean allIdle() {
        for (Cpu cpu : cpus) {
            if (!cpu.idle()) {
                return false;
            }
        }
        return true;
    }

    /** The CPU that runs next; some CPU must not be idle. */
    Cpu next() {
        if (left == 0 || cpus[current].idle()) {
            do {
                current = (current + 1) % cpus.length;
            } while (cpus[current].idle());
            left = QUANTUM;
        }
        return cpus[current];
    }

    /** Index of the CPU whose turn it is or was last. */
    int current() {
        return current;
    }

    /** How long the CPU given by {@link #next} may run at most. */
    long quantum() {
        return cpus.length == 1 ? Long.MAX_VALUE : left;
    }

    /** The CPU given by {@link #next} has run. */
    void ran(long instructions) {
        if (cpus.length > 1) {
            left -= instructions;
        }
    }
}
