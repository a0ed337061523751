package org.reprise.itests.conform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The CPUs against the reference emulator, as {@code reprise conform} does it: each profile in a process of its own, all at the same time.
 * What they print is kept in {@code target/conform}. The system property {@code reprise.conform.count} is the number of random instructions
 * for each extension and mode.
 */
@Tag("conform")
class ConformIT {
    private static final List<String> PROFILES = List.of("riscv64", "riscv32");
    private static final String COUNT = System.getProperty("reprise.conform.count", "34000");
    private static final Path HOME = Path.of(System.getProperty("reprise.home")).toAbsolutePath().normalize();
    private static final Path REPORTS = Path.of("target/conform").toAbsolutePath();

    /** Runs the command for each profile, on one processor each: what waits for each other all the time is fastest there. */
    private static Map<String, String> each(String name, int expected, String... arguments) throws IOException, InterruptedException {
        Files.createDirectories(REPORTS);
        Map<String, Process> running = new LinkedHashMap<>();
        int processors = Runtime.getRuntime().availableProcessors();
        for (String profile : PROFILES) {
            List<String> line = new ArrayList<>();
            if (Files.isExecutable(Path.of("/usr/bin/taskset"))) {
                line.addAll(List.of("taskset", "-c", Integer.toString(running.size() % processors)));
            }
            line.addAll(List.of(HOME.resolve("bin/reprise").toString(), "conform", profile));
            line.addAll(List.of(arguments));
            running.put(profile, new ProcessBuilder(line).redirectErrorStream(true).redirectOutput(report(name, profile).toFile()).start());
        }
        Map<String, String> reports = new LinkedHashMap<>();
        for (Map.Entry<String, Process> e : running.entrySet()) {
            int code = e.getValue().waitFor();
            String text = Files.readString(report(name, e.getKey()));
            assertEquals(expected, code, () -> e.getKey() + "\n" + tail(text));
            reports.put(e.getKey(), text);
        }
        return reports;
    }

    private static Path report(String name, String profile) {
        return REPORTS.resolve(profile + "-" + name + ".txt");
    }

    private static String tail(String text) {
        return text.length() > 8000 ? text.substring(text.length() - 8000) : text;
    }

    /** All suites, then what they have executed together: every line of the decode table and every trap cause. */
    @Test
    void noInstructionAndNoTrapDiffersFromTheReference() throws Exception {
        Path coverage = Files.createTempDirectory(Files.createDirectories(REPORTS), "coverage");
        each("directed", 0, "--suite", "directed", "--coverage", coverage.toString());
        each("program", 0, "--suite", "program", "--coverage", coverage.toString());
        Map<String, String> random = each("random", 0, "--suite", "random", "--count", COUNT, "--coverage", coverage.toString());
        random.forEach((profile, text) -> {
            long groups = text.lines().filter(l -> l.matches("\\w+ +\\w+ +\\d+ +0 +\\d+ +\\d+")).count();
            assertTrue(groups >= 36, profile + ": " + groups + " groups of extension and mode");
        });
        each("coverage", 0, "--suite", "coverage", "--coverage", coverage.toString());
    }

    /** As far as it stays comparable: docs/conformance.md says what comes then. */
    @Test
    void aDebianBootIsEqualForAHundredMillionInstructions() throws Exception {
        Files.createDirectories(REPORTS);
        Path guest = Path.of(System.getProperty("reprise.guests")).resolve("debian-riscv64").toAbsolutePath();
        Process p = new ProcessBuilder(HOME.resolve("bin/reprise").toString(), "conform", "riscv64", "--suite", "boot", "--guest", guest.toString(),
            "--window", "10000000", "--windows", "10").redirectErrorStream(true).redirectOutput(report("boot", "riscv64").toFile()).start();
        int code = p.waitFor();
        String text = Files.readString(report("boot", "riscv64"));
        assertEquals(0, code, text);
        assertEquals(10, text.lines().filter(l -> l.contains("RAM") && l.endsWith("equal")).count(), text);
    }

    /** A suite that has executed less is found out. */
    @Test
    void whatWasNeverExecutedIsReported() throws Exception {
        Path coverage = Files.createTempDirectory(Files.createDirectories(REPORTS), "little");
        each("little", 0, "--suite", "random", "--count", "200", "--extension", "M", "--coverage", coverage.toString());
        each("little-coverage", 7, "--suite", "coverage", "--coverage", coverage.toString()).forEach(
            (profile, text) -> assertTrue(text.contains("never met: trap i11 machine external interrupt"), profile + "\n" + tail(text)));
    }

    /** The harness does see differences: against a reference without an extension that our CPU has. */
    @Test
    void anInstructionThatTheReferenceLacksIsFoundAndShrunk() throws Exception {
        String cpu = "h=off,debug=off,zbc=off,zbb=off";
        for (String profile : PROFILES) {
            List<String> line = List.of(HOME.resolve("bin/reprise").toString(), "conform", profile, "--extension", "Zbb", "--mode", "M", "--count",
                "1000", "--differences", "1", "--reference", "-cpu", "--reference", profile.replace("riscv", "rv") + "," + cpu);
            Process p = new ProcessBuilder(line).redirectErrorStream(true).start();
            String text = new String(p.getInputStream().readAllBytes());
            assertEquals(7, p.waitFor(), text);
            String shrunk = text.substring(text.indexOf("shrunk:"));
            assertTrue(shrunk.contains("reference") && shrunk.contains("pc "), text);
            String code = shrunk.substring(shrunk.indexOf("code:"), shrunk.indexOf("from:"));
            assertEquals(1, code.lines().count() - 2, "one instruction is enough:\n" + text);
        }
    }
}
