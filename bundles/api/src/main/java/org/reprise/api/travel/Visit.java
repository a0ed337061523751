package org.reprise.api.travel;

import org.reprise.api.memory.MemoryRange;

/**
 * A machine that stands at a snapshot for the time of a look, {@link TimeTravel#visit}.
 *
 * @param snapshot where it stands
 * @param ram where its RAM is
 * @param pages its pages, as they were saved
 */
public record Visit(Snapshot snapshot, MemoryRange ram, PageSource pages) {
}
