package org.reprise.net.user;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.reprise.core.packet.Bytes;

/** IPv6 of the user network. */
class Ipv6Test {
    private static final byte[] LINK = Guest.v6("fe80::5054:ff:fe12:3456");
    private static final byte[] ROUTERS = Guest.v6("ff02::2");
    private FakeHost host;
    private Guest guest;

    @BeforeEach
    void open() {
        open(Map.of("dns", "127.0.0.1:9", "dnssearch", "example.org"));
    }

    private void open(Map<String, String> settings) {
        host = new FakeHost(settings);
        guest = new Guest(host);
    }

    @AfterEach
    void close() {
        host.close();
    }

    private byte[] icmp6(byte[] from, byte[] to, int hops, byte[] message) {
        return guest.ip(from, to, 58, hops, Guest.summed(from, to, 58, message, 2));
    }

    private byte[] solicitation(byte[] target) {
        return Guest.concat(Guest.bytes(135, 0, 0, 0, 0, 0, 0, 0), target, Guest.bytes(1, 1), Guest.MAC);
    }

    private static byte[] solicitedNode(byte[] a) {
        return Guest.concat(Guest.v6("ff02::1:ff00:0"), new byte[0]).length == 16
                ? Guest.concat(Arrays.copyOf(Guest.v6("ff02::1:ff00:0"), 13), Arrays.copyOfRange(a, 13, 16)) : null;
    }

    @Test
    void routerNameServerAndPrefixAreAdvertisedOnDemandAndFromTimeToTime() {
        guest.send(icmp6(LINK, ROUTERS, 255, Guest.concat(Guest.bytes(133, 0, 0, 0, 0, 0, 0, 0), Guest.bytes(1, 1), Guest.MAC)));
        byte[] f = guest.awaitIcmp(134, 0);
        assertArrayEquals(Guest.v6("fe80::2"), Arrays.copyOfRange(f, 22, 38));
        assertArrayEquals(LINK, Arrays.copyOfRange(f, 38, 54));
        assertEquals(255, Bytes.get8(f, 21));
        assertEquals(1800, Bytes.get16(f, 60));
        byte[] options = Arrays.copyOfRange(f, 70, f.length);
        byte[] expected = Guest.concat(Guest.bytes(1, 1), guest.router, Guest.bytes(5, 1, 0, 0, 0, 0, 5, 0xdc),
                Guest.bytes(3, 4, 64, 0xc0, 0, 1, 0x51, 0x80, 0, 0, 0x38, 0x40, 0, 0, 0, 0), Guest.v6("fec0::"),
                Guest.bytes(25, 3, 0, 0, 0, 0, 7, 8), Guest.v6("fec0::3"),
                Guest.bytes(31, 3, 0, 0, 0, 0, 7, 8, 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 3, 'o', 'r', 'g', 0, 0, 0, 0));
        assertArrayEquals(expected, options);
        host.advance(601_000 * FakeHost.MILLI);
        assertEquals(3, guest.got.size());
        assertArrayEquals(Guest.v6("ff02::1"), Arrays.copyOfRange(guest.got.get(0), 38, 54));
        assertArrayEquals(Guest.bytes(0x33, 0x33, 0, 0, 0, 1), Arrays.copyOf(guest.got.get(0), 6));
    }

    @Test
    void solicitationsForOurAddressesAreAnsweredAndOthersAreNot() {
        for (String own : List.of("fec0::2", "fe80::2", "fec0::3")) {
            byte[] target = Guest.v6(own);
            guest.send(icmp6(LINK, solicitedNode(target), 255, solicitation(target)));
            byte[] f = guest.awaitIcmp(136, 0);
            assertArrayEquals(Guest.concat(target, Guest.bytes(2, 1), guest.router), Arrays.copyOfRange(f, 62, 86));
            assertEquals(0xe0, Bytes.get8(f, 58));
        }
        byte[] other = Guest.v6("fec0::9");
        guest.send(icmp6(LINK, solicitedNode(other), 255, solicitation(other)));
        byte[] own = Guest.v6("fec0::2");
        guest.send(icmp6(LINK, solicitedNode(own), 254, solicitation(own)));
        byte[] loop = solicitation(own);
        loop[25] = 0;
        guest.send(icmp6(LINK, solicitedNode(own), 255, loop));
        assertTrue(guest.got.isEmpty());
        // duplicate address detection: from nobody, without a station
        guest.send(icmp6(Guest.v6("::"), solicitedNode(own), 255, Arrays.copyOf(solicitation(own), 24)));
        byte[] f = guest.awaitIcmp(136, 0);
        assertArrayEquals(Guest.v6("ff02::1"), Arrays.copyOfRange(f, 38, 54));
        assertEquals(0xa0, Bytes.get8(f, 58));
    }

