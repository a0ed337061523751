package org.reprise.block.blkreplay;

import org.osgi.service.component.annotations.Component;
import org.reprise.api.block.BlockFilter;
import org.reprise.api.block.BlockNode;
import org.reprise.api.block.BlockQueue;
import org.reprise.api.block.BlockScheduler;

/**
 * The filter {@code blkreplay} (RECORD-REPLAY, section 6): numbers requests as they start, does their I/O in that order on the drive's
 * worker, and lets the scheduler say when each completes: as soon as possible while recording, when the log says so in replay.
 */
@Component(service = BlockFilter.class, property = BlockFilter.FILTER + "=blkreplay")
public final class BlkReplay implements BlockFilter {
    @Override
    public BlockQueue create(BlockNode below, BlockScheduler scheduler) {
        return new BlkReplayQueue(below, scheduler);
    }
}
