package org.reprise.api.net;

import java.io.IOException;
import org.osgi.annotation.versioning.ConsumerType;
import org.reprise.api.device.PartConfig;

/**
 * A kind of network back end: a service that makes the far end of a network card's cable. It is outside of the recorded machine: what it sends
 * becomes events, in replay it is not opened at all.
 */
@ConsumerType
public interface NetworkBackend {
    /** Service property: its name (String), for example {@code user}. */
    String BACKEND = "net.backend";
    /** Service property: Boolean; true when the guest's unfinished frames are taken as they are, else the machine finishes them first. */
    String OFFLOADS = "net.offloads";
    /** Service property: Boolean, or a String[] of names: timers that are EXTERNAL. Those of a back end that uses the host must be. */
    String TIMER_EXTERNAL = "timer.external";

    /**
     * Opens a link. Machine's thread.
     *
     * @param config the part's configuration
     * @param host the machine's side
     * @throws IOException naming what could not be opened, and the remedy
     * @throws IllegalArgumentException naming key and value when the configuration does not fit
     */
    NetworkLink open(PartConfig config, NetworkHost host) throws IOException;
}
