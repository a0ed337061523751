package org.reprise.itests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Random cases of every floating-point instruction in every rounding mode, results and flags: ours against the reference emulator, which
 * runs the same program, and against the host's arithmetic as Debian's compiler uses it ({@code distribution/guests/float}). Each prints one
 * hash for an instruction and a mode; where two differ, parts are hashed, then each case of the first part that differs is looked at.
 */
@Tag("guests")
class FloatOracleIT {
    /** Cases of each instruction and mode. */
    private static final int COUNT = Integer.getInteger("reprise.float.count", 10_000);
    private static final Path ROOT = Path.of(System.getProperty("reprise.root")).toAbsolutePath().normalize();
    private static final Path GUESTS = ROOT.resolve("distribution/guests");
    private static final Path WORK = ROOT.resolve("itests/target/float");
    private static final String MAGIC = "reprise-settings";
    private static final int OPERATIONS = 56;
    private static final int MODES = 5;
    /** Flags accumulate within so many cases: a run begins with one of its multiples. */
    private static final int ALIGNMENT = 32;
    /** Of one process, so that none runs for minutes. */
    private static final int CASES_OF_A_RUN = 5_000_000;
    /** Two of each: instructions whose results host arithmetic may give. */
    private static final List<String> ARITHMETIC = List.of("fadd.", "fsub.", "fmul.", "fdiv.", "fsqrt.", "fmadd.", "fmsub.", "fnmsub.",
        "fnmadd.");

    /** What is run: struct settings of float/cases.h, whose words have this order. */
    private record Cases(int first, int operations, int modes, int from, int count, int step) {
        int[] words() {
            return new int[] {first, operations, modes, from, count, step, 1};
        }
    }

    /** Prints a line for each instruction and mode, for each step, or for each case. */
    private interface Machine {
        List<String> run(Cases cases) throws IOException, InterruptedException;
    }

    /** A line's name: number and name of the instruction, rounding mode. */
    private record Key(int operation, String name, int mode) {
        private static final List<String> NAMES = List.of("rne", "rtz", "rdn", "rup", "rmm");

        static Key of(String line) {
            String[] words = line.split(" ");
            return new Key(Integer.parseInt(words[0]), words[1], NAMES.indexOf(words[2]));
        }

        @Override
        public String toString() {
            return name + " " + NAMES.get(mode);
        }
    }

    /** What the oracles printed, by name: they are asked once. */
    private static final Map<String, Map<Key, String>> PRINTED = new HashMap<>();

    @BeforeAll
    static void folder() throws IOException {
        Files.createDirectories(WORK);
    }

    @ParameterizedTest
    @CsvSource({"64, mixed", "64, interpreter", "32, mixed", "32, interpreter"})
    void everyInstructionGivesTheReferencesResultsAndFlags(int width, String mode) throws Exception {
        Map<Key, String> ours = all("riscv" + width + " " + mode, ours(width, mode));
        Map<Key, String> reference = all("reference riscv" + width, reference(width));
        // conversions to and from 64-bit integers are RV64's
        assertEquals((width == 64 ? OPERATIONS : OPERATIONS - 8) * MODES, reference.size());
        assertEquals(reference.keySet(), ours.keySet());
        compare(ours, ours(width, mode), reference, reference(width), "the reference emulator");
    }

    @ParameterizedTest
    @CsvSource({"64, mixed", "32, mixed"})
    void everyInstructionGivesTheHostsResultsAndFlags(int width, String mode) throws Exception {
        Map<Key, String> ours = all("riscv" + width + " " + mode, ours(width, mode));
        Map<Key, String> host = all("host", host());
        // no host instruction rounds ties away from zero: what rounds is compared in four modes
        assertEquals(OPERATIONS * MODES - 28, host.size());
        host.keySet().retainAll(ours.keySet());
        compare(ours, ours(width, mode), host, host(), "the host");
    }

    /** A tenth of the cases at least has a result that host arithmetic may have given, in one run with the others, which it may not. */
    @Test
    void hostArithmeticIsAmongWhatIsCompared() throws Exception {
        for (Map.Entry<Key, String> e : all("riscv64 mixed", ours(64, "mixed")).entrySet()) {
            if (e.getKey().mode == 0 && ARITHMETIC.stream().anyMatch(e.getKey().name::startsWith)) {
                int byHost = Integer.parseInt(e.getValue().split(" ")[5]);
                assertTrue(byHost >= COUNT / 10 && byHost < COUNT / 2, e.getValue());
            }
        }
    }

    @Test
    void theFirstCaseThatDiffersIsFound() throws Exception {
        Machine host = host();
        for (int wrong : new int[] {0, 31, 32, 4_999, 9_999}) {
            Machine damaged = cases -> {
                List<String> lines = new ArrayList<>(host.run(cases));
                int line = (wrong - cases.from) / Math.max(1, cases.step == 0 ? cases.count : cases.step);
                if (wrong >= cases.from && line < lines.size()) {
                    lines.set(line, lines.get(line) + "!");
                }
                return lines;
            };
            String found = firstDifference(new Key(31, "fmadd.d", 2), damaged, host, 10_000);
            assertTrue(found.startsWith("31 fmadd.d rdn " + wrong + " ") && found.contains("!"), found);
        }
    }

