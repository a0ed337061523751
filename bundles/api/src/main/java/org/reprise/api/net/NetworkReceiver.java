package org.reprise.api.net;

import org.osgi.annotation.versioning.ConsumerType;

/** The card's end of a network port. Machine's thread. */
@ConsumerType
public interface NetworkReceiver {
    /** True when the card takes a frame now, from its guest-visible state only. */
    boolean canReceive();

    /** True when the guest has agreed to take unfinished frames, from the card's guest-visible state only. */
    boolean takesUnfinished();

    /** Takes a frame; only after {@link #canReceive}. Frames that are too long for the guest's buffers are dropped by the card. */
    void receive(NetworkFrame frame);
}
