package org.reprise.itests.matrix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;

/**
 * A recording that was made once and is kept: {@code golden/log-vFORMAT.SEMANTICS/NAME.rr}, its images in {@code images} beside.
 *
 * @param name folder of its version and its own, as a row of the matrix
 * @param version of the log's header
 */
record Golden(String name, Path folder, Version version) {
    /** Format and semantics version, from the first bytes of a log (docs/log-format.md). */
    record Version(int format, int semantics) {
        private static final int HEADER = 12;

        static Version of(Path recording) throws IOException {
            try (InputStream in = Files.newInputStream(recording.resolve("events.log"))) {
                ByteBuffer header = ByteBuffer.wrap(in.readNBytes(HEADER));
                return new Version(Short.toUnsignedInt(header.getShort(8)), Short.toUnsignedInt(header.getShort(10)));
            }
        }

        String folder() {
            return "log-v" + format + "." + semantics;
        }
    }

    private static final Path ROOT = Path.of(System.getProperty("reprise.root")).toAbsolutePath().normalize();
    private static final Path ALL = ROOT.resolve("itests/src/test/resources/golden");
    private static final int SECTORS = 128;
    private static final int MOST_BYTES = 16_384;
    /** Libraries that came into use after some of the recordings: force forgives other versions of bundles, not bundles that are new. */
    private static final List<String> LATER_LIBRARIES = List.of("org.reprise.core.packet");

    /** The guests as they are now. */
    static Path shippedGuests() {
        return ROOT.resolve("distribution/guests");
    }

    /** Every golden recording, sorted. */
    static List<Golden> all() throws IOException {
        List<Golden> all = new ArrayList<>();
        try (Stream<Path> found = Files.walk(ALL, 2)) {
            for (Path p : found.filter(f -> f.toString().endsWith(".rr")).sorted().toList()) {
                all.add(new Golden(p.getParent().getFileName() + "/" + p.getFileName(), p, Version.of(p)));
            }
        }
        return all;
    }

    static Golden named(String name) throws IOException {
        return all().stream().filter(g -> g.name().equals(name)).findFirst().orElseThrow();
    }

    /** True when its semantics version is that of the newest: that of this program, see {@link #checkPresentVersion}. */
    boolean current() throws IOException {
        int newest = all().stream().mapToInt(g -> g.version().semantics()).max().orElseThrow();
        return version.semantics() == newest;
    }

    /** What to install for it; the name of the recording says it. */
    private String feature() {
        String file = folder.getFileName().toString().replace(".rr", "");
        String machine = "virt-" + file.substring(file.indexOf('-') + 1);
        return file.startsWith("watchdog") ? machine + "+watchdog" : machine;
    }

    private Map<String, Path> images(Path scratch) throws IOException {
        Map<String, Path> images = new LinkedHashMap<>();
        images.put("loader.firmware", folder.resolveSibling("images").resolve(feature().replaceAll("virt-(riscv\\d+).*", "demo-$1.elf")));
        images.put("disk0.file", disk(scratch));
        return images;
    }

