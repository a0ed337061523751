package org.reprise.itests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Links that break, disks of the host that are full, a recorder that is killed: the guest sees what is real; recordings replay. */
@Tag("guests")
class BrokenWorldIT {
    private static final int CUT_OFF = 9;
    private static final int RECORDING_IO = 10;
    /** Exit code of qemu-img check for an image that lost nothing but room. */
    private static final int LEAKS_ONLY = 3;
    private static final int HALF_OF = 600_000;
    private static final long BIG = 1L << 40;

    @TempDir
    Path folder;

    private Path file(String name) {
        return folder.resolve(name);
    }

    /** Asks the guest for a file and resets the connection in its middle. @return bytes that came */
    private static int askAndReset(int port) throws IOException {
        try (Socket s = new Socket(InetAddress.getLoopbackAddress(), port)) {
            s.setSoTimeout(60_000);
            OutputStream out = s.getOutputStream();
            out.write("GET /big HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            InputStream in = s.getInputStream();
            int got = in.readNBytes(new byte[10_000], 0, 10_000);
            s.setSoLinger(true, 0);
            return got;
        }
    }

    private static String ask(int port, String path) throws IOException {
        try (Socket s = new Socket(InetAddress.getLoopbackAddress(), port)) {
            s.setSoTimeout(60_000);
            s.getOutputStream().write(("GET " + path + " HTTP/1.0\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            return new String(s.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    @Test
    void connectionsThatBreakInTheirMiddleBreakInTheGuest() throws Exception {
        int port = SocketPairIT.freePort();
        try (WebServer server = new WebServer();
                Debian d = Debian.onNetwork(null, file("links.rr"), file("links.txt"), "--set", "net0.hostfwd=tcp::" + port + "-:80")) {
            String host = Debian.HOST + server.port();
            // the server ends the connection after half of what it announced
            String half = d.run("wget -O half " + host + "/half/1/" + HALF_OF + "; echo status $?; wc -c half");
            assertTrue(half.contains("status 1") && half.contains(HALF_OF / 2 + " half"), half);
            // it resets it
            String reset = d.run("wget -O reset " + host + "/reset/2/" + HALF_OF + "; echo status $?");
            // wget says "reset by peer" or, when the error came together with data, "closed prematurely": the guest's kernel knows
            assertTrue(reset.contains("status 1"), reset);
            String resets = d.run("awk '/^Tcp:/ {print \"resets\", $9}' /proc/net/snmp");
            assertTrue(Pattern.compile("resets [1-9]").matcher(resets).find(), resets);
            // nobody listens any more
            server.close();
            String refused = d.run("wget -O none " + host + "/body/3/10; echo status $?");
            assertTrue(refused.contains("status 1") && refused.contains("onnection refused"), refused);
            // a client of the guest resets it; the guest serves the next one
            d.run("dd if=/dev/urandom of=big bs=64k count=64 2>/dev/null; echo still here >small; httpd -p 80 -h /root");
            assertEquals(10_000, askAndReset(port));
            assertTrue(ask(port, "/small").contains("still here"));
            String sockets = d.run("sleep 1; netstat -tn");
            assertTrue(!sockets.contains("ESTABLISHED"), sockets);
            d.powerOff();
        }
        Debian.replayAlone(null, file("links.rr"), file("links.txt"), file("again.txt"));
    }

    /** In a name space of its own: a file system of so many KiB at a folder, then the command. @param after run at its end */
    static Cli onSmallFileSystem(Path at, int kilobytes, String before, List<String> command, String after) throws IOException {
        List<String> line = new ArrayList<>(List.of("unshare", "--map-root-user", "--mount", "bash", "-c", "mount -t tmpfs -o size=" + kilobytes
            + "k tmpfs " + at + " && " + before + " && { \"$@\"; code=$?; " + after + "; exit $code; }", "bash",
            Cli.home().resolve("bin/reprise").toString()));
        line.addAll(command);
        return Cli.start(null, new ProcessBuilder(line));
    }

    @Test
    void anImageOnAFullDiskGivesTheGuestAnErrorAndStaysSound() throws Exception {
        Path small = Files.createDirectory(file("small"));
        Cli.Result made = Cli.run("image", "create", file("empty.qcow2").toString(), "64M");
        assertEquals(0, made.code(), made.err());
        List<String> line = Debian.line(file("full.rr"), file("full.txt"), false, "--set", "disk0.driver=qcow2", "--set",
            "disk0.overlay=none", "--disk", small.resolve("disk.qcow2").toString());
        try (Debian d = Debian.atPrompt(onSmallFileSystem(small, 4096, "cp " + file("empty.qcow2") + " " + small + "/disk.qcow2", line,
                "cp " + small + "/disk.qcow2 " + file("full.qcow2")))) {
            String fits = d.run("dd if=/dev/urandom of=/dev/vda bs=64k count=16 conv=notrunc,fsync; echo status $?");
            assertTrue(fits.contains("status 0"), fits);
            String full = d.run("dd if=/dev/urandom of=/dev/vda bs=64k seek=16 count=128 oflag=direct conv=notrunc; echo status $?");
            assertTrue(full.contains("status 1") && full.contains("error"), full);
            String kernel = d.run("dmesg | grep 'error, dev vda'");
            assertTrue(kernel.contains("I/O error, dev vda, sector") && kernel.contains("(WRITE)"), kernel);
            String still = d.run("dd if=/dev/vda of=/dev/null bs=64k count=16 iflag=direct; echo status $?");
            assertTrue(still.contains("status 0"), still);
            d.powerOff();
        }
        Process check = new ProcessBuilder("qemu-img", "check", file("full.qcow2").toString()).redirectErrorStream(true).start();
        String found = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(List.of(0, LEAKS_ONLY).contains(check.waitFor()), found);
        // the replay's disk has room, and the guest sees the same errors
        Debian.replayAlone(null, file("full.rr"), file("full.txt"), file("again.txt"), "--file", "disk0.file=" + file("empty.qcow2"));
    }

    @Test
    void aLogOnAFullDiskEndsWhileTheGuestDownloadsAndReplaysToThere() throws Exception {
        Path small = Files.createDirectory(file("small"));
        int bytes = 6_000_000;
        List<String> line = Debian.line(small.resolve("world.rr"), file("world.txt"), true, "--set", "net0.backend=user");
        try (WebServer server = new WebServer();
                Debian d = Debian.atPrompt(onSmallFileSystem(small, 2048, "true", line,
                    "cp -r " + small + "/world.rr " + file("world.rr")))) {
            String got = d.run("wget -q -O - " + Debian.HOST + server.port() + "/body/4/" + bytes + " | sha256sum");
            assertTrue(got.contains(WebServer.sha256(4, bytes)), "the guest goes on: " + got);
            Cli.Result r = d.end();
            assertEquals(RECORDING_IO, r.code(), r.err());
            assertTrue(r.err().contains("recording ended early"), r.err());
        }
        replaysToItsEnd(file("world.rr"));
    }

    @Test
    void theLogOfARecorderThatIsKilledWhileTheGuestDownloadsReplaysToItsLastFrame() throws Exception {
        try (WebServer server = new WebServer(); Debian d = Debian.onNetwork(null, file("killed.rr"), file("killed.txt"))) {
            long before = Files.size(file("killed.rr").resolve("events.log"));
            d.begin("wget -q -O /dev/null " + Debian.HOST + server.port() + "/body/5/" + BIG);
            for (int i = 0; Files.size(file("killed.rr").resolve("events.log")) < before + 5_000_000; i++) {
                assertTrue(i < 12_000, () -> "the download does not get on: " + d.cli().printed() + d.cli().messages());
                Thread.sleep(10);
            }
            d.cli().kill();
        }
        replaysToItsEnd(file("killed.rr"));
    }

    private static void replaysToItsEnd(Path recording) throws Exception {
        Cli.Result r = Cli.run("verify", recording.toString());
        assertEquals(CUT_OFF, r.code(), r.err());
        assertTrue(r.err().contains("good up to icount"), r.err());
        Cli.Result info = Cli.run("info", recording.toString());
        String end = info.text().replaceAll("(?s).*good up to icount (\\d+).*", "$1");
        String reached = r.err().replaceAll("(?s).*icount ([0-9,]+), .*", "$1").replace(",", "");
        assertEquals(end, reached, "replay must stand at the last icount that the log vouches for\n" + r.err() + info.text());
        Cli.Result dump = Cli.run("dump", recording.toString(), "--kind", "NET");
        assertTrue(dump.text().lines().count() > 20, "the log ends within the download: " + dump.text().lines().count() + " frames");
    }
}
