package org.reprise.core.snapshot.store;

/** Finds page ids by hashes: open addressing, 24 bytes a place. One thread at a time. */
final class HashIndex {
    private static final long FREE = 0;
    /** The place of one removed: a search goes on behind it. */
    private static final long REMOVED = -1;

    private long[] high = new long[1 << 10];
    private long[] low = new long[1 << 10];
    private long[] ids = new long[1 << 10];
    /** Places that are not FREE. */
    private int used;
    private int live;

    /** The id, or 0. */
    long find(long h, long l) {
        int mask = ids.length - 1;
        for (int at = (int) h & mask;; at = at + 1 & mask) {
            if (ids[at] == FREE) {
                return 0;
            }
            if (high[at] == h && low[at] == l && ids[at] != REMOVED) {
                return ids[at];
            }
        }
    }

    /** Adds a hash that is not here yet. @param id more than 0 */
    void add(long h, long l, long id) {
        if (3 * (used + 1) > 2 * ids.length) {
            grow();
        }
        insert(h, l, id);
        used++;
        live++;
    }

    private void insert(long h, long l, long id) {
        int mask = ids.length - 1;
        int at = (int) h & mask;
        while (ids[at] != FREE) {
            at = at + 1 & mask;
        }
        high[at] = h;
        low[at] = l;
        ids[at] = id;
    }

    private void grow() {
        long[] h = high;
        long[] l = low;
        long[] old = ids;
        int length = 3 * live > ids.length ? Math.multiplyExact(2, ids.length) : ids.length;
        high = new long[length];
        low = new long[length];
        ids = new long[length];
        used = live;
        for (int i = 0; i < old.length; i++) {
            if (old[i] != FREE && old[i] != REMOVED) {
                insert(h[i], l[i], old[i]);
            }
        }
    }

    /** Removes a hash when it has this id. */
    void remove(long h, long l, long id) {
        int mask = ids.length - 1;
        for (int at = (int) h & mask; ids[at] != FREE; at = at + 1 & mask) {
            if (ids[at] == id && high[at] == h && low[at] == l) {
                ids[at] = REMOVED;
                live--;
                return;
            }
        }
    }
}
