package org.reprise.itests.matrix;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntUnaryOperator;
import org.reprise.api.block.BlockFilter;
import org.reprise.api.block.BlockNode;
import org.reprise.api.block.BlockRequest;
import org.reprise.api.block.BlockScheduler;

/**
 * Does the I/O of requests that are in flight together in another order, as a disk of its own mind does. Requests whose ranges overlap,
 * unless both read, keep their order, and so does a flush with everything.
 */
final class Reordered extends BetweenRequests {
    /** A request whose I/O is not done, or that failed. */
    private static final class Pending {
        private final BlockRequest request;
        private final Io own;
        private boolean done;
        private IOException failure;

        Pending(BlockRequest request, Io own) {
            this.request = request;
            this.own = own;
        }
    }

    /** How long a disk waits for a second request, and how long in all: a guest that has one at a time would wait for nothing. */
    private static final long WAIT_MILLIS = 100;
    private static final long MOST_WAITS = 20;
    private static final AtomicInteger MOVED = new AtomicInteger();

    private final IntUnaryOperator random;
    private final Runnable pause;
    /** In the order of their submission; guarded by itself. */
    private final List<Pending> pending = new ArrayList<>();
    private int waits;
    private boolean moved;

    /** @param random a number below its argument, any thread @param pause between two requests */
    Reordered(BlockFilter filter, BlockNode below, BlockScheduler scheduler, IntUnaryOperator random, Runnable pause) {
        super(filter, below, scheduler);
        this.random = random;
        this.pause = pause;
    }

    @Override
    Io io(BlockRequest request, long number, Io own) {
        Pending mine = new Pending(request, own);
        synchronized (pending) {
            pending.add(mine);
            pending.notifyAll();
        }
        return () -> {
            pause.run();
            awaitAnother();
            while (!mine.done) {
                perform(choose());
            }
            pause.run();
            if (mine.failure != null) {
                throw mine.failure;
            }
        };
    }

    private static void perform(Pending p) {
        try {
            p.own.run();
        } catch (IOException e) {
            p.failure = e;
        } catch (RuntimeException e) {
            p.failure = new IOException(e);
        }
        p.done = true;
    }

    /** Until a first request was moved: those in flight together come one after the other, as fast as the host runs the guest. */
    private void awaitAnother() {
        synchronized (pending) {
            if (!moved && pending.size() == 1 && waits < MOST_WAITS) {
                waits++;
                try {
                    pending.wait(WAIT_MILLIS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }

    /** Takes any request that may be done before those submitted earlier; there is one: the oldest. */
    private Pending choose() {
        synchronized (pending) {
            List<Pending> free = new ArrayList<>();
            for (int i = 0; i < pending.size(); i++) {
                Pending p = pending.get(i);
                if (pending.subList(0, i).stream().noneMatch(earlier -> ordered(earlier.request, p.request))) {
                    free.add(p);
                }
            }
            Pending chosen = free.get(moved ? random.applyAsInt(free.size()) : free.size() - 1);
            if (pending.indexOf(chosen) > 0) {
                moved = true;
                MOVED.incrementAndGet();
            }
            pending.remove(chosen);
            return chosen;
        }
    }

    /** How many requests were done before one that was submitted earlier, on all disks so far. */
    static int moved() {
        return MOVED.get();
    }

    private static boolean ordered(BlockRequest a, BlockRequest b) {
        if (a.operation() == BlockRequest.Operation.FLUSH || b.operation() == BlockRequest.Operation.FLUSH) {
            return true;
        }
        if (a.operation() == BlockRequest.Operation.READ && b.operation() == BlockRequest.Operation.READ) {
            return false;
        }
        return a.position() < b.position() + b.length() && b.position() < a.position() + a.length();
    }
}
