package org.reprise.api.machine;

/**
 * A machine's vital signs at one moment; values a person reads.
 *
 * @param state life-cycle state
 * @param mode {@code live}, {@code record} or {@code replay}
 * @param icount instructions retired since power-on
 * @param virtualTime VIRTUAL in ns
 * @param hostTime ns of host time that the machine has run
 * @param idle true while all CPUs wait for an interrupt
 * @param cause why it shut down, when it did
 * @param exitCode the guest's exit code, when it shut down
 */
public record MachineStatus(MachineState state, String mode, long icount, long virtualTime, long hostTime, boolean idle,
        ShutdownCause cause, int exitCode) {
}
