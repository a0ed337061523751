package org.reprise.core.snapshot;

/** The clock of automatic snapshots, and the room they may take. */
final class Automatic implements AutoCloseable {
    /** What moves may leave on disk when nobody has said a number. */
    private static final long DEFAULT_MIB = 1024;
    private static final long PERIOD_MILLIS = 500;

    private final String machine;
    private final Runnable tick;
    private Thread thread;
    private volatile long mib = DEFAULT_MIB;
    private volatile boolean on;

    /** @param tick called again and again while there is a budget; does nothing when there is nothing to save */
    Automatic(String machine, Runnable tick) {
        this.machine = machine;
        this.tick = tick;
    }

    synchronized void budget(long newMib) {
        on = newMib > 0;
        if (on) {
            mib = newMib;
            if (thread == null) {
                thread = new Thread(this::run, "reprise-snapshots-" + machine);
                thread.setDaemon(true);
                thread.start();
            }
        } else if (thread != null) {
            thread.interrupt();
            thread = null;
        }
    }

    /** Bytes that all automatic snapshots together may take. */
    long bytes() {
        return mib << 20;
    }

    private void run() {
        try {
            while (on && !Thread.currentThread().isInterrupted()) {
                Thread.sleep(PERIOD_MILLIS);
                tick.run();
            }
        } catch (InterruptedException e) {
            // no more are wanted
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        budget(0);
    }
}
