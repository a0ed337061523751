package org.reprise.core.machine;

import java.util.concurrent.TimeUnit;

/** Where others wait for a machine to halt. Any thread. */
final class HaltGate {
    private boolean halted = true;

    /** The machine stands still, or does not. */
    synchronized void set(boolean still) {
        halted = still;
        notifyAll();
    }

    /** Waits until the machine stands still. @param millis 0: for ever @return false when the time is over first */
    synchronized boolean await(long millis) throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (!halted) {
            long left = millis == 0 ? 0 : TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime() + 999_999);
            if (millis != 0 && left <= 0) {
                return false;
            }
            wait(left);
        }
        return true;
    }

    /** Waits for ever; an interrupt is kept for later. */
    void await() {
        boolean interrupted = false;
        while (true) {
            try {
                await(0);
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
