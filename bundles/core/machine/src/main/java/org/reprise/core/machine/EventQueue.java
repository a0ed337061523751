package org.reprise.core.machine;

import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The only place where other threads meet a machine. Requests (pause, stop, inspect …) are for the machine's thread at any time; outside
 * events (completions, bottom halves) are for the running guest and wait while it stands still.
 */
final class EventQueue {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<Runnable> requests = new ArrayDeque<>();
    private final ArrayDeque<OutsideEvent> events = new ArrayDeque<>();
    private volatile boolean signalled;
    /** Read without the lock at each turn of the loop. */
    private volatile boolean attention;
    private volatile boolean requested;

    /** Something from outside that the guest can see. */
    interface OutsideEvent {
    }

    /** Any thread. */
    void request(Runnable request) {
        lock.lock();
        try {
            requests.add(request);
            requested = true;
            wake();
        } finally {
            lock.unlock();
        }
    }

    /** Any thread. */
    void post(OutsideEvent event) {
        lock.lock();
        try {
            events.add(event);
            wake();
        } finally {
            lock.unlock();
        }
    }

    /** Any thread: lets the loop look at what it polls by itself (console input). */
    void signal() {
        lock.lock();
        try {
            wake();
        } finally {
            lock.unlock();
        }
    }

    private void wake() {
        signalled = true;
        attention = true;
        changed.signalAll();
    }

    /** True when something was put in or signalled since the last call; clears the mark. Machine's thread. */
    boolean attention() {
        if (!attention) {
            return false;
        }
        attention = false;
        return true;
    }

    /** The next request, or null. */
    Runnable nextRequest() {
        if (!requested) {
            return null;
        }
        lock.lock();
        try {
            Runnable next = requests.poll();
            requested = !requests.isEmpty();
            return next;
        } finally {
            lock.unlock();
        }
    }

    /** The next outside event, or null. */
    OutsideEvent nextEvent() {
        lock.lock();
        try {
            return events.poll();
        } finally {
            lock.unlock();
        }
    }

    /** Forgets outside events: the machine they were for is gone. */
    void clearEvents() {
        lock.lock();
        try {
            events.clear();
        } finally {
            lock.unlock();
        }
    }

    /** Waits for a request while the guest stands still. */
    Runnable takeRequest() {
        lock.lock();
        try {
            while (requests.isEmpty()) {
                changed.awaitUninterruptibly();
            }
            return requests.poll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Whoever waits for another thread looks for so long, ns, before it lets itself be put to sleep: waking costs the host more than what it waits for often
     * takes, a read from its page cache or an answer on its loopback.
     */
    static final long SPIN = 50_000;

    /** The idle machine waits until something is put in or signalled, or the time is over; at once when that happened before. */
    void await(long nanos) {
        long begin = System.nanoTime();
        long spin = Math.min(nanos, SPIN);
        while (!signalled && System.nanoTime() - begin < spin) {
            Thread.onSpinWait();
        }
        lock.lock();
        try {
            long left = nanos - (System.nanoTime() - begin);
            while (!signalled && left > 0) {
                left = changed.awaitNanos(left);
            }
            signalled = false;
        } catch (InterruptedException e) {
            // Nobody interrupts the machine's thread to stop it; a stray interrupt only ends this wait early.
            signalled = false;
        } finally {
            lock.unlock();
        }
    }
}
