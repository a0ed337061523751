package org.reprise.core.machine;

import org.reprise.api.state.State;
import org.reprise.api.state.Stateful;

/**
 * The setting {@code shift=auto}: keeps VIRTUAL near the host's time while the guest works, by more or fewer nanoseconds for an instruction. It looks at
 * fixed instruction counts, and at nothing but VIRTUAL and VIRTUAL_RT, whose reads are events: so a replay adapts in the same way. Machine's thread only.
 */
final class AutoShift implements Stateful {
    /** The shift that a machine begins with. */
    static final int FIRST = 3;
    static final int MOST = 10;
    /** Instructions between two looks. */
    static final long INTERVAL = 10_000_000;
    /** How far VIRTUAL may be from the host's time, ns, and come nearer by itself, before anything is done. */
    private static final long TOLERANCE = 100_000_000;

    private long next = INTERVAL;
    private long lastAhead;

    /** The icount of the next look. */
    long next() {
        return next;
    }

    /** Looks. @return the shift from now on */
    int look(int shift, long icount, long virtual, long virtualRt) {
        next = (icount / INTERVAL + 1) * INTERVAL;
        long ahead = virtual - virtualRt;
        int wanted = shift;
        if (ahead > TOLERANCE && ahead >= lastAhead && shift > 0) {
            wanted = shift - 1;
        } else if (ahead < -TOLERANCE && ahead <= lastAhead && shift < MOST) {
            wanted = shift + 1;
        }
        lastAhead = ahead;
        return wanted;
    }

    /** How far VIRTUAL was ahead of VIRTUAL_RT at the last look, ns. */
    long ahead() {
        return lastAhead;
    }

    @Override
    public void state(State s) {
        next = s.int64("next", next);
        lastAhead = s.int64("ahead", lastAhead);
    }
}
