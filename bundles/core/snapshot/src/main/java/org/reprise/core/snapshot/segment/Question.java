package org.reprise.core.snapshot.segment;

import java.util.Collection;
import java.util.List;
import org.reprise.api.cpu.Watchpoint;

/**
 * What is looked for.
 *
 * @param breakpoints instructions' virtual addresses, for all CPUs
 * @param watchpoints accesses by CPUs, and writes of registers
 * @param last only the last one counts
 */
public record Question(List<Long> breakpoints, List<Watchpoint> watchpoints, boolean last) {
    /** Made of any collections. */
    public static Question of(Collection<Long> breakpoints, Collection<Watchpoint> watchpoints, boolean last) {
        return new Question(List.copyOf(breakpoints), List.copyOf(watchpoints), last);
    }

    /** True when registers are watched. Code is translated anew for that, and often writes them: it is done where it has to be only. */
    public boolean registers() {
        return watchpoints.stream().anyMatch(Watchpoint::isRegister);
    }
}
