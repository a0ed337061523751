package org.reprise.block.blkreplay;

import java.io.IOException;
import org.reprise.api.block.BlockNode;
import org.reprise.api.block.BlockQueue;
import org.reprise.api.block.BlockRequest;
import org.reprise.api.block.BlockScheduler;

/** The queue of one drive. It holds nothing between requests: what is in flight is the device's and the scheduler's. */
final class BlkReplayQueue implements BlockQueue {
    private final BlockNode below;
    private final BlockScheduler scheduler;
    private final long length;
    private final boolean readOnly;

    BlkReplayQueue(BlockNode below, BlockScheduler scheduler) {
        this.below = below;
        this.scheduler = scheduler;
        // Asked once: afterwards the layer belongs to the drive's worker.
        length = below.length();
        readOnly = below.readOnly();
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public boolean readOnly() {
        return readOnly;
    }

    @Override
    public void submit(BlockRequest request) {
        scheduler.run(scheduler.nextRequest(), () -> perform(request), request.completion());
    }

    private void perform(BlockRequest request) throws IOException {
        switch (request.operation()) {
            case READ -> below.read(request.position(), request.data(), 0, request.data().length);
            case WRITE -> {
                checkWritable();
                below.write(request.position(), request.data(), 0, request.data().length);
            }
            case FLUSH -> below.flush();
            case DISCARD -> {
                checkWritable();
                below.discard(request.position(), request.length());
            }
            default -> throw new IOException("unknown operation " + request.operation());
        }
    }

    private void checkWritable() throws IOException {
        if (readOnly) {
            throw new IOException("the drive is read-only");
        }
    }
}
