package org.reprise.itests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Debian's unmodified gdb-multiarch walks back in recordings. */
@Tag("command")
class ReverseDebuggingIT {
    private static final Pattern PORT = Pattern.compile("target remote localhost:(\\d+)");

    @TempDir
    Path folder;

    /** Lets gdb walk in a recording that is replayed. @return what it printed */
    static String walk(Path recording, Path script, String architecture, long middle, long late, String... more) throws Exception {
        String[] line = {"replay", recording.toString(), "--gdb", "0", "--stop", "--exit-at-end"};
        try (InputStream in = ReverseDebuggingIT.class.getResourceAsStream("/gdb/reverse.py")) {
            Files.write(script, in.readAllBytes());
        }
        try (Cli cli = Cli.start(java.util.stream.Stream.concat(java.util.Arrays.stream(line), java.util.Arrays.stream(more)).toArray(String[]::new))) {
            String port = cli.awaitMessage(PORT);
            Process gdb = new ProcessBuilder(List.of("gdb-multiarch", "-nx", "-q", "-batch", "-ex", "set architecture riscv:" + architecture, "-ex",
                "python PORT = " + port + "; MIDDLE = " + middle + "; LATE = " + late + "; STEPS = 10; OFFSET = 8", "-x", script.toString()))
                .redirectErrorStream(true).start();
            gdb.getOutputStream().close();
            String text = new String(gdb.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            gdb.waitFor();
            assertTrue(text.contains("ENDS 0 "), text + "\n" + cli.messages());
            assertTrue(text.split("No more reverse-execution history").length > 4, "both ends are told of, twice:\n" + text);
            return text;
        }
    }

    private Path record(String width, String... more) throws Exception {
        Path recording = folder.resolve("reverse.rr");
        String[] line = {"run", "virt-riscv" + width, "--guest", "demo-riscv" + width, "--record", recording.toString(), "--exit-on-shutdown"};
        try (Cli cli = Cli.start(java.util.stream.Stream.concat(java.util.Arrays.stream(line), java.util.Arrays.stream(more)).toArray(String[]::new))) {
            int prompts = 1;
            for (String command : List.of("time", "random", "disk")) {
                cli.awaitOutput("demo> ", prompts++);
                cli.type(command + "\n");
            }
            cli.awaitOutput("demo> ", prompts);
            cli.type("quit\n");
            Cli.Result r = cli.result();
            assertEquals(0, r.code(), r.err());
        }
        return recording;
    }

    /** Instructions in a recording. */
    static long length(Path recording) throws Exception {
        Path summary = recording.resolveSibling("summary");
        Cli.Result r = Cli.run("verify", recording.toString(), "--summary", summary.toString());
        assertEquals(0, r.code(), r.err());
        return Files.readAllLines(summary).stream().filter(l -> l.startsWith("icount=")).mapToLong(l -> Long.parseLong(l.substring(7))).findFirst().orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(strings = {"64", "32"})
    void theDemoGuestIsWalkedBackIn(String width) throws Exception {
        Path recording = record(width);
        long length = length(recording);
        walk(recording, folder.resolve("reverse.py"), "rv" + width, length / 2, length - length / 20);
        Cli.Result after = Cli.run("verify", recording.toString());
        assertEquals(0, after.code(), "snapshots in the recording's folder change nothing: " + after.err());
    }

    @Test
    void twoCpusAreWalkedBackIn() throws Exception {
        Path recording = record("64", "--cpus", "2");
        long length = length(recording);
        String text = walk(recording, folder.resolve("reverse.py"), "rv64", length / 2, length - length / 20);
        assertTrue(text.contains("THREADS 2"), text);
    }
}
