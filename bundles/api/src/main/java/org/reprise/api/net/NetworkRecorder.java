package org.reprise.api.net;

import org.osgi.annotation.versioning.ProviderType;

/** The machine's side of a network filter: the log. Machine's thread. */
@ProviderType
public interface NetworkRecorder {
    /** True when frames come from the log: what a back end says must not reach the guest. */
    boolean replaying();

    /** Makes the frame a NET event at this position when the machine is recorded; nothing otherwise. */
    void record(NetworkFrame frame);

    /** VIRTUAL in ns at this position, for time stamps. */
    long now();
}
