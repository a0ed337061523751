package org.reprise.net.user;

import org.reprise.core.packet.Bytes;

/**
 * Neighbour discovery of IPv6 (RFC 4861), for the addresses of gateway and name server. Duplicates are defended (RFC 4862, section 5.4).
 */
final class NeighbourDiscovery {
    private static final int ROUTER_SOLICITATION = 133;
    private static final int SOLICITATION = 135;
    private static final int ADVERTISEMENT = 136;
    private static final int SOURCE_STATION = 1;
    private static final int TARGET_STATION = 2;
    private static final int BODY = 24;
    private static final int FROM_ROUTER = 0x80;
    private static final int SOLICITED = 0x40;
    private static final int OVERRIDE = 0x20;

    private final UserSettings settings;
    private final byte[] station;
    private final IpOutput output;
    private final RouterAdvertisement router;
    private final Icmp icmp;

    NeighbourDiscovery(UserSettings settings, byte[] station, IpOutput output, RouterAdvertisement router, Icmp icmp) {
        this.settings = settings;
        this.station = station;
        this.output = output;
        this.router = router;
        this.icmp = icmp;
    }

    /** ICMPv6 from the guest. */
    void receive(Datagram d, Neighbours neighbours) {
        byte[] b = d.bytes();
        if (d.length() < 8 || !d.checksumRight()) {
            return;
        }
        int type = Bytes.get8(b, d.start());
        boolean anonymous = d.source().equals(Address.ANY6);
        if (type < ROUTER_SOLICITATION || type > ADVERTISEMENT) {
            if (!anonymous) {
                icmp.echo6(d);
            }
            return;
        }
        // a smaller hop limit came through a router (RFC 4861, section 6.1)
        if (d.hops() != 255 || Bytes.get8(b, d.start() + 1) != 0) {
            return;
        }
        if (type == ROUTER_SOLICITATION) {
            if (options(d, 8)) {
                router.send(anonymous ? Address.ALL_NODES : d.source());
            }
            return;
        }
        if (d.length() < BODY || !options(d, BODY)) {
            return;
        }
        Address target = Address.read6(b, d.start() + 8);
        if (type == SOLICITATION && settings.own(target)) {
            advertise(target, anonymous ? Address.ALL_NODES : d.source(), anonymous ? 0 : SOLICITED);
        } else if (type == ADVERTISEMENT && !settings.own(target) && !target.multicast() && !anonymous && d.length() >= BODY + 8
                && Bytes.get8(b, d.start() + BODY) == TARGET_STATION) {
            neighbours.learn(target, b, d.start() + BODY + 2);
        }
    }

    /** True when the options fill the message (RFC 4861, section 4.6): each has a length of at least one unit of 8 bytes. */
    private static boolean options(Datagram d, int from) {
        int at = d.start() + from;
        while (at + 2 <= d.end() && Bytes.get8(d.bytes(), at + 1) != 0) {
            at += Bytes.get8(d.bytes(), at + 1) * 8;
        }
        return at == d.end();
    }

    private void advertise(Address target, Address to, int flags) {
        byte[] b = output.make(target, to, Protocol.ICMP6, BODY + 8);
        int at = IpOutput.PAYLOAD6;
        Bytes.put8(b, at, ADVERTISEMENT);
        Bytes.put8(b, at + 4, flags | OVERRIDE | FROM_ROUTER);
        target.put(b, at + 8);
        station(b, at + BODY, TARGET_STATION);
        output.send(b, 2, 0);
    }

    /** Asks who has an address. */
    void ask(Address target) {
        byte[] b = output.make(target.linkLocal() ? UserSettings.LINK6 : UserSettings.HOST6, target.solicitedNode(), Protocol.ICMP6,
                BODY + 8);
        int at = IpOutput.PAYLOAD6;
        Bytes.put8(b, at, SOLICITATION);
        target.put(b, at + 8);
        station(b, at + BODY, SOURCE_STATION);
        output.send(b, 2, 0);
    }

    private void station(byte[] b, int at, int type) {
        Bytes.put8(b, at, type);
        Bytes.put8(b, at + 1, 1);
        System.arraycopy(station, 0, b, at + 2, 6);
    }
}
