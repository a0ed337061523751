package org.reprise.core.snapshot.segment;

/**
 * A question to one segment.
 *
 * @param skip so many of the first hits are known already
 * @param most hits wanted now, roughly
 */
public record SegmentJob(Segment segment, Question question, long skip, int most) {
}
