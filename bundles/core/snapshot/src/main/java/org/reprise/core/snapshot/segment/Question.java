package org.reprise.core.snapshot.segment;

import java.util.Collection;
import java.util.List;
import org.reprise.api.cpu.Watchpoint;

/**
 * What is looked for.
 *
 * @param breakpoints instructions' virtual addresses, for all CPUs
 * @param watchpoints accesses by CPUs
 * @param last only the last one counts
 */
public record Question(List<Long> breakpoints, List<Watchpoint> watchpoints, boolean last) {
    /** Made of any collections. */
    public static Question of(Collection<Long> breakpoints, Collection<Watchpoint> watchpoints, boolean last) {
        return new Question(List.copyOf(breakpoints), List.copyOf(watchpoints), last);
    }
}
