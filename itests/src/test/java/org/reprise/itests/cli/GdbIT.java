package org.reprise.itests.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reprise.debug.gdb.protocol.GdbClient;

/** The gdb server with Debian's unmodified gdb-multiarch, and with clients that do not mean well. */
@Tag("command")
class GdbIT {
    private static final Pattern PORT = Pattern.compile("target remote localhost:(\\d+)");

    @TempDir
    Path folder;

    private static String gdb(String port, Path program, String... commands) throws Exception {
        List<String> line = new ArrayList<>(List.of("gdb-multiarch", "-nx", "-q", "-batch", "-ex", "set confirm off", "-ex", "set pagination off",
            "-ex", "file " + program, "-ex", "target remote localhost:" + port));
        for (String c : commands) {
            line.addAll(List.of("-ex", c));
        }
        Process p = new ProcessBuilder(line).redirectErrorStream(true).start();
        p.getOutputStream().close();
        String text = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, p.waitFor(), text);
        return text;
    }

    private static Path program(String width) {
        return Cli.home().resolve("guests/demo-" + width + "/demo.elf");
    }

    private static List<String> matches(String regex, String text) {
        List<String> found = new ArrayList<>();
        Matcher m = Pattern.compile(regex).matcher(text);
        while (m.find()) {
            found.add(m.group(1));
        }
        return found;
    }

    @ParameterizedTest
    @ValueSource(strings = {"riscv64", "riscv32"})
    void gdbSeesRegistersMemoryStepsAndBreakpoints(String width) throws Exception {
        try (Cli cli = Cli.start("run", "virt-" + width, "--guest", "demo-" + width, "--gdb", "0", "--stop", "--exit-on-shutdown")) {
            String port = cli.awaitMessage(PORT);
            String text = gdb(port, program(width), "info registers pc", "info registers mstatus", "x/2i $pc", "stepi", "stepi", "info registers pc",
                "break *0x80000000", "continue", "info registers pc", "info threads", "monitor when", "print/x *(int *)0x80700000", "set var *(int *)0x80700000 = 0x1234567",
                "print/x *(int *)0x80700000", "set var $t0 = 77", "print $t0", "print/x $priv", "delete", "stepi 100", "monitor when", "detach");
            assertTrue(text.contains("Breakpoint 1, 0x"), text);
            assertTrue(text.contains("0x1234567"), text);
            assertTrue(text.contains("= 77"), text);
            assertTrue(text.contains("CPU 0"), text);
            assertEquals(List.of("0x1000"), matches("pc +(0x[0-9a-f]+)\\s", text).subList(0, 1), text);
            List<String> positions = matches("icount (\\d+)", text);
            assertEquals(Long.parseLong(positions.get(0)) + 100, Long.parseLong(positions.get(1)), text);
            // detached, the guest runs on to its prompt
            cli.awaitOutput("demo> ", 1);
            cli.type("quit\n");
            assertEquals(0, cli.result().code());
        }
    }

    /** Looking never changes what happens: a recording made under a debugger replays, and a debugged replay ends equal. */
    @Test
    void debuggedRecordingsAndReplaysStayEqual() throws Exception {
        Path recording = folder.resolve("debugged.rr");
        byte[] expected;
        try (Cli cli = Cli.start("run", "virt-riscv64", "--guest", "demo-riscv64", "--record", recording.toString(), "--gdb", "0", "--stop",
                "--exit-on-shutdown", "--console-log", folder.resolve("recorded.txt").toString())) {
            String text = gdb(cli.awaitMessage(PORT), program("riscv64"), "break *0x80000000", "stepi 3", "continue", "delete", "stepi 200",
                "set var $t0 = 1", "detach");
            assertTrue(text.contains("Could not write register"), "a register of a recorded machine was written:\n" + text);
            cli.awaitOutput("demo> ", 1);
            cli.type("time\n");
            cli.awaitOutput("demo> ", 2);
            cli.type("quit\n");
            assertEquals(0, cli.result().code());
            expected = Cli.console(folder.resolve("recorded.txt"));
        }
        Cli.Result quiet = Cli.run("verify", recording.toString());
        assertEquals(0, quiet.code(), quiet.err());
        String digest = DemoGuestIT.digest(quiet.err());
        try (Cli cli = Cli.start("verify", recording.toString(), "--gdb", "0", "--stop", "--console-log", folder.resolve("replayed.txt").toString())) {
            String text = gdb(cli.awaitMessage(PORT), program("riscv64"), "break *0x80000000", "continue", "stepi 1000", "delete", "continue");
            assertTrue(text.contains("Breakpoint 1, 0x"), text);
            Cli.Result r = cli.result();
            assertEquals(0, r.code(), r.err());
            assertEquals(digest, DemoGuestIT.digest(r.err()));
            assertArrayEquals(expected, Cli.console(folder.resolve("replayed.txt")));
        }
    }

    @Test
    void malformedPacketsDoNoHarm() throws Exception {
        try (Cli cli = Cli.start("run", "virt-riscv64", "--guest", "demo-riscv64", "--gdb", "0", "--stop", "--exit-on-shutdown")) {
            InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(cli.awaitMessage(PORT)));
            SplittableRandom random = new SplittableRandom(3);
            String[] heads = {"g", "G", "p", "P", "m", "M", "X", "Z0,", "z1,", "Hg", "T", "qXfer:features:read:target.xml:", "qCRC:", "qRcmd,", "q", "Q",
                "vCont;", "vCont;s", "v", "?", "", "!", "H", "Z", "qThreadExtraInfo,", "s", "qSupported", "x"};
            try (GdbClient client = new GdbClient("server", address)) {
                client.ask("?");
                int asked = 0;
                for (int n = 0; n < 5_000; n++) {
                    StringBuilder packet = new StringBuilder(heads[random.nextInt(heads.length)]);
                    for (int i = random.nextInt(12); i > 0; i--) {
                        packet.append(random.nextBoolean() ? "0123456789abcdef,:;=-".charAt(random.nextInt(21)) : (char) random.nextInt(256));
                    }
                    String p = packet.toString();
                    if (p.matches("(?s)(vCont;[cC]|[cCDk]|vKill).*")) {
                        // lets the guest run, or ends the session
                        continue;
                    }
                    String reply;
                    try {
                        reply = client.ask(p);
                    } catch (java.io.IOException e) {
                        throw new AssertionError("packet '" + p + "'; messages:\n" + cli.messages(), e);
                    }
                    while (reply.startsWith("O") && !reply.equals("OK")) {
                        reply = client.receive(10_000);
                    }
                    asked++;
                }
                assertTrue(asked > 4_000);
                assertEquals(66, client.ask("g").length() / 8, "the server still answers");
            }
            // half a packet, and a connection that ends in it
            try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
                socket.getOutputStream().write("$m80000000,".getBytes(StandardCharsets.ISO_8859_1));
            }
            for (int i = 0; i < 200; i++) {
                Thread.sleep(10);
                try (GdbClient client = new GdbClient("server", address)) {
                    client.send("?");
                    client.receive(5_000);
                    // a second client is turned away
                    try (Socket second = new Socket(address.getAddress(), address.getPort())) {
                        assertEquals(-1, second.getInputStream().read());
                    }
                    client.order("D");
                    break;
                } catch (java.io.EOFException e) {
                    // the server has not yet seen the other one go
                    assertTrue(i < 199, "the port is not free again");
                }
            }
        }
    }
}
