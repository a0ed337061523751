package org.reprise.tools.decodetable;

import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong with one table, so that one run reports everything. */
final class Problems {
    private final String file;
    private final List<String> messages = new ArrayList<>();

    Problems(String file) {
        this.file = file;
    }

    void add(int line, String message) {
        messages.add(file + ":" + line + ": " + message);
    }

    void throwIfAny() throws TableException {
        if (!messages.isEmpty()) {
            throw new TableException(messages);
        }
    }
}
