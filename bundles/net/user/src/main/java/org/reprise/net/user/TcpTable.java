package org.reprise.net.user;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.reprise.api.net.NetworkFrame;
import org.reprise.core.packet.Bytes;

/** All TCP connections of a link (RFC 9293), and the segments to the guest. */
final class TcpTable {
    private static final int MOST = 1024;
    private static final int MOST_HALF_OPEN = 128;
    private static final long BUDGET = 64 << 20;
    private static final int QUOTED = 8;
    private static final int SYN_OPTIONS = 8;
    private static final int FIRST_PORT = 49_152;
    /** Most bytes of TCP and its header that fit into a frame over IPv6, whose headers are the longer ones. */
    private static final int LARGEST = NetworkFrame.MAX_BYTES - IpOutput.PAYLOAD6 - TcpSegment.HEADER;
    /** Clock of initial sequence numbers: one each 4 microseconds (RFC 9293, section 3.4.1). */
    private static final long SEQUENCE_TICK = 4_000;
    private static final int SEQUENCE_STEP = 64_000;

    private final UserSettings settings;
    private final IpOutput output;
    private final ToGuest guest;
    private final Icmp icmp;
    private final Alarms alarms;
    private final HostIo io;
    private final Destinations destinations;
    private final Allowance.Budget budget = new Allowance.Budget(BUDGET);
    private final Map<Flow, TcpConnection> connections = new LinkedHashMap<>();
    /** Connections whose handshake is not done. */
    private int halfOpen;
    private int opened;
    private int turn;
    private int nextPort = FIRST_PORT;
    private Datagram present;

    TcpTable(UserSettings settings, IpOutput output, ToGuest guest, Icmp icmp, Alarms alarms, HostIo io) {
        this.settings = settings;
        this.output = output;
        this.guest = guest;
        this.icmp = icmp;
        this.alarms = alarms;
        this.io = io;
        destinations = new Destinations(settings);
    }

    int size() {
        return connections.size();
    }

    void receive(Datagram d) {
        TcpSegment s = TcpSegment.parse(d);
        if (s == null || settings.broadcast(d.target()) || d.target().multicast()
                || settings.local(d.target()) && !settings.own(d.target())) {
            return;
        }
        Flow flow = new Flow(d.source(), s.sourcePort(), d.target(), s.targetPort());
        TcpConnection connection = connections.get(flow);
        present = d;
        if (connection != null) {
            connection.receive(s);
        } else {
            unknown(flow, s);
        }
        present = null;
    }

    /** The connection of a flow is gone, and the present segment opens another one. */
    void again(Flow flow) {
        unknown(flow, TcpSegment.parse(present));
    }

    private void unknown(Flow flow, TcpSegment s) {
        if (s.has(TcpSegment.RST)) {
            return;
        }
        if ((s.flags() & (TcpSegment.SYN | TcpSegment.ACK | TcpSegment.FIN)) == TcpSegment.SYN) {
            InetSocketAddress target = destinations.find(flow.far(), flow.farPort(), 0);
            if (target != null) {
                // when there are too many, the guest tries again
                if (room()) {
                    TcpConnection connection = add(flow);
                    connection.open(s, present.quote(QUOTED), HostTcp.connect(io, target, connection));
                }
                return;
            }
        }
        if (s.has(TcpSegment.ACK)) {
            segment(flow, TcpSegment.RST, s.acknowledged(), 0, 0);
        } else {
            segment(flow, TcpSegment.RST | TcpSegment.ACK, 0, s.sequence() + s.length(), 0);
        }
    }

    private boolean room() {
        if (connections.size() >= MOST) {
            connections.values().stream().filter(TcpConnection::over).findFirst().ifPresent(TcpConnection::forget);
        }
        return connections.size() < MOST && halfOpen < MOST_HALF_OPEN;
    }

    private TcpConnection add(Flow flow) {
        int initial = (int) (alarms.now() / SEQUENCE_TICK) + SEQUENCE_STEP * opened++;
        TcpConnection connection = new TcpConnection(this, flow, alarms, budget, initial);
        connections.put(flow, connection);
        return connection;
    }

    /** So many connections more, or less, are half open. */
    void halfOpen(int more) {
        halfOpen += more;
    }

    void remove(TcpConnection connection) {
        connections.remove(connection.flow(), connection);
    }

    /** The way to the guest has room: everybody goes on, beginning with another one each time. */
    void flush() {
        List<TcpConnection> all = List.copyOf(connections.values());
        int begin = all.isEmpty() ? 0 : Math.floorMod(turn++, all.size());
        for (int i = 0; i < all.size() && guest.open(); i++) {
            all.get((begin + i) % all.size()).room();
        }
    }

    // Connections from the host.

