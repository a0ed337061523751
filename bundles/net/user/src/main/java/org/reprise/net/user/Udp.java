package org.reprise.net.user;

import org.reprise.core.packet.Bytes;

/** UDP (RFC 768): datagrams of the guest to whoever they are for, and datagrams to the guest. */
final class Udp {
    /** Most bytes that a datagram carries. */
    static final int MOST = 65_507;
    private static final int HEADER = Protocol.UDP_BYTES;
    private static final int CHECKSUM = 6;

    private final UserSettings settings;
    private final IpOutput output;
    private final Icmp icmp;
    private final Dhcp dhcp;
    private final Tftp tftp;
    private final UdpNat nat;
    private final UdpForwards forwards;

    Udp(UserSettings settings, IpOutput output, Icmp icmp, Neighbours neighbours, Alarms alarms, HostIo io) {
        this.settings = settings;
        this.output = output;
        this.icmp = icmp;
        dhcp = new Dhcp(settings, output, neighbours);
        tftp = settings.tftp() == null ? null : new Tftp(settings, alarms, this);
        forwards = new UdpForwards(settings, this, io);
        nat = new UdpNat(settings, this, icmp, alarms, io);
    }

    UdpForwards forwards() {
        return forwards;
    }

    void receive(Datagram whole) {
        byte[] b = whole.bytes();
        if (whole.length() < HEADER) {
            return;
        }
        int start = whole.start();
        int length = Bytes.get16(b, start + 4);
        if (length < HEADER || length > whole.length()) {
            return;
        }
        Datagram d = length == whole.length() ? whole : new Datagram(whole.source(), whole.target(), whole.protocol(), whole.hops(), b,
                whole.header(), start, start + length, whole.unfinished());
        boolean unchecked = !d.source().six() && Bytes.get16(b, start + CHECKSUM) == 0;
        if (!unchecked && !d.checksumRight()) {
            return;
        }
        int port = Bytes.get16(b, start + 2);
        boolean toAll = settings.broadcast(d.target());
        if (port == Dhcp.SERVER_PORT && !d.source().six() && (toAll || d.target().equals(settings.host()))) {
            dhcp.receive(b, start + HEADER, d.end());
            return;
        }
        boolean anonymous = d.source().six() ? d.source().equals(Address.ANY6) : d.source().low() == 0;
        if (anonymous || toAll || d.target().multicast() || settings.local(d.target()) && !settings.own(d.target())) {
            return;
        }
        Flow flow = new Flow(d.source(), Bytes.get16(b, start), d.target(), port);
        if (tftp != null && settings.gateway(d.target()) && tftp.receive(flow, b, start + HEADER, d.end()) || forwards.receive(flow, d)) {
            return;
        }
        if (settings.restrict()) {
            icmp.unreachable(d, settings.own(d.target()) ? Icmp.Error.PORT : Icmp.Error.PROHIBITED);
        } else {
            nat.receive(flow, d);
        }
    }

    /** True when a flow is in use: its far port cannot be given to somebody else. */
    boolean taken(Flow flow) {
        return nat.has(flow) || forwards.has(flow);
    }

    /** Sends a datagram to the guest of a flow. */
    void send(Flow flow, byte[] data, int length) {
        byte[] b = output.make(flow.far(), flow.guest(), Protocol.UDP, HEADER + length);
        int at = IpOutput.payload(flow.guest().six());
        Bytes.put16(b, at, flow.farPort());
        Bytes.put16(b, at + 2, flow.guestPort());
        Bytes.put16(b, at + 4, HEADER + length);
        System.arraycopy(data, 0, b, at + HEADER, length);
        output.send(b, CHECKSUM, 0);
    }

    void close() {
        if (tftp != null) {
            tftp.close();
        }
    }
}
