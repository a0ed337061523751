package org.reprise.core.snapshot.segment;

import java.util.List;
import org.reprise.api.travel.Hit;

/**
 * What a job has found.
 *
 * @param hits in order; of a question for the last one, that of the segment, if any
 * @param end how far it came
 */
public record SegmentAnswer(List<Hit> hits, End end) {
    /** How far a job came. */
    public enum End {
        /** To the end of the segment, or of the recording. */
        WHOLE,
        /** There may be more hits: ask again, and skip these. */
        MORE,
        /** It was interrupted; its hits do not count. */
        STOPPED
    }
}
