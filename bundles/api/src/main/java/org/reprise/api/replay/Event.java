package org.reprise.api.replay;

/**
 * One event of a log.
 *
 * @param kind what
 * @param icount instructions retired when it happened
 * @param source index of the part in the manifest's list of parts, or as the kind says; 0 when unused
 * @param value a number, as the kind says
 * @param data bytes, as the kind says; never null; not to be changed
 */
public record Event(EventKind kind, long icount, int source, long value, byte[] data) {
    /** No data. */
    public static final byte[] NO_DATA = {};
}
