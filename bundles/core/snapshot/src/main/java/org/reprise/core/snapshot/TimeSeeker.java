package org.reprise.core.snapshot;

import java.util.function.Function;
import java.util.function.LongSupplier;
import org.reprise.api.machine.DebugSession.Stop;
import org.reprise.api.travel.TravelHost;
import org.reprise.api.travel.Witness;

/**
 * Runs a machine to the first instruction at or after a VIRTUAL time. Instructions pass time at a known pace, so that the place is computed and run to, anew
 * whenever VIRTUAL jumps or the pace changes.
 */
final class TimeSeeker implements Witness {
    private final TravelHost travel;
    private final long wanted;

    TimeSeeker(TravelHost travel, long wanted) {
        this.travel = travel;
        this.wanted = wanted;
    }

    @Override
    public void warped(long before, long icount, long virtual) {
        travel.stopBy(travel.icountAt(wanted));
    }

    @Override
    public void paced(int shift, long icount, long virtual) {
        travel.stopBy(travel.icountAt(wanted));
    }

    /**
     * Runs.
     *
     * @param run to an icount that it asks for again and again
     * @param virtual VIRTUAL where the machine stands
     * @return {@link Stop#STEP} when the machine is there
     */
    Stop seek(Function<LongSupplier, Stop> run, LongSupplier virtual) throws Exception {
        try (AutoCloseable attending = travel.attend(this)) {
            while (virtual.getAsLong() < wanted) {
                Stop stop = run.apply(() -> travel.icountAt(wanted));
                if (stop != Stop.STEP) {
                    return stop;
                }
            }
            return Stop.STEP;
        }
    }
}
