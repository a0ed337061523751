package org.reprise.net.user;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reprise.api.net.NetworkFrame;
import org.reprise.core.packet.Bytes;

/** Whatever a guest sends: no exception, no more memory, and the network serves on. */
class HostileTest {
    @TempDir
    private Path folder;
    private FakeHost host;
    private Guest guest;

    private void open(String restrict) throws IOException {
        Files.writeString(folder.resolve("f"), "x".repeat(2000));
        host = new FakeHost(Map.of("restrict", restrict, "tftp", folder.toString(), "dns", "127.0.0.1:9"));
        guest = new Guest(host);
        host.guest = frame -> guest.got.add(frame.bytes());
        guest.announce();
    }

    @AfterEach
    void close() {
        host.close();
    }

    /** One valid packet of each kind that the network knows. */
    private List<byte[]> seeds(int tcpPort, int udpPort) {
        List<byte[]> seeds = new ArrayList<>();
        Guest recorder = new Guest(host) {
            @Override
            void send(byte[] frame) {
                seeds.add(frame);
            }
        };
        host.guest = frame -> guest.got.add(frame.bytes());
        seeds.add(guest.arp(1, Guest.GATEWAY));
        seeds.add(guest.icmp(Guest.GATEWAY, 64, Guest.bytes(8, 0, 0, 0, 0, 1, 0, 1)));
        byte[] dhcp = new byte[260];
        Arrays.fill(dhcp, 0, 3, (byte) 1);
        dhcp[2] = 6;
        System.arraycopy(Guest.MAC, 0, dhcp, 28, 6);
        System.arraycopy(Guest.bytes(0x63, 0x82, 0x53, 0x63, 53, 1, 1, 55, 4, 1, 3, 6, 67, 50, 4, 10, 0, 2, 15, 255), 0, dhcp, 236, 20);
        seeds.add(guest.udp(new byte[4], 68, Guest.bytes(255, 255, 255, 255), 67, dhcp));
        seeds.add(guest.udp(Guest.IP, 1000, Guest.GATEWAY, 69, Guest.concat(Guest.bytes(0, 1),
                "f\0octet\0blksize\0512\0".getBytes(StandardCharsets.US_ASCII))));
        seeds.add(guest.udp(Guest.IP, 1000, Guest.GATEWAY, 0x8000, Guest.bytes(0, 4, 0, 1)));
        seeds.add(guest.udp(Guest.IP, 1001, Guest.GATEWAY, udpPort, new byte[20]));
        seeds.add(guest.udp(Guest.IP, 1002, Guest.DNS, 53, new byte[20]));
        seeds.add(guest.udp(Guest.IP6, 1001, Guest.GATEWAY6, udpPort, new byte[20]));
        new GuestTcp(recorder, Guest.IP, 2000, Guest.GATEWAY, tcpPort, 1).connect();
        new GuestTcp(recorder, Guest.IP6, 2000, Guest.GATEWAY6, tcpPort, 1).connect();
        GuestTcp later = new GuestTcp(recorder, Guest.IP, 2000, Guest.GATEWAY, tcpPort, 1);
        later.acknowledge();
        later.abort();
        byte[] target = Guest.v6("fec0::2");
        seeds.add(guest.ip(Guest.IP6, Guest.GATEWAY6, 58, 255, Guest.summed(Guest.IP6, Guest.GATEWAY6, 58,
                Guest.concat(Guest.bytes(135, 0, 0, 0, 0, 0, 0, 0), target, Guest.bytes(1, 1), Guest.MAC), 2)));
        seeds.add(guest.ip(Guest.IP6, Guest.GATEWAY6, 58, 255, Guest.summed(Guest.IP6, Guest.GATEWAY6, 58,
                Guest.concat(Guest.bytes(133, 0, 0, 0, 0, 0, 0, 0), Guest.bytes(1, 1), Guest.MAC), 2)));
        seeds.add(guest.ip(Guest.IP6, Guest.GATEWAY6, 0, 64, Guest.concat(Guest.bytes(60, 0, 1, 4, 0, 0, 0, 0),
                Guest.bytes(44, 0, 1, 4, 0, 0, 0, 0), Guest.bytes(17, 0, 0, 1, 0, 0, 0, 7), new byte[64])));
        byte[] fragment = guest.ip(Guest.IP, Guest.GATEWAY, 17, 64, new byte[64]);
        fragment[20] = 0x20;
        seeds.add(fragment);
        return seeds;
    }