    private static void compare(Map<Key, String> ours, Machine us, Map<Key, String> oracle, Machine them, String name) throws Exception {
        StringBuilder differences = new StringBuilder();
        for (Map.Entry<Key, String> e : oracle.entrySet()) {
            if (!e.getValue().equals(ours.get(e.getKey()))) {
                differences.append(e.getKey()).append(": of ").append(COUNT).append(" cases the first that differs, ours and that of ")
                    .append(name).append(":\n").append(firstDifference(e.getKey(), us, them, COUNT)).append('\n');
            }
        }
        if (!differences.isEmpty()) {
            fail(differences.toString());
        }
    }

    /** The two lines of the first case that differs. */
    private static String firstDifference(Key key, Machine a, Machine b, int count) throws IOException, InterruptedException {
        int from = 0;
        int rest = count;
        for (int step = (count / 1000 / ALIGNMENT + 1) * ALIGNMENT;; step = 1) {
            Cases cases = new Cases(key.operation, 1, 1 << key.mode, from, rest, step);
            List<String> as = a.run(cases);
            List<String> bs = b.run(cases);
            int i = 0;
            while (i < as.size() && i < bs.size() && as.get(i).equals(bs.get(i))) {
                i++;
            }
            if (i == as.size() || i == bs.size()) {
                return "none in " + cases + ": a hash differs and its parts do not (" + as.size() + " and " + bs.size() + " lines)";
            }
            if (step == 1) {
                return as.get(i) + "\n" + bs.get(i);
            }
            from += i * step;
            rest = Math.min(step, count - from);
        }
    }

    /** All hashes of a machine; they are also written to a file. */
    private static Map<Key, String> all(String name, Machine machine) throws IOException, InterruptedException {
        Map<Key, String> known = PRINTED.get(name);
        if (known == null) {
            known = new LinkedHashMap<>();
            int together = Math.max(1, CASES_OF_A_RUN / MODES / COUNT);
            for (int first = 0; first < OPERATIONS; first += together) {
                for (String line : machine.run(new Cases(first, together, (1 << MODES) - 1, 0, COUNT, 0))) {
                    assertEquals(null, known.put(Key.of(line), line), line);
                }
            }
            Files.write(WORK.resolve(name.replace(' ', '-') + ".txt"), known.values());
            PRINTED.put(name, known);
        }
        return new LinkedHashMap<>(known);
    }

    private static Machine ours(int width, String mode) {
        return cases -> lines(new ProcessBuilder(Cli.home().resolve("bin/reprise").toString(), "run", "virt-riscv" + width, "--firmware",
            program(width, cases).toString(), "--ram", "64M", "--sleep", "off", "--shift", "0", "--set", "cpu0.translator.mode=" + mode,
            "--exit-on-shutdown"));
    }

    private static Machine reference(int width) {
        return cases -> lines(new ProcessBuilder("qemu-system-riscv" + width, "-machine", "virt", "-bios", program(width, cases).toString(), "-m",
            "64", "-display", "none", "-serial", "stdio", "-monitor", "none"));
    }

    private static Machine host() throws IOException, InterruptedException {
        assumeTrue(System.getProperty("os.arch").equals("amd64"), "the host's program is for x86-64");
        Path program = WORK.resolve("host");
        Path sources = GUESTS.resolve("float");
        ran(new ProcessBuilder("gcc", "-std=gnu11", "-O1", "-frounding-math", "-fno-math-errno", "-ffp-contract=off", "-Wall", "-Wextra",
            "-Werror", sources.resolve("host.c").toString(), sources.resolve("cases.c").toString(), "-lm", "-o", program.toString()));
        return cases -> {
            List<String> command = new ArrayList<>(List.of(program.toString()));
            for (int word : cases.words()) {
                command.add(Integer.toString(word));
            }
            return lines(new ProcessBuilder(command));
        };
    }

    /** The guest program with these settings in the words behind the magic. */
    private static Path program(int width, Cases cases) throws IOException {
        byte[] elf = Files.readAllBytes(GUESTS.resolve("float-riscv" + width + "/float.elf"));
        String text = new String(elf, StandardCharsets.ISO_8859_1);
        int at = text.indexOf(MAGIC);
        assertTrue(at > 0 && at == text.lastIndexOf(MAGIC), "settings at " + at);
        ByteBuffer words = ByteBuffer.wrap(elf).order(ByteOrder.LITTLE_ENDIAN).position(at + MAGIC.length());
        for (int word : cases.words()) {
            words.putInt(word);
        }
        return Files.write(WORK.resolve("float-riscv" + width + ".elf"), elf);
    }

    private static String ran(ProcessBuilder builder) throws IOException, InterruptedException {
        try (Cli cli = Cli.start(null, builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile())))) {
            Cli.Result r = cli.result();
            assertEquals(0, r.code(), builder.command() + "\n" + r.text() + r.err());
            return r.text();
        } catch (IOException e) {
            throw new IOException(builder.command().get(0) + " does not start: run tools/guest/prerequisites.sh oracle", e);
        }
    }

    private static List<String> lines(ProcessBuilder builder) throws IOException, InterruptedException {
        List<String> lines = new ArrayList<>(ran(builder).lines().map(String::strip).filter(l -> !l.isEmpty()).toList());
        int end = lines.indexOf("done");
        assertFalse(end < 0, "the program did not come to its end: " + lines);
        return lines.subList(0, end).stream().filter(l -> Character.isDigit(l.charAt(0))).toList();
    }
}
