package org.reprise.itests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Ten bare-metal programs (sorting, hashing, floating point, indirect jumps, Sv39 paging, traps, …) print a checksum and the instructions that
 * they retired: what the reference emulator printed is beside them in expected.txt.
 */
@Tag("guests")
class ReferenceResultsIT {
    private static final Pattern RESULT = Pattern.compile("checksum ([0-9a-f]+) instret (\\d+)");
    /** The reference counts an ECALL as retired, the manual (Volume II, "Environment Call") says that it does not retire. */
    private static final long ECALLS_IN_TRAPS = 3_000_001;

    @ParameterizedTest
    @ValueSource(strings = {"mixed", "compile", "interpreter"})
    void programsGiveTheReferencesResults(String mode) throws Exception {
        Path folder = Path.of(System.getProperty("reprise.root")).resolve("distribution/guests/bench-riscv64").toAbsolutePath().normalize();
        List<String> expected = Files.readAllLines(folder.resolve("expected.txt"));
        assertTrue(expected.size() >= 10, "programs: " + expected.size());
        for (String line : expected) {
            String[] e = line.trim().split("\\s+");
            Cli.Result r = Cli.run("run", "virt-riscv64", "--firmware", folder.resolve(e[0] + ".elf").toString(), "--ram", "64M", "--sleep", "off",
                "--shift", "0", "--set", "cpu0.translator.mode=" + mode, "--exit-on-shutdown");
            assertEquals(0, r.code(), e[0] + "\n" + r.text() + r.err());
            Matcher m = RESULT.matcher(r.text());
            assertTrue(m.find(), r.text());
            assertEquals(e[1], m.group(1), e[0] + " " + mode);
            long retired = Long.parseLong(e[2]) - (e[0].equals("traps") ? ECALLS_IN_TRAPS : 0);
            assertEquals(retired, Long.parseLong(m.group(2)), e[0] + " " + mode);
        }
    }
}
