package org.reprise.net.user;

import java.util.Arrays;
import java.util.function.Consumer;
import org.reprise.api.net.NetworkFrame;
import org.reprise.core.packet.Bytes;

/** IPv4 from the guest (RFC 791): headers checked, fragments put together. Options are skipped. */
final class Ipv4 {
    private static final int IP = Protocol.ETHERNET_BYTES;
    private static final int HEADER = 20;
    private static final int MORE = 0x2000;
    private static final int OFFSET = 0x1fff;

    private final UserSettings settings;
    private final Neighbours neighbours;
    private final Reassembly reassembly;
    private final Consumer<Datagram> next;

    Ipv4(UserSettings settings, Alarms alarms, Neighbours neighbours, Consumer<Datagram> next) {
        this.settings = settings;
        this.neighbours = neighbours;
        this.next = next;
        reassembly = new Reassembly(alarms);
    }

    void receive(NetworkFrame frame) {
        byte[] b = frame.bytes();
        if (b.length < IP + HEADER || Bytes.get8(b, IP) >>> 4 != 4) {
            return;
        }
        int start = IP + (Bytes.get8(b, IP) & 0xf) * 4;
        int end = IP + Bytes.get16(b, IP + 2);
        if (start < IP + HEADER || end < start || end > b.length || Bytes.fold(Bytes.sum(b, IP, start, 0)) != 0xffff) {
            return;
        }
        Address source = Address.read4(b, IP + 12);
        Address target = Address.read4(b, IP + 16);
        int protocol = Bytes.get8(b, IP + 9);
        if (source.low() != 0) {
            if (!settings.local(source) || settings.own(source) || settings.broadcast(source)) {
                return;
            }
            neighbours.learn(source, b, 6);
        } else if (protocol != Protocol.UDP) {
            return;
        }
        int fragment = Bytes.get16(b, IP + 6);
        boolean whole = (fragment & (MORE | OFFSET)) == 0;
        if (frame.unfinished() && !(whole && Finish.fits(frame, protocol, start))) {
            return;
        }
        int hops = Bytes.get8(b, IP + 8);
        if (whole) {
            next.accept(new Datagram(source, target, protocol, hops, b, IP, start, end, frame.unfinished()));
            return;
        }
        byte[] payload = reassembly.add(new Reassembly.Key(source, target, protocol, Bytes.get16(b, IP + 4)), (fragment & OFFSET) * 8,
                Arrays.copyOfRange(b, start, end), (fragment & MORE) != 0);
        if (payload != null) {
            byte[] packet = Arrays.copyOfRange(b, IP, IP + HEADER + payload.length);
            System.arraycopy(payload, 0, packet, HEADER, payload.length);
            Bytes.put8(packet, 0, 0x45);
            Bytes.put16(packet, 2, packet.length);
            Bytes.put16(packet, 6, 0);
            next.accept(new Datagram(source, target, protocol, hops, packet, 0, HEADER, packet.length, false));
        }
    }
}
