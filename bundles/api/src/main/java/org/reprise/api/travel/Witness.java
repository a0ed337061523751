package org.reprise.api.travel;

import org.osgi.annotation.versioning.ConsumerType;
import org.reprise.api.block.BlockRequest;
import org.reprise.api.net.NetworkFrame;
import org.reprise.api.replay.Event;

/**
 * Hears what a replayed machine does, {@link TravelHost#attend}: on the machine's thread, while the guest runs, in the order in which it happens. Quick,
 * and without requests to the machine but {@link TravelHost#icount}, {@link TravelHost#icountAt} and {@link TravelHost#stopBy}. Each call says where
 * it happens: {@code icount} instructions retired since power-on, {@code virtual} VIRTUAL in ns. When a witness throws, the machine fails there.
 */
@ConsumerType
public interface Witness {
    /** A CPU has had a turn that ends here. @param idle it waits for an interrupt now */
    default void ran(int cpu, boolean idle, long icount, long virtual) {
    }

    /** VIRTUAL has jumped to {@code virtual}: all CPUs wait for an interrupt. @param before VIRTUAL until now */
    default void warped(long before, long icount, long virtual) {
    }

    /** From here on an instruction takes {@code 1 << shift} ns. */
    default void paced(int shift, long icount, long virtual) {
    }

    /** An event of the log happens, or what it answers is asked for. */
    default void event(Event event, long virtual) {
    }

    /** A console prints a byte. @param console name of the part */
    default void printed(String console, byte value, long icount, long virtual) {
    }

    /** A part sets one of its interrupt lines to another level. @param line what it is connected to, as configured */
    default void line(String part, String line, boolean level, long icount, long virtual) {
    }

    /** The guest starts a request to a drive. @param number of the request, from 0 on since power-on */
    default void requested(String drive, long number, BlockRequest.Operation operation, long offset, int length, long icount, long virtual) {
    }

    /** A request completes for the guest. @param error null when it went well */
    default void completed(String drive, long number, String error, long icount, long virtual) {
    }

    /** A frame leaves or reaches the guest's card. @param received it comes from outside @param network name of the part */
    default void frame(String network, boolean received, NetworkFrame frame, long icount, long virtual) {
    }

    /** The run that was to be heard is over, or has been interrupted, here; not on the machine's thread. */
    default void ended(long icount, long virtual) {
    }
}
