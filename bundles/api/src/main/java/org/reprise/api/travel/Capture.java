package org.reprise.api.travel;

import java.util.List;
import org.reprise.api.memory.AddressSpace;

/**
 * A machine as it was at one moment, while it runs on: pages are kept from being written until they were copied. One at a time for each machine; a
 * second one must not be begun before the first is closed. Any one thread at a time.
 */
public interface Capture extends AutoCloseable {
    /** Bytes of a page. */
    int PAGE = AddressSpace.PAGE_SIZE;

    /** The parts. */
    MachineImage image();

    /** RAM, then the drives that are written, in a fixed order; names are {@code ram} and {@code drive.NAME}. */
    List<Space> spaces();

    /** Gives up what was not copied; the machine keeps nothing for it any more. */
    @Override
    void close();

    /** Pages of one kind, numbered from 0. */
    interface Space {
        /** Its name. */
        String name();

        /** How many pages there are. */
        int pages();

        /**
         * The pages, ascending, that may differ from the last capture or restored image before this one; all that were ever written when the capture
         * is a whole one. The others are as they were then, or untouched.
         */
        int[] changed();

        /**
         * Copies a page as it was at the moment of the capture; once for each page.
         *
         * @param into {@value Capture#PAGE} bytes
         * @return false when the page was never written: zeros in RAM, the image below in a drive
         */
        boolean read(int page, byte[] into);
    }
}
