package org.reprise.net.user;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Datagrams from the host's side to a port of the guest ({@code hostfwd}). To the guest each peer is a port of the gateway; answers to
 * that port go back to the peer.
 */
final class UdpForwards {
    private static final int MOST_PEERS = 256;
    private static final int FIRST_PORT = 49_152;
    private static final int MOST_TRIES = 512;

    private record Peer(Listener listener, SocketAddress remote) {
    }

    private final UserSettings settings;
    private final Udp udp;
    private final HostIo io;
    private final Map<Peer, Flow> flows = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<Flow, Peer> peers = new LinkedHashMap<>();
    private int nextPort = FIRST_PORT;

    UdpForwards(UserSettings settings, Udp udp, HostIo io) {
        this.settings = settings;
        this.udp = udp;
        this.io = io;
    }

    /** Listens. @return the port */
    int open(Forward forward) throws IOException {
        DatagramChannel channel = DatagramChannel.open();
        try {
            channel.configureBlocking(false);
            channel.bind(forward.host());
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        Listener listener = new Listener(forward, channel);
        io.order(() -> io.register(channel, SelectionKey.OP_READ, listener));
        return channel.socket().getLocalPort();
    }

    boolean has(Flow flow) {
        return peers.containsKey(flow);
    }

    /** A datagram of the guest. @return false when it is no answer to a peer */
    boolean receive(Flow flow, Datagram d) {
        Peer peer = peers.get(flow);
        if (peer == null) {
            return false;
        }
        peer.listener.send(Arrays.copyOfRange(d.bytes(), d.start() + Protocol.UDP_BYTES, d.end()), peer.remote);
        return true;
    }

    private void arrived(Peer peer, byte[] data) {
        Flow flow = flows.get(peer);
        if (flow == null) {
            flow = newFlow(peer);
            if (flow == null) {
                return;
            }
            if (flows.size() >= MOST_PEERS) {
                peers.remove(flows.remove(flows.keySet().iterator().next()));
            }
            flows.put(peer, flow);
            peers.put(flow, peer);
        }
        udp.send(flow, data, data.length);
    }

    private Flow newFlow(Peer peer) {
        Forward forward = peer.listener.forward;
        int port = ((InetSocketAddress) peer.remote).getPort();
        for (int i = 0; i < MOST_TRIES; i++) {
            Flow flow = new Flow(forward.guest(), forward.guestPort(), settings.gateway(forward.guest().six()), port);
            if (!udp.taken(flow)) {
                return flow;
            }
            port = nextPort;
            nextPort = nextPort == 0xffff ? FIRST_PORT : nextPort + 1;
        }
        return null;
    }

    private final class Listener implements HostIo.Ready {
        private static final int MOST_WAITING = 128;
        private static final int MOST_AT_ONCE = 16;

        final Forward forward;
        private final DatagramChannel channel;
        private final AtomicInteger waiting = new AtomicInteger();

        Listener(Forward forward, DatagramChannel channel) {
            this.forward = forward;
            this.channel = channel;
        }

        void send(byte[] data, SocketAddress remote) {
            if (waiting.get() < MOST_WAITING) {
                waiting.incrementAndGet();
                io.order(() -> {
                    waiting.decrementAndGet();
                    try {
                        channel.send(ByteBuffer.wrap(data), remote);
                    } catch (IOException e) {
                        // lost, as any datagram may be
                        return;
                    }
                });
            }
        }

        @Override
        public void ready(SelectionKey key) {
            ByteBuffer buffer = io.buffer();
            try {
                for (int i = 0; i < MOST_AT_ONCE; i++) {
                    buffer.clear();
                    SocketAddress remote = channel.receive(buffer);
                    if (remote == null) {
                        return;
                    }
                    byte[] data = new byte[buffer.flip().remaining()];
                    buffer.get(data);
                    if (data.length > Udp.MOST || waiting.get() >= MOST_WAITING) {
                        continue;
                    }
                    waiting.incrementAndGet();
                    io.result(() -> {
                        waiting.decrementAndGet();
                        arrived(new Peer(this, remote), data);
                    });
                }
            } catch (IOException e) {
                io.note(forward + ": " + e.getMessage());
            }
        }

        @Override
        public void shut() {
            io.close(channel);
        }
    }
}
