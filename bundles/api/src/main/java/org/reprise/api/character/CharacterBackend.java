package org.reprise.api.character;

import org.osgi.annotation.versioning.ConsumerType;
import org.reprise.api.device.PartConfig;

/** A kind of character back end: a service. Every port has a {@link Console} beside; a back end is an additional outlet. */
@ConsumerType
public interface CharacterBackend {
    /** Service property: its name (String), for example {@code file}. */
    String BACKEND = "char.backend";

    /**
     * Opens a channel for one port.
     *
     * @param config the part's configuration; back ends use keys that begin with {@code backend.}
     * @param input where the channel puts what comes from outside
     * @throws java.io.IOException naming what could not be opened
     */
    CharacterChannel open(PartConfig config, CharacterInput input) throws java.io.IOException;
}
