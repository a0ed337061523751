package org.reprise.core.snapshot;

import java.util.function.LongFunction;
import org.reprise.api.machine.DebugSession.Stop;
import org.reprise.api.travel.TravelHost;
import org.reprise.api.travel.Witness;

/**
 * Runs a machine to the first instruction at or after a VIRTUAL time. Instructions pass time at a known pace, so that the place is computed and run to; where VIRTUAL
 * jumps past it, or the pace changes, the machine is stopped, and what is left is computed anew.
 */
final class TimeSeeker implements Witness {
    private final TravelHost travel;
    private final long wanted;
    private boolean stopped;

    TimeSeeker(TravelHost travel, long wanted) {
        this.travel = travel;
        this.wanted = wanted;
    }

    @Override
    public void warped(long before, long icount, long virtual) {
        if (virtual >= wanted) {
            stop();
        }
    }

    @Override
    public void paced(int shift, long icount, long virtual) {
        stop();
    }

    private void stop() {
        stopped = true;
        travel.interrupt();
    }

    /**
     * Runs.
     *
     * @param run to an icount
     * @return {@link Stop#STEP} when the machine is there
     */
    Stop seek(LongFunction<Stop> run, java.util.function.LongSupplier virtual) throws Exception {
        try (AutoCloseable attending = travel.attend(this)) {
            while (virtual.getAsLong() < wanted) {
                stopped = false;
                Stop stop = run.apply(travel.icountAt(wanted));
                if (stop != Stop.STEP && !(stop == Stop.INTERRUPT && stopped)) {
                    return stop;
                }
            }
            return Stop.STEP;
        }
    }
}
