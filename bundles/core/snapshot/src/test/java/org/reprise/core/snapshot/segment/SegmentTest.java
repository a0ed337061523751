package org.reprise.core.snapshot.segment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Segments have every icount before the end once, and begin where runs can begin. */
class SegmentTest {
    /** @param places null: runs can begin anywhere */
    private static void complete(List<Segment> inOrder, List<Long> places, long end) {
        long next = -1;
        for (Segment segment : inOrder) {
            assertEquals(next, segment.after());
            assertTrue(next == -1 || places == null || places.contains(next), "a run can begin at " + next);
            next = segment.upTo();
        }
        assertEquals(end - 1, next);
    }

    @Test
    void everyIcountIsInOneSegment() {
        Random random = new Random(7);
        for (int round = 0; round < 500; round++) {
            long end = 1 + (long) Math.pow(10, random.nextDouble() * 11);
            List<Long> places = random.longs(random.nextInt(60), 1, 2 * end).sorted().distinct().boxed().toList();
            complete(Segment.forwards(places, end, 1 + random.nextInt(16)), places, end);
            List<Segment> backwards = new ArrayList<>(Segment.backwards(places, end));
            Collections.reverse(backwards);
            complete(backwards, places, end);
            List<Segment> nearest = new ArrayList<>(Segment.nearest(places, end));
            assertTrue(nearest.get(0).length() <= 1_001, nearest.get(0).toString());
            Collections.reverse(nearest);
            complete(nearest, null, end);
        }
    }

    @Test
    void nothingComesBeforeTheFirstIcount() {
        assertEquals(List.of(), Segment.forwards(List.of(), 0, 1));
        assertEquals(List.of(), Segment.backwards(List.of(), 0));
        assertEquals(List.of(new Segment(-1, 0)), Segment.backwards(List.of(), 1));
    }

    @Test
    void runnersHaveSeveralSegmentsEachAndNearOnesAreShort() {
        List<Long> places = java.util.stream.LongStream.range(1, 10_000).map(i -> i * 1_000_000).boxed().toList();
        assertTrue(Segment.forwards(places, 10_000_000_000L, 4).size() >= 32);
        List<Segment> backwards = Segment.backwards(places, 10_000_000_000L);
        assertEquals(999_999, backwards.get(0).length());
        assertTrue(backwards.size() < 60, backwards.size() + " segments");
        assertThrows(IllegalArgumentException.class, () -> new Segment(3, 3));
    }
}
