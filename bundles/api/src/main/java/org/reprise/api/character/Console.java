package org.reprise.api.character;

import org.osgi.annotation.versioning.ProviderType;

/** The outside view of one character port: what it printed, and a way to type. Any thread. */
@ProviderType
public interface Console extends CharacterInput {
    /** Name of the part. */
    String name();

    /** The last output kept (up to 1 MiB). */
    byte[] history();

    /** Bytes printed since power-on. */
    long written();

    /**
     * Attaches an observer of output.
     *
     * @param replayHistory how many bytes of {@link #history} it gets first
     * @return closes the attachment
     */
    AutoCloseable attach(OutputListener listener, int replayHistory);

    /** Observes output; called on a thread of the machine, must not block for long. */
    interface OutputListener {
        /** Bytes printed by the guest. */
        void output(byte[] bytes, int offset, int length);
    }
}
