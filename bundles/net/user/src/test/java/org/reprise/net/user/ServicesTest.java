package org.reprise.net.user;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reprise.core.packet.Bytes;

/** ARP, ICMP, DHCP, UDP and DNS of the user network. */
class ServicesTest {
    private static final byte[] ALL = Guest.bytes(255, 255, 255, 255);
    private FakeHost host;
    private Guest guest;
    private final List<AutoCloseable> closing = new ArrayList<>();

    private void open(String... settings) {
        Map<String, String> map = new LinkedHashMap<>();
        for (int i = 0; i < settings.length; i += 2) {
            map.put(settings[i], settings[i + 1]);
        }
        host = new FakeHost(map);
        guest = new Guest(host);
    }

    @AfterEach
    void close() throws Exception {
        if (host != null) {
            host.close();
        }
        for (AutoCloseable c : closing) {
            c.close();
        }
    }

    /** Answers each datagram with its bytes turned round. */
    private int echo() throws IOException {
        DatagramSocket socket = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"));
        closing.add(socket);
        Thread thread = new Thread(() -> {
            byte[] b = new byte[70_000];
            try {
                while (true) {
                    DatagramPacket p = new DatagramPacket(b, b.length);
                    socket.receive(p);
                    byte[] answer = new byte[p.getLength()];
                    for (int i = 0; i < answer.length; i++) {
                        answer[i] = b[answer.length - 1 - i];
                    }
                    socket.send(new DatagramPacket(answer, answer.length, p.getSocketAddress()));
                }
            } catch (IOException e) {
                // closed at the end of the test
            }
        });
        thread.setDaemon(true);
        thread.start();
        return socket.getLocalPort();
    }

    @Test
    void gatewayAndNameServerAnswerToArpAndNobodyElse() {
        open();
        for (int i = 0; i < 256; i++) {
            guest.send(guest.arp(1, Guest.bytes(10, 0, 2, i)));
        }
        assertEquals(2, guest.got.size());
        assertArrayEquals(Guest.concat(Guest.MAC, guest.router, Guest.bytes(8, 6, 0, 1, 8, 0, 6, 4, 0, 2), guest.router,
                Guest.GATEWAY, Guest.MAC, Guest.IP), guest.got.get(0));
        assertArrayEquals(Guest.DNS, Arrays.copyOfRange(guest.got.get(1), 28, 32));
    }

    @Test
    void anEchoToTheGatewayComesBackAndOneToTheWorldIsProhibited() {
        open();
        byte[] echo = Guest.bytes(8, 0, 0, 0, 1, 2, 0, 9, 'h', 'e', 'y');
        guest.send(guest.icmp(Guest.GATEWAY, 64, echo.clone()));
        byte[] reply = guest.awaitIcmp(0, 0);
        assertArrayEquals(Guest.bytes(1, 2, 0, 9, 'h', 'e', 'y'), Arrays.copyOfRange(reply, 38, 45));
        byte[] outside = guest.icmp(Guest.bytes(192, 0, 2, 7), 64, echo.clone());
        guest.send(outside);
        byte[] error = guest.awaitIcmp(3, 13);
        assertArrayEquals(Arrays.copyOfRange(outside, 14, outside.length), Arrays.copyOfRange(error, 42, error.length));
        guest.send(guest.icmp(Guest.bytes(192, 0, 2, 7), 1, echo.clone()));
        guest.awaitIcmp(11, 0);
        guest.send(guest.icmp(ALL, 64, echo.clone()));
        assertTrue(guest.got.isEmpty());
    }

    private byte[] dhcp(int type, int flags, byte[] own, byte[]... options) {
        byte[] fixed = new byte[236];
        fixed[0] = 1;
        fixed[1] = 1;
        fixed[2] = 6;
        Bytes.put32(fixed, 4, 0xcafe0001);
        Bytes.put16(fixed, 10, flags);
        System.arraycopy(own, 0, fixed, 12, 4);
        System.arraycopy(Guest.MAC, 0, fixed, 28, 6);
        byte[] all = Guest.concat(fixed, Guest.bytes(0x63, 0x82, 0x53, 0x63), type == 0 ? new byte[0] : Guest.bytes(53, 1, type),
                Guest.concat(options), Guest.bytes(255));
        guest.send(guest.udp(own, 68, ALL, 67, all));
        return all;
    }

    private static Map<Integer, byte[]> options(byte[] message) {
        Map<Integer, byte[]> map = new LinkedHashMap<>();
        assertEquals(0x63825363, Bytes.get32(message, 236));
        for (int at = 240; message[at] != -1;) {
            if (message[at] == 0) {
                at++;
                continue;
            }
            int n = Bytes.get8(message, at + 1);
            map.put(Bytes.get8(message, at), Arrays.copyOfRange(message, at + 2, at + 2 + n));
            at += 2 + n;
        }
        return map;
    }

