package org.reprise.api.block;

import java.io.IOException;
import org.osgi.annotation.versioning.ProviderType;

/** The machine's side of a block filter: worker, numbering and completion events. Machine's thread unless said otherwise. */
@ProviderType
public interface BlockScheduler {
    /** The number of the next request of this drive: 0, 1, 2, … since power-on; part of the guest-visible state. */
    long nextRequest();

    /**
     * Runs the I/O on the drive's worker, in the order of these calls, and afterwards the completion on the machine's thread: when
     * recording or live, as soon as the machine drains its event queue (a BLOCK event with this id); in replay, when the log says so,
     * waiting for the I/O if it is not done yet.
     */
    void run(long request, Io io, BlockRequest.Completion completion);

    /** I/O work; runs on the drive's worker thread and touches no guest state. */
    @FunctionalInterface
    interface Io {
        /** Does it. */
        void run() throws IOException;
    }
}
