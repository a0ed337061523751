package org.reprise.itests.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Our own guests: recorded while typed at, replayed on every JDK in every engine mode. */
@Tag("guests")
class DemoGuestIT {
    private static final Pattern DIGEST = Pattern.compile("final digest ([0-9a-f]{16})");

    @TempDir
    Path folder;

    static String digest(String text) {
        Matcher m = DIGEST.matcher(text);
        assertTrue(m.find(), text);
        return m.group(1);
    }

    private byte[] record(String width, String name) throws Exception {
        Path console = folder.resolve(name + ".txt");
        try (Cli cli = Cli.start("run", "virt-" + width, "--guest", "demo-" + width, "--record", folder.resolve(name + ".rr").toString(),
                "--exit-on-shutdown", "--console-log", console.toString())) {
            int prompts = 1;
            for (String command : List.of("time", "random", "disk")) {
                cli.awaitOutput("demo> ", prompts++);
                Thread.sleep(20 + command.length() * 13L);
                cli.type(command.substring(0, 2));
                Thread.sleep(7L * prompts);
                cli.type(command.substring(2) + "\n");
            }
            cli.awaitOutput("demo> ", prompts);
            cli.type("quit\n");
            Cli.Result r = cli.result();
            assertEquals(0, r.code(), r.err());
            assertTrue(r.text().contains("power off"), r.text());
            return Cli.console(console);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"riscv64", "riscv32"})
    void replaysEquallyOnEveryJdkInEveryMode(String width) throws Exception {
        byte[] first = record(width, "first");
        byte[] second = record(width, "second");
        assertFalse(Arrays.equals(first, second), "two live runs must differ: they read the clock and random numbers");
        String digest = null;
        for (Path jdk : Cli.jdks()) {
            for (String mode : List.of("mixed", "interpreter", "compile")) {
                Path console = folder.resolve("replay.txt");
                Cli.Result r = Cli.run(jdk, "verify", folder.resolve("first.rr").toString(), "--set", "cpu0.translator.mode=" + mode,
                    "--console-log", console.toString());
                assertEquals(0, r.code(), jdk + " " + mode + "\n" + r.err());
                assertArrayEquals(first, Cli.console(console), jdk + " " + mode);
                String d = digest(r.err());
                assertEquals(digest == null ? d : digest, d, jdk + " " + mode);
                digest = d;
            }
        }
        // guest memory without sun.misc.Unsafe, as on JDKs that do not offer it any more
        ProcessBuilder buffers = new ProcessBuilder(Cli.home().resolve("bin/reprise").toString(), "verify", folder.resolve("first.rr").toString());
        buffers.environment().put("REPRISE_JAVA_OPTS", "-Dreprise.memory=buffer");
        try (Cli cli = Cli.start(null, buffers)) {
            Cli.Result r = cli.result();
            assertEquals(0, r.code(), r.err());
            assertEquals(digest, digest(r.err()));
        }
    }
}
