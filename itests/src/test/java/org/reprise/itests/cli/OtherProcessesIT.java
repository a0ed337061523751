package org.reprise.itests.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The part of the replay matrix that needs processes of its own: JVMs with a heap that is hardly enough, with another collector or
 * compiler, without Unsafe, pushed aside by busy processes. One recording is made quietly, one in each of the harsh ways by turns.
 */
@Tag("matrix")
class OtherProcessesIT {
    private static final Map<String, List<String>> MADE = new HashMap<>();
    @TempDir
    private static Path folder;
    private static List<Path> jdks;

    @BeforeAll
    static void findJdks() throws IOException {
        jdks = Cli.jdks();
    }

    @AfterAll
    static void forget() {
        MADE.clear();
    }

    /** Options of the JVM by the name of the way. */
    private static String options(String way) {
        return switch (way) {
            case "buffers" -> "-Dreprise.memory=buffer";
            case "tight" -> "-Xms24m -Xmx40m -Xmn3m";
            case "other" -> "-XX:-UseSerialGC -XX:+UseParallelGC -XX:TieredStopAtLevel=1";
            case "plain", "crowded" -> "";
            default -> throw new IllegalArgumentException(way);
        };
    }

    private static Cli start(String way, Path jdk, String... arguments) throws IOException {
        List<String> line = new ArrayList<>();
        if (way.equals("crowded")) {
            // least favoured, and where the host can do that on one CPU with all the busy ones
            line.addAll(List.of("nice", "-n", "19"));
            if (Files.isExecutable(Path.of("/usr/bin/taskset"))) {
                line.addAll(List.of("taskset", "-c", "0"));
            }
        }
        line.add(Cli.home().resolve("bin/reprise").toString());
        line.addAll(List.of(arguments));
        ProcessBuilder b = new ProcessBuilder(line);
        b.environment().put("REPRISE_JAVA_OPTS", options(way));
        return Cli.start(jdk, b);
    }

    /** Busy processes for as long as it is open, when the way is crowded. */
    private static List<Process> crowd(String way) throws IOException {
        List<Process> all = new ArrayList<>();
        if (way.equals("crowded")) {
            for (int i = 0; i < 2 * Runtime.getRuntime().availableProcessors(); i++) {
                all.add(new ProcessBuilder("nice", "-n", "19", "sh", "-c", "while :; do :; done").start());
            }
        }
        return all;
    }

    /** Name of the recording, made when it is asked for first; what is known of it is in {@link #MADE}. */
    private static Path recording(String width, String way) throws Exception {
        Path rr = folder.resolve(width + "-" + way + ".rr");
        if (MADE.containsKey(rr.toString())) {
            return rr;
        }
        Path console = folder.resolve(width + "-" + way + ".txt");
        List<Process> crowd = crowd(way);
        try (Cli cli = start(way, null, "run", "virt-" + width, "--guest", "demo-" + width, "--record", rr.toString(), "--exit-on-shutdown",
                "--console-log", console.toString(), "--set", "machine.rr.digest-interval=5000000")) {
            int prompts = 1;
            for (String command : List.of("pairs", "alarm", "random", "quit")) {
                cli.awaitOutput("demo> ", prompts++);
                cli.type(command.substring(0, 3));
                cli.type(command.substring(3) + "\n");
            }
            Cli.Result r = cli.result();
            assertEquals(0, r.code(), r.err());
        } finally {
            crowd.forEach(Process::destroyForcibly);
        }
        List<String> known = new ArrayList<>();
        Cli.Result dump = Cli.run("dump", rr.toString(), "--json");
        known.add(Long.toString(dump.text().lines().filter(l -> l.contains("DIGEST")).count()));
        MADE.put(rr.toString(), known);
        return rr;
    }

    @ParameterizedTest(name = "{0} recorded {1}, replayed {2} in mode {3}")
    @CsvSource({
        "riscv64, plain, buffers, interpreter", "riscv64, plain, tight, compile", "riscv64, plain, crowded, mixed",
        "riscv64, tight, plain, mixed", "riscv64, buffers, other, compile",
        "riscv32, plain, other, mixed", "riscv32, crowded, plain, interpreter", "riscv32, crowded, buffers, compile"})
    void recordingsReplayEquallyInOtherProcesses(String width, String recorded, String replayed, String mode) throws Exception {
        Path rr = recording(width, recorded);
        Path console = folder.resolve("replay.txt");
        Path jdk = jdks.get(Math.floorMod((recorded + replayed + mode).hashCode(), jdks.size()));
        List<Process> crowd = crowd(replayed);
        try (Cli cli = start(replayed, jdk, "verify", rr.toString(), "--set", "cpu0.translator.mode=" + mode, "--console-log",
                console.toString())) {
            Cli.Result r = cli.result();
            assertEquals(0, r.code(), r.err());
            assertArrayEquals(Cli.console(Path.of(rr.toString().replace(".rr", ".txt"))), Cli.console(console));
            List<String> known = MADE.get(rr.toString());
            String compared = r.err().replaceAll("(?s).*events, ([\\d,]+) digests compared.*", "$1").replace(",", "");
            assertEquals(known.get(0), compared, "digests compared\n" + r.err());
            String end = r.err().replaceAll("(?s).*icount ([\\d,]+), .*", "$1") + " " + DemoGuestIT.digest(r.err());
            if (known.size() == 1) {
                known.add(end);
            }
            assertEquals(known.get(1), end, "icount and digests at the end");
        } finally {
            crowd.forEach(Process::destroyForcibly);
        }
    }
}
