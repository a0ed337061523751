package org.reprise.core.machine;

import java.util.concurrent.atomic.AtomicBoolean;
import org.reprise.api.device.BottomHalf;

/** One bottom half of one part. */
final class MachineBottomHalf implements BottomHalf, EventQueue.OutsideEvent {
    private final BottomHalves all;
    private final String part;
    private final String description;
    private final boolean replayable;
    private final int source;
    private final int number;
    private final Runnable callback;
    private final AtomicBoolean postedFromOutside = new AtomicBoolean();
    private boolean scheduled;

    MachineBottomHalf(BottomHalves all, String part, String model, String name, boolean replayable, int source, int number,
            Runnable callback) {
        this.all = all;
        this.part = part;
        this.replayable = replayable;
        this.source = source;
        this.number = number;
        this.callback = callback;
        this.description = "non-replayable bottom half " + name + " of part " + part + " (model " + model + ")";
    }

    String part() {
        return part;
    }

    boolean replayable() {
        return replayable;
    }

    int source() {
        return source;
    }

    int number() {
        return number;
    }

    @Override
    public void schedule() {
        // What an EXTERNAL timer schedules comes at a moment that replay does not reproduce: it is from outside like another thread's.
        if (all.owner().current() && !(replayable && all.guard().restricted())) {
            if (!scheduled) {
                scheduled = true;
                all.add(this);
            }
        } else if (postedFromOutside.compareAndSet(false, true)) {
            all.post(this);
        }
    }

    /** The machine loop has taken it from the event queue. */
    void taken() {
        postedFromOutside.set(false);
    }

    /** Runs what was scheduled on the machine's thread. */
    void runScheduled() {
        scheduled = false;
        run();
    }

    void forget() {
        scheduled = false;
    }

    void run() {
        if (replayable) {
            callback.run();
        } else {
            all.guard().run(description, callback);
        }
    }
}
