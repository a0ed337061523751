package org.reprise.net.user;

import java.util.Arrays;
import java.util.function.Consumer;
import org.reprise.api.net.NetworkFrame;
import org.reprise.core.packet.Bytes;

/** IPv6 from the guest (RFC 8200): headers checked, extension headers skipped, fragments put together. */
final class Ipv6 {
    private static final int IP = Protocol.ETHERNET_BYTES;
    private static final int HEADER = 40;
    private static final int HOP_BY_HOP = 0;
    private static final int ROUTING = 43;
    private static final int FRAGMENT = 44;
    private static final int DESTINATION_OPTIONS = 60;
    private static final int MOST_HEADERS = 8;

    private final UserSettings settings;
    private final Neighbours neighbours;
    private final Reassembly reassembly;
    private final Consumer<Datagram> next;

    Ipv6(UserSettings settings, Alarms alarms, Neighbours neighbours, Consumer<Datagram> next) {
        this.settings = settings;
        this.neighbours = neighbours;
        this.next = next;
        reassembly = new Reassembly(alarms);
    }

    void receive(NetworkFrame frame) {
        byte[] b = frame.bytes();
        if (b.length < IP + HEADER || Bytes.get8(b, IP) >>> 4 != 6) {
            return;
        }
        int end = IP + HEADER + Bytes.get16(b, IP + 4);
        Address source = Address.read6(b, IP + 8);
        if (end > b.length || source.multicast() || settings.own(source)) {
            return;
        }
        boolean onLink = source.linkLocal() || source.high() == UserSettings.PREFIX6.high();
        if (onLink) {
            neighbours.learn(source, b, 6);
        } else if (!source.equals(Address.ANY6)) {
            return;
        }
        headers(new Packet(source, Address.read6(b, IP + 24), b, IP, end, frame), Bytes.get8(b, IP + 6), IP + HEADER, false);
    }

    private record Packet(Address source, Address target, byte[] bytes, int header, int end, NetworkFrame frame) {
    }

    private void headers(Packet p, int first, int from, boolean reassembled) {
        byte[] b = p.bytes;
        int protocol = first;
        int at = from;
        for (int n = 0; n < MOST_HEADERS; n++) {
            if (protocol == FRAGMENT) {
                if (!reassembled && at + 8 <= p.end) {
                    fragment(p, at);
                }
                return;
            }
            if (protocol != HOP_BY_HOP && protocol != ROUTING && protocol != DESTINATION_OPTIONS) {
                deliver(p, protocol, at, reassembled);
                return;
            }
            if (at + 8 > p.end) {
                return;
            }
            protocol = Bytes.get8(b, at);
            at += 8 + Bytes.get8(b, at + 1) * 8;
            if (at > p.end) {
                return;
            }
        }
    }

    private void deliver(Packet p, int protocol, int at, boolean reassembled) {
        boolean unfinished = p.frame.unfinished() && !reassembled;
        if (!unfinished || Finish.fits(p.frame, protocol, at)) {
            next.accept(new Datagram(p.source, p.target, protocol, Bytes.get8(p.bytes, p.header + 7), p.bytes, p.header, at, p.end,
                    unfinished));
        }
    }

    private void fragment(Packet p, int at) {
        byte[] b = p.bytes;
        int place = Bytes.get16(b, at + 2);
        byte[] payload = Arrays.copyOfRange(b, at + 8, p.end);
        int protocol = Bytes.get8(b, at);
        if ((place & 0xfff9) != 0) {
            payload = reassembly.add(new Reassembly.Key(p.source, p.target, protocol, Bytes.get32(b, at + 4)), place & 0xfff8, payload,
                    (place & 1) != 0);
        }
        if (payload != null) {
            byte[] packet = Arrays.copyOfRange(b, p.header, p.header + HEADER + payload.length);
            System.arraycopy(payload, 0, packet, HEADER, payload.length);
            Bytes.put16(packet, 4, payload.length);
            Bytes.put8(packet, 6, protocol);
            headers(new Packet(p.source, p.target, packet, 0, packet.length, p.frame), protocol, HEADER, true);
        }
    }
}
