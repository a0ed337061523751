package org.reprise.api.character;

import org.osgi.annotation.versioning.ProviderType;

/** Takes input from outside for one port; any thread. */
@ProviderType
public interface CharacterInput {
    /** Queues bytes for the guest; they wait until the device takes them. Ignored (returns false) in replay, where input comes from the log. */
    boolean input(byte[] bytes);
}
