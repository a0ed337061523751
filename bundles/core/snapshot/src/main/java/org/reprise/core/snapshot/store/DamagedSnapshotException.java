package org.reprise.core.snapshot.store;

import java.io.IOException;

/** A snapshot is damaged: the message names it and the store. */
public final class DamagedSnapshotException extends IOException {
    DamagedSnapshotException(String message, Throwable cause) {
        super(message, cause);
    }
}