    @Test
    void dhcpGivesAnAddressAndTellsOfTheNetwork() {
        open("hostname", "vm", "dnssearch", "example.org,lab.example.org", "dns", "127.0.0.1", "bootfile", "boot.img");
        byte[] nobody = new byte[4];
        dhcp(1, 0, nobody, Guest.bytes(55, 3, 1, 3, 67));
        byte[] f = guest.got.get(0);
        assertArrayEquals(Guest.IP, Arrays.copyOfRange(f, 30, 34), "to the address that is offered");
        assertArrayEquals(Guest.MAC, Arrays.copyOf(f, 6));
        byte[] offer = guest.awaitUdp(68);
        assertEquals(2, offer[0]);
        assertEquals(0xcafe0001, Bytes.get32(offer, 4));
        assertArrayEquals(Guest.IP, Arrays.copyOfRange(offer, 16, 20));
        assertArrayEquals(Guest.GATEWAY, Arrays.copyOfRange(offer, 20, 24));
        assertEquals("boot.img", new String(offer, 108, 8, StandardCharsets.US_ASCII));
        Map<Integer, byte[]> o = options(offer);
        assertArrayEquals(Guest.bytes(2), o.get(53));
        assertArrayEquals(Guest.GATEWAY, o.get(54));
        assertArrayEquals(Guest.bytes(0, 1, 0x51, 0x80), o.get(51));
        assertArrayEquals(Guest.bytes(255, 255, 255, 0), o.get(1));
        assertArrayEquals(Guest.GATEWAY, o.get(3));
        assertArrayEquals(Guest.DNS, o.get(6));
        assertEquals("vm", new String(o.get(12), StandardCharsets.US_ASCII));
        assertEquals("boot.img", new String(o.get(67), StandardCharsets.US_ASCII));
        assertEquals("\7example\3org\0\3lab\7example\3org\0", new String(o.get(119), StandardCharsets.US_ASCII));
        dhcp(3, 0x8000, nobody, Guest.bytes(50, 4, 10, 0, 2, 15), Guest.bytes(54, 4, 10, 0, 2, 2));
        assertArrayEquals(ALL, Arrays.copyOfRange(guest.got.get(0), 30, 34), "the client asked for a broadcast");
        assertArrayEquals(Guest.bytes(5), options(guest.awaitUdp(68)).get(53));
        dhcp(3, 0, Guest.IP);
        assertArrayEquals(Guest.bytes(5), options(guest.awaitUdp(68)).get(53), "renewed");
        dhcp(3, 0, nobody, Guest.bytes(50, 4, 10, 0, 2, 99));
        assertArrayEquals(Guest.bytes(6), options(guest.awaitUdp(68)).get(53), "another's address");
        dhcp(3, 0, nobody, Guest.bytes(50, 4, 10, 0, 2, 15), Guest.bytes(54, 4, 10, 0, 2, 9));
        assertTrue(guest.got.isEmpty(), "another server was meant");
        dhcp(8, 0, Guest.IP);
        assertFalse(options(guest.awaitUdp(68)).containsKey(51), "INFORM leases nothing");
        dhcp(0, 0, nobody);
        assertFalse(options(guest.awaitUdp(68)).containsKey(53), "BOOTP has no type");
    }

