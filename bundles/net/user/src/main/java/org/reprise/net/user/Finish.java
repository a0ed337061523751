package org.reprise.net.user;

import org.reprise.api.net.NetworkFrame;
import org.reprise.api.net.NetworkFrame.Segmentation;

/** What the guest left to do to a frame. */
final class Finish {
    private static final int TCP_CHECKSUM = 16;
    private static final int UDP_CHECKSUM = 6;

    private Finish() {
    }

    /**
     * True when it is the checksum of the transport protocol, or a cut of TCP: both are of no use to an end point, which takes the
     * payload as it is.
     */
    static boolean fits(NetworkFrame frame, int protocol, int payload) {
        return frame.checksumStart() == payload && (protocol == Protocol.TCP && frame.checksumOffset() == TCP_CHECKSUM
                || protocol == Protocol.UDP && frame.checksumOffset() == UDP_CHECKSUM && frame.segmentation() == Segmentation.NONE);
    }
}
