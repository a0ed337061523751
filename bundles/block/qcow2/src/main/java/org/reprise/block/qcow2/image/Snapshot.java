package org.reprise.block.qcow2.image;

/**
 * An internal snapshot.
 *
 * @param id unique in its image
 * @param name may be there more than once
 * @param seconds when it was made: seconds since 1970
 * @param nanos and nanoseconds
 * @param vmClock nanoseconds that the guest had run
 * @param vmState bytes of the machine's state that were saved with it, 0: none
 * @param diskSize the disk's size in bytes
 * @param icount instructions that the guest had executed; {@link #NO_ICOUNT}: not known
 */
public record Snapshot(String id, String name, long seconds, int nanos, long vmClock, long vmState, long diskSize, long icount) {
    /** The icount of a snapshot that says none. */
    public static final long NO_ICOUNT = -1;
}
