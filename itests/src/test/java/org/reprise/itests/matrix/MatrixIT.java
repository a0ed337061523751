package org.reprise.itests.matrix;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import javax.inject.Inject;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.osgi.framework.BundleContext;
import org.reprise.core.features.FeatureRuntime;
import org.reprise.itests.container.InFramework;

/**
 * Every recording, replayed in every engine mode while the host makes every kind of noise. Pairs are covered: each recording with each mode
 * and with each noise, each mode with each noise. {@code -Dreprise.matrix=full} runs the whole product.
 */
@Tag("matrix")
@ExtendWith(InFramework.class)
class MatrixIT {
    /** Engine modes by name. */
    private enum Mode {
        INTERPRETER(Map.of("cpu0.translator.mode", "interpreter")),
        COMPILE(Map.of("cpu0.translator.mode", "compile")),
        MIXED(Map.of("cpu0.translator.mode", "mixed")),
        EAGER(Map.of("cpu0.translator.mode", "mixed", "cpu0.translator.threshold", "1", "cpu0.translator.region", "7")),
        LAZY(Map.of("cpu0.translator.mode", "mixed", "cpu0.translator.threshold", "1000"));

        private final Map<String, String> settings;

        Mode(Map<String, String> settings) {
            this.settings = settings;
        }
    }

    private static final boolean FULL = "full".equals(System.getProperty("reprise.matrix"));
    /** Inside the framework only: what was recorded and how its first replay ended. */
    private static final Map<String, Lab.Recording> RECORDINGS = new HashMap<>();
    private static final Map<String, Lab.Replayed> FIRST = new HashMap<>();
    private static Path folder;

    @Inject
    BundleContext context;
    @Inject
    FeatureRuntime features;

    private Lab lab() throws IOException {
        if (folder == null) {
            folder = Files.createTempDirectory("reprise-matrix");
            Lab.installBackends(context);
        }
        return new Lab(context, features, folder);
    }

    static Stream<String> cells() throws IOException {
        List<String> rows = new ArrayList<>(Scenario.all().stream().map(Scenario::name).toList());
        for (Golden g : Golden.all()) {
            if (g.current()) {
                rows.add(g.name());
            }
        }
        List<String> cells = new ArrayList<>();
        int kinds = Noise.Kind.values().length;
        for (int row = 0; row < rows.size(); row++) {
            for (Mode mode : Mode.values()) {
                for (Noise.Kind noise : Noise.Kind.values()) {
                    if (FULL || noise.ordinal() == (mode.ordinal() + row) % kinds) {
                        cells.add(rows.get(row) + " " + mode + " " + noise);
                    }
                }
            }
        }
        return cells.stream();
    }

