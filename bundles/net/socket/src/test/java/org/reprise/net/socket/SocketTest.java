package org.reprise.net.socket;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.File;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reprise.api.device.Timer;
import org.reprise.api.net.NetworkFrame;
import org.reprise.api.net.NetworkHost;
import org.reprise.api.net.NetworkLink;
import org.reprise.tools.devicekit.FakePartConfig;

class SocketTest {
    /** The test's thread is the machine's. */
    private final class Host implements NetworkHost {
        final LinkedBlockingQueue<Runnable> work = new LinkedBlockingQueue<>();
        final List<byte[]> got = new ArrayList<>();
        final List<String> notes = new ArrayList<>();
        int room = Integer.MAX_VALUE;
        final NetworkLink link;

        Host(String key, String value) throws IOException {
            link = new SocketBackend().open(new FakePartConfig("net0", Map.of(key, value)), this);
            hosts.add(this);
        }

        int port() {
            Matcher m = Pattern.compile("port (\\d+)").matcher(link.describe());
            assertTrue(m.find(), link.describe());
            return Integer.parseInt(m.group(1));
        }

        void until(String what, BooleanSupplier done) {
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (!done.getAsBoolean()) {
                for (Host h : hosts) {
                    for (Runnable r = h.work.poll(); r != null; r = h.work.poll()) {
                        r.run();
                    }
                }
                Thread.onSpinWait();
                if (System.nanoTime() > deadline) {
                    throw new AssertionError("never: " + what + "; " + link.describe() + " " + notes);
                }
            }
        }

        void connected() {
            until("connected", () -> link.describe().endsWith(", connected"));
        }

        @Override
        public String machine() {
            return "m";
        }

        @Override
        public boolean receive(NetworkFrame frame) {
            if (room == 0) {
                return false;
            }
            room--;
            got.add(frame.bytes());
            return true;
        }

        @Override
        public boolean takesUnfinished() {
            return false;
        }

        @Override
        public void execute(Runnable task) {
            work.add(task);
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
            notes.add(message);
        }
    }

    private final List<Host> hosts = new ArrayList<>();

    @AfterEach
    void close() {
        hosts.forEach(h -> h.link.close());
    }

    private static byte[] frame(Random random) {
        byte[] b = new byte[14 + random.nextInt(1500)];
        random.nextBytes(b);
        return b;
    }

