package org.reprise.api.travel;

import java.util.Optional;
import org.reprise.api.cpu.WatchListener;

/**
 * Where and why a move in time ended; the machine stands still there.
 *
 * @param why what ended it
 * @param icount instructions retired since power-on
 * @param cpu index of the CPU concerned
 * @param access for WATCHPOINT, the access
 */
public record Arrival(Why why, long icount, int cpu, Optional<WatchListener.Access> access) {
    /** Reasons. */
    public enum Why {
        /** The place asked for is reached. */
        THERE,
        /** The next instruction has a breakpoint. */
        BREAKPOINT,
        /** Forwards, the instruction before has accessed what is watched; backwards, the next one will. */
        WATCHPOINT,
        /** The recording begins here. */
        BEGIN,
        /** The recording ends here. */
        END,
        /** Somebody asked to stop. */
        INTERRUPT
    }
}
