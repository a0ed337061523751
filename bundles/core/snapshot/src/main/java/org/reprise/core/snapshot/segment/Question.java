package org.reprise.core.snapshot.segment;

import java.util.Collection;
import java.util.List;
import org.reprise.api.cpu.WatchListener;
import org.reprise.api.cpu.Watchpoint;
import org.reprise.api.travel.Hit;

/**
 * What is looked for.
 *
 * @param breakpoints instructions' virtual addresses, for all CPUs
 * @param watchpoints accesses by CPUs, writes by devices, and writes of registers
 * @param last only the last one counts
 * @param present an icount at which only what devices write counts, because whoever asks stands behind that; -1: none
 */
public record Question(List<Long> breakpoints, List<Watchpoint> watchpoints, boolean last, long present) {
    /** Made of any collections. */
    public static Question of(Collection<Long> breakpoints, Collection<Watchpoint> watchpoints, boolean last) {
        return new Question(List.copyOf(breakpoints), List.copyOf(watchpoints), last, -1);
    }

    /** For the last one, asked by somebody who stands behind what devices have written at an icount. */
    public Question behindDevices(long icount) {
        return new Question(breakpoints, watchpoints, last, icount);
    }

    /** True for a hit that does not count. */
    public boolean toCome(Hit hit) {
        return hit.icount() == present && hit.access().filter(WatchListener.Access::byDevice).isEmpty();
    }

    /** True when registers are watched. Code is translated anew for that, and often writes them: it is done where it has to be only. */
    public boolean registers() {
        return watchpoints.stream().anyMatch(Watchpoint::isRegister);
    }
}
