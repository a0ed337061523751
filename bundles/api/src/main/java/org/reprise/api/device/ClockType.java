package org.reprise.api.device;

/** The four clocks of a machine (RECORD-REPLAY: clocks and timers). All values are nanoseconds. */
public enum ClockType {
    /** Host monotonic time: nothing the guest can see. Not available to parts that are wired into a recorded machine's state. */
    REALTIME,
    /** {@code (icount << shift) + bias}: deterministic, never logged; drives every device timer that changes guest state. */
    VIRTUAL,
    /** Host wall clock, nanoseconds since 1970-01-01T00:00Z: every read is logged. */
    HOST,
    /** Host monotonic time while the machine runs: used by the machine to warp VIRTUAL while all CPUs idle. */
    VIRTUAL_RT
}
