package org.reprise.itests.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two machines on one cable, recorded at the same time; each replays without the other. */
@Tag("guests")
class SocketPairIT {
    private static final int KILOBYTES = 3000;

    @TempDir
    Path folder;

    static int freePort() throws IOException {
        try (ServerSocket s = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return s.getLocalPort();
        }
    }

    private Debian start(String name, int number, String end) throws Exception {
        return Debian.atPrompt(begin(name, number, end));
    }

    private Cli begin(String name, int number, String end) throws IOException {
        List<String> line = new ArrayList<>(Debian.line(folder.resolve(name + ".rr"), folder.resolve(name + ".txt"), false, "--ram", "256M",
            "--set", "net0.backend=socket", "--set", end, "--set", "vnet0.mac=52:54:00:00:00:0" + number));
        return Cli.start(null, line);
    }

    private static void configure(Debian d, int number) throws Exception {
        d.run("for m in /lib/modules/net/*.ko; do insmod $m; done; ip link set lo up; ip link set eth0 up");
        String address = d.run("ip addr add 10.9.0." + number + "/24 dev eth0; ip addr show eth0");
        assertTrue(address.contains("inet 10.9.0." + number + "/24"), address);
    }

    private static String sum(String output) {
        assertTrue(output.matches("(?s).*\\b[0-9a-f]{64}\\b.*"), output);
        return output.replaceAll("(?s).*\\b([0-9a-f]{64})\\b.*", "$1");
    }

    @Test
    void twoMachinesOnACableReplayEachAlone() throws Exception {
        int port = freePort();
        try (Cli first = begin("one", 1, "net0.socket.listen=127.0.0.1:" + port);
                Debian two = start("two", 2, "net0.socket.connect=127.0.0.1:" + port);
                Debian one = Debian.atPrompt(first)) {
            configure(one, 1);
            configure(two, 2);
            String sent = sum(one.run("dd if=/dev/urandom of=file bs=1k count=" + KILOBYTES
                + " 2>/dev/null; httpd -p 80 -h /root; sha256sum file"));
            String ping = two.run("ping -c 3 -i 0.2 10.9.0.1");
            assertTrue(ping.contains("3 packets transmitted, 3 packets received"), ping);
            String got = two.run("wget -q -O - http://10.9.0.1/file | sha256sum");
            assertTrue(got.contains(sent), "sent " + sent + "\n" + got);
            String back = one.run("ping -c 1 10.9.0.2");
            assertTrue(back.contains("1 packets received"), back);
            two.powerOff();
            one.powerOff();
        }
        for (String name : List.of("one", "two")) {
            Debian.replayAlone(null, folder.resolve(name + ".rr"), folder.resolve(name + ".txt"), folder.resolve("again.txt"));
        }
    }
}
