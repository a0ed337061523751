package org.reprise.net.user;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.reprise.api.net.NetworkFrame;
import org.reprise.api.net.NetworkHost;
import org.reprise.api.net.NetworkLink;
import org.reprise.core.packet.Bytes;

/** A user-mode network that is open: takes the guest's frames to the protocol that they are for. */
final class UserLink implements NetworkLink {
    private final UserSettings settings;
    private final byte[] station;
    private final ToGuest guest;
    private final Alarms alarms;
    private final HostIo io;
    private final Neighbours neighbours;
    private final Arp arp;
    private final Icmp icmp;
    private final Ipv4 ipv4;
    private final Ipv6 ipv6;
    private final NeighbourDiscovery discovery;
    private final Udp udp;
    private final TcpTable tcp;
    private final List<String> listening = new ArrayList<>();

    UserLink(String name, UserSettings settings, NetworkHost host) throws IOException {
        this.settings = settings;
        // locally administered, and tells the address
        station = new byte[] {0x52, 0x55, 0, 0, 0, 0};
        settings.host().put(station, 2);
        guest = new ToGuest(host);
        alarms = new Alarms(host);
        io = new HostIo(name, host);
        IpOutput output = new IpOutput(settings, station, guest);
        arp = new Arp(settings, station, guest);
        icmp = new Icmp(settings, output);
        discovery = settings.ipv6()
                ? new NeighbourDiscovery(settings, station, output, new RouterAdvertisement(settings, station, output, alarms), icmp)
                : null;
        neighbours = new Neighbours(alarms, this::ask, output::released);
        output.neighbours(neighbours);
        ipv4 = new Ipv4(settings, alarms, neighbours, this::deliver);
        ipv6 = settings.ipv6() ? new Ipv6(settings, alarms, neighbours, this::deliver) : null;
        udp = new Udp(settings, output, icmp, neighbours, alarms, io);
        tcp = new TcpTable(settings, output, guest, icmp, alarms, io);
        for (Forward forward : settings.forwards()) {
            try {
                int port = forward.tcp() ? tcp.listen(forward) : udp.forwards().open(forward);
                listening.add(forward.host().getPort() == 0 ? forward + " (port " + port + ")" : forward.toString());
            } catch (IOException e) {
                io.close();
                throw new IOException("hostfwd " + forward + ": cannot listen there (" + e.getMessage()
                        + "); choose another port of the host", e);
            }
        }
    }

    private void ask(Address address) {
        if (!address.six()) {
            arp.ask(address);
        } else if (discovery != null) {
            discovery.ask(address);
        }
    }

    @Override
    public void send(NetworkFrame frame) {
        byte[] b = frame.bytes();
        // for others on the same hub
        if ((b[0] & 1) == 0 && !Arrays.equals(b, 0, 6, station, 0, 6)) {
            return;
        }
        switch (Bytes.get16(b, 12)) {
            case Protocol.TYPE_ARP -> arp.receive(b, neighbours);
            case Protocol.TYPE_IP4 -> ipv4.receive(frame);
            case Protocol.TYPE_IP6 -> {
                if (ipv6 != null) {
                    ipv6.receive(frame);
                }
            }
            default -> {
                // nothing that this network knows
            }
        }
    }

    private void deliver(Datagram d) {
        boolean toAll = d.target().multicast() || settings.broadcast(d.target());
        if (!toAll && !settings.own(d.target()) && !settings.local(d.target()) && d.hops() <= 1) {
            icmp.unreachable(d, Icmp.Error.HOPS);
            return;
        }
        switch (d.protocol()) {
            case Protocol.ICMP -> {
                if (!d.source().six()) {
                    icmp.receive4(d);
                }
            }
            case Protocol.ICMP6 -> {
                if (d.source().six()) {
                    discovery.receive(d, neighbours);
                }
            }
            case Protocol.UDP -> udp.receive(d);
            case Protocol.TCP -> {
                if (!d.source().equals(Address.ANY6)) {
                    tcp.receive(d);
                }
            }
            default -> {
                if (!d.source().equals(Address.ANY6)) {
                    icmp.unreachable(d, settings.own(d.target()) ? Icmp.Error.PROTOCOL : Icmp.Error.PROHIBITED);
                }
            }
        }
    }

    @Override
    public void room() {
        guest.room();
        tcp.flush();
    }

    /** Connections of TCP that there are. */
    int connections() {
        return tcp.size();
    }

    @Override
    public String describe() {
        return "user network " + settings.network() + "/" + settings.prefix() + (settings.restrict() ? ", isolated" : "")
                + ", " + tcp.size() + " TCP connections" + (listening.isEmpty() ? "" : ", from the host: " + String.join(", ", listening));
    }

    @Override
    public void close() {
        alarms.cancelAll();
        udp.close();
        io.close();
    }
}