    @Test
    void echoesAreAnswered() {
        guest.send(icmp6(Guest.IP6, Guest.GATEWAY6, 64, Guest.bytes(128, 0, 0, 0, 1, 2, 3, 4, 5)));
        byte[] f = guest.awaitIcmp(129, 0);
        assertArrayEquals(Guest.bytes(1, 2, 3, 4, 5), Arrays.copyOfRange(f, 58, 63));
        guest.send(icmp6(Guest.IP6, Guest.v6("2001:db8::1"), 64, Guest.bytes(128, 0, 0, 0, 1, 2, 3, 4, 5)));
        guest.awaitIcmp(1, 1);
    }

    private static InetAddress loopback() throws IOException {
        return InetAddress.getByName("::1");
    }

    private static boolean hostHasIpv6() {
        try (ServerSocket s = new ServerSocket(0, 1, loopback())) {
            return s.isBound();
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void tcpReachesTheHostsLoopback() throws IOException {
        assumeTrue(hostHasIpv6(), "this host has no IPv6");
        byte[] down = new byte[2_000_000];
        new Random(1).nextBytes(down);
        for (boolean large : new boolean[] {false, true}) {
            host.takesUnfinished = large;
            try (ServerSocket server = new ServerSocket(0, 5, loopback())) {
                CompletableFuture<byte[]> served = CompletableFuture.supplyAsync(() -> {
                    try (Socket s = server.accept()) {
                        s.getOutputStream().write(down);
                        s.shutdownOutput();
                        return s.getInputStream().readAllBytes();
                    } catch (IOException e) {
                        throw new IllegalStateException(e);
                    }
                });
                GuestTcp c = new GuestTcp(guest, Guest.IP6, large ? 7001 : 7000, Guest.GATEWAY6, server.getLocalPort(), 5);
                c.connect();
                c.write(new byte[] {4, 5, 6});
                c.end();
                host.until("the end", () -> c.farEnded && served.isDone(), () -> {
                    List<byte[]> now = List.copyOf(guest.got);
                    guest.got.clear();
                    now.stream().filter(c::mine).forEach(c::receive);
                    c.turn();
                });
                assertArrayEquals(down, c.received.toByteArray());
                assertArrayEquals(new byte[] {4, 5, 6}, served.join());
            }
        }
    }

    @Test
    void datagramsGoToTheHostAndBackAlsoInFragments() throws IOException {
        assumeTrue(hostHasIpv6(), "this host has no IPv6");
        try (DatagramSocket socket = new DatagramSocket(0, loopback())) {
            socket.setSoTimeout(30_000);
            byte[] data = new byte[4_000];
            new Random(3).nextBytes(data);
            int n = data.length + 8;
            int port = socket.getLocalPort();
            byte[] udp = Guest.summed(Guest.IP6, Guest.GATEWAY6, 17,
                    Guest.concat(Guest.bytes(0x12, 0x34, port >> 8, port, n >> 8, n, 0, 0), data), 6);
            for (int at = 0; at < udp.length; at += 1400) {
                byte[] piece = Arrays.copyOfRange(udp, at, Math.min(udp.length, at + 1400));
                int place = at | (at + 1400 < udp.length ? 1 : 0);
                // a destination option before the fragment, for good measure
                guest.send(guest.ip(Guest.IP6, Guest.GATEWAY6, 60, 64, Guest.concat(Guest.bytes(44, 0, 1, 4, 0, 0, 0, 0),
                        Guest.bytes(17, 0, place >> 8, place, 0, 0, 0, 9), piece)));
            }
            host.settle();
            DatagramPacket p = new DatagramPacket(new byte[5_000], 5_000);
            socket.receive(p);
            assertArrayEquals(data, Arrays.copyOf(p.getData(), p.getLength()));
            socket.send(new DatagramPacket(data, 1_400, p.getSocketAddress()));
            assertArrayEquals(Arrays.copyOf(data, 1_400), guest.awaitUdp(0x1234));
            socket.send(new DatagramPacket(data, data.length, p.getSocketAddress()));
            byte[] whole = new byte[udp.length];
            int[] missing = {udp.length};
            host.until("all fragments", () -> {
                for (byte[] f : guest.got) {
                    assertEquals(44, f[20]);
                    System.arraycopy(f, 62, whole, Bytes.get16(f, 56) & 0xfff8, f.length - 62);
                    missing[0] -= f.length - 62;
                }
                guest.got.clear();
                return missing[0] == 0;
            });
            assertArrayEquals(data, Arrays.copyOfRange(whole, 8, whole.length));
        }
    }

    @Test
    void whatIsSwitchedOffSaysNothing() {
        host.close();
        open(Map.of("ipv6", "off"));
        guest.send(icmp6(Guest.IP6, Guest.GATEWAY6, 64, Guest.bytes(128, 0, 0, 0, 1, 2, 3, 4, 5)));
        host.advance(900_000 * FakeHost.MILLI);
        assertTrue(guest.got.isEmpty());
    }
}
