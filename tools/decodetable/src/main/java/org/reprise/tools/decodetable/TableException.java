package org.reprise.tools.decodetable;

import java.util.List;

/** A table that cannot be compiled; the message has one line per problem, each naming file, line, value and remedy. */
final class TableException extends Exception {
    private static final long serialVersionUID = 1;

    TableException(List<String> problems) {
        super(String.join(System.lineSeparator(), problems));
    }
}
