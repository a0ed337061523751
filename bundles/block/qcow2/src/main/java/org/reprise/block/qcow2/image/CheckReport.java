package org.reprise.block.qcow2.image;

import java.util.List;

/**
 * What a check found, after repair.
 *
 * @param corruptions places that can lose data
 * @param leaks clusters with a refcount for nothing, and entries whose clusters are copied when written although nothing shares them
 * @param repairedCorruptions corruptions that are no more
 * @param repairedLeaks leaks that are no more
 * @param clusters clusters of the file
 * @param messages the first findings, one line each
 */
public record CheckReport(long corruptions, long leaks, long repairedCorruptions, long repairedLeaks, long clusters, List<String> messages) {
    /** What to repair. */
    public enum Repair {
        /** Nothing. */
        NONE,
        /** Leaks. */
        LEAKS,
        /** Everything that can be. */
        ALL
    }
}
