package org.reprise.core.machine;

/**
 * Leaves the guest in the middle of whatever it does because replay cannot go on there. An Error, so that no part takes it for a
 * failure of its own.
 */
final class StopReplay extends Error {
    private static final long serialVersionUID = 1L;
    private final boolean divergence;
    private final long icount;
    private final String expected;
    private final String actual;

    private StopReplay(boolean divergence, long icount, String expected, String actual) {
        super(expected + "; " + actual, null, false, false);
        this.divergence = divergence;
        this.icount = icount;
        this.expected = expected;
        this.actual = actual;
    }

    /** The guest does something else than the log says. */
    static StopReplay diverged(long icount, String expected, String actual) {
        return new StopReplay(true, icount, expected, actual);
    }

    /** The guest needs an event that a cut log does not have any more. */
    static StopReplay endOfLog(long icount, String wanted) {
        return new StopReplay(false, icount, "no more events", wanted);
    }

    boolean divergence() {
        return divergence;
    }

    long icount() {
        return icount;
    }

    String expected() {
        return expected;
    }

    String actual() {
        return actual;
    }
}
