package org.reprise.api.machine;

/** A request to a machine that cannot be carried out; the message names machine, thing, value and remedy. */
public class MachineException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final ExitCode code;

    /** @param code the exit code of a scripted command that fails for this reason */
    public MachineException(ExitCode code, String message) {
        super(message);
        this.code = code;
    }

    /** As above, with a cause. */
    public MachineException(ExitCode code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    /** The kind of failure. */
    public ExitCode code() {
        return code;
    }
}