    private Lab.Recording recording(String name) throws Exception {
        Lab.Recording r = RECORDINGS.get(name);
        if (r == null) {
            Scenario s = Scenario.all().stream().filter(x -> x.name().equals(name)).findFirst().orElse(null);
            r = s != null ? lab().record(s, s.noise(), folder.resolve(name + ".rr"), Golden.shippedGuests())
                : Golden.named(name).open(lab(), folder);
            RECORDINGS.put(name, r);
        }
        return r;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cells")
    void recordingsReplayEquallyInEveryModeUnderEveryNoise(String cell) throws Exception {
        String[] c = cell.split(" ");
        Lab.Recording r = recording(c[0]);
        assertTrue(r.digests().size() >= 3, "too few digests to compare: " + r.digests().size());
        Lab.Replayed replayed = lab().replay(r, Mode.valueOf(c[1]).settings, Noise.Kind.valueOf(c[2]), cell.hashCode());
        if (r.console() != null) {
            assertArrayEquals(r.console(), replayed.console(), "console");
        }
        Lab.Replayed first = FIRST.putIfAbsent(c[0], replayed);
        if (first != null) {
            assertArrayEquals(first.console(), replayed.console(), "console");
            assertEquals(first.digests(), replayed.digests());
            assertEquals(first.icount(), replayed.icount());
        }
    }

    /** One recording under every setting of the translator: each pass left out, thresholds, sizes, and states of the translation cache. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("translatorSettings")
    void recordingsReplayEquallyUnderEverySettingOfTheTranslator(String settings) throws Exception {
        Path cache = Files.createTempDirectory(folder == null ? Files.createTempDirectory("reprise-matrix") : folder, "cache");
        Map<String, String> engine = new HashMap<>(Map.of("cpu0.translator.cache", cache.toString(), "cpu0.translator.verify", "true",
            "cpu0.translator.promotion", "3000000"));
        String[] c = settings.split(" ");
        for (int i = 0; i + 1 < c.length; i += 2) {
            engine.put("cpu0.translator." + c[i], c[i + 1]);
        }
        String name = Scenario.all().get(0).name();
        Lab.Recording r = recording(name);
        Lab.Replayed cold = replay(name, r, engine);
        Path regions = onlyFile(cache.resolve("translations"));
        assertTrue(Files.size(regions) > 300, "the cache remembers nothing: " + Files.size(regions) + " bytes");
        assertSame(cold, replay(name, r, engine), "with what an earlier run remembered");
        byte[] good = Files.readAllBytes(regions);
        for (Damage damage : Damage.values()) {
            Files.write(regions, damage.of(good.clone(), new Random(settings.hashCode())));
            assertSame(cold, replay(name, r, engine), "with a translation cache that is " + damage);
        }
    }

    /** What can be wrong with a translation cache. FORGED is whole, but tells lies about the code. */
    private enum Damage {
        FLIPPED, CUT, FORGED;

        byte[] of(byte[] good, Random random) {
            switch (this) {
                case FLIPPED -> good[good.length / 2] ^= 4;
                case CUT -> {
                    return java.util.Arrays.copyOf(good, good.length * 2 / 3);
                }
                default -> {
                    // hashes and addresses anywhere behind the header, with a checksum that fits
                    for (int i = 0; i < 200; i++) {
                        good[100 + random.nextInt(good.length - 110)] ^= 1 << random.nextInt(8);
                    }
                    java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
                    crc.update(good, 0, good.length - 8);
                    java.nio.ByteBuffer.wrap(good).putLong(good.length - 8, crc.getValue());
                }
            }
            return good;
        }
    }

    static Stream<String> translatorSettings() {
        List<String> rows = new ArrayList<>();
        for (String pass : List.of("constants", "narrow", "dead-stores", "tlb", "jumps", "budget", "ints")) {
            rows.add("passes all,-" + pass);
        }
        rows.add("passes none");
        for (String threshold : List.of("0", "1", "10", "1000")) {
            rows.add("threshold " + threshold);
        }
        for (String region : List.of("1", "10", "100", String.valueOf(1 + new Random(4).nextInt(2000)))) {
            rows.add("threshold 20 region " + region);
        }
        return rows.stream();
    }

    private Lab.Replayed replay(String name, Lab.Recording r, Map<String, String> engine) throws Exception {
        return lab().replay(r, engine, Noise.Kind.QUIET, name.hashCode());
    }

    private static void assertSame(Lab.Replayed expected, Lab.Replayed actual, String how) {
        assertArrayEquals(expected.console(), actual.console(), how + ": console");
        assertEquals(expected.digests(), actual.digests(), how);
        assertEquals(expected.icount(), actual.icount(), how);
    }

    private static Path onlyFile(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            List<Path> all = files.toList();
            assertEquals(1, all.size(), all.toString());
            return all.get(0);
        }
    }

    /** Without input there is nothing from outside: noise must not show in the digests of two recordings. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("withoutInput")
    void recordingsWithoutInputAreTheSameUnderEveryNoise(String name) throws Exception {
        Scenario s = Scenario.all().stream().filter(x -> x.name().equals(name)).findFirst().orElseThrow();
        List<String> quiet = recording(name).digests();
        for (Noise.Kind noise : Noise.Kind.values()) {
            if (noise == Noise.Kind.QUIET) {
                continue;
            }
            List<String> noisy = lab().record(s, noise, folder.resolve(name + "-" + noise + ".rr"), Golden.shippedGuests()).digests();
            // each was stopped at another instruction: its last digest is taken there
            int both = Math.min(quiet.size(), noisy.size()) - 1;
            assertTrue(both >= 5, both + " digests");
            for (int i = 0; i < both; i++) {
                assertEquals(quiet.get(i), noisy.get(i), noise + ", digest " + i);
            }
        }
    }

    static Stream<String> withoutInput() {
        return Scenario.all().stream().filter(Scenario::withoutInput).map(Scenario::name);
    }

    /** With {@code -Dreprise.golden=record} this makes them first. */
    @Test
    void thePresentLogVersionHasGoldenRecordings() throws Exception {
        Golden.checkPresentVersion(lab(), recording(Scenario.all().get(0).name()).folder());
    }

    /** Recordings of an older semantics version are refused by name, never replayed wrongly; those of an older format are still read. */
    @Test
    void goldenRecordingsOfOlderSemanticsAreRefused() throws Exception {
        for (Golden g : Golden.all()) {
            if (!g.current()) {
                g.checkRefused(lab(), folder);
            }
        }
    }
}
