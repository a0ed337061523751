package org.reprise.core.machine;

import org.reprise.api.cpu.Cpu;
import org.reprise.api.state.State;
import org.reprise.api.state.Stateful;

/**
 * The position of a machine: instructions retired, and VIRTUAL = {@code (icount << shift) + bias}. Exact at the present instruction
 * while a CPU runs. Machine's thread only.
 */
final class VirtualClock implements Stateful {
    /** No deadline. Deadlines beyond {@link #FAR} count as none: VIRTUAL never gets there, and must not overflow. */
    static final long NEVER = Long.MAX_VALUE;
    private static final long FAR = 1L << 62;

    private int shift;
    private long base;
    private long bias;
    private Cpu running;
    private long sliceEnd;
    private final Audience audience = new Audience(this);

    /** @param shift nanoseconds per instruction, as a shift, 0..10 */
    VirtualClock(int shift) {
        this.shift = shift;
    }

    /** Who hears what happens on this clock. */
    Audience audience() {
        return audience;
    }

    /** Instructions retired since power-on. */
    long icount() {
        Cpu cpu = running;
        return cpu == null ? base : base + cpu.retired();
    }

    /** VIRTUAL in ns. */
    long virtual() {
        return (icount() << shift) + bias;
    }

    /** Nanoseconds per instruction, as a shift. */
    int shift() {
        return shift;
    }

    /** Changes the nanoseconds per instruction from now on, between slices: VIRTUAL goes on where it is. */
    void shift(int newShift) {
        long now = virtual();
        boolean other = newShift != shift;
        shift = newShift;
        bias = now - (base << newShift);
        if (other) {
            audience.paced();
        }
    }

    /** What VIRTUAL is ahead of the instruction count. */
    long bias() {
        return bias;
    }

    /** Lets VIRTUAL jump forward to a value, between slices. */
    void warpTo(long virtual) {
        long ahead = virtual - (base << shift);
        if (ahead < bias) {
            throw new IllegalStateException("VIRTUAL would go back from " + virtual() + " to " + virtual + " ns");
        }
        long before = virtual();
        bias = ahead;
        if (before != virtual) {
            audience.warped(before);
        }
    }

    /** The first icount at which VIRTUAL has reached a deadline, or NEVER. */
    long icountOf(long deadline) {
        if (deadline >= FAR) {
            return NEVER;
        }
        return deadline <= bias ? 0 : (deadline - bias + (1L << shift) - 1) >> shift;
    }

    /** The deadline itself, or NEVER when it is too far to be reached. */
    static long reachable(long deadline) {
        return deadline >= FAR ? NEVER : deadline;
    }

    /** Runs a CPU for a slice, or for one step of a debugger; the position follows it. @return instructions retired */
    long run(Cpu cpu, long budget, boolean step) {
        sliceEnd = base + budget;
        running = cpu;
        long retired;
        try {
            retired = step ? cpu.step() : cpu.run(budget);
        } catch (Throwable e) {
            base += cpu.retired();
            throw e;
        } finally {
            running = null;
        }
        if (retired < 0 || retired > budget) {
            throw new IllegalStateException("CPU retired " + retired + " instructions on a budget of " + budget);
        }
        base += retired;
        return retired;
    }

    /** True while a CPU runs a slice. */
    boolean inSlice() {
        return running != null;
    }

    /** Asks that the machine loop runs no later than at this icount (or right after the present instruction). */
    void stopBy(long icount) {
        if (running != null && icount < sliceEnd) {
            running.endSlice();
        }
    }

    /** Asks that the machine loop runs right after the present instruction. */
    void stopSoon() {
        if (running != null) {
            running.endSlice();
        }
    }

    @Override
    public void state(State s) {
        base = s.int64("icount", base);
        bias = s.int64("bias", bias);
        shift = s.int32("shift", shift);
    }
}