    /** Makes checksums right again, so that damage gets further than the first check. */
    private static void repair(byte[] f) {
        if (f.length >= 34 && Bytes.get16(f, 12) == 0x800) {
            int header = (f[14] & 15) * 4;
            if (header >= 20 && 14 + header + 20 <= f.length) {
                int end = Math.min(f.length, Math.max(14 + header, 14 + Bytes.get16(f, 16)));
                int at = f[23] == 6 ? 16 : f[23] == 17 ? 6 : f[23] == 1 ? 2 : -1;
                int start = 14 + header;
                if (at >= 0 && start + at + 2 <= end) {
                    Bytes.put16(f, start + at, 0);
                    long pseudo = f[23] == 1 ? 0 : Bytes.sum(f, 26, 34, (long) f[23] + end - start);
                    Bytes.put16(f, start + at, Bytes.checksum(f, start, end, pseudo));
                }
                Bytes.put16(f, 24, 0);
                Bytes.put16(f, 24, Bytes.checksum(f, 14, start, 0));
            }
        } else if (f.length >= 74 && Bytes.get16(f, 12) == 0x86dd) {
            int end = Math.min(f.length, 54 + Bytes.get16(f, 18));
            int at = f[20] == 6 ? 16 : f[20] == 17 ? 6 : f[20] == 58 ? 2 : -1;
            if (at >= 0 && 54 + at + 2 <= end) {
                Bytes.put16(f, 54 + at, 0);
                Bytes.put16(f, 54 + at, Bytes.checksum(f, 54, end, Bytes.sum(f, 22, 54, (long) f[20] + end - 54)));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"on", "off"})
    void damagedPacketsDoNoHarm(String restrict) throws IOException {
        open(restrict);
        Random random = new Random(11);
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
                DatagramSocket udp = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"))) {
            // others than these are not to be reached from here: no packet of the test leaves the host
            List<byte[]> seeds = seeds(server.getLocalPort(), udp.getLocalPort());
            for (int i = 0; i < 300_000; i++) {
                byte[] f = seeds.get(random.nextInt(seeds.size())).clone();
                for (int n = random.nextInt(4); n > 0; n--) {
                    int at = 14 + random.nextInt(f.length - 14);
                    if (restrict.equals("off") && (at >= 26 && at < 60 || Bytes.get16(f, 12) == 0x800 && (at & ~15) == 32)) {
                        continue;
                    }
                    f[at] = random.nextBoolean() ? (byte) random.nextInt() : (byte) (f[at] ^ 1 << random.nextInt(8));
                }
                if (random.nextInt(4) == 0) {
                    f = Arrays.copyOf(f, 14 + random.nextInt(f.length - 13));
                } else if (random.nextInt(8) == 0) {
                    f = Arrays.copyOf(f, f.length + random.nextInt(3000));
                }
                if (random.nextInt(4) != 0) {
                    repair(f);
                }
                if (random.nextInt(16) == 0 && f.length > 40) {
                    try {
                        host.link.send(NetworkFrame.of(f, random.nextInt(f.length) | (long) random.nextInt(20) << 16
                                | (long) random.nextInt(2000) << 32 | (long) random.nextInt(3) << 48));
                    } catch (IllegalArgumentException e) {
                        assertTrue(e.getMessage().contains("frame") || e.getMessage().contains("segments"), e.getMessage());
                    }
                } else {
                    guest.send(f);
                }
                if (i % 64 == 0) {
                    guest.got.clear();
                    host.advance(random.nextInt(500_000_000));
                    for (Runnable task = host.work.poll(); task != null; task = host.work.poll()) {
                        task.run();
                    }
                }
            }
        }
        guest.got.clear();
        guest.send(guest.icmp(Guest.GATEWAY, 64, Guest.bytes(8, 0, 0, 0, 0, 1, 0, 1)));
        guest.awaitIcmp(0, 0);
    }

    @Test
    void randomBytesDoNoHarm() throws IOException {
        open("on");
        Random random = new Random(12);
        for (int i = 0; i < 200_000; i++) {
            byte[] f = new byte[14 + random.nextInt(200)];
            random.nextBytes(f);
            System.arraycopy(guest.router, 0, f, 0, 6);
            Bytes.put16(f, 12, new int[] {0x800, 0x806, 0x86dd, random.nextInt()}[random.nextInt(4)]);
            guest.send(f);
        }
        assertTrue(guest.got.size() < 200_000);
    }

    @Test
    void aMillionSynsTakeNoMoreThanTheirPlaces() throws IOException {
        open("off");
        try (ServerSocket server = new ServerSocket(0, 1000, InetAddress.getByName("127.0.0.1"))) {
            byte[] syn = seeds(server.getLocalPort(), 9).get(8);
            assertEquals(2, syn[47]);
            for (int i = 0; i < 1_000_000; i++) {
                Bytes.put16(syn, 34, i * 40_503);
                Bytes.put32(syn, 26, 0x0a000200 | 4 + i % 250);
                repair(syn);
                guest.send(syn);
                if (i % 1000 == 0) {
                    guest.got.clear();
                    for (Runnable task = host.work.poll(); task != null; task = host.work.poll()) {
                        task.run();
                    }
                    host.advance(FakeHost.MILLI);
                }
            }
            int open = ((UserLink) host.link).connections();
            assertTrue(open > 0 && open <= 128, open + " connections");
            host.until("given up", () -> {
                host.advance(1_000 * FakeHost.MILLI);
                guest.got.clear();
                return ((UserLink) host.link).connections() == 0;
            });
        }
    }

    @Test
    void fragmentsThatNeverEndAreForgotten() throws IOException {
        open("on");
        for (int i = 0; i < 100_000; i++) {
            byte[] f = guest.ip(Guest.IP, Guest.GATEWAY, 17, 64, new byte[1480]);
            Bytes.put16(f, 18, i);
            Bytes.put16(f, 20, 0x2000 | i % 40 * 185);
            Bytes.put16(f, 24, 0);
            Bytes.put16(f, 24, Bytes.checksum(f, 14, 34, 0));
            guest.send(f);
        }
        guest.got.clear();
        guest.send(guest.icmp(Guest.GATEWAY, 64, Guest.bytes(8, 0, 0, 0, 0, 1, 0, 1)));
        guest.awaitIcmp(0, 0);
    }
}
