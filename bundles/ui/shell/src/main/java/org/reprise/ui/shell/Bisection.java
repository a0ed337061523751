package org.reprise.ui.shell;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Finds the first icount at which two ways to run one recording differ. Each pass runs both from power-on and compares their digests at
 * some dozens of places in the interval where the difference must be; the next pass does the same between two of them. A halt changes how
 * the code before it is run (a block that does not fit is interpreted) and so may hide a defect of compiled code: the last steps are taken
 * with one halt in each replay.
 */
final class Bisection {
    /** Places compared in one pass. */
    static final int PLACES = 64;
    /** Instructions shown. */
    private static final int TRAIL = 16;

    /** A way to replay the recording. */
    interface Side {
        /** Its name, for messages. */
        String name();

        /** Begins a replay; it stands before the first instruction. */
        Run begin() throws InterruptedException;
    }

    /** A replay of the recording. */
    interface Run extends AutoCloseable {
        /** Runs on to an icount, not before the one where it is; it halts earlier when the replay ends by itself. */
        Point to(long icount) throws InterruptedException;

        /** The instruction that would be next, for people. */
        String next();

        /** A hash of each page of RAM, from its base. */
        long[] pages();

        @Override
        void close();
    }

    /**
     * A state.
     *
     * @param icount where the replay stands
     * @param ended true when it has ended by itself
     * @param digests by component
     * @param registers of all CPUs by name
     */
    record Point(long icount, boolean ended, Map<String, Long> digests, Map<String, Long> registers) {
        boolean same(Point other) {
            return icount == other.icount && ended == other.ended && digests.equals(other.digests);
        }
    }

    /**
     * The first difference.
     *
     * @param good icount at which both were the same
     * @param icount the first one at which they were not; one more than {@code good} unless the difference is not always there
     * @param first and second the two states there
     * @param trail the instructions before {@code icount}, for people, as the first side ran them
     * @param pages numbers of the pages of RAM that differ at {@code icount}
     */
    record Difference(long good, long icount, Point first, Point second, List<String> trail, List<Integer> pages) {
        /** Components whose digests differ. */
        List<String> components() {
            return differing(first.digests(), second.digests());
        }

        /** Registers that differ. */
        List<String> registers() {
            return differing(first.registers(), second.registers());
        }

        private static List<String> differing(Map<String, Long> a, Map<String, Long> b) {
            Map<String, Long> all = new LinkedHashMap<>(a);
            b.forEach(all::putIfAbsent);
            return all.keySet().stream().filter(k -> !Objects.equals(a.get(k), b.get(k))).toList();
        }
    }

    private final Side first;
    private final Side second;
    private final java.util.function.Consumer<String> progress;
    private int compared;

    /** @param progress told of each pass */
    Bisection(Side first, Side second, java.util.function.Consumer<String> progress) {
        this.first = first;
        this.second = second;
        this.progress = progress;
    }

    /** Number of places at which both were compared. */
    int compared() {
        return compared;
    }

    /**
     * Narrows.
     *
     * @param good icount at which both are known to be the same
     * @param bad an icount behind it
     * @return the first difference, or null when there is none at any of the places compared
     */
    Difference narrow(long good, long bad) throws InterruptedException {
        Deque<Interval> seen = new ArrayDeque<>();
        long low = good;
        long high = bad;
        while (seen.isEmpty() || high - low > 1) {
            progress.accept("comparing " + first.name() + " with " + second.name() + " between icount " + Text.number(low) + " and "
                + Text.number(high));
            long[] places = places(low, high);
            List<Point> a = points(first, places);
            List<Point> b = points(second, places);
            compared += places.length;
            int i = 0;
            while (i < places.length && a.get(i).same(b.get(i))) {
                i++;
            }
            if (i == places.length) {
                break;
            }
            high = places[i];
            low = i == 0 ? low : places[i - 1];
            seen.push(new Interval(low, high, a.get(i), b.get(i)));
        }
        for (Interval i : seen) {
            if (differ(i.high) && !differ(i.low)) {
                return withOneHalt(i.low, i.high);
            }
        }
        Interval narrowest = seen.peek();
        return narrowest == null ? null : new Difference(narrowest.low, narrowest.high, narrowest.first, narrowest.second, trail(narrowest.high),
            List.of());
    }

    /** Where a difference was seen, with halts before it. */
    private record Interval(long low, long high, Point first, Point second) {
    }

    private boolean differ(long icount) throws InterruptedException {
        compared++;
        long[] place = {icount};
        return !points(first, place).get(0).same(points(second, place).get(0));
    }

    private Difference withOneHalt(long same, long different) throws InterruptedException {
        long low = same;
        long high = different;
        progress.accept("comparing with one halt in each replay, between icount " + Text.number(low) + " and " + Text.number(high));
        while (high - low > 1) {
            long middle = low + (high - low) / 2;
            if (differ(middle)) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return difference(low, high);
    }

    /** The instructions that are run before an icount. */
    private List<String> trail(long icount) throws InterruptedException {
        List<String> trail = new ArrayList<>();
        try (Run run = first.begin()) {
            for (long at = Math.max(0, icount - TRAIL); at < icount; at++) {
                if (run.to(at).ended()) {
                    break;
                }
                trail.add(at + "  " + run.next());
            }
        }
        return trail;
    }

    /** At most {@link #PLACES} icounts behind low, evenly spaced, the last one high. */
    private static long[] places(long low, long high) {
        int n = (int) Math.min(PLACES, high - low);
        long[] places = new long[n];
        for (int i = 1; i <= n; i++) {
            // in this order: the product of both would overflow
            places[i - 1] = low + (high - low) / n * i + (high - low) % n * i / n;
        }
        return places;
    }

    private static List<Point> points(Side side, long[] places) throws InterruptedException {
        List<Point> points = new ArrayList<>();
        try (Run run = side.begin()) {
            for (long place : places) {
                points.add(run.to(place));
            }
        }
        return points;
    }

    private Difference difference(long low, long high) throws InterruptedException {
        Point a;
        Point b;
        long[] pagesA;
        long[] pagesB;
        try (Run run = first.begin()) {
            a = run.to(high);
            pagesA = run.pages();
        }
        try (Run run = second.begin()) {
            b = run.to(high);
            pagesB = run.pages();
        }
        List<Integer> pages = new ArrayList<>();
        for (int i = 0; i < Math.min(pagesA.length, pagesB.length); i++) {
            if (pagesA[i] != pagesB[i]) {
                pages.add(i);
            }
        }
        return new Difference(low, high, a, b, trail(high), pages);
    }

    /** A hash of each page of 4096 bytes. */
    static long[] hashes(byte[] memory, int length) {
        long[] hashes = new long[length / 4096];
        java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
        for (int i = 0; i < hashes.length; i++) {
            crc.reset();
            crc.update(memory, i * 4096, 4096);
            hashes[i] = crc.getValue() << 32 ^ Arrays.hashCode(Arrays.copyOfRange(memory, i * 4096, (i + 1) * 4096));
        }
        return hashes;
    }
}
