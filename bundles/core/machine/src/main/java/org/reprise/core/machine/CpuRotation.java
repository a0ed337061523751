package org.reprise.core.machine;

import java.util.List;
import org.reprise.api.cpu.Cpu;
import org.reprise.api.state.State;
import org.reprise.api.state.Stateful;

/**
 * Whose turn it is: CPUs share the machine's thread round-robin, each for a quantum of instructions, until it idles, or until it says that it waits
 * for another one. A turn depends on instruction counts only, never on where slices end. Machine's thread only.
 */
final class CpuRotation implements Stateful {
    /** Instructions of one turn. */
    static final long QUANTUM = 10_000;
    private final Cpu[] cpus;
    private int current;
    private long left = QUANTUM;

    CpuRotation(List<Cpu> cpus) {
        this.cpus = cpus.toArray(new Cpu[0]);
    }

    /** After a reset the first CPU begins. */
    void reset() {
        current = 0;
        left = QUANTUM;
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

    /** The CPU given by {@link #next} has run. @param yielded its turn is over */
    void ran(long instructions, boolean yielded) {
        if (cpus.length > 1) {
            left = yielded ? 0 : left - instructions;
        }
    }

    /** True when another CPU than the one whose turn it is could run now. */
    boolean othersCanRun() {
        for (int i = 0; i < cpus.length; i++) {
            if (i != current && !cpus[i].idle()) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void state(State s) {
        current = s.int32("current", current);
        left = s.int64("left", left);
    }
}
