package org.reprise.api.machine;

/** Why a machine shut down or was reset (RECORD-REPLAY: events). The order is that of the log's codes. */
public enum ShutdownCause {
    /** No cause given. */
    NONE,
    /** The host failed (a disk, memory). */
    HOST_ERROR,
    /** Asked through the API or the shell. */
    HOST_QUIT,
    /** Reset asked through the API or the shell. */
    HOST_RESET,
    /** The process got a signal. */
    HOST_SIGNAL,
    /** A window was closed. */
    HOST_UI,
    /** The guest powered off. */
    GUEST_SHUTDOWN,
    /** The guest asked for a reset. */
    GUEST_RESET,
    /** The guest reported a panic or failure. */
    GUEST_PANIC,
    /** A part of the machine was reset. */
    SUBSYSTEM_RESET,
    /** A snapshot was loaded. */
    SNAPSHOT_LOAD
}
