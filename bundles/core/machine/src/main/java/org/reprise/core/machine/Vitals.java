package org.reprise.core.machine;

import org.reprise.api.machine.MachineState;
import org.reprise.api.machine.MachineStatus;
import org.reprise.api.machine.ShutdownCause;

/** State and vital signs of one run of a machine: written by the machine's thread, read by any. */
final class Vitals {
    private volatile MachineState state = MachineState.PAUSED;
    private volatile String problem;
    private volatile String mode = "live";
    private volatile ShutdownCause cause;
    private volatile int exitCode;
    private volatile long icount;
    private volatile long virtual;
    private volatile long hostRun;
    private volatile boolean idle;

    MachineState state() {
        return state;
    }

    void state(MachineState now) {
        state = now;
    }

    /** Why the machine failed or paused by itself, or null. */
    String problem() {
        return problem;
    }

    void problem(String why) {
        problem = why;
    }

    void mode(String now) {
        mode = now;
    }

    void ended(ShutdownCause why, int code) {
        cause = why;
        exitCode = code;
    }

    ShutdownCause cause() {
        return cause;
    }

    int exitCode() {
        return exitCode;
    }

    /** The position reached. @param hostTime ns of host time that the machine has run */
    void publish(long instructions, long virtualTime, long hostTime, boolean waiting) {
        icount = instructions;
        virtual = virtualTime;
        hostRun = hostTime;
        idle = waiting;
    }

    MachineStatus status() {
        return new MachineStatus(state, mode, icount, virtual, hostRun, idle, cause, exitCode);
    }
}
