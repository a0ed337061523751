package org.reprise.api.travel;

/**
 * A snapshot for people.
 *
 * @param id number, unique in its store, never used again; 0 for one in an image
 * @param name given by the user, or empty for an automatic one
 * @param icount where it stands
 * @param virtual VIRTUAL there, ns
 * @param bytes what deleting it would free, roughly
 * @param image the drive whose image has it, with the disk's content; {@link #VMSTATE} for the machine's file of states; empty: in the store
 */
public record Snapshot(long id, String name, long icount, long virtual, long bytes, String image) {
    /** Stands for the file that the machine's setting of this name says. */
    public static final String VMSTATE = "vmstate";

    /** One in the store. */
    public Snapshot(long id, String name, long icount, long virtual, long bytes) {
        this(id, name, icount, virtual, bytes, "");
    }

    /** True when nobody asked for it: it may be thinned out. */
    public boolean automatic() {
        return name.isEmpty();
    }
}
