package org.reprise.debug.gdb.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What Debian's gdb makes of the server's answers, on a guest whose past is known. */
class GdbProgramTest {
    private static final String GDB = "gdb-multiarch";

    private static String gdb(FakeGuest guest, String... commands) throws Exception {
        assumeTrue(Stream.of(System.getenv("PATH").split(":")).anyMatch(d -> Files.isExecutable(Path.of(d, GDB))), GDB + " is not installed");
        try (Port port = new Port(guest.machine, guest.services, 0)) {
            List<String> line = new ArrayList<>(List.of("timeout", "60", GDB, "-nx", "-q", "-batch", "-ex", "set confirm off", "-ex", "set pagination off"));
            for (String c : commands) {
                line.addAll(List.of("-ex", c.replace("PORT", "localhost:" + port.number())));
            }
            return output(line);
        }
    }

    private static String output(List<String> line) throws IOException, InterruptedException {
        Process p = new ProcessBuilder(line).redirectErrorStream(true).start();
        p.getOutputStream().close();
        String text = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        p.waitFor();
        return text;
    }

    private static List<String> all(String regex, String text) {
        List<String> found = new ArrayList<>();
        Matcher m = Pattern.compile(regex).matcher(text);
        while (m.find()) {
            found.add(m.group(1));
        }
        return found;
    }

    private static List<String> places(String text) {
        return all("= .* 0x([0-9a-f]+)\n", text);
    }

    @Test
    void watchpointsAreReportedBehindTheAccess() throws Exception {
        try (FakeGuest guest = new FakeGuest(1, false)) {
            String text = gdb(guest, "target remote PORT", "watch *(long *)0x80001000", "continue", "print $pc", "stepi", "print $pc", "delete",
                "rwatch *(char *)0x80001005", "continue", "print $pc", "delete", "awatch *(char *)0x80001010", "continue", "print $pc");
            assertEquals(List.of("80000014", "80000018", "80000024", "80000034"), places(text), text);
            assertTrue(text.contains("Old value = 0\nNew value = 5\n"), text);
            assertTrue(text.contains("Hardware read watchpoint 2: "), text);
            assertTrue(text.contains("Hardware access (read/write) watchpoint 3: "), text);
        }
    }

    @Test
    void reverseWatchpointsAreReportedBeforeTheWrite() throws Exception {
        try (FakeGuest guest = new FakeGuest(1, true)) {
            String text = gdb(guest, "target remote PORT", "monitor seek 100", "maintenance flush register-cache", "watch *(long *)0x80001000",
                "reverse-continue", "print $pc", "monitor when", "reverse-continue", "print $pc", "monitor when", "delete", "reverse-continue", "print $pc",
                "continue");
            assertEquals(List.of("80000010", "80000010", "80000000"), places(text), text);
            assertEquals(List.of("100", "84", "68"), all("icount (\\d+)", text), text);
            assertTrue(text.contains("Old value = 85\nNew value = 69\n"), text);
            assertEquals(2, all("(No more reverse-execution history)", text).size(), "at the beginning and at the end: " + text);
        }
    }

    @Test
    void tenForwardTenBackTenForwardAndBreakpointsOnAllOfThem() throws Exception {
        for (int cpus = 1; cpus <= 2; cpus++) {
            try (FakeGuest guest = new FakeGuest(cpus, true)) {
                List<String> commands = new ArrayList<>(List.of("target remote PORT", "monitor seek 202", "maintenance flush register-cache",
                    "thread 1"));
                for (String step : List.of("stepi", "reverse-stepi", "stepi")) {
                    for (int i = 0; i < 7; i++) {
                        commands.add(step);
                        commands.add("print $pc");
                    }
                }
                commands.addAll(List.of("hbreak *0x80000008", "break *0x8000000c", "monitor seek 2990", "maintenance flush register-cache", "reverse-continue",
                    "print $pc", "reverse-continue", "print $pc", "monitor when"));
                String text = gdb(guest, commands.toArray(String[]::new));
                List<String> places = places(text);
                assertEquals(23, places.size(), text);
                List<String> forwards = places.subList(0, 7);
                assertEquals(forwards, places.subList(14, 21), text);
                for (int i = 0; i < 6; i++) {
                    assertEquals(forwards.get(5 - i), places.get(7 + i), text);
                }
                assertEquals(List.of("8000000c", "80000008"), places.subList(21, 23), text);
            }
        }
    }

    @Test
    void cpusAreThreadsAndTheMapHidesNoVirtualAddress() throws Exception {
        try (FakeGuest guest = new FakeGuest(2, false)) {
            String text = gdb(guest, "target remote PORT", "info threads", "info mem", "stepi", "thread 2", "stepi", "print $pc", "info threads",
                "break *0x80000008", "continue", "continue", "info threads", "find /b 0x80000000, +0x100, 0x6f, 0xf0", "set var *(char *)0x1004 = 1",
                "maintenance packet vCont;t", "monitor help", "monitor seek 3");
            assertEquals(List.of("CPU 0", "CPU 1"), all("Thread \\d+ \"(CPU \\d)\" \\((?:idle|running)\\)", text).subList(0, 2), text);
            assertTrue(text.contains("0x0000000000001000 0x0000000000002000 ro"), text);
            assertTrue(text.contains("0x0000000080000000 0x0000000080004000 rw"), text);
            assertEquals(List.of("80000004"), places(text), text);
            assertTrue(text.contains("Thread 2 \"CPU 1\" hit Breakpoint 1"), text);
            assertTrue(text.contains("Thread 1 \"CPU 0\" hit Breakpoint 1"), text);
            assertTrue(text.contains("0x8000003c"), text);
            assertTrue(text.contains("Cannot access memory at address 0x1004"), text);
            assertTrue(text.contains("snapshot save NAME"), text);
            assertTrue(text.contains("only in a replay can one go to another place"), text);
        }
    }

    @Test
    void aSecondDebuggerReadsWhyItIsRefused() throws Exception {
        try (FakeGuest guest = new FakeGuest(1, false); Port port = new Port(guest.machine, guest.services, 0);
                java.net.Socket first = new java.net.Socket(java.net.InetAddress.getLoopbackAddress(), port.number())) {
            first.getOutputStream().write("$?#3f".getBytes(StandardCharsets.ISO_8859_1));
            assertEquals('+', first.getInputStream().read());
            String text = output(List.of("timeout", "60", GDB, "-nx", "-q", "-batch", "-ex", "target remote localhost:" + port.number()));
            assertTrue(text.contains("machine fake has a debugger already: end that one first"), text);
        }
    }
}
