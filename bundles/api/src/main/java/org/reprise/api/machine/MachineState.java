package org.reprise.api.machine;

/** Life cycle of a machine. */
public enum MachineState {
    /** Parts that the configuration names are not there yet, see {@link Machine#waitingFor}. */
    WAITING,
    /** All parts are there; not assembled. */
    STOPPED,
    /** The guest runs (or idles). */
    RUNNING,
    /** Assembled, the guest stands still. */
    PAUSED,
    /** The guest or the user shut it down; still assembled and inspectable. */
    SHUTDOWN,
    /** Assembly or the run failed, see {@link Machine#problem}; replay diverged. */
    FAILED
}
