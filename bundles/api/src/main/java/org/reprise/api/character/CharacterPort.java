package org.reprise.api.character;

import org.osgi.annotation.versioning.ProviderType;

/** What a device writes to. Machine's thread only. */
@ProviderType
public interface CharacterPort {
    /** Writes one byte (low 8 bits): always taken at once, deterministic. */
    void write(int value);

    /** Says that the device can take more input than before. */
    void acceptInput();
}
