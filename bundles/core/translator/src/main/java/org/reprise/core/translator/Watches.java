package org.reprise.core.translator;

import java.util.List;
import org.reprise.api.cpu.WatchListener;
import org.reprise.api.cpu.Watchpoint;

/**
 * What is watched on one CPU, and what the present instruction has accessed of it. Pages with a watchpoint have no tag for loads, or for
 * stores, in the soft TLB, so that all that concerns them comes to {@link SlowPath}. An instruction is told of when it is done, because one
 * that traps has not accessed anything; it is always the interpreter that executes it, because there the position is exact.
 */
final class Watches {
    private static final WatchListener NOBODY = access -> false;

    private Watchpoint[] points = {};
    /** First and last addresses of them, virtual ones as people write them ({@link TranslatedCpu#plain}). */
    private long[] first = {};
    private long[] last = {};
    private WatchListener listener = NOBODY;
    private WatchListener.Access[] accesses = new WatchListener.Access[4];
    private int count;
    /** What the architecture does for itself, in a helper, is no access of the guest's. */
    private boolean off;
    private boolean hit;

    /** Replaces what is watched. */
    void set(List<Watchpoint> watched, WatchListener told, TranslatedCpu cpu) {
        Watchpoint[] all = watched.toArray(new Watchpoint[0]);
        first = new long[all.length];
        last = new long[all.length];
        for (int i = 0; i < all.length; i++) {
            first[i] = all[i].physical() ? all[i].address() : cpu.plain(cpu.canonical(all[i].address()));
            last[i] = first[i] + all[i].length() - 1;
        }
        points = all;
        listener = told;
    }

    /** True when something is watched. */
    boolean any() {
        return points.length > 0;
    }

    /** True when loads from the page, or stores to it, are watched and must not be direct. @param va plain, of any address on the page */
    boolean page(long va, long physicalPage, boolean write) {
        for (int i = 0; i < points.length; i++) {
            long page = (points[i].physical() ? physicalPage : va) & -4096L;
            if (Long.compareUnsigned(first[i], page | 4095) <= 0 && Long.compareUnsigned(last[i], page) >= 0 && counts(i, write)) {
                return true;
            }
        }
        return false;
    }

    /**
     * The number of the first watchpoint that an access touches, which does not cross a page end, or a large one when there is none.
     *
     * @param va plain
     */
    int touched(long va, long physical, int size, boolean write) {
        if (!off) {
            for (int i = 0; i < points.length; i++) {
                long a = points[i].physical() ? physical : va;
                if (Long.compareUnsigned(a, last[i]) <= 0 && Long.compareUnsigned(a + size - 1, first[i]) >= 0 && counts(i, write)) {
                    return i;
                }
            }
        }
        return Integer.MAX_VALUE;
    }

    private boolean counts(int i, boolean write) {
        return write ? points[i].writes() : points[i].reads();
    }

    /** Switches watching off or on. @return what it was */
    boolean off(boolean now) {
        boolean before = off;
        off = now;
        return before;
    }

    /** The present instruction has accessed something; it is told of when the instruction is done. @param point from {@link #touched} */
    void accessed(int point, long va, long physical, int size, boolean write, long value) {
        if (count == accesses.length) {
            accesses = java.util.Arrays.copyOf(accesses, 2 * count);
        }
        accesses[count++] = new WatchListener.Access(points[point], va, physical, size, write, size == 8 ? value : value & (1L << 8 * size) - 1);
    }

    /** True when there is something to {@link #tell}. */
    boolean pending() {
        return count > 0;
    }

    /** The instruction has trapped. */
    void forget() {
        count = 0;
    }

    /** Tells of what the instruction has accessed, which is done. @return true when the CPU shall stop behind it */
    boolean tell() {
        WatchListener.Access[] done = java.util.Arrays.copyOf(accesses, count);
        WatchListener to = listener;
        count = 0;
        boolean stop = false;
        for (WatchListener.Access access : done) {
            stop |= to.accessed(access);
        }
        hit |= stop;
        return stop;
    }

    /** A run begins. */
    void begin() {
        hit = false;
        count = 0;
    }

    /** True when the present run, or the last one, ended because the listener wanted it. */
    boolean hit() {
        return hit;
    }
}
