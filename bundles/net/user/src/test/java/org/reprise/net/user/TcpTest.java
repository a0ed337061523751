package org.reprise.net.user;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.reprise.core.packet.Bytes;

/** TCP through the user network, against real servers and clients on the host's loopback. */
class TcpTest {
    private FakeHost host;
    private Guest guest;
    private ServerSocket server;
    /** Frames to the guest that the test has taken off the cable. */
    private final Random random = new Random(5);
    private double loss;

    @BeforeEach
    void open() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
        open(Map.of());
    }

    private void open(Map<String, String> settings) {
        host = new FakeHost(settings);
        guest = new Guest(host);
        guest.announce();
    }

    @AfterEach
    void close() throws IOException {
        host.close();
        server.close();
    }

    private GuestTcp tcp(int farPort) {
        return new GuestTcp(guest, Guest.IP, 40_000, Guest.GATEWAY, farPort, 0xffff_f000);
    }

    /** Hands frames over, some lost, some late, some twice. */
    private void pump(GuestTcp... connections) {
        List<byte[]> now = new ArrayList<>(guest.got);
        guest.got.clear();
        for (int i = 0; i < now.size(); i++) {
            double dice = random.nextDouble();
            if (dice < loss) {
                continue;
            }
            if (dice < 2 * loss && i + 1 < now.size()) {
                byte[] later = now.get(i);
                now.set(i, now.get(i + 1));
                now.set(i + 1, later);
            }
            for (GuestTcp c : connections) {
                if (c.mine(now.get(i))) {
                    c.receive(now.get(i));
                    if (dice > 1 - loss) {
                        c.receive(now.get(i));
                    }
                }
            }
        }
        for (GuestTcp c : connections) {
            c.turn();
        }
    }

    private void until(String what, BooleanSupplier done, GuestTcp... connections) {
        host.until(what, done, () -> pump(connections));
    }

    private <T> T await(CompletableFuture<T> future, GuestTcp... connections) {
        until("the host's side is done", future::isDone, connections);
        return future.join();
    }

    private byte[] bytes(int n) {
        byte[] b = new byte[n];
        new Random(n).nextBytes(b);
        return b;
    }

    /** Accepts one connection, writes, reads to the end, in two threads. */
    private CompletableFuture<byte[]> serve(byte[] answer) {
        return CompletableFuture.supplyAsync(() -> {
            try (Socket s = server.accept()) {
                CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> {
                    try {
                        s.getOutputStream().write(answer);
                        s.shutdownOutput();
                    } catch (IOException e) {
                        throw new IllegalStateException(e);
                    }
                });
                byte[] got = s.getInputStream().readAllBytes();
                writer.join();
                return got;
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @ParameterizedTest
    @CsvSource({"0, false", "0, true", "0.01, false", "0.01, true", "0.1, false"})
    void megabytesBothWaysAtOnceArriveEqualWhateverIsLostDoubledAndSwapped(double lost, boolean large) {
        int n = lost == 0 ? 20_000_000 : lost < 0.05 ? 4_000_000 : 400_000;
        byte[] up = bytes(n);
        byte[] down = bytes(n + 12_345);
        host.takesUnfinished = large;
        CompletableFuture<byte[]> served = serve(down);
        GuestTcp c = lossyTcp(server.getLocalPort(), lost);
        loss = lost;
        c.connect();
        until("connected", () -> c.established, c);
        c.write(up);
        c.end();
        assertArrayEquals(up, await(served, c));
        until("all is here", () -> c.farEnded && c.allSent(), c);
        assertArrayEquals(down, c.received.toByteArray());
        assertFalse(c.reset);
        loss = 0;
        until("forgotten", () -> ((UserLink) host.link).connections() == 0, c);
    }

    /** A connection whose frames to the back end are lost, doubled and swapped too. */
    private GuestTcp lossyTcp(int farPort, double lost) {
        List<byte[]> held = new ArrayList<>();
        Guest lossy = new Guest(host) {
            @Override
            void send(byte[] frame) {
                double dice = random.nextDouble();
                if (dice < lost) {
                    return;
                }
                if (dice < 2 * lost) {
                    held.add(frame);
                    return;
                }
                super.send(frame);
                held.forEach(super::send);
                held.clear();
                if (dice > 1 - lost) {
                    super.send(frame);
                }
            }
        };
        guest = lossy;
        return new GuestTcp(lossy, Guest.IP, 40_000, Guest.GATEWAY, farPort, 0xffff_f000);
    }

    @Test
    void aServerThatClosesFirstIsFollowedByTheGuestsData() {
        byte[] up = bytes(100_000);
        CompletableFuture<byte[]> served = serve(bytes(10));
        GuestTcp c = tcp(server.getLocalPort());
        c.connect();
        until("the server's end", () -> c.farEnded, c);
        assertEquals(10, c.received.size());
        c.write(up);
        c.end();
        assertArrayEquals(up, await(served, c));
        until("acknowledged", c::allSent, c);
        assertFalse(c.reset);
    }

    @Test
    void aGuestThatEndsFirstGetsTheAnswerStill() throws IOException {
        HttpServer http = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        byte[] page = bytes(3_000_000);
        http.createContext("/page", exchange -> {
            exchange.sendResponseHeaders(200, page.length);
            exchange.getResponseBody().write(page);
            exchange.close();
        });
        http.start();
        try {
            GuestTcp c = tcp(http.getAddress().getPort());
            c.connect();
            until("connected", () -> c.established, c);
            c.write("GET /page HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            until("all is here", () -> c.farEnded, c);
            byte[] got = c.received.toByteArray();
            String head = new String(got, 0, 200, StandardCharsets.ISO_8859_1);
            assertTrue(head.startsWith("HTTP/1.1 200 OK\r\n"), head);
            int body = head.indexOf("\r\n\r\n") + 4;
            assertArrayEquals(page, java.util.Arrays.copyOfRange(got, body, got.length));
        } finally {
            http.stop(0);
        }
    }

    @Test
    void aRefusedConnectionIsReset() throws IOException {
        int port = server.getLocalPort();
        server.close();
        GuestTcp c = tcp(port);
        c.connect();
        until("reset", () -> c.reset, c);
        assertFalse(c.established);
        assertEquals(0, ((UserLink) host.link).connections());
    }

    @Test
    void aResetOfTheGuestReachesTheHost() throws IOException {
        CompletableFuture<String> end = CompletableFuture.supplyAsync(() -> {
            try (Socket s = server.accept()) {
                return "read " + s.getInputStream().read();
            } catch (IOException e) {
                return e.getMessage();
            }
        });
        GuestTcp c = tcp(server.getLocalPort());
        c.connect();
        until("connected", () -> c.established, c);
        c.abort();
        assertTrue(await(end, c).contains("reset"), end.join());
    }

    @Test
    void aResetOfTheHostReachesTheGuest() {
        CompletableFuture<Void> connected = new CompletableFuture<>();
        GuestTcp c = tcp(server.getLocalPort());
        CompletableFuture<Void> end = breaksOff(connected);
        c.connect();
        until("connected", () -> c.established, c);
        connected.complete(null);
        until("reset", () -> c.reset, c);
        await(end, c);
    }

    /** The host may see the end as soon as the beginning: it is a reset all the same, not a host that cannot be reached. */
    @RepeatedTest(50)
    void aConnectionThatIsBrokenOffAtOnceIsReset() {
        CompletableFuture<Void> end = breaksOff(CompletableFuture.completedFuture(null));
        GuestTcp c = tcp(server.getLocalPort());
        c.connect();
        until("reset", () -> c.reset, c);
        await(end, c);
        assertEquals(0, ((UserLink) host.link).connections());
    }

    private CompletableFuture<Void> breaksOff(CompletableFuture<Void> when) {
        return CompletableFuture.runAsync(() -> {
            try (Socket s = server.accept()) {
                when.join();
                s.setSoLinger(true, 0);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @Test
    void aHostThatTakesNothingClosesTheWindow() throws IOException {
        GuestTcp c = tcp(server.getLocalPort());
        c.connect();
        Socket[] accepted = new Socket[1];
        CompletableFuture<Void> accept = CompletableFuture.runAsync(() -> {
            try {
                accepted[0] = server.accept();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        until("connected", () -> c.established, c);
        await(accept, c);
        byte[] up = bytes(30_000_000);
        c.write(up);
        boolean[] closed = new boolean[1];
        until("the window is closed", () -> {
            guest.got.forEach(f -> closed[0] |= c.mine(f) && Bytes.get16(f, 48) == 0);
            return closed[0];
        }, c);
        CompletableFuture<byte[]> rest = CompletableFuture.supplyAsync(() -> {
            try (InputStream in = accepted[0].getInputStream()) {
                return in.readNBytes(up.length);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        assertArrayEquals(up, await(rest, c));
    }

    @Test
    void aGuestThatTakesNothingHoldsTheHostBackAndIsAskedNowAndThen() throws IOException {
        GuestTcp c = tcp(server.getLocalPort());
        byte[] down = bytes(60_000_000);
        int[] written = new int[1];
        CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> {
            try (Socket s = server.accept()) {
                for (; written[0] < down.length; written[0] += 10_000) {
                    s.getOutputStream().write(down, written[0], 10_000);
                }
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        c.connect();
        until("connected", () -> c.established, c);
        until("something has come", () -> c.received.size() > 0, c);
        c.window = 0;
        c.acknowledge();
        long[] probes = new long[1];
        int before = c.received.size();
        for (int i = 0; i < 60_000; i++) {
            probes[0] += guest.got.stream().filter(c::mine).count();
            pump(c);
            host.settle();
            host.advance(FakeHost.MILLI);
        }
        assertTrue(probes[0] >= 3 && probes[0] < 60, probes[0] + " probes in a minute");
        assertTrue(c.received.size() - before < 100_000, "sent into a closed window");
        assertFalse(writer.isDone());
        c.window = 0xffff;
        c.acknowledge();
        until("the end", () -> c.farEnded, c);
        assertArrayEquals(down, c.received.toByteArray());
        await(writer, c);
    }

    /** Bytes of data in each frame that has come. */
    private List<Integer> sizes(GuestTcp c) {
        return guest.got.stream().filter(c::mine).map(f -> f.length - 54).filter(n -> n > 0).toList();
    }

    /** A guest that has got something, has acknowledged all, and has then room for so many bytes; more waits for it. */
    private GuestTcp withRoom(CompletableFuture<byte[]> served, int window) {
        GuestTcp c = tcp(server.getLocalPort());
        c.connect();
        until("connected", () -> c.established, c);
        until("something has come", () -> c.received.size() > 0, c);
        c.window = 0;
        c.acknowledge();
        host.until("a probe", () -> sizes(c).equals(List.of(1)), guest.got::clear);
        guest.got.clear();
        assertFalse(served.isDone());
        c.window = window >> c.scale;
        c.acknowledge();
        return c;
    }

    @Test
    void aWindowThatIsNearlyClosedIsUsedOnlyWhenItStaysSo() {
        byte[] down = bytes(5_000_000);
        CompletableFuture<byte[]> served = serve(down);
        GuestTcp c = withRoom(served, 128);
        assertEquals(List.of(), sizes(c));
        host.advance(150 * FakeHost.MILLI);
        assertEquals(List.of(), sizes(c));
        host.advance(1000 * FakeHost.MILLI);
        assertEquals(128, sizes(c).get(0));
        c.window = 0xffff;
        c.acknowledge();
        c.end();
        until("the end", () -> c.farEnded, c);
        assertArrayEquals(down, c.received.toByteArray());
        await(served, c);
    }

    @Test
    void aGuestThatNeverHasRoomForASegmentIsServedAtOnce() throws IOException {
        byte[] down = bytes(100_000);
        CompletableFuture<byte[]> served = serve(down);
        GuestTcp c = tcp(server.getLocalPort());
        c.scale = 0;
        c.window = 512;
        c.connect();
        until("connected", () -> c.established, c);
        c.end();
        long begin = host.now;
        until("the end", () -> c.farEnded, c);
        assertArrayEquals(down, c.received.toByteArray());
        assertTrue(host.now - begin < 100_000 / 512 * 20 * FakeHost.MILLI, "it waited for a larger window: " + (host.now - begin));
        await(served, c);
    }

    @Test
    void whatAClosingWindowHasRefusedIsSentAgainAsSoonAsItOpens() {
        byte[] down = bytes(5_000_000);
        CompletableFuture<byte[]> served = serve(down);
        GuestTcp c = withRoom(served, 4000);
        assertEquals(List.of(1460, 1460), sizes(c).subList(0, 2));
        guest.got.clear();
        c.window = 0;
        c.acknowledge();
        long begin = host.now;
        c.window = 0xffff;
        c.acknowledge();
        int before = c.received.size();
        pump(c);
        assertTrue(c.received.size() - before > 20_000, "only " + (c.received.size() - before));
        assertEquals(begin, host.now);
        c.end();
        until("the end", () -> c.farEnded, c);
        assertArrayEquals(down, c.received.toByteArray());
        await(served, c);
    }

    @Test
    void aFullCableLosesNothing() {
        byte[] down = bytes(5_000_000);
        CompletableFuture<byte[]> served = serve(down);
        GuestTcp c = tcp(server.getLocalPort());
        c.connect();
        until("connected", () -> c.established, c);
        host.room = 3;
        c.end();
        host.until("the end", () -> c.farEnded, () -> {
            pump(c);
            if (host.room == 0) {
                host.room = 3;
                host.link.room();
            }
        });
        host.room = Integer.MAX_VALUE;
        host.link.room();
        assertArrayEquals(down, c.received.toByteArray());
        await(served, c);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aForwardedPortLeadsToTheGuestWhenIsolatedToo(boolean restrict) throws IOException {
        host.close();
        open(Map.of("hostfwd", "tcp::0-:22", "restrict", restrict ? "on" : "off"));
        Matcher m = Pattern.compile("\\(port (\\d+)\\)").matcher(host.link.describe());
        assertTrue(m.find(), host.link.describe());
        byte[] up = bytes(1_000_000);
        byte[] down = bytes(2_000_000);
        CompletableFuture<byte[]> client = CompletableFuture.supplyAsync(() -> {
            try (Socket s = new Socket("127.0.0.1", Integer.parseInt(m.group(1)))) {
                s.getOutputStream().write(up);
                s.shutdownOutput();
                return s.getInputStream().readAllBytes();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        byte[] syn = guest.await("a SYN", f -> Guest.isIp(f, 6) && f[47] == 2 && Bytes.get16(f, 36) == 22);
        GuestTcp c = new GuestTcp(guest, Guest.IP, 22, Guest.GATEWAY, Bytes.get16(syn, 34), 77);
        c.receive(syn);
        until("what the client says", () -> c.farEnded, c);
        assertArrayEquals(up, c.received.toByteArray());
        c.write(down);
        c.end();
        assertArrayEquals(down, await(client, c));
    }

    @Test
    void theGuestIsAskedForItsAddressWhenTheHostSpeaksFirst() throws IOException {
        host.close();
        host = new FakeHost(Map.of("hostfwd", "tcp:127.0.0.1:0-10.0.2.15:22"));
        guest = new Guest(host);
        Matcher m = Pattern.compile("\\(port (\\d+)\\)").matcher(host.link.describe());
        assertTrue(m.find());
        try (Socket s = new Socket("127.0.0.1", Integer.parseInt(m.group(1)))) {
            byte[] asked = guest.await("ARP", f -> Bytes.get16(f, 12) == 0x806);
            assertArrayEquals(Guest.IP, java.util.Arrays.copyOfRange(asked, 38, 42));
            guest.send(guest.arp(2, Guest.GATEWAY));
            guest.await("a SYN", f -> Guest.isIp(f, 6) && f[47] == 2);
            assertTrue(s.isConnected());
        }
    }

    @Test
    void hundredsOfConnectionsAtOnceAreKeptApart() throws IOException {
        HttpServer http = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 500);
        http.createContext("/", exchange -> {
            byte[] answer = bytes(Integer.parseInt(exchange.getRequestURI().getPath().substring(1)));
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        http.start();
        try {
            GuestTcp[] all = new GuestTcp[300];
            for (int i = 0; i < all.length; i++) {
                all[i] = new GuestTcp(guest, Guest.IP, 30_000 + i, Guest.GATEWAY, http.getAddress().getPort(), i * 1_000_003);
                all[i].connect();
                String request = "GET /" + (1000 + i) + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
                all[i].write(request.getBytes(StandardCharsets.US_ASCII));
                all[i].end();
            }
            until("all answers", () -> java.util.Arrays.stream(all).allMatch(c -> c.farEnded && c.allSent()), all);
            for (int i = 0; i < all.length; i++) {
                byte[] got = all[i].received.toByteArray();
                assertArrayEquals(bytes(1000 + i), java.util.Arrays.copyOfRange(got, got.length - 1000 - i, got.length));
            }
            until("forgotten", () -> ((UserLink) host.link).connections() == 0, all);
        } finally {
            http.stop(0);
        }
    }

    @Test
    void largeSegmentsOfTheGuestAreTakenWhole() {
        byte[] up = bytes(3_000_000);
        CompletableFuture<byte[]> served = serve(new byte[0]);
        GuestTcp c = tcp(server.getLocalPort());
        c.large = true;
        c.connect();
        until("connected", () -> c.established, c);
        c.write(up);
        c.end();
        assertArrayEquals(up, await(served, c));
        assertTrue(c.largest > 20_000, "no large segment was sent: " + c.largest);
    }

    /** What the host's end of a connection sees in the end. */
    private CompletableFuture<String> end(byte[] answer) {
        return CompletableFuture.supplyAsync(() -> {
            try (Socket s = server.accept()) {
                s.getOutputStream().write(answer);
                return "read " + s.getInputStream().read();
            } catch (IOException e) {
                return e.getMessage();
            }
        });
    }

    @Test
    void aGuestThatTakesNoDataAnyMoreIsGivenUp() {
        CompletableFuture<String> end = end(bytes(10_000));
        GuestTcp c = tcp(server.getLocalPort());
        c.connect();
        until("connected", () -> c.established, c);
        host.until("given up", () -> ((UserLink) host.link).connections() == 0, () -> {
            guest.got.clear();
            host.advance(100 * FakeHost.MILLI);
        });
        assertTrue(await(end).contains("reset"), end.join());
    }

    @Test
    void aGuestThatIsSilentForHoursIsAskedAndGivenUp() {
        CompletableFuture<String> end = end(new byte[0]);
        GuestTcp c = tcp(server.getLocalPort());
        c.connect();
        until("connected", () -> c.established, c);
        for (int minute = 0; minute < 9 * 60; minute++) {
            host.advance(60_000 * FakeHost.MILLI);
            until("answers are given", () -> guest.got.isEmpty(), c);
        }
        assertFalse(end.isDone());
        assertEquals(1, ((UserLink) host.link).connections());
        host.advance(4 * 3_600_000 * FakeHost.MILLI);
        assertEquals(0, ((UserLink) host.link).connections());
        assertTrue(await(end).contains("reset"), end.join());
    }
}
