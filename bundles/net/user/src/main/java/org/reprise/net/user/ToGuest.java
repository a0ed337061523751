package org.reprise.net.user;

import org.reprise.api.net.NetworkFrame;
import org.reprise.api.net.NetworkHost;

/** The way to the guest, and whether it is full. What is not taken is lost, as on a cable; whoever can wait asks before. */
final class ToGuest {
    private final NetworkHost host;
    private boolean full;

    ToGuest(NetworkHost host) {
        this.host = host;
    }

    /** False after a frame was refused, until {@link #room}. */
    boolean open() {
        return !full;
    }

    void room() {
        full = false;
    }

    boolean takesUnfinished() {
        return host.takesUnfinished();
    }

    /** @return true when the frame was taken */
    boolean send(NetworkFrame frame) {
        full = full || !host.receive(frame);
        return !full;
    }
}
