package org.reprise.core.machine;

import java.util.ArrayList;
import java.util.List;
import org.reprise.api.device.ClockType;
import org.reprise.api.state.State;
import org.reprise.api.state.Stateful;

/**
 * All timers of a machine in the order of their creation, which follows the parts list. A machine has about a dozen, so that scanning
 * beats a heap. Machine's thread only.
 */
final class Timers implements Stateful {
    private final VirtualClock clock;
    private final Owner owner;
    private final Guard guard;
    private final List<MachineTimer> guest = new ArrayList<>();
    private final List<MachineTimer> external = new ArrayList<>();
    private final List<MachineTimer> host = new ArrayList<>();
    private int made;

    Timers(VirtualClock clock, Owner owner, Guard guard) {
        this.clock = clock;
        this.owner = owner;
        this.guard = guard;
    }

    /** A part is gone, and its timers with it. */
    void remove(String part) {
        for (List<MachineTimer> timers : List.of(guest, external, host)) {
            timers.removeIf(timer -> timer.part().equals(part));
        }
    }

    Owner owner() {
        return owner;
    }

    Guard guard() {
        return guard;
    }

    void add(MachineTimer timer) {
        timer.order(made++);
        if (timer.clock() == ClockType.HOST) {
            host.add(timer);
        } else if (timer.external()) {
            external.add(timer);
        } else {
            guest.add(timer);
        }
    }

    /** A timer was armed: a running CPU stops in time for it. EXTERNAL ones must not have an influence on the slice. */
    void armed(MachineTimer timer) {
        if (timer.clock() == ClockType.VIRTUAL && !timer.external()) {
            clock.stopBy(clock.icountOf(timer.when()));
        }
    }

    /** The next VIRTUAL deadline, or {@link VirtualClock#NEVER}. @param withExternal EXTERNAL timers count too */
    long next(boolean withExternal) {
        long next = next(guest);
        return VirtualClock.reachable(withExternal ? Math.min(next, next(external)) : next);
    }

    /** The next deadline of EXTERNAL timers, or NEVER. */
    long nextExternal() {
        return VirtualClock.reachable(next(external));
    }

    /** The next deadline on HOST, or NEVER. @param withExternal EXTERNAL timers count too */
    long nextHost(boolean withExternal) {
        long next = VirtualClock.NEVER;
        for (MachineTimer timer : host) {
            if (withExternal || !timer.external()) {
                next = Math.min(next, timer.when());
            }
        }
        return next;
    }

    /** The timer that is due first at {@code now} on VIRTUAL, or null. */
    MachineTimer due(long now, boolean withExternal) {
        MachineTimer first = due(guest, now);
        if (withExternal) {
            MachineTimer other = due(external, now);
            if (other != null && (first == null || other.when() < first.when()
                    || other.when() == first.when() && other.order() < first.order())) {
                first = other;
            }
        }
        return first;
    }

    /** EXTERNAL timers due at {@code now}, each once, in order. */
    List<MachineTimer> externalDue(long now) {
        List<MachineTimer> due = new ArrayList<>();
        for (MachineTimer timer : external) {
            if (timer.pending() && timer.when() <= now) {
                due.add(timer);
            }
        }
        due.sort((a, b) -> Long.compare(a.when(), b.when()));
        return due;
    }

    /** HOST timers due at {@code now}, each once, in order. */
    List<MachineTimer> hostDue(long now) {
        List<MachineTimer> due = new ArrayList<>();
        for (MachineTimer timer : host) {
            if (timer.pending() && timer.when() <= now) {
                due.add(timer);
            }
        }
        due.sort((a, b) -> Long.compare(a.when(), b.when()));
        return due;
    }

    /** The HOST timer of that part and bottom half number, or null. */
    MachineTimer hostTimer(int source, int number) {
        for (MachineTimer timer : host) {
            if (timer.source() == source && timer.number() == number) {
                return timer;
            }
        }
        return null;
    }

    /** Power-on and system reset: no timer of the guest is armed; parts arm theirs in their reset. */
    void disarmGuest() {
        guest.forEach(MachineTimer::disarm);
        host.stream().filter(timer -> !timer.external()).forEach(MachineTimer::disarm);
    }

    /** Deadlines of all timers that the guest can see. Others belong to the host's side, which does not go back in time. */
    @Override
    public void state(State s) {
        for (MachineTimer timer : guest) {
            visit(s, timer);
        }
        for (MachineTimer timer : host) {
            if (!timer.external()) {
                visit(s, timer);
            }
        }
    }

    private static void visit(State s, MachineTimer timer) {
        long when = s.int64(timer.fullName(), timer.when());
        if (s.loading()) {
            timer.restore(when);
        }
    }

    private static long next(List<MachineTimer> timers) {
        long next = VirtualClock.NEVER;
        for (int i = 0; i < timers.size(); i++) {
            next = Math.min(next, timers.get(i).when());
        }
        return next;
    }

    private static MachineTimer due(List<MachineTimer> timers, long now) {
        MachineTimer first = null;
        for (int i = 0; i < timers.size(); i++) {
            MachineTimer timer = timers.get(i);
            if (timer.when() <= now && timer.when() != Long.MAX_VALUE && (first == null || timer.when() < first.when())) {
                first = timer;
            }
        }
        return first;
    }
}
