package org.reprise.core.machine;

import java.time.Instant;

/** The host's clocks, behind a seam so that replay can be shown not to read them. */
interface HostTime {
    /** The clocks of the host that the JVM runs on. */
    HostTime SYSTEM = new HostTime() {
        @Override
        public long monotonic() {
            return System.nanoTime();
        }

        @Override
        public long wall() {
            Instant now = Instant.now();
            return Math.addExact(Math.multiplyExact(now.getEpochSecond(), 1_000_000_000L), now.getNano());
        }
    };

    /** Monotonic time in ns from an arbitrary origin. */
    long monotonic();

    /** Wall-clock time, ns since 1970-01-01T00:00Z. */
    long wall();
}