    /** The demonstration disk, as distribution/guests/build.sh makes it: each sector says which it is. */
    private static Path disk(Path scratch) throws IOException {
        Path file = scratch.resolve("disk.img");
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < SECTORS; i++) {
            text.append(String.format(Locale.ROOT, "%-511s\n", "Sector " + i + " of the demonstration disk."));
        }
        return Files.writeString(file, text, StandardCharsets.US_ASCII);
    }

    /** Ready to be replayed. @param scratch where its disk is put */
    Lab.Recording open(Lab lab, Path scratch) throws IOException {
        return lab.open(withLaterLibraries(scratch), feature(), images(scratch));
    }

    /** A copy whose manifest names all libraries of today. */
    private Path withLaterLibraries(Path scratch) throws IOException {
        Path copy = Files.createTempDirectory(scratch, "golden").resolve(folder.getFileName());
        Files.createDirectory(copy);
        Files.copy(folder.resolve("events.log"), copy.resolve("events.log"));
        String manifest = Files.readString(folder.resolve("manifest.json"));
        for (String library : LATER_LIBRARIES) {
            String field = "\"bundle." + library + "\"";
            if (!manifest.contains(field)) {
                manifest = manifest.replaceFirst("(\"bundle\\.[^\"]*\": *\"[^\"]*\",\n *)", "$1" + field + ": \"not there yet\",\n");
                assertTrue(manifest.contains(field), manifest);
            }
        }
        Files.writeString(copy.resolve("manifest.json"), manifest);
        return copy;
    }

    /** Of a semantics version that is not this program's. */
    void checkRefused(Lab lab, Path scratch) throws IOException {
        Lab.Recording r = open(lab, scratch);
        MachineException e = assertThrows(MachineException.class, () -> lab.replay(r, Map.of(), Noise.Kind.QUIET, 1), name);
        assertEquals(ExitCode.MISMATCH, e.code(), e.getMessage());
        assertTrue(e.getMessage().contains("semantics version " + version.semantics()), e.getMessage());
    }

    /** @param recorded a recording that this program has just made: its header says what the present versions are */
    static void checkPresentVersion(Lab lab, Path recorded) throws Exception {
        Version present = Version.of(recorded);
        if ("record".equals(System.getProperty("reprise.golden"))) {
            make(lab, ALL.resolve(present.folder()));
        }
        for (Scenario s : Scenario.golden()) {
            Path p = ALL.resolve(present.folder()).resolve(s.name() + ".rr");
            assertTrue(Files.isDirectory(p), "this program writes logs of format version " + present.format() + " and semantics version "
                + present.semantics() + ", of which there is no golden recording " + s.name() + ": run the matrix with "
                + "-Dreprise.golden=record, commit what it adds to " + ALL.getFileName() + ", and keep the older ones");
        }
        for (Golden g : all()) {
            assertEquals(g.version().folder(), g.folder().getParent().getFileName().toString(), "a golden recording in the wrong folder");
            String manifest = Files.readString(g.folder().resolve("manifest.json"));
            assertFalse(Pattern.compile("\": *\"/(?!soc/)").matcher(manifest).find(), g.name() + " holds a path of its recorder's machine");
            assertTrue(Files.size(g.folder().resolve("events.log")) < MOST_BYTES, g.name() + " is too large to be kept for ever");
        }
    }

    private static void make(Lab lab, Path into) throws Exception {
        Files.createDirectories(into.resolve("images"));
        for (Scenario s : Scenario.golden()) {
            Path rr = into.resolve(s.name() + ".rr");
            if (Files.isDirectory(rr)) {
                continue;
            }
            Files.copy(shippedGuests().resolve(s.guest()).resolve("demo.elf"), into.resolve("images").resolve(s.guest() + ".elf"),
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            lab.record(s, Noise.Kind.QUIET, rr, shippedGuests());
            Path manifest = rr.resolve("manifest.json");
            Files.writeString(manifest, withoutPlaces(Files.readString(manifest)));
        }
    }

    /** The manifest with image paths cut down to file names, and without the host's version: both are informative only. */
    private static String withoutPlaces(String manifest) {
        Matcher images = Pattern.compile("(?s)(\"imagePaths\": \\{)(.*?)(\\})").matcher(manifest);
        assertTrue(images.find(), manifest);
        String names = images.group(2).replaceAll("\"/[^\"]*/([^/\"]+)\"", "\"$1\"");
        String cut = manifest.substring(0, images.start(2)) + names + manifest.substring(images.end(2));
        String[] lines = cut.split("\n");
        return sealed(String.join("\n", Arrays.stream(lines).map(l -> l.replaceAll("(\"os.version\": )\"[^\"]*\"", "$1\"\"")).toList()));
    }

    /** With the checksum of what is there now, as docs/log-format.md says. */
    private static String sealed(String manifest) {
        String content = manifest.replaceFirst("(?s),\\s*\"checksum\".*", "");
        try {
            byte[] sum = MessageDigest.getInstance("SHA-256").digest(content.getBytes(StandardCharsets.UTF_8));
            return content + ",\n    \"checksum\": \"sha256:" + HexFormat.of().formatHex(sum) + "\"\n}";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
