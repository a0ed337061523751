package org.reprise.core.machine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/** The bottom halves of a machine, and those scheduled on the machine's thread in the order of scheduling. */
final class BottomHalves {
    private final VirtualClock clock;
    private final Owner owner;
    private final Guard guard;
    private final EventQueue queue;
    private final List<MachineBottomHalf> all = new ArrayList<>();
    private final ArrayDeque<MachineBottomHalf> scheduled = new ArrayDeque<>();

    BottomHalves(VirtualClock clock, Owner owner, Guard guard, EventQueue queue) {
        this.clock = clock;
        this.owner = owner;
        this.guard = guard;
        this.queue = queue;
    }

    Owner owner() {
        return owner;
    }

    Guard guard() {
        return guard;
    }

    void create(MachineBottomHalf half) {
        all.add(half);
    }

    void add(MachineBottomHalf half) {
        scheduled.add(half);
        clock.stopSoon();
    }

    void post(MachineBottomHalf half) {
        queue.post(half);
    }

    /** A part is gone, and its bottom halves with it. */
    void remove(int source) {
        scheduled.removeIf(half -> half.source() == source);
        all.removeIf(half -> half.source() == source);
    }

    /** The next one to run, or null. */
    MachineBottomHalf poll() {
        return scheduled.poll();
    }

    /** System reset: what was scheduled before it does not run. */
    void clear() {
        scheduled.forEach(MachineBottomHalf::forget);
        scheduled.clear();
    }

    /** The bottom half of that part and number, or null. */
    MachineBottomHalf find(int source, int number) {
        for (MachineBottomHalf half : all) {
            if (half.source() == source && half.number() == number) {
                return half;
            }
        }
        return null;
    }
}
