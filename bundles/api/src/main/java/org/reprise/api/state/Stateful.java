package org.reprise.api.state;

import org.osgi.annotation.versioning.ConsumerType;

/** Something with guest-visible state. */
@ConsumerType
public interface Stateful {
    /**
     * Declares every guest-visible field once, see {@link State}. Must not touch other parts, memory, interrupt lines or timers
     * (the machine saves and restores timers itself).
     */
    void state(State s);
}
