package org.reprise.api.travel;

import java.util.Optional;
import org.reprise.api.cpu.WatchListener;

/**
 * Something of interest in a recording: an instruction was reached, or it accessed something, or a device did ({@link WatchListener.Access#device}).
 *
 * @param icount instructions retired before it
 * @param cpu index of the CPU; for a device, of the one whose turn it is
 * @param pc the instruction's virtual address; for a device, where that CPU stands
 * @param access what it accessed; empty for one that was only looked for by its address
 */
public record Hit(long icount, int cpu, long pc, Optional<WatchListener.Access> access) {
}
