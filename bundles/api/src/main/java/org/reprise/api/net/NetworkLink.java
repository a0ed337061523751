package org.reprise.api.net;

import org.osgi.annotation.versioning.ConsumerType;

/** An open back end. Machine's thread. */
@ConsumerType
public interface NetworkLink extends AutoCloseable {
    /** Takes a frame from the guest. Must not block; what cannot be taken is dropped, as on a cable. */
    void send(NetworkFrame frame);

    /** After {@link NetworkHost#receive} refused a frame: there is room again. */
    void room();

    /** One line for people. */
    String describe();

    @Override
    void close();
}
