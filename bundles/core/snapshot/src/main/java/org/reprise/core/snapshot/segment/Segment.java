package org.reprise.core.snapshot.segment;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Part of a recording: what happens at the icounts behind one place, up to another one. Segments that follow each other have everything once, also what
 * is trapped at an icount where one ends: a snapshot may stand in the middle of it.
 *
 * @param after the icount before its first one; -1: it begins with the recording
 * @param upTo its last icount, greater than {@code after}
 */
public record Segment(long after, long upTo) {
    /** Nothing is gained by longer ones, nor, of many, by shorter ones. */
    private static final long LONG = 250_000_000;
    private static final long SHORT = 1_000_000;
    /** Each runner has so many to do at least, where there are enough places, so that none waits long for the last one. */
    private static final int EACH = 8;
    /** What happens all the time is looked for in so many instructions first, then in ten times as many, and so on up to so many. */
    private static final long NEAREST = 1_000;
    private static final long NEAR = 10_000_000;

    /** @throws IllegalArgumentException when it has no icount */
    public Segment {
        if (after < -1 || upTo <= after) {
            throw new IllegalArgumentException("no segment from behind " + after + " up to " + upTo);
        }
    }

    /** True for its icounts. */
    public boolean has(long icount) {
        return after < icount && icount <= upTo;
    }

    /** How many instructions it has, if the recording goes so far. */
    public long length() {
        return upTo - after;
    }

    /**
     * Cuts everything before an icount, the first segment first.
     *
     * @param places icounts at which a run can begin, ascending
     */
    public static List<Segment> forwards(List<Long> places, long end, int runners) {
        long least = Math.max(SHORT, Math.min(LONG, end / ((long) runners * EACH)));
        List<Segment> cut = new ArrayList<>();
        long after = -1;
        for (long place : places) {
            if (place - after >= least && end - place >= least) {
                cut.add(new Segment(after, place));
                after = place;
            }
        }
        if (after < end - 1) {
            cut.add(new Segment(after, end - 1));
        }
        return cut;
    }

    /**
     * As {@link #backwards}, with some near the end that begin anywhere: a run goes there without looking. For what is likely to be within few instructions,
     * and costs the more, the more often it happens.
     */
    public static List<Segment> nearest(List<Long> places, long end) {
        List<Segment> cut = new ArrayList<>();
        long upTo = end - 1;
        for (long length = NEAREST; length <= NEAR && upTo - length > 0; length *= 10) {
            cut.add(new Segment(upTo - length, upTo));
            upTo -= length;
        }
        cut.addAll(backwards(places, upTo + 1));
        return cut;
    }

    /** Cuts everything before an icount, the last segment first: what is wanted is likely to be near, so segments are the shorter, the nearer they are. */
    public static List<Segment> backwards(List<Long> places, long end) {
        List<Segment> cut = new ArrayList<>();
        long upTo = end - 1;
        List<Long> latestFirst = new ArrayList<>(places);
        Collections.reverse(latestFirst);
        for (long place : latestFirst) {
            if (place < upTo && upTo - place >= Math.min(LONG, (end - 1 - upTo) / 2)) {
                cut.add(new Segment(place, upTo));
                upTo = place;
            }
        }
        if (upTo >= 0) {
            cut.add(new Segment(-1, upTo));
        }
        return cut;
    }
}
