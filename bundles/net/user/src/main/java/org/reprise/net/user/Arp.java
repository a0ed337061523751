package org.reprise.net.user;

import java.util.Arrays;
import org.reprise.api.net.NetworkFrame;
import org.reprise.core.packet.Bytes;

/** Address resolution of IPv4 on Ethernet (RFC 826). Answers for the gateway and the name server, learns of guests. */
final class Arp {
    private static final int AT = Protocol.ETHERNET_BYTES;
    private static final int BYTES = AT + 28;
    private static final int REQUEST = 1;
    private static final int REPLY = 2;

    private final UserSettings settings;
    private final byte[] station;
    private final ToGuest guest;

    Arp(UserSettings settings, byte[] station, ToGuest guest) {
        this.settings = settings;
        this.station = station;
        this.guest = guest;
    }

    void receive(byte[] b, Neighbours neighbours) {
        if (b.length < BYTES || Bytes.get16(b, AT) != 1 || Bytes.get16(b, AT + 2) != Protocol.TYPE_IP4
                || Bytes.get16(b, AT + 4) != 0x0604) {
            return;
        }
        Address sender = Address.read4(b, AT + 14);
        Address target = Address.read4(b, AT + 24);
        if (settings.local(sender) && !settings.own(sender) && !settings.broadcast(sender)) {
            neighbours.learn(sender, b, AT + 8);
        }
        if (Bytes.get16(b, AT + 6) == REQUEST && settings.own(target)) {
            send(REPLY, target, Arrays.copyOfRange(b, AT + 8, AT + 14), sender);
        }
    }

    /** Asks who has an address. */
    void ask(Address target) {
        send(REQUEST, settings.host(), null, target);
    }

    private void send(int operation, Address source, byte[] to, Address target) {
        byte[] b = new byte[BYTES];
        Arrays.fill(b, 0, 6, (byte) 0xff);
        System.arraycopy(station, 0, b, 6, 6);
        Bytes.put16(b, 12, Protocol.TYPE_ARP);
        Bytes.put16(b, AT, 1);
        Bytes.put16(b, AT + 2, Protocol.TYPE_IP4);
        Bytes.put16(b, AT + 4, 0x0604);
        Bytes.put16(b, AT + 6, operation);
        System.arraycopy(station, 0, b, AT + 8, 6);
        source.put(b, AT + 14);
        if (to != null) {
            System.arraycopy(to, 0, b, 0, 6);
            System.arraycopy(to, 0, b, AT + 18, 6);
        }
        target.put(b, AT + 24);
        guest.send(NetworkFrame.complete(b));
    }
}
