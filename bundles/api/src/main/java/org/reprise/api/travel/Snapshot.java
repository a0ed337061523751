package org.reprise.api.travel;

/**
 * A snapshot for people.
 *
 * @param id number, unique in its store, never used again
 * @param name given by the user, or empty for an automatic one
 * @param icount where it stands
 * @param virtual VIRTUAL there, ns
 * @param bytes what deleting it would free, roughly
 */
public record Snapshot(long id, String name, long icount, long virtual, long bytes) {
    /** True when nobody asked for it: it may be thinned out. */
    public boolean automatic() {
        return name.isEmpty();
    }
}
