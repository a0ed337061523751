package org.reprise.core.machine;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.reprise.api.state.State;
import org.reprise.api.state.Stateful;

/** The bottom halves of a machine, and those scheduled on the machine's thread in the order of scheduling. */
final class BottomHalves implements Stateful {
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

    /** Those that are scheduled, in order: part and number of each. */
    @Override
    public void state(State s) {
        ByteBuffer present = ByteBuffer.allocate(2 * Integer.BYTES * scheduled.size());
        scheduled.forEach(half -> present.putInt(half.source()).putInt(half.number()));
        ByteBuffer saved = ByteBuffer.wrap(s.bytes("scheduled", present.array()));
        if (s.loading()) {
            clear();
            while (saved.hasRemaining()) {
                int source = saved.getInt();
                int number = saved.getInt();
                MachineBottomHalf half = find(source, number);
                if (half == null) {
                    throw new IllegalArgumentException("part number " + source + " has no bottom half " + number);
                }
                half.schedule();
            }
        }
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
