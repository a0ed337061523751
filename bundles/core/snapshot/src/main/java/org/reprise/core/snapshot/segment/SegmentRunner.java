package org.reprise.core.snapshot.segment;

import java.util.function.BooleanSupplier;

/** Works on jobs of one recording, one at a time: what it answers depends on the recording and the job only. */
public interface SegmentRunner {
    /**
     * Works on a job.
     *
     * @param unwanted true when its answer is not wanted any more
     * @throws RuntimeException when it cannot: somebody else may
     */
    SegmentAnswer run(SegmentJob job, BooleanSupplier unwanted);

    /** Ends the job under way soon, if it has begun to run. Any thread. */
    void interrupt();
}
