package org.reprise.api.machine;

/** Exit codes of scripted commands. */
public enum ExitCode {
    /** All went well; for a run: the guest shut down with exit code 0; for a replay: the log's clean end was reached with equal digests. */
    OK(0),
    /** An unexpected internal error. */
    INTERNAL(1),
    /** Unknown command or option, or a bad value. */
    USAGE(2),
    /** No such feature, or a feature file that cannot be read. */
    FEATURE(3),
    /** A configuration value or image does not fit: unreadable kernel, ELF for another machine, RAM too small, disk too short. */
    CONFIGURATION(4),
    /** A part did not appear in time. */
    WAITING(5),
    /** The recording does not match what is installed. */
    MISMATCH(6),
    /** Replay diverged from the recording. */
    DIVERGED(7),
    /** The log is damaged; replay went as far as its last good frame. */
    DAMAGED(8),
    /** The log was cut off (its recorder was killed); replay went as far as it goes. */
    TRUNCATED(9),
    /** The recording could not be written (disk full, read-only folder). */
    RECORDING_IO(10),
    /** The two recordings that were compared differ. */
    DIFFERENT(11),
    /** The guest ended with a failure: its own exit code is printed. */
    GUEST_FAILED(20),
    /** Interrupted by the user. */
    INTERRUPTED(130);

    private final int status;

    ExitCode(int status) {
        this.status = status;
    }

    /** The process exit status. */
    public int status() {
        return status;
    }
}
