package org.reprise.core.translator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.reprise.api.cpu.WatchListener;
import org.reprise.api.cpu.Watchpoint;

/**
 * What is watched on one CPU, and what the present instruction has accessed of it. For registers see {@link RegisterWrites}. Pages with a watchpoint have no tag for loads, or for
 * stores, in the soft TLB, so that all that concerns them comes to {@link SlowPath}. An instruction is told of when it is done, because one
 * that traps has not accessed anything; it is always the interpreter that executes it, because there the position is exact.
 */
final class Watches {
    private static final WatchListener NOBODY = access -> false;

    private final TranslatedCpu cpu;
    private Watchpoint[] points = {};
    /** Slots of registers that are watched, ascending, and what watches them. */
    private int[] slots = {};
    private Watchpoint[] registers = {};
    /** First and last addresses of them, virtual ones as people write them ({@link TranslatedCpu#plain}). */
    private long[] first = {};
    private long[] last = {};
    private WatchListener listener = NOBODY;
    private WatchListener.Access[] accesses = new WatchListener.Access[4];
    private int count;
    /** What the architecture does for itself, in a helper, is no access of the guest's. */
    private boolean off;
    private boolean hit;

    Watches(TranslatedCpu cpu) {
        this.cpu = cpu;
    }

    /** Replaces what is watched. @return true when registers are that were not, or the other way round */
    boolean set(List<Watchpoint> watched, WatchListener told) {
        Watchpoint[] all = watched.stream().filter(p -> !p.isRegister()).toArray(Watchpoint[]::new);
        first = new long[all.length];
        last = new long[all.length];
        for (int i = 0; i < all.length; i++) {
            first[i] = all[i].physical() ? all[i].address() : cpu.plain(cpu.canonical(all[i].address()));
            last[i] = first[i] + all[i].length() - 1;
        }
        points = all;
        listener = told;
        return setRegisters(watched);
    }

    private boolean setRegisters(List<Watchpoint> watched) {
        int[] before = slots;
        List<Watchpoint> mine = new ArrayList<>();
        for (Watchpoint p : watched) {
            if (p.isRegister() && p.cpu() == cpu.context.index()) {
                if (cpu.slot((int) p.address()) < 0) {
                    throw new IllegalArgumentException("register number " + p.address() + " cannot be watched");
                }
                mine.add(p);
            }
        }
        slots = mine.stream().mapToInt(p -> cpu.slot((int) p.address())).sorted().distinct().toArray();
        registers = new Watchpoint[slots.length];
        for (int i = 0; i < slots.length; i++) {
            int slot = slots[i];
            registers[i] = mine.stream().filter(p -> cpu.slot((int) p.address()) == slot).findFirst().orElseThrow();
        }
        return !Arrays.equals(slots, before);
    }

    /** Slots of registers that are watched, ascending. */
    int[] slots() {
        return slots;
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

    /** The present instruction writes a watched register; it is told of when the instruction is done. */
    void written(int slot) {
        Watchpoint p = registers[Arrays.binarySearch(slots, slot)];
        note(new WatchListener.Access(p, p.address(), 0, cpu.registers().get((int) p.address()).bits() / 8, true, 0));
    }

    /** The present instruction has accessed something; it is told of when the instruction is done. @param point from {@link #touched} */
    void accessed(int point, long va, long physical, int size, boolean write, long value) {
        note(new WatchListener.Access(points[point], va, physical, size, write, narrow(value, size)));
    }

    private void note(WatchListener.Access access) {
        if (count == accesses.length) {
            accesses = Arrays.copyOf(accesses, 2 * count);
        }
        accesses[count++] = access;
    }

    private static long narrow(long value, int size) {
        return size == 8 ? value : value & (1L << 8 * size) - 1;
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
        WatchListener.Access[] done = Arrays.copyOf(accesses, count);
        WatchListener to = listener;
        count = 0;
        boolean stop = false;
        for (WatchListener.Access a : done) {
            // what a register was given is known now
            stop |= to.accessed(!a.point().isRegister() ? a : new WatchListener.Access(a.point(), a.address(), 0, a.size(), true,
                narrow(cpu.register((int) a.address()), a.size())));
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