    @Test
    void eachClientGetsAnAddressAndLeasesEndWithTheNetwork() {
        open("net", "192.168.5.16/28", "dhcpstart", "192.168.5.28");
        guest.router = Guest.bytes(0x52, 0x55, 192, 168, 5, 18);
        List<String> given = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            Guest.MAC[5] = (byte) (0x56 + i);
            try {
                dhcp(1, 0x8000, new byte[4]);
            } finally {
                Guest.MAC[5] = 0x56;
            }
            byte[] offer = guest.awaitUdp(68);
            given.add(Bytes.get8(offer, 16) + "." + Bytes.get8(offer, 17) + "." + Bytes.get8(offer, 18) + "." + Bytes.get8(offer, 19));
        }
        assertEquals(List.of("192.168.5.28", "192.168.5.29", "192.168.5.30", "192.168.5.28", "192.168.5.29", "192.168.5.30"), given);
    }

    @Test
    void datagramsGoToTheHostAndBackWholeAlsoWhenTheyAreCut() throws IOException {
        open();
        int port = echo();
        guest.announce();
        for (int n : new int[] {1, 1400, 1473, 9000, 65_507}) {
            byte[] data = new byte[n];
            new Random(n).nextBytes(data);
            byte[] whole = guest.udp(Guest.IP, 5555, Guest.GATEWAY, port, n > 1472 ? new byte[0] : data);
            if (n <= 1472) {
                guest.send(whole);
            } else {
                cut(5555, port, data);
            }
            byte[] back = n <= 1472 ? guest.awaitUdp(5555) : reassembled(n);
            for (int i = 0; i < n; i++) {
                assertEquals(data[i], back[n - 1 - i]);
            }
            assertEquals(n, back.length);
        }
    }

    /** Sends a datagram in fragments, out of order. */
    private void cut(int from, int to, byte[] data) {
        int n = data.length + 8;
        byte[] udp = Guest.summed(Guest.IP, Guest.GATEWAY, 17,
                Guest.concat(Guest.bytes(from >> 8, from, to >> 8, to, n >> 8, n, 0, 0), data), 6);
        List<byte[]> pieces = new ArrayList<>();
        for (int at = 0; at < udp.length; at += 1480) {
            byte[] f = guest.ip(Guest.IP, Guest.GATEWAY, 17, 64, Arrays.copyOfRange(udp, at, Math.min(udp.length, at + 1480)));
            Bytes.put16(f, 18, 0x7777);
            Bytes.put16(f, 20, at / 8 | (at + 1480 < udp.length ? 0x2000 : 0));
            Bytes.put16(f, 24, 0);
            Bytes.put16(f, 24, Bytes.checksum(f, 14, 34, 0));
            pieces.add(f);
        }
        java.util.Collections.shuffle(pieces, new Random(7));
        pieces.forEach(guest::send);
    }

    private byte[] reassembled(int n) {
        byte[] whole = new byte[n + 8];
        int[] missing = {n + 8};
        host.until("all fragments", () -> {
            for (byte[] f : guest.got) {
                if (f[23] == 17) {
                    int at = (Bytes.get16(f, 20) & 0x1fff) * 8;
                    System.arraycopy(f, 34, whole, at, f.length - 34);
                    missing[0] -= f.length - 34;
                }
            }
            guest.got.clear();
            return missing[0] == 0;
        });
        long pseudo = Bytes.sum(Guest.IP, 0, 4, Bytes.sum(Guest.GATEWAY, 0, 4, 17 + n + 8));
        assertEquals(0xffff, Bytes.fold(Bytes.sum(whole, 0, whole.length, pseudo)));
        return Arrays.copyOfRange(whole, 8, whole.length);
    }

    @Test
    void theFlowThatWasIdleLongestGivesWayAndIdleOnesEnd() throws IOException {
        open();
        int port = echo();
        guest.announce();
        for (int i = 0; i < 1_000; i++) {
            guest.send(guest.udp(Guest.IP, 10_000 + i, Guest.GATEWAY, port, Guest.bytes(i)));
            assertArrayEquals(Guest.bytes(i), guest.awaitUdp(10_000 + i));
        }
        long open = files();
        host.advance(61_000 * FakeHost.MILLI);
        long deadline = System.nanoTime() + 30_000_000_000L;
        while (open >= 0 && files() > open - 200 && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
        assertTrue(open < 0 || files() <= open - 200, files() + " of " + open + " files are open still");
    }

    /** Open files of this process, or -1 where nobody tells. */
    private static long files() {
        String[] names = new java.io.File("/proc/self/fd").list();
        return names == null ? -1 : names.length;
    }

    @Test
    void aPortWhereNobodyListensIsReported() throws IOException {
        open();
        int free;
        try (DatagramSocket s = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"))) {
            free = s.getLocalPort();
        }
        guest.announce();
        byte[] sent = guest.udp(Guest.IP, 5555, Guest.GATEWAY, free, new byte[] {1});
        guest.send(sent);
        byte[] error = guest.awaitIcmp(3, 3);
        assertArrayEquals(Arrays.copyOfRange(sent, 14, 42), Arrays.copyOfRange(error, 42, 70));
    }

    @Test
    void aForwardedDatagramIsAnsweredToWhoSentIt() throws IOException {
        open("hostfwd", "udp::0-10.0.2.15:500", "restrict", "on");
        Matcher m = Pattern.compile("\\(port (\\d+)\\)").matcher(host.link.describe());
        assertTrue(m.find());
        guest.announce();
        for (int i = 0; i < 3; i++) {
            try (DatagramSocket s = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"))) {
                s.setSoTimeout(30_000);
                s.send(new DatagramPacket(new byte[] {1, 2, (byte) i}, 3, InetAddress.getByName("127.0.0.1"),
                        Integer.parseInt(m.group(1))));
                byte[] f = guest.await("the datagram", x -> Guest.isIp(x, 17) && Bytes.get16(x, 36) == 500);
                assertArrayEquals(Guest.GATEWAY, Arrays.copyOfRange(f, 26, 30));
                guest.send(guest.udp(Guest.IP, 500, Guest.GATEWAY, Bytes.get16(f, 34), Guest.bytes(7, i)));
                DatagramPacket p = new DatagramPacket(new byte[100], 100);
                s.receive(p);
                assertArrayEquals(Guest.bytes(7, i), Arrays.copyOf(p.getData(), p.getLength()));
            }
        }
    }

    @Test
    void questionsAreForwardedToTheNameServerAndToTheNextWhenAskedAgain() throws IOException {
        // the first one never answers
        DatagramSocket silent = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"));
        closing.add(silent);
        int second = echo();
        open("dns", "127.0.0.1:" + silent.getLocalPort() + ",127.0.0.1:" + second);
        guest.announce();
        byte[] question = Guest.bytes(0x12, 0x34, 1, 0, 0, 1);
        guest.send(guest.udp(Guest.IP, 3333, Guest.DNS, 53, question));
        for (int i = 0; i < 20; i++) {
            host.settle();
        }
        assertTrue(guest.got.isEmpty());
        guest.send(guest.udp(Guest.IP, 3333, Guest.DNS, 53, question));
        byte[] f = guest.await("an answer", x -> Guest.isIp(x, 17));
        assertArrayEquals(Guest.DNS, Arrays.copyOfRange(f, 26, 30));
        assertEquals(53, Bytes.get16(f, 34));
        assertArrayEquals(Guest.bytes(1, 0, 0, 1, 0x34, 0x12), Arrays.copyOfRange(f, 42, f.length));
        silent.setSoTimeout(30_000);
        DatagramPacket p = new DatagramPacket(new byte[100], 100);
        silent.receive(p);
        assertArrayEquals(question, Arrays.copyOf(p.getData(), p.getLength()));
    }

    @Test
    void questionsOverTcpReachTheNameServerToo() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"))) {
            open("dns", "127.0.0.1:" + server.getLocalPort());
            guest.announce();
            CompletableFuture<byte[]> asked = CompletableFuture.supplyAsync(() -> {
                try (Socket s = server.accept()) {
                    DataInputStream in = new DataInputStream(s.getInputStream());
                    byte[] q = in.readNBytes(in.readUnsignedShort());
                    s.getOutputStream().write(Guest.bytes(0, 1, 9));
                    return q;
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            GuestTcp c = new GuestTcp(guest, Guest.IP, 3334, Guest.DNS, 53, 1);
            c.connect();
            c.write(Guest.bytes(0, 4, 'a', 'b', 'c', 'd'));
            host.until("an answer", () -> c.farEnded, () -> {
                List<byte[]> now = List.copyOf(guest.got);
                guest.got.clear();
                now.stream().filter(c::mine).forEach(c::receive);
                c.turn();
            });
            assertArrayEquals(Guest.bytes(0, 1, 9), c.received.toByteArray());
            assertArrayEquals("abcd".getBytes(StandardCharsets.US_ASCII), asked.join());
        }
    }

    /** Everything that an isolated network says, with the time at which it says it. */
    private List<String> isolated(long seed) {
        open("restrict", "on", "hostname", "vm");
        List<String> said = new ArrayList<>();
        host.guest = frame -> said.add(host.now + " " + frame.flags() + " " + Arrays.hashCode(frame.bytes()) + " " + frame.bytes().length);
        Random random = new Random(seed);
        ByteArrayOutputStream ids = new ByteArrayOutputStream();
        for (int i = 0; i < 2_000; i++) {
            host.takesUnfinished = i > 1000;
            switch (random.nextInt(7)) {
                case 0 -> dhcp(1 + random.nextInt(3), 0, new byte[4]);
                case 1 -> guest.send(guest.arp(1, Guest.GATEWAY));
                case 2 -> guest.send(guest.icmp(Guest.GATEWAY, 64, Guest.bytes(8, 0, 0, 0, 1, 2, 0, i)));
                case 3 -> guest.send(guest.udp(Guest.IP, i, Guest.bytes(192, 0, 2, 1), 53, new byte[5]));
                case 4 -> new GuestTcp(guest, Guest.IP, 1000 + i, Guest.bytes(192, 0, 2, 1), 80, i).connect();
                case 5 -> guest.send(guest.udp(Guest.IP, i, Guest.DNS, 53, new byte[5]));
                default -> guest.send(guest.ip(Guest.IP6, Guest.GATEWAY6, 58, 255,
                        Guest.summed(Guest.IP6, Guest.GATEWAY6, 58, Guest.bytes(128, 0, 0, 0, 0, 1, 0, i), 2)));
            }
            ids.write(i);
            host.advance(random.nextInt(1_000_000_000));
        }
        assertTrue(host.work.isEmpty(), "nothing comes from another thread");
        host.close();
        return said;
    }

    @Test
    void anIsolatedNetworkSaysTheSameAtTheSameTimesInEachRun() {
        List<String> first = isolated(3);
        assertTrue(first.size() > 1_800, first.size() + " frames");
        assertEquals(first, isolated(3));
        assertFalse(first.equals(isolated(4)));
        boolean thread = Thread.getAllStackTraces().keySet().stream().anyMatch(t -> t.getName().equals("network net0"));
        assertFalse(thread, "an isolated network needs no thread");
    }

    @Test
    void anIsolatedNetworkReachesNothingOfTheHost() throws IOException {
        int port = echo();
        open("restrict", "on", "dns", "127.0.0.1:" + port);
        guest.announce();
        guest.send(guest.udp(Guest.IP, 5000, Guest.GATEWAY, port, new byte[3]));
        guest.awaitIcmp(3, 3);
        guest.send(guest.udp(Guest.IP, 5000, Guest.DNS, 53, new byte[3]));
        guest.awaitIcmp(3, 3);
        guest.send(guest.udp(Guest.IP, 5000, Guest.bytes(127, 0, 0, 1), port, new byte[3]));
        guest.awaitIcmp(3, 13);
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"))) {
            GuestTcp c = new GuestTcp(guest, Guest.IP, 4000, Guest.GATEWAY, server.getLocalPort(), 9);
            c.connect();
            c.receive(guest.await("a reset", c::mine));
            assertTrue(c.reset);
            server.setSoTimeout(1);
            assertThrows(java.net.SocketTimeoutException.class, server::accept);
        }
    }

    @Test
    void addressesThatMeanNobodyOutsideAreRefused() throws IOException {
        int port = echo();
        open();
        guest.announce();
        for (byte[] to : List.of(Guest.bytes(127, 0, 0, 1), Guest.bytes(0, 0, 0, 1), Guest.bytes(169, 254, 1, 1),
                Guest.bytes(250, 1, 1, 1))) {
            guest.send(guest.udp(Guest.IP, 5000, to, port, new byte[3]));
            guest.awaitIcmp(3, 3);
        }
        guest.send(guest.udp(Guest.bytes(192, 168, 1, 1), 5000, Guest.GATEWAY, port, new byte[3]));
        guest.send(guest.udp(Guest.IP, 5000, Guest.bytes(224, 0, 0, 251), 5353, new byte[3]));
        host.settle();
        assertTrue(guest.got.isEmpty());
    }

    @Test
    void badSettingsAreNamed() throws IOException {
        String[][] bad = {{"net", "10.0.2.0"}, {"net", "10.0.2.1/24"}, {"net", "10.0.0.0/31"}, {"net", "fec0::/64"}, {"host", "10.0.3.2"},
            {"host", "10.0.2.3"}, {"dhcpstart", "10.0.2.255"}, {"hostname", "a b"}, {"dns", "localhost"}, {"dns", "1.2.3.4:0"},
            {"hostfwd", "tcp:22"}, {"hostfwd", "tcp::70000-:22"}, {"hostfwd", "tcp:1.2.3:1-:22"},
            {"tftp", "/nowhere/at/all"}, {"mtu", "100"},
            {"bootfile", "x y"}, {"dnssearch", "a..b"}};
        for (String[] b : bad) {
            String message = assertThrows(IllegalArgumentException.class, () -> open(b[0], b[1])).getMessage();
            assertTrue(message.contains(b[0] + "=") && message.contains("net0"), message);
        }
        try (ServerSocket taken = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"))) {
            String message = assertThrows(java.io.UncheckedIOException.class, () -> open("hostfwd", "tcp::" + taken.getLocalPort()
                    + "-:22"))
                    .getMessage();
            assertTrue(message.contains("hostfwd tcp 127.0.0.1 port " + taken.getLocalPort()), message);
        }
    }

    @Test
    void theHostsNameServersAreThoseOfItsFile() {
        assertEquals("[/192.0.2.1:53, /[2001:db8:0:0:0:0:0:1]:53]", Resolvers.read(List.of("# comment", "search x", "nameserver 192.0.2.1",
                "nameserver fe80::1%eth0", " nameserver\t2001:db8::1", "nameserver", "nameserver some.name")).toString());
    }
}
