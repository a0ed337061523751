package org.reprise.api.block;

import org.osgi.annotation.versioning.ConsumerType;

/** A filter on top of a drive's stack that decides when requests complete: a service ({@code blkreplay}). */
@ConsumerType
public interface BlockFilter {
    /** Service property: its name (String), for example {@code blkreplay}. */
    String FILTER = "block.filter";

    /** Puts the filter between a drive's stack and its device. */
    BlockQueue create(BlockNode below, BlockScheduler scheduler);
}
