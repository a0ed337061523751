package org.reprise.api.device;

import org.osgi.annotation.versioning.ConsumerType;

/** A level-sensitive interrupt line. Machine's thread only. */
@ConsumerType
public interface InterruptLine {
    /** Sets the level; setting the level it has is harmless. */
    void set(boolean level);
}
