package org.reprise.net.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.reprise.api.device.Timer;
import org.reprise.api.net.NetworkBackend;
import org.reprise.api.net.NetworkFrame;
import org.reprise.api.net.NetworkFrame.Segmentation;
import org.reprise.api.net.NetworkHost;
import org.reprise.api.net.NetworkLink;
import org.reprise.tools.devicekit.FakePartConfig;

class HubTest {
    private static final class Host implements NetworkHost {
        final String machine;
        final List<NetworkFrame> got = new ArrayList<>();
        boolean large;
        int room = 100;

        Host(String machine) {
            this.machine = machine;
        }

        @Override
        public String machine() {
            return machine;
        }

        @Override
        public boolean receive(NetworkFrame frame) {
            if (got.size() >= room) {
                return false;
            }
            got.add(frame);
            return true;
        }

        @Override
        public boolean takesUnfinished() {
            return large;
        }

        @Override
        public void execute(Runnable work) {
            work.run();
        }

        @Override
        public Timer timer(String name, Runnable callback) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long now() {
            return 0;
        }

        @Override
        public void note(String message) {
            throw new AssertionError(message);
        }
    }

    private final HubBackend hubs = new HubBackend();

    private NetworkLink open(Host host, String part, String... settings) throws IOException {
        Map<String, String> map = new HashMap<>();
        for (int i = 0; i < settings.length; i += 2) {
            map.put(settings[i], settings[i + 1]);
        }
        return hubs.open(new FakePartConfig(part, map), host);
    }

    private static NetworkFrame frame(int n) {
        return NetworkFrame.complete(new byte[n]);
    }

    @Test
    void allOnOneHubOfOneMachineHearEachOtherAndNobodyElseDoes() throws IOException {
        Host a = new Host("m");
        Host b = new Host("m");
        Host c = new Host("m");
        Host otherHub = new Host("m");
        Host otherMachine = new Host("n");
        NetworkLink la = open(a, "net0", "hub", "lan");
        NetworkLink lb = open(b, "net1", "hub", "lan");
        open(c, "net2", "hub", "lan");
        open(otherHub, "net3");
        open(otherMachine, "net0", "hub", "lan");
        NetworkFrame f = frame(60);
        la.send(f);
        assertEquals(0, a.got.size());
        assertSame(f, b.got.get(0));
        assertSame(f, c.got.get(0));
        assertEquals(0, otherHub.got.size() + otherMachine.got.size());
        lb.close();
        lb.close();
        la.send(f);
        assertEquals(1, b.got.size());
        assertEquals(2, c.got.size());
        assertTrue(la.describe().contains("lan of 2"), la.describe());
    }

    @Test
    void unfinishedFramesAreFinishedForThoseWhoDoNotTakeThem() throws IOException {
        Host a = new Host("m");
        Host large = new Host("m");
        Host small = new Host("m");
        large.large = true;
        NetworkLink link = open(a, "net0");
        open(large, "net1");
        open(small, "net2");
        byte[] b = new byte[54 + 3000];
        b[12] = 8;
        b[14] = 0x45;
        b[23] = 6;
        b[46] = 0x50;
        NetworkFrame f = new NetworkFrame(b, 34, 16, Segmentation.TCP4, 1000);
        link.send(f);
        assertSame(f, large.got.get(0));
        assertEquals(3, small.got.size());
        small.got.forEach(piece -> assertFalse(piece.unfinished()));
    }

    /** An uplink that keeps what it gets and sends on demand. */
    private static final class Up implements NetworkBackend, NetworkLink {
        final List<NetworkFrame> got = new ArrayList<>();
        NetworkHost host;
        int rooms;
        boolean closed;

        @Override
        public NetworkLink open(org.reprise.api.device.PartConfig config, NetworkHost to) throws IOException {
            if (config.has("fails")) {
                throw new IOException("no");
            }
            host = to;
            return this;
        }

        @Override
        public void send(NetworkFrame frame) {
            got.add(frame);
        }

        @Override
        public void room() {
            rooms++;
        }

        @Override
        public String describe() {
            return "up";
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    @Test
    void anUplinkIsOneMoreOnTheHub() throws IOException {
        Up up = new Up();
        hubs.addBackend(up, Map.of(NetworkBackend.BACKEND, "up", NetworkBackend.OFFLOADS, true));
        Host a = new Host("m");
        Host b = new Host("m");
        NetworkLink la = open(a, "net0", "hub.uplink", "up");
        NetworkLink lb = open(b, "net1");
        lb.send(frame(60));
        assertEquals(1, up.got.size());
        a.room = 1;
        b.room = 2;
        assertEquals("m", up.host.machine());
        assertTrue(up.host.receive(frame(61)));
        assertTrue(up.host.receive(frame(62)), "one has room");
        assertEquals(2, b.got.size());
        assertFalse(up.host.receive(frame(63)));
        lb.room();
        lb.room();
        assertEquals(1, up.rooms);
        String second = assertThrows(IllegalArgumentException.class, () -> open(new Host("m"), "net2", "hub.uplink", "up")).getMessage();
        assertTrue(second.contains("net0") && second.contains("net2"), second);
        assertTrue(lb.describe().contains("of 2"), lb.describe());
        la.close();
        assertTrue(up.closed);
        lb.send(frame(60));
        assertEquals(1, up.got.size());
    }

    @Test
    void anUplinkThatCannotBeOpenedLeavesNothingBehind() throws IOException {
        Up up = new Up();
        hubs.addBackend(up, Map.of(NetworkBackend.BACKEND, "up"));
        Host a = new Host("m");
        assertThrows(IOException.class, () -> open(a, "net0", "hub.uplink", "up", "fails", "on"));
        String none = assertThrows(IOException.class, () -> open(a, "net0", "hub.uplink", "other")).getMessage();
        assertTrue(none.contains("hub.uplink=other") && none.contains("up"), none);
        NetworkLink link = open(a, "net0", "hub.uplink", "up");
        assertTrue(link.describe().contains("of 1"), link.describe());
        hubs.removeBackend(up);
        assertThrows(IOException.class, () -> open(new Host("x"), "net0", "hub.uplink", "up"));
    }
}
