package org.reprise.core.machine;

import org.reprise.api.cpu.Cpu;
import org.reprise.api.memory.AddressSpace;
import org.reprise.api.memory.BusErrorException;

/** Reads guest memory for those outside the guest: device registers are left alone, so that looking has no effect. */
final class QuietReader {
    private static final int PAGE = AddressSpace.PAGE_SIZE;

    private QuietReader() {
    }

    /**
     * Reads RAM or ROM. Machine's thread.
     *
     * @param translator whose virtual address it is; null: a physical one
     * @return how many bytes, from the first, could be read
     */
    static int read(AddressSpace memory, Cpu translator, long address, byte[] into) {
        int done = 0;
        while (done < into.length) {
            long physical = translator == null ? address + done : translator.translateForDebugger(address + done);
            int part = (int) Math.min(into.length - done, PAGE - (physical & PAGE - 1));
            if (physical == -1 || memory.hostAddress(physical) == -1) {
                break;
            }
            try {
                memory.readBytes(physical, into, done, part);
            } catch (BusErrorException e) {
                break;
            }
            done += part;
        }
        return done;
    }
}
