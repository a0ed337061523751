package org.reprise.itests.matrix;

import org.reprise.api.block.BlockFilter;
import org.reprise.api.block.BlockNode;
import org.reprise.api.block.BlockQueue;
import org.reprise.api.block.BlockRequest;
import org.reprise.api.block.BlockScheduler;

/** Stands on both sides of an installed block filter, so that what is done for each request can be changed. */
abstract class BetweenRequests implements BlockQueue, BlockScheduler {
    private final BlockScheduler scheduler;
    private final BlockQueue queue;
    /** Machine's thread: what is submitted now. */
    private BlockRequest submitted;

    BetweenRequests(BlockFilter filter, BlockNode below, BlockScheduler scheduler) {
        this.scheduler = scheduler;
        queue = filter.create(below, this);
    }

    /** What is done in place of a request's own I/O. Machine's thread; the result runs on the drive's worker, in the order of requests. */
    abstract Io io(BlockRequest request, long number, Io own);

    @Override
    public long length() {
        return queue.length();
    }

    @Override
    public boolean readOnly() {
        return queue.readOnly();
    }

    @Override
    public void submit(BlockRequest request) {
        submitted = request;
        queue.submit(request);
    }

    @Override
    public long nextRequest() {
        return scheduler.nextRequest();
    }

    @Override
    public void run(long request, Io own, BlockRequest.Completion completion) {
        scheduler.run(request, io(submitted, request, own), completion);
    }
}