    @Test
    void framesGoBothWaysInOrder() throws IOException {
        Host a = new Host("socket.listen", ":0");
        Host b = new Host("socket.connect", "127.0.0.1:" + a.port());
        a.connected();
        b.connected();
        Random random = new Random(1);
        List<byte[]> sent = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            sent.add(frame(random));
        }
        for (int i = 0; i < 2_000; i += 2) {
            a.link.send(NetworkFrame.complete(sent.get(i)));
            b.link.send(NetworkFrame.complete(sent.get(i + 1)));
        }
        a.until("all", () -> a.got.size() == 1_000 && b.got.size() == 1_000);
        for (int i = 0; i < 2_000; i += 2) {
            assertArrayEquals(sent.get(i), b.got.get(i / 2));
            assertArrayEquals(sent.get(i + 1), a.got.get(i / 2));
        }
    }

    @Test
    void theFramingIsALengthOf32BitsBigEndian() throws IOException {
        Host a = new Host("socket.listen", "127.0.0.1:0");
        try (Socket s = new Socket("127.0.0.1", a.port())) {
            a.connected();
            byte[] f = frame(new Random(2));
            a.link.send(NetworkFrame.complete(f));
            DataInputStream in = new DataInputStream(s.getInputStream());
            assertEquals(f.length, in.readInt());
            assertArrayEquals(f, in.readNBytes(f.length));
            DataOutputStream out = new DataOutputStream(s.getOutputStream());
            out.writeInt(300);
            out.write(new byte[100]);
            out.flush();
            out.write(new byte[200]);
            a.until("one frame", () -> a.got.size() == 1);
            assertEquals(300, a.got.get(0).length);
        }
    }

    /** The reference emulator joins our end with its own user network: its gateway answers to ARP. */
    @Test
    void theReferenceEmulatorSpeaksTheSame() throws Exception {
        boolean installed = Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(folder -> new File(folder, "qemu-system-riscv64").canExecute());
        assumeTrue(installed, "qemu-system-riscv64 is not installed");
        Host a = new Host("socket.listen", ":0");
        Process other = new ProcessBuilder("qemu-system-riscv64", "-M", "none", "-display", "none", "-monitor", "none", "-serial", "none",
                "-netdev", "user,id=u", "-netdev", "hubport,hubid=0,id=h0,netdev=u", "-netdev", "socket,id=s,connect=127.0.0.1:" + a.port(),
                "-netdev", "hubport,id=h1,hubid=0,netdev=s")
                .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        try {
            a.connected();
            byte[] question = HexFormat.of().parseHex("ffffffffffff525400123456" + "0806" + "0001080006040001" + "525400123456" + "0a00020f"
                    + "000000000000" + "0a000202");
            long[] next = {System.nanoTime()};
            a.until("an answer", () -> {
                // its network may not be up yet
                if (System.nanoTime() - next[0] > 0) {
                    next[0] = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(200);
                    a.link.send(NetworkFrame.complete(question));
                }
                return !a.got.isEmpty();
            });
            assertEquals("0806" + "0001080006040002" + "52550a000202" + "0a000202" + "525400123456" + "0a00020f",
                    HexFormat.of().formatHex(a.got.get(0), 12, 42));
        } finally {
            other.destroy();
            other.waitFor();
        }
    }

    @Test
    void aLengthThatIsNoneEndsTheConnectionAndTheNextPeerIsWelcome() throws IOException {
        Host a = new Host("socket.listen", ":0");
        for (int length : new int[] {0, 13, 65_551, -1, Integer.MIN_VALUE, 0x4745_5420}) {
            try (Socket s = new Socket("127.0.0.1", a.port())) {
                a.connected();
                DataOutputStream out = new DataOutputStream(s.getOutputStream());
                out.writeInt(length);
                out.write(new byte[20]);
                s.setSoTimeout(30_000);
                try {
                    assertEquals(-1, s.getInputStream().read());
                } catch (java.net.SocketException reset) {
                    assertTrue(reset.getMessage().contains("reset"), reset.getMessage());
                }
                a.until("told", () -> a.notes.stream().anyMatch(n -> n.contains(Integer.toUnsignedString(length) + " bytes")));
            }
        }
        assertTrue(a.got.isEmpty());
    }

    @Test
    void itConnectsAgainWhenThePeerComesBack() throws IOException {
        int port;
        try (ServerSocket first = new ServerSocket(0)) {
            port = first.getLocalPort();
        }
        // nobody is there yet
        Host a = new Host("socket.connect", "127.0.0.1:" + port);
        a.link.send(NetworkFrame.complete(new byte[60]));
        for (int i = 0; i < 2; i++) {
            try (ServerSocket server = new ServerSocket(port); Socket s = server.accept()) {
                a.connected();
                a.link.send(NetworkFrame.complete(new byte[100 + i]));
                assertEquals(100 + i, new DataInputStream(s.getInputStream()).readInt(), "what was sent to nobody is lost");
            }
            a.until("gone", () -> !a.link.describe().endsWith(", connected"));
        }
    }

    @Test
    void aFullCableHoldsThePeerBackAndLosesNothing() throws Exception {
        Host a = new Host("socket.listen", ":0");
        try (Socket s = new Socket("127.0.0.1", a.port())) {
            a.connected();
            a.room = 10;
            int[] written = new int[1];
            Thread writer = new Thread(() -> {
                try {
                    DataOutputStream out = new DataOutputStream(new java.io.BufferedOutputStream(s.getOutputStream(), 1 << 16));
                    for (; written[0] < 40_000; written[0]++) {
                        out.writeInt(1000);
                        out.writeInt(written[0]);
                        out.write(new byte[996]);
                    }
                    out.flush();
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            writer.start();
            a.until("some", () -> a.got.size() == 10);
            writer.join(2_000);
            assertTrue(writer.isAlive(), "40 MB went somewhere");
            a.until("all", () -> {
                if (a.room == 0) {
                    a.room = 1000;
                    a.link.room();
                }
                return a.got.size() == 40_000;
            });
            for (int i = 0; i < 40_000; i++) {
                assertEquals(i, java.nio.ByteBuffer.wrap(a.got.get(i)).getInt());
            }
            writer.join();
        }
    }

    @Test
    void aPeerThatReadsNothingMakesTheGuestLoseFramesAndNoMemory() throws IOException {
        Host a = new Host("socket.listen", ":0");
        try (Socket s = new Socket("127.0.0.1", a.port())) {
            a.connected();
            byte[] f = new byte[1500];
            for (int i = 0; i < 200_000; i++) {
                a.link.send(NetworkFrame.complete(f));
            }
            DataInputStream in = new DataInputStream(new java.io.BufferedInputStream(s.getInputStream(), 1 << 16));
            s.setSoTimeout(2_000);
            int n = 0;
            try {
                while (in.readInt() == 1500) {
                    in.readNBytes(1500);
                    n++;
                }
            } catch (java.net.SocketTimeoutException end) {
                assertTrue(n > 100 && n < 50_000, n + " frames");
            }
            a.link.send(NetworkFrame.complete(new byte[77]));
            assertEquals(77, in.readInt());
        }
    }

    @Test
    void badSettingsAreNamed() throws IOException {
        for (String bad : new String[] {"", "4321", "host", "127.0.0.1:0", ":1", "127.0.0.1:70000", "::1:5", "127.0.0.1:x"}) {
            String m = assertThrows(IllegalArgumentException.class, () -> new Host("socket.connect", bad)).getMessage();
            assertTrue(m.contains("socket.connect=" + bad) && m.contains("net0"), m);
        }
        String none = assertThrows(IllegalArgumentException.class, () -> new Host("x", "y")).getMessage();
        assertTrue(none.contains("socket.listen") && none.contains("socket.connect"), none);
        Host a = new Host("socket.listen", ":0");
        String taken = assertThrows(IOException.class, () -> new Host("socket.listen", ":" + a.port())).getMessage();
        assertTrue(taken.contains(String.valueOf(a.port())), taken);
    }
}
