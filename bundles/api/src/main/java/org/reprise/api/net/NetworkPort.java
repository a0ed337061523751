package org.reprise.api.net;

import org.osgi.annotation.versioning.ProviderType;

/** What a network card talks to: its end of the cable. Machine's thread only. */
@ProviderType
public interface NetworkPort {
    /** Sends a frame; always taken at once, deterministic. */
    void send(NetworkFrame frame);

    /** Says that the card can take more frames than before. */
    void acceptInput();
}