    /** Listens. @return the port */
    int listen(Forward forward) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open();
        try {
            server.configureBlocking(false);
            server.bind(forward.host());
        } catch (IOException e) {
            server.close();
            throw e;
        }
        Listener listener = new Listener(forward, server);
        io.order(() -> io.register(server, SelectionKey.OP_ACCEPT, listener));
        return server.socket().getLocalPort();
    }

    private final class Listener implements HostIo.Ready {
        private final Forward forward;
        private final ServerSocketChannel server;
        /** Accepted, and not yet seen by the machine's thread. */
        private final AtomicInteger waiting = new AtomicInteger();

        Listener(Forward forward, ServerSocketChannel server) {
            this.forward = forward;
            this.server = server;
        }

        @Override
        public void ready(SelectionKey key) {
            try {
                SocketChannel channel = server.accept();
                if (channel == null) {
                    return;
                }
                if (waiting.get() >= MOST_HALF_OPEN) {
                    channel.close();
                    return;
                }
                InetSocketAddress remote = (InetSocketAddress) channel.getRemoteAddress();
                HostTcp tcp = HostTcp.accepted(io, channel);
                waiting.incrementAndGet();
                io.result(() -> {
                    waiting.decrementAndGet();
                    accepted(forward, remote.getPort(), tcp);
                });
            } catch (IOException e) {
                io.note(forward + ": a connection is lost: " + e.getMessage());
            }
        }

        @Override
        public void shut() {
            io.close(server);
        }
    }

    private void accepted(Forward forward, int remotePort, HostTcp tcp) {
        Address gateway = settings.gateway(forward.guest().six());
        int port = remotePort;
        Flow flow = new Flow(forward.guest(), forward.guestPort(), gateway, port);
        for (int i = 0; i < MOST && connections.containsKey(flow); i++) {
            port = nextPort;
            nextPort = nextPort == 0xffff ? FIRST_PORT : nextPort + 1;
            flow = new Flow(forward.guest(), forward.guestPort(), gateway, port);
        }
        if (!room() || connections.containsKey(flow)) {
            tcp.reset();
            return;
        }
        TcpConnection connection = add(flow);
        tcp.listener(connection);
        connection.open(tcp);
    }

    // Segments to the guest.

    int mss(boolean six) {
        return settings.mtu() - (six ? 40 : 20) - TcpSegment.HEADER;
    }

    /** Most bytes of one segment: many times the guest's size when the guest takes large ones. */
    int largest(int mss) {
        return guest.takesUnfinished() ? LARGEST / mss * mss : mss;
    }

    /** Sends SYN, or SYN and ACK, with our options. */
    void syn(Flow flow, int sequence, int acknowledged, boolean answer, int window, boolean scale) {
        boolean six = flow.guest().six();
        byte[] b = header(flow, TcpSegment.SYN | (answer ? TcpSegment.ACK : 0), sequence, acknowledged, window, scale ? SYN_OPTIONS : 4, 0);
        int at = IpOutput.payload(six) + TcpSegment.HEADER;
        Bytes.put16(b, at, 0x0204);
        Bytes.put16(b, at + 2, mss(six));
        if (scale) {
            Bytes.put32(b, at + 4, 0x0103_0300 | TcpReceiver.SCALE);
        }
        output.send(b, TcpSegment.CHECKSUM, 0);
    }

    /** Sends a segment without data. */
    void segment(Flow flow, int flags, int sequence, int acknowledged, int window) {
        output.send(header(flow, flags, sequence, acknowledged, window, 0, 0), TcpSegment.CHECKSUM, 0);
    }

    /** Sends a segment with data. @return false when the way is full */
    boolean data(Flow flow, int flags, int sequence, int acknowledged, int window, Ring data, int from, int length, int mss) {
        if (!guest.open()) {
            return false;
        }
        byte[] b = header(flow, flags, sequence, acknowledged, window, 0, length);
        data.copy(from, b, b.length - length, length);
        return output.send(b, TcpSegment.CHECKSUM, length > mss ? mss : 0);
    }

    private byte[] header(Flow flow, int flags, int sequence, int acknowledged, int window, int options, int data) {
        byte[] b = output.make(flow.far(), flow.guest(), Protocol.TCP, TcpSegment.HEADER + options + data);
        int at = IpOutput.payload(flow.guest().six());
        Bytes.put16(b, at, flow.farPort());
        Bytes.put16(b, at + 2, flow.guestPort());
        Bytes.put32(b, at + 4, sequence);
        Bytes.put32(b, at + 8, acknowledged);
        Bytes.put8(b, at + 12, (TcpSegment.HEADER + options) / 4 << 4);
        Bytes.put8(b, at + 13, flags);
        Bytes.put16(b, at + 14, window);
        return b;
    }

    /** Tells the guest that it cannot connect. */
    void unreachable(Flow flow, byte[] quote) {
        icmp.unreachable(flow.guest(), quote, Icmp.Error.HOST);
    }
}
