package org.reprise.core.machine;

import org.reprise.api.machine.ShutdownCause;
import org.reprise.api.net.NetworkFrame;

/** Where a part reaches out of the machine: recorded, replayed or live. Implemented by the machine loop; machine's thread only. */
interface Outside {
    /** A read of HOST, ns. */
    long hostClock(int source, String part);

    /** Random bytes from outside. */
    void random(int source, String part, byte[] into);

    /** A frame passes the recording filter of a cable on its way to the card. */
    void frame(int source, NetworkFrame frame);

    /** The running CPU waits for another one: its turn is over when another one can run. */
    void yieldCpu();

    /** Shut down after the present instruction. */
    void shutdown(ShutdownCause cause, int exitCode);

    /** Reset after the present instruction. */
    void reset(ShutdownCause cause);
}
