package org.reprise.core.machine;

import org.reprise.api.device.ClockType;
import org.reprise.api.device.Timer;

/** One timer of one part. Machine's thread only. */
final class MachineTimer implements Timer {
    private final Timers timers;
    private final String part;
    private final String name;
    private final ClockType clock;
    private final boolean external;
    private final String description;
    private final Runnable callback;
    /** For HOST timers, whose expiry is an event: part and number of bottom half in the log. */
    private final int source;
    private final int number;
    private long deadline = Long.MAX_VALUE;
    private boolean pending;
    private int order;

    MachineTimer(Timers timers, String part, String model, String name, ClockType clock, boolean external, int source, int number,
            Runnable callback) {
        this.timers = timers;
        this.part = part;
        this.name = name;
        this.clock = clock;
        this.external = external;
        this.source = source;
        this.number = number;
        this.callback = callback;
        this.description = "EXTERNAL timer " + name + " of part " + part + " (model " + model + ")";
    }

    /** Position in the order of creation. */
    int order() {
        return order;
    }

    void order(int position) {
        order = position;
    }

    String part() {
        return part;
    }

    String fullName() {
        return part + "." + name;
    }

    ClockType clock() {
        return clock;
    }

    boolean external() {
        return external;
    }

    int source() {
        return source;
    }

    int number() {
        return number;
    }

    @Override
    public void set(long newDeadline) {
        check();
        deadline = newDeadline;
        pending = true;
        timers.armed(this);
    }

    @Override
    public void cancel() {
        check();
        disarm();
    }

    void disarm() {
        pending = false;
        deadline = Long.MAX_VALUE;
    }

    @Override
    public boolean pending() {
        timers.owner().check(part);
        return pending;
    }

    @Override
    public long deadline() {
        timers.owner().check(part);
        return deadline;
    }

    /** Deadline without the thread check, for the machine loop. */
    long when() {
        return deadline;
    }

    /** Arms, or does not, as it was when a state was saved. */
    void restore(long when) {
        deadline = when;
        pending = when != Long.MAX_VALUE;
    }

    /** Disarms and runs the callback. */
    void fire() {
        disarm();
        if (external) {
            timers.guard().run(description, callback);
        } else {
            callback.run();
        }
    }

    private void check() {
        timers.owner().check(part);
        if (!external && timers.guard().restricted()) {
            timers.guard().touch(part, "timer " + name);
        }
    }
}
