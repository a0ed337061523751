package org.reprise.core.machine;

import java.util.Arrays;
import org.reprise.api.machine.ShutdownCause;
import org.reprise.api.net.NetworkFrame;

/** Where parts reach while a saved state is put into them: what they read does not matter, because their state overwrites it. */
enum Nowhere implements Outside {
    INSTANCE;

    @Override
    public long hostClock(int source, String part) {
        return 0;
    }

    @Override
    public void random(int source, String part, byte[] into) {
        Arrays.fill(into, (byte) 0);
    }

    @Override
    public void frame(int source, NetworkFrame frame) {
        // nobody records it
    }

    @Override
    public void yieldCpu() {
        // no CPU runs
    }

    @Override
    public void shutdown(ShutdownCause cause, int exitCode) {
        // the state says whether one was asked for
    }

    @Override
    public void reset(ShutdownCause cause) {
        // the state says whether one was asked for
    }
}
