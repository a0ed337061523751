package org.reprise.itests.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Debian on four CPUs: all come up and work at the same time, the recording replays on another JDK, and interpreted. */
@Tag("guests")
class DebianSmpIT {
    private static final String PROMPT = "reprise# ";

    @TempDir
    Path folder;

    @Test
    void fourCpusWorkAndReplayEqually() throws Exception {
        Path recording = folder.resolve("smp.rr");
        Path console = folder.resolve("console.txt");
        String output;
        try (Cli cli = Cli.start("run", "virt-riscv64", "--guest", Cli.guest("debian-riscv64").toString(), "--cpus", "4", "--record",
                recording.toString(), "--exit-on-shutdown", "--console-log", console.toString())) {
            int prompts = 1;
            for (String command : List.of("grep -c ^processor /proc/cpuinfo",
                    "for i in 1 2 3 4 5 6; do dd if=/bin/busybox bs=64k 2>/dev/null | sha256sum & done; wait",
                    "grep -E 'IPI|timer' /proc/interrupts", "for i in 0 1 2 3; do taskset $((1 << i)) sh -c 'cat /proc/self/stat'; done")) {
                cli.awaitOutput(PROMPT, prompts++);
                cli.type(command + "\n");
            }
            cli.awaitOutput(PROMPT, prompts);
            cli.type("poweroff -f\n");
            Cli.Result r = cli.result();
            assertEquals(0, r.code(), r.err());
            output = r.text();
        }
        assertTrue(output.contains("smp: Brought up 1 node, 4 CPUs"), output);
        assertTrue(Pattern.compile("\\R4\\r?\\R").matcher(output).find(), output);
        Matcher sums = Pattern.compile("([0-9a-f]{64})  -").matcher(output);
        assertTrue(sums.find(), output);
        String first = sums.group(1);
        for (int i = 1; i < 6; i++) {
            assertTrue(sums.find() && sums.group(1).equals(first), output);
        }
        // each CPU took timer interrupts and was sent for by others
        for (String kind : List.of("timer", "IPI")) {
            Matcher row = Pattern.compile(kind + ".*|.*" + kind + ".*").matcher(output.substring(output.lastIndexOf("/proc/interrupts")));
            int busy = 0;
            while (row.find()) {
                Matcher counts = Pattern.compile(":\\s+([1-9]\\d*)\\s+([1-9]\\d*)\\s+([1-9]\\d*)\\s+([1-9]\\d*)\\s").matcher(row.group());
                busy += counts.find() ? 1 : 0;
            }
            assertTrue(busy > 0, "no " + kind + " on all four CPUs:\n" + output);
        }
        byte[] expected = Cli.console(console);
        String digest = null;
        List<Path> jdks = Cli.jdks();
        for (String mode : List.of("mixed", "interpreter")) {
            Path jdk = mode.equals("mixed") ? jdks.get(jdks.size() - 1) : jdks.get(0);
            Path again = folder.resolve("replay.txt");
            Cli.Result v = Cli.run(jdk, "verify", recording.toString(), "--set", "cpu0.translator.mode=" + mode, "--console-log", again.toString());
            assertEquals(0, v.code(), jdk + " " + mode + "\n" + v.err());
            assertArrayEquals(expected, Cli.console(again), jdk + " " + mode);
            String d = DemoGuestIT.digest(v.err());
            assertEquals(digest == null ? d : digest, d, jdk + " " + mode);
            digest = d;
        }
    }
}
