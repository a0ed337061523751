package org.reprise.api.random;

import org.osgi.annotation.versioning.ConsumerType;

/** A source of random bytes outside the machine: a service. Only the machine calls it, and logs what it gave. */
@ConsumerType
public interface RandomBackend {
    /** Service property: its name (String), for example {@code host}. */
    String BACKEND = "random.backend";

    /** Fills the array. Machine's thread; must not block for long. */
    void fill(byte[] into);
}
