package org.reprise.debug.symbols;

import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;

/** A file from which no symbols can be read: names the file and why. */
final class BadSymbolsException extends MachineException {
    private static final long serialVersionUID = 1L;

    BadSymbolsException(String message) {
        super(ExitCode.CONFIGURATION, message);
    }
}
