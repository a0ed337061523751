package org.reprise.net.user;

import java.util.TreeSet;
import org.reprise.api.device.Timer;
import org.reprise.api.net.NetworkHost;

/** Any number of alarms on the one timer that the machine gives. Alarms that fall due together ring in the order in which they were set. */
final class Alarms {
    /** One second in ns. */
    static final long SECOND = 1_000_000_000;
    /** One millisecond in ns. */
    static final long MILLI = 1_000_000;

    private final NetworkHost host;
    private final Timer timer;
    private final TreeSet<Alarm> armed = new TreeSet<>();
    private long settings;

    Alarms(NetworkHost host) {
        this.host = host;
        timer = host.timer("user", this::ring);
    }

    long now() {
        return host.now();
    }

    Alarm alarm(Runnable action) {
        return new Alarm(this, action);
    }

    private void ring() {
        long now = host.now();
        while (!armed.isEmpty() && armed.first().deadline <= now) {
            Alarm due = armed.pollFirst();
            due.pending = false;
            due.action.run();
        }
        arm();
    }

    /** The timer is never later than the first alarm; it may be earlier, and then rings for nothing. */
    private void arm() {
        if (!armed.isEmpty() && armed.first().deadline < timer.deadline()) {
            timer.set(armed.first().deadline);
        }
    }

    void cancelAll() {
        armed.clear();
        timer.cancel();
    }

    /** Something that happens once, later, when it is not cancelled before. */
    static final class Alarm implements Comparable<Alarm> {
        private final Alarms owner;
        private final Runnable action;
        private long deadline;
        private long order;
        private boolean pending;

        private Alarm(Alarms owner, Runnable action) {
            this.owner = owner;
            this.action = action;
        }

        /** Arms or moves it. @param delay ns from now, at least 1 */
        void in(long delay) {
            cancel();
            deadline = owner.now() + Math.max(1, delay);
            order = owner.settings++;
            pending = true;
            owner.armed.add(this);
            owner.arm();
        }

        void cancel() {
            if (pending) {
                owner.armed.remove(this);
                pending = false;
            }
        }

        boolean pending() {
            return pending;
        }

        @Override
        public int compareTo(Alarm other) {
            int byTime = Long.compare(deadline, other.deadline);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }
}
