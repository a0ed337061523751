package org.reprise.api.character;

import org.osgi.annotation.versioning.ConsumerType;

/** The device's end of a character port. Machine's thread. */
@ConsumerType
public interface CharacterReceiver {
    /** How many bytes the device takes now, from its guest-visible state only; 0 when none. */
    int canReceive();

    /** Takes bytes, at most as many as {@link #canReceive} said. */
    void receive(byte[] bytes);
}
