package org.reprise.core.machine;

import java.util.concurrent.LinkedBlockingQueue;

/** A queue of work whose taker looks for a moment before it sleeps: requests of a disk come one after another. */
final class WatchfulQueue extends LinkedBlockingQueue<Runnable> {
    private static final long serialVersionUID = 1;

    @Override
    public Runnable take() throws InterruptedException {
        long begin = System.nanoTime();
        do {
            Runnable work = poll();
            if (work != null) {
                return work;
            }
            Thread.onSpinWait();
        } while (System.nanoTime() - begin < EventQueue.SPIN);
        return super.take();
    }
}
