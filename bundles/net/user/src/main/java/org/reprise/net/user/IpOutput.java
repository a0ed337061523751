package org.reprise.net.user;

import java.util.Arrays;
import org.reprise.api.net.NetworkFrame;
import org.reprise.api.net.NetworkFrame.Segmentation;
import org.reprise.core.packet.Bytes;

/** Makes and sends IP packets to the guest: headers, checksums, fragments. */
final class IpOutput {
    /** Where the payload begins in a frame of version 4. */
    static final int PAYLOAD4 = Protocol.ETHERNET_BYTES + 20;
    /** Where the payload begins in a frame of version 6. */
    static final int PAYLOAD6 = Protocol.ETHERNET_BYTES + 40;
    private static final int IP = Protocol.ETHERNET_BYTES;
    private static final int HOPS = 64;
    private static final int FRAGMENT_HEADER = 44;
    private static final byte[] BROADCAST = {-1, -1, -1, -1, -1, -1};

    private final UserSettings settings;
    private final byte[] station;
    private final ToGuest guest;
    private Neighbours neighbours;
    private int identification;

    IpOutput(UserSettings settings, byte[] station, ToGuest guest) {
        this.settings = settings;
        this.station = station;
        this.guest = guest;
    }

    void neighbours(Neighbours table) {
        neighbours = table;
    }

    static int payload(boolean six) {
        return six ? PAYLOAD6 : PAYLOAD4;
    }

    /** A frame with its headers and room for a payload, which begins at {@link #payload}. */
    byte[] make(Address source, Address target, int protocol, int length) {
        boolean six = target.six();
        byte[] b = new byte[payload(six) + length];
        System.arraycopy(station, 0, b, 6, 6);
        Bytes.put16(b, 12, six ? Protocol.TYPE_IP6 : Protocol.TYPE_IP4);
        if (six) {
            Bytes.put8(b, IP, 0x60);
            Bytes.put16(b, IP + 4, length);
            Bytes.put8(b, IP + 6, protocol);
            Bytes.put8(b, IP + 7, protocol == Protocol.ICMP6 ? 255 : HOPS);
            source.put(b, IP + 8);
            target.put(b, IP + 24);
        } else {
            Bytes.put8(b, IP, 0x45);
            Bytes.put16(b, IP + 2, 20 + length);
            Bytes.put16(b, IP + 4, identification++);
            Bytes.put8(b, IP + 8, HOPS);
            Bytes.put8(b, IP + 9, protocol);
            source.put(b, IP + 12);
            target.put(b, IP + 16);
            Bytes.put16(b, IP + 10, Bytes.checksum(b, IP, PAYLOAD4, 0));
        }
        return b;
    }

    /**
     * Sends a frame of {@link #make}. Fills in the payload's checksum, or leaves it to the guest when that agrees.
     *
     * @param checksum offset of the 16-bit checksum in the payload
     * @param segment bytes of payload into which a large TCP segment is to be cut, or 0; only when the guest takes such
     * @return true when it was taken, or when the guest's Ethernet address is asked for first: it waits, or is lost if it is large
     */
    boolean send(byte[] b, int checksum, int segment) {
        boolean six = Bytes.get16(b, 12) == Protocol.TYPE_IP6;
        int start = payload(six);
        int protocol = Bytes.get8(b, six ? IP + 6 : IP + 9);
        boolean pieces = segment == 0 && b.length - IP > settings.mtu();
        boolean transport = protocol == Protocol.TCP || protocol == Protocol.UDP;
        Address target = six ? Address.read6(b, IP + 24) : Address.read4(b, IP + 16);
        byte[] to = stationOf(target);
        boolean unfinished = segment > 0 || transport && !pieces && to != null && guest.takesUnfinished();
        long pseudo = protocol == Protocol.ICMP ? 0
                : Bytes.sum(b, six ? IP + 8 : IP + 12, start, protocol + (b.length - start));
        Bytes.put16(b, start + checksum, unfinished ? Bytes.fold(pseudo) : 0);
        if (!unfinished) {
            int sum = Bytes.checksum(b, start, b.length, pseudo);
            Bytes.put16(b, start + checksum, sum == 0 && protocol == Protocol.UDP ? 0xffff : sum);
        }
        if (to == null) {
            neighbours.hold(target, pieces || segment > 0 ? null : b);
            return true;
        }
        System.arraycopy(to, 0, b, 0, 6);
        if (pieces) {
            return six ? fragments6(b) : fragments4(b);
        }
        return guest.send(!unfinished ? NetworkFrame.complete(b) : new NetworkFrame(b, start, checksum,
                segment == 0 ? Segmentation.NONE : six ? Segmentation.TCP6 : Segmentation.TCP4, segment));
    }

    /** Sends a complete frame, to a station that is known now. */
    void released(byte[] b) {
        boolean six = Bytes.get16(b, 12) == Protocol.TYPE_IP6;
        byte[] to = stationOf(six ? Address.read6(b, IP + 24) : Address.read4(b, IP + 16));
        if (to != null) {
            System.arraycopy(to, 0, b, 0, 6);
            guest.send(NetworkFrame.complete(b));
        }
    }

    private byte[] stationOf(Address target) {
        if (target.multicast() || settings.broadcast(target)) {
            if (!target.six()) {
                return BROADCAST;
            }
            byte[] group = {0x33, 0x33, 0, 0, 0, 0};
            Bytes.put32(group, 2, (int) target.low());
            return group;
        }
        return neighbours.find(target);
    }

    /** RFC 791, section 3.2. */
    private boolean fragments4(byte[] b) {
        int most = (settings.mtu() - 20) / 8 * 8;
        for (int from = PAYLOAD4; from < b.length; from += most) {
            int length = Math.min(most, b.length - from);
            byte[] piece = Arrays.copyOf(b, PAYLOAD4 + length);
            System.arraycopy(b, from, piece, PAYLOAD4, length);
            Bytes.put16(piece, IP + 2, 20 + length);
            Bytes.put16(piece, IP + 6, (from - PAYLOAD4) / 8 | (from + length < b.length ? 0x2000 : 0));
            Bytes.put16(piece, IP + 10, 0);
            Bytes.put16(piece, IP + 10, Bytes.checksum(piece, IP, PAYLOAD4, 0));
            if (!guest.send(NetworkFrame.complete(piece))) {
                return false;
            }
        }
        return true;
    }

    /** RFC 8200, section 4.5. */
    private boolean fragments6(byte[] b) {
        int most = (settings.mtu() - 48) / 8 * 8;
        int id = identification++;
        for (int from = PAYLOAD6; from < b.length; from += most) {
            int length = Math.min(most, b.length - from);
            byte[] piece = Arrays.copyOf(b, PAYLOAD6 + 8 + length);
            System.arraycopy(b, from, piece, PAYLOAD6 + 8, length);
            Bytes.put16(piece, IP + 4, 8 + length);
            Bytes.put8(piece, IP + 6, FRAGMENT_HEADER);
            Bytes.put8(piece, PAYLOAD6, Bytes.get8(b, IP + 6));
            Bytes.put8(piece, PAYLOAD6 + 1, 0);
            Bytes.put16(piece, PAYLOAD6 + 2, from - PAYLOAD6 | (from + length < b.length ? 1 : 0));
            Bytes.put32(piece, PAYLOAD6 + 4, id);
            if (!guest.send(NetworkFrame.complete(piece))) {
                return false;
            }
        }
        return true;
    }
}
