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

    /** addi t0,t0,1; sd t0,0(a0); lw t1,4(a0); sb t0,16(a0); and again. */
    private static final int[] LOOP = {0x00128293, 0x00553023, 0x00452303, 0x00550823, 0xff1ff06f};

    /** Writes the loop to 0x80700000 and lets this thread begin it, with its data at an address. */
    private static List<String> loop(int thread, long data) {
        List<String> commands = new ArrayList<>();
        for (int i = 0; i < LOOP.length; i++) {
            commands.add("set var *(unsigned *)" + (0x80700000L + 4 * i) + " = " + (LOOP[i] & 0xffffffffL));
        }
        commands.addAll(List.of("thread " + thread, "set var $a0 = " + data, "set var $t0 = 0", "set var $pc = 0x80700000"));
        return commands;
    }

    private static List<String> places(String text) {
        return matches("= .* (0x807000[0-9a-f]+)\\s", text);
    }

    @Test
    void gdbWatchesWritesReadsAndAccesses() throws Exception {
        try (Cli cli = Cli.start("run", "virt-riscv64", "--guest", "demo-riscv64", "--gdb", "0", "--stop", "--exit-on-shutdown")) {
            List<String> commands = loop(1, 0x80701000L);
            commands.addAll(List.of("watch *(long *)0x80701000", "continue", "print $pc", "continue", "print $pc", "stepi", "print $pc", "delete",
                "rwatch *(int *)0x80701004", "continue", "print $pc", "delete", "awatch *(char *)0x80701010", "continue", "print $pc", "delete",
                "hbreak *0x80700000", "continue", "print $pc", "info mem",
                "set var *(int *)0x80702000 = 0x2a24237d", "print/x *(int *)0x80702000", "x/4xb 0x80702000", "set var *(int *)0x1000 = 1",
                "find /b 0x80700000, +0x3000, 0x7d, 0x23, 0x24, 0x2a", "print $t0", "kill"));
            String text = gdb(cli.awaitMessage(PORT), program("riscv64"), commands.toArray(String[]::new));
            assertEquals(List.of("0x80700008", "0x80700008", "0x8070000c", "0x8070000c", "0x80700010", "0x80700000"), places(text), text);
            assertTrue(text.contains("Old value = 0\nNew value = 1\n") && text.contains("Old value = 1\nNew value = 2\n"), text);
            assertTrue(text.contains("Hardware read watchpoint 2") && text.contains("Hardware access (read/write) watchpoint 3"), text);
            assertTrue(text.contains("0x2a24237d") && text.matches("(?s).*0x7d\\s+0x23\\s+0x24\\s+0x2a.*"), text);
            assertTrue(text.matches("(?s).*0x0000000000001000 0x[0-9a-f]+ ro.*"), text);
            assertTrue(text.contains("Cannot access memory at address 0x1000"), text);
            assertTrue(text.matches("(?s).*0x80702000\\s+1 pattern found.*"), text);
        }
    }

    @Test
    void gdbSeesCpusAsThreadsAndStepsOneOfThem() throws Exception {
        try (Cli cli = Cli.start("run", "virt-riscv64", "--guest", "demo-riscv64", "--cpus", "2", "--gdb", "0", "--stop", "--exit-on-shutdown")) {
            List<String> commands = loop(1, 0x80701000L);
            commands.addAll(loop(2, 0x80701100L));
            commands.addAll(List.of("info threads", "stepi", "print $pc", "stepi", "print $pc", "watch *(long *)0x80701100 if *(long *)0x80701100 == 3",
                "continue", "print $pc", "print $t0", "delete", "break *0x8070000c", "continue", "continue", "info threads", "detach"));
            String text = gdb(cli.awaitMessage(PORT), program("riscv64"), commands.toArray(String[]::new));
            assertEquals(List.of("CPU 0", "CPU 1"), matches("Thread \\d \"(CPU \\d)\" \\(", text).subList(0, 2), text);
            assertEquals(List.of("0x80700004", "0x80700008", "0x80700008"), places(text), text);
            assertTrue(text.contains("Thread 2 \"CPU 1\" hit Hardware watchpoint 1"), text);
            assertTrue(text.contains("\" hit Breakpoint 2"), text);
        }
    }

    /** Looking never changes what happens: a recording made under a debugger, which sets something, replays, and a debugged replay ends equal. */
    @Test
    void debuggedRecordingsAndReplaysStayEqual() throws Exception {
        Path recording = folder.resolve("debugged.rr");
        byte[] expected;
        try (Cli cli = Cli.start("run", "virt-riscv64", "--guest", "demo-riscv64", "--record", recording.toString(), "--gdb", "0", "--stop",
                "--exit-on-shutdown", "--console-log", folder.resolve("recorded.txt").toString())) {
            String text = gdb(cli.awaitMessage(PORT), program("riscv64"), "break *0x80000000", "stepi 3", "continue", "delete", "stepi 200",
                "set var $t6 = 0x123456", "print $t6", "detach");
            assertTrue(text.contains("= 1193046"), text);
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
            String text = gdb(cli.awaitMessage(PORT), program("riscv64"), "break *0x80000000", "continue", "stepi 1000", "delete",
                "set var $t6 = 1", "continue");
            assertTrue(text.contains("Breakpoint 1, 0x"), text);
            assertTrue(text.contains("Could not write register"), "a register of a replayed machine was written:\n" + text);
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
                "vCont;", "vCont;s", "vCont;r", "v", "?", "", "!", "H", "Z", "Z2,", "Z3,", "z4,", "qThreadExtraInfo,", "s", "b", "qSupported", "x",
                "qXfer:memory-map:read::", "qXfer:threads:read::", "qSearch:memory:", "QNonStop:", "R"};
            try (GdbClient client = new GdbClient("server", address)) {
                client.ask("?");
                int asked = 0;
                for (int n = 0; n < 5_000; n++) {
                    StringBuilder packet = new StringBuilder(heads[random.nextInt(heads.length)]);
                    for (int i = random.nextInt(12); i > 0; i--) {
                        packet.append(random.nextBoolean() ? "0123456789abcdef,:;=-".charAt(random.nextInt(21)) : (char) random.nextInt(256));
                    }
                    String p = packet.toString();
                    if (p.matches("(?s)(vCont;.*[cCr]|[cCDk]|vKill).*")) {
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
                } catch (java.io.IOException e) {
                    // refused: the server has not yet seen the other one go
                    assertTrue(i < 199, "the port is not free again");
                }
            }
        }
    }
}
