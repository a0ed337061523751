package org.reprise.core.translator;

/**
 * Unwinds from the middle of a guest instruction: a trap to take, or, out of compiled code, an instruction that only the interpreter can
 * finish. One per CPU, without a stack trace; cause and value are in the CPU.
 */
public final class GuestFault extends RuntimeException {
    private static final long serialVersionUID = 1L;

    GuestFault() {
        super(null, null, false, false);
    }
}
