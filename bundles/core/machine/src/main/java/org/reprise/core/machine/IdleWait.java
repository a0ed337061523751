package org.reprise.core.machine;

/**
 * How an idle machine's VIRTUAL goes on with the host, 1 ns per ns of VIRTUAL_RT (host time while the machine runs), until something wakes it. Only
 * recorded and live machines wait. Machine's thread only.
 */
final class IdleWait {
    private static final long MOST_OVERSHOOT = 100_000_000;
    private final HostTime host;
    private boolean waiting;
    /** VIRTUAL and VIRTUAL_RT from which on it goes. */
    private long virtual;
    private long start;
    private long overshoot;
    private long hostRun;
    private long runningSince;
    private boolean running;

    IdleWait(HostTime host) {
        this.host = host;
    }

    /** The machine begins or ceases to run. */
    void machineRuns(boolean runs) {
        long now = host.monotonic();
        if (!runs) {
            hostRun += now - runningSince;
        }
        runningSince = now;
        running = runs;
    }

    /** Host time while the machine ran before, ns. */
    void hostRun(long nanos) {
        hostRun = nanos;
    }

    /** Host time while the machine ran, ns. */
    long virtualRt() {
        return running ? hostRun + host.monotonic() - runningSince : hostRun;
    }

    boolean waiting() {
        return waiting;
    }

    /** The machine is idle: the wait begins, or goes on. @param now VIRTUAL, which stands still @return VIRTUAL as it goes on with the host */
    long begin(long now) {
        if (!waiting) {
            waiting = true;
            // Without sleep, VIRTUAL stands still for want of a deadline; only EXTERNAL timers go on.
            virtual = now;
            start = virtualRt() - overshoot;
            overshoot = 0;
        }
        return virtual(now);
    }

    /** What VIRTUAL is while the machine waits, else {@code now}. */
    long virtual(long now) {
        return waiting ? Math.max(now, virtual + virtualRt() - start) : now;
    }

    /** Something woke the machine's loop at this VIRTUAL, the CPUs sleep on: the wait goes on from here. */
    void from(long now) {
        start = virtualRt();
        virtual = now;
    }

    /** True when the deadline is reached. What the host overslept is made up for by the next wait, else the guest's clock would fall behind. */
    boolean reached(long deadline) {
        long late = virtual + virtualRt() - start - deadline;
        if (late < 0) {
            return false;
        }
        overshoot = Math.min(late, MOST_OVERSHOOT);
        return true;
    }

    /** The machine is not idle any more, or has jumped to its deadline. */
    void over() {
        waiting = false;
    }
}
