package org.reprise.core.snapshot;

/** The clock of automatic snapshots, and the room they may take. */
final class Automatic implements AutoCloseable {
    /** What moves may leave on disk when nobody has said a number. */
    private static final long DEFAULT_MIB = 1024;
    private static final long PERIOD_MILLIS = 500;

    private final String machine;
    private final Runnable tick;
    private Thread thread;
    private long mib = DEFAULT_MIB;
    private boolean on;
    private boolean closed;

    /** @param tick called again and again while there is a budget; does nothing when there is nothing to save */
    Automatic(String machine, Runnable tick) {
        this.machine = machine;
        this.tick = tick;
    }

    /** @param newMib 0: no snapshots at regular times any more; moves leave theirs within the budget that was */
    synchronized void budget(long newMib) {
        on = newMib > 0;
        if (on) {
            mib = newMib;
            if (thread == null && !closed) {
                thread = new Thread(this::run, "reprise-snapshots-" + machine);
                thread.setDaemon(true);
                thread.start();
            }
        }
        notifyAll();
    }

    /** Bytes that all automatic snapshots together may take. */
    synchronized long bytes() {
        return mib << 20;
    }

    private void run() {
        while (await()) {
            tick.run();
        }
    }

    /** Waits until it is time. It is never interrupted: that would close files under a snapshot being written. @return false at the end */
    private synchronized boolean await() {
        long until = System.nanoTime() + PERIOD_MILLIS * 1_000_000;
        while (!closed) {
            long left = (until - System.nanoTime()) / 1_000_000;
            if (on && left <= 0) {
                return true;
            }
            try {
                wait(on ? left : 0);
            } catch (InterruptedException e) {
                // nobody does that; the clock goes on
                continue;
            }
        }
        return false;
    }

    @Override
    public synchronized void close() {
        closed = true;
        notifyAll();
    }
}
