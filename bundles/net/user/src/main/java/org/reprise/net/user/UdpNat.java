package org.reprise.net.user;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.reprise.core.packet.Bytes;

/**
 * Datagrams of the guest to the host's side. Each flow has a socket of its own, so that an answer comes from whom the guest asked, and
 * that nobody listens is told. A flow ends when it is idle, or used longest ago when there are too many.
 */
final class UdpNat {
    private static final int MOST = 256;
    private static final long IDLE = 60 * Alarms.SECOND;
    private static final int QUOTED = 8;

    private final Destinations destinations;
    private final Udp udp;
    private final Icmp icmp;
    private final Alarms alarms;
    private final HostIo io;
    private final Map<Flow, Entry> flows = new LinkedHashMap<>(16, 0.75f, true);

    private final class Entry implements HostUdp.Listener {
        final Flow flow;
        final Alarms.Alarm alarm;
        HostUdp socket;
        InetSocketAddress target;
        byte[] quote;
        long used;
        int query = -1;
        int attempt;

        Entry(Flow flow) {
            this.flow = flow;
            alarm = alarms.alarm(this::idle);
            alarm.in(IDLE);
        }

        private void idle() {
            long left = used + IDLE - alarms.now();
            if (left > 0) {
                alarm.in(left);
            } else {
                end();
            }
        }

        void end() {
            if (flows.remove(flow, this)) {
                release();
            }
        }

        void release() {
            alarm.cancel();
            if (socket != null) {
                socket.close();
            }
        }

        @Override
        public void received(HostUdp from, byte[] data) {
            if (from == socket) {
                used = alarms.now();
                udp.send(flow, data, data.length);
            }
        }

        @Override
        public void failed(HostUdp from, IOException reason) {
            if (from == socket) {
                icmp.unreachable(flow.guest(), quote, reason instanceof PortUnreachableException ? Icmp.Error.PORT : Icmp.Error.HOST);
                end();
            }
        }
    }

    UdpNat(UserSettings settings, Udp udp, Icmp icmp, Alarms alarms, HostIo io) {
        this.destinations = new Destinations(settings);
        this.udp = udp;
        this.icmp = icmp;
        this.alarms = alarms;
        this.io = io;
    }

    boolean has(Flow flow) {
        return flows.containsKey(flow);
    }

    void receive(Flow flow, Datagram d) {
        Entry entry = flows.get(flow);
        int attempt = entry == null ? 0 : entry.attempt;
        byte[] data = Arrays.copyOfRange(d.bytes(), d.start() + Protocol.UDP_BYTES, d.end());
        if (entry != null && flow.farPort() == Protocol.DNS_PORT && data.length >= 2) {
            // a question that is asked again: perhaps another name server answers
            attempt += Bytes.get16(data, 0) == entry.query ? 1 : 0;
        }
        InetSocketAddress target = destinations.find(flow.far(), flow.farPort(), attempt);
        if (target == null) {
            icmp.unreachable(d, Icmp.Error.PORT);
            return;
        }
        if (entry == null) {
            if (flows.size() >= MOST) {
                flows.values().iterator().next().end();
            }
            entry = new Entry(flow);
            flows.put(flow, entry);
        }
        entry.used = alarms.now();
        entry.attempt = attempt;
        entry.query = data.length >= 2 ? Bytes.get16(data, 0) : -1;
        entry.quote = d.quote(QUOTED);
        if (!target.equals(entry.target)) {
            if (entry.socket != null) {
                entry.socket.close();
            }
            entry.target = target;
            entry.socket = new HostUdp(io, target, entry);
        }
        entry.socket.send(data);
    }
}
