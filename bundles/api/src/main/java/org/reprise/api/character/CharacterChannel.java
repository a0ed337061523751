package org.reprise.api.character;

import org.osgi.annotation.versioning.ConsumerType;

/** An open character back end. */
@ConsumerType
public interface CharacterChannel extends AutoCloseable {
    /** Takes output; called on the machine's thread and must not block for long. */
    void write(byte[] bytes, int offset, int length);

    @Override
    void close();
}
