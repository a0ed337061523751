package org.reprise.itests.container;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.reprise.api.device.PartConfig;
import org.reprise.api.net.NetworkBackend;
import org.reprise.api.net.NetworkFrame;
import org.reprise.api.net.NetworkFrame.Segmentation;
import org.reprise.api.net.NetworkHost;
import org.reprise.api.net.NetworkLink;

/**
 * A network on which everybody is the guest itself: it answers ARP for one address and sends back, with the addresses swapped, what is
 * sent there. The guest's TCP then talks to itself through its card, in segments as large as both directions of the card take.
 */
final class Mirror implements NetworkBackend, NetworkLink {
    /** Its name. */
    static final String NAME = "mirror";
    /** 10.0.2.2. */
    private static final int ADDRESS = 0x0a000202;
    private static final byte[] MAC = {0x52, 0x55, 10, 0, 2, 2};
    private static final int ARP = 0x0806;
    private static final int IPV4 = 0x0800;
    private static final int UDP = 17;
    private static final int DHCP_SERVER = 67;

    private volatile NetworkHost host;
    private volatile int opened;
    private volatile int large;
    private volatile int refused;
    private volatile byte[] discover;

    /** How often it was opened. */
    int opened() {
        return opened;
    }

    /** Segments that were larger than a frame on a cable may be. */
    int large() {
        return large;
    }

    /** Frames that the cable or the card did not take. */
    int refused() {
        return refused;
    }

    /** The last frame to a DHCP server, or null. */
    byte[] discover() {
        return discover;
    }

    @Override
    public NetworkLink open(PartConfig config, NetworkHost newHost) {
        host = newHost;
        opened++;
        return this;
    }

    @Override
    public void send(NetworkFrame frame) {
        ByteBuffer sent = ByteBuffer.wrap(frame.bytes());
        int type = Short.toUnsignedInt(sent.getShort(12));
        if (type == ARP && sent.getShort(20) == 1 && sent.getInt(38) == ADDRESS) {
            answer(NetworkFrame.complete(arpReply(frame.bytes())));
        } else if (type == IPV4 && sent.getInt(30) == ADDRESS) {
            byte[] back = frame.bytes().clone();
            swap(back, 0, 6, 6);
            swap(back, 26, 30, 4);
            large += frame.segmentation() == Segmentation.TCP4 ? 1 : 0;
            answer(new NetworkFrame(back, frame.checksumStart(), frame.checksumOffset(), frame.segmentation(), frame.segmentBytes()));
        } else if (type == IPV4 && sent.get(23) == UDP && sent.getShort(36) == DHCP_SERVER) {
            discover = frame.bytes();
        }
    }

    private void answer(NetworkFrame frame) {
        if (frame.unfinished() && !host.takesUnfinished() || !host.receive(frame)) {
            refused++;
        }
    }

    private static byte[] arpReply(byte[] request) {
        byte[] reply = Arrays.copyOf(request, 60);
        System.arraycopy(request, 6, reply, 0, 6);
        System.arraycopy(MAC, 0, reply, 6, 6);
        reply[21] = 2;
        System.arraycopy(request, 22, reply, 32, 10);
        System.arraycopy(MAC, 0, reply, 22, 6);
        System.arraycopy(request, 38, reply, 28, 4);
        return reply;
    }

    private static void swap(byte[] bytes, int a, int b, int length) {
        byte[] kept = Arrays.copyOfRange(bytes, a, a + length);
        System.arraycopy(bytes, b, bytes, a, length);
        System.arraycopy(kept, 0, bytes, b, length);
    }

    @Override
    public void room() {
        // what was refused is lost, and TCP sends it again
    }

    @Override
    public String describe() {
        return NAME;
    }

    @Override
    public void close() {
        // nothing is open
    }
}
