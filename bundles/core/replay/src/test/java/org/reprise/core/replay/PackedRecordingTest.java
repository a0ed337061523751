package org.reprise.core.replay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventKind;

/** Recordings in one file: whole, damaged and hostile. */
class PackedRecordingTest {
    private static final String KEY = "loader.kernel";

    @TempDir
    Path folder;
    private final RecordingArchivesService archives = new RecordingArchivesService();
    private final byte[] image = new byte[200_000];
    private Path recording;
    private Path kernel;
    private Path packed;

    @BeforeEach
    void record() throws IOException {
        // random, then a hole, then something
        byte[] random = new byte[30];
        new Random(1).nextBytes(random);
        System.arraycopy(random, 0, image, 0, random.length);
        image[image.length - 1] = 1;
        kernel = Files.write(folder.resolve("Image"), image);
        recording = Files.createDirectory(folder.resolve("test.rr"));
        manifest(identity(image), kernel.toString()).write(recording.resolve(LogFormat.MANIFEST));
        Files.write(recording.resolve(LogFormat.LOG), Logs.log(Logs.random(new Random(2), 6), 3));
        packed = folder.resolve("test.rrz");
        archives.pack(recording, Map.of(), packed);
    }

    private static String identity(byte[] bytes) {
        return bytes.length + " bytes sha256:" + HexFormat.of().formatHex(ManifestFile.sha256().digest(bytes));
    }

    private static ManifestFile manifest(String identity, String path) {
        return new ManifestFile("test", Map.of("image." + KEY, identity), Map.of(KEY, path), List.of("uart0"), List.of("ram"), Map.of());
    }

    @Test
    void whatIsUnpackedIsWhatWasPackedAndFindsItsOwnImages() throws IOException {
        Path out = folder.resolve("out.rr");
        archives.unpack(packed, out, true);
        for (String name : List.of(LogFormat.MANIFEST, LogFormat.LOG)) {
            assertArrayEquals(Files.readAllBytes(recording.resolve(name)), Files.readAllBytes(out.resolve(name)), name);
        }
        assertArrayEquals(image, Files.readAllBytes(out.resolve("images/" + KEY)));
        assertEquals(Map.of(KEY, out.resolve("images/" + KEY).toAbsolutePath().toString()), ManifestFile.read(out).imagePaths());
        Files.delete(kernel);
        Path again = folder.resolve("again.rrz");
        archives.pack(out, Map.of(), again);
        assertArrayEquals(Files.readAllBytes(packed), Files.readAllBytes(again), "the same recording gives the same file");
        Path bare = folder.resolve("bare.rr");
        archives.unpack(packed, bare, false);
        assertFalse(Files.exists(bare.resolve("images")), "images only when wanted");
    }

    @Test
    void anArchiveIsAZipFileThatOthersRead() throws IOException {
        try (ZipFile zip = new ZipFile(packed.toFile())) {
            assertEquals(List.of("manifest.json", "events.log", "images/" + KEY), zip.stream().map(ZipEntry::getName).toList());
            assertArrayEquals(image, zip.getInputStream(zip.getEntry("images/" + KEY)).readAllBytes());
        }
        assertTrue(Files.size(packed) < 3000, "holes are packed: " + Files.size(packed));
    }

    private void refused(Path archive, String what, String... named) throws IOException {
        Path out = folder.resolve("refused.rr");
        IOException e = assertThrows(IOException.class, () -> archives.unpack(archive, out, true), what);
        for (String n : named) {
            assertTrue(e.getMessage().contains(n), what + ": '" + n + "' is not in " + e.getMessage());
        }
        assertTrue(e.getMessage().contains(archive.toString()), e.getMessage());
        assertFalse(Files.exists(out), "nothing is left behind");
    }

    @Test
    void everyPrefixAndEveryFlippedBitIsReported() throws IOException {
        byte[] good = Files.readAllBytes(packed);
        // changed in place: tens of thousands of new files take their time
        try (RandomAccessFile file = new RandomAccessFile(packed.toFile(), "rw")) {
            for (int at = 0; at < good.length; at++) {
                for (int bit = 0; bit < 8; bit++) {
                    file.seek(at);
                    file.write(good[at] ^ 1 << bit);
                    refused(packed, "bit " + bit + " of byte " + at, "damaged");
                }
                file.seek(at);
                file.write(good[at]);
            }
            archives.unpack(packed, folder.resolve("good.rr"), false);
            file.setLength(good.length + 1);
            refused(packed, "a byte more", "damaged");
            for (int length = good.length - 1; length >= 0; length--) {
                file.setLength(length);
                refused(packed, "prefix of " + length, "cut off or damaged");
            }
        }
    }

    @Test
    void anotherImageIsRefusedAndNothingIsLeftBehind() throws IOException {
        Path archive = folder.resolve("other.rrz");
        image[5] ^= 1;
        Files.write(kernel, image);
        String other = assertThrows(IOException.class, () -> archives.pack(recording, Map.of(), archive)).getMessage();
        assertTrue(other.contains(KEY) && other.contains("not the recorded one") && other.contains("--file " + KEY + "=PATH"), other);
        Files.delete(kernel);
        String missing = assertThrows(IOException.class, () -> archives.pack(recording, Map.of(), archive)).getMessage();
        assertTrue(missing.contains(kernel.toString()) && missing.contains("--file " + KEY + "=PATH"), missing);
        image[5] ^= 1;
        Path elsewhere = Files.write(folder.resolve("elsewhere"), image);
        String unknown = assertThrows(IOException.class, () -> archives.pack(recording, Map.of(KEY, elsewhere, "disk9.file", elsewhere), archive))
            .getMessage();
        assertTrue(unknown.contains("no image disk9.file") && unknown.contains(KEY), unknown);
        assertFalse(Files.exists(archive));
        archives.pack(recording, Map.of(KEY, elsewhere), archive);
        assertTrue(assertThrows(IOException.class, () -> archives.pack(recording, Map.of(KEY, elsewhere), archive)).getMessage()
            .contains("not overwritten"));
    }

    private static Event plug(String... lines) {
        return Logs.event(EventKind.PLUG, 77, 0, 0, (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private void log(Event... events) throws IOException {
        List<Event> all = new ArrayList<>(List.of(events));
        all.add(Logs.event(EventKind.END, 99, 0, -1));
        Files.write(recording.resolve(LogFormat.LOG), Logs.log(all, 9));
    }

    /** Two devices of the same name, one after the other, with images of the same key. */
    @Test
    void imagesOfPluggedDevicesArePackedAndFoundInTheFolder() throws IOException {
        Path first = Files.write(folder.resolve("first"), new byte[] {1, 2, 3});
        Path second = Files.write(folder.resolve("second"), new byte[] {4});
        log(plug("id=d", "image.drive.file=" + identity(new byte[] {1, 2, 3}), "model=m", "set.drive.file=" + first, "slot="),
            plug("id=n", "model=m", "slot="),
            plug("id=d", "image.drive.backing1=" + identity(new byte[] {4}), "model=m", "set.drive.backing1=" + second, "slot="));
        Path archive = folder.resolve("plugged.rrz");
        archives.pack(recording, Map.of(), archive);
        Files.delete(first);
        Files.delete(second);
        Path out = folder.resolve("plugged.rr");
        archives.unpack(archive, out, true);
        Path own = out.resolve("images/plug0.drive.file").toAbsolutePath();
        Path below = out.resolve("images/plug2.drive.backing1").toAbsolutePath();
        assertArrayEquals(new byte[] {1, 2, 3}, Files.readAllBytes(own));
        assertArrayEquals(new byte[] {4}, Files.readAllBytes(below));
        LogScan scan = LogScan.of(out, e -> {
        });
        ReplayJournal journal = new ReplayJournal(out, scan.end(), scan.bytes(), List.of());
        assertTrue(text(journal.next()).endsWith("\nset.drive.file=" + own + "\n"));
        assertEquals("id=n\nmodel=m\nslot=\n", text(journal.next()), "nothing to find");
        assertTrue(text(journal.next()).endsWith("\nset.drive.backing1=" + below + "\n"));
        journal.close();
        Path again = folder.resolve("again.rrz");
        archives.pack(out, Map.of(), again);
        assertArrayEquals(Files.readAllBytes(archive), Files.readAllBytes(again));
        // where they were they are no more
        String missing = assertThrows(IOException.class, () -> archives.pack(recording, Map.of(), folder.resolve("x"))).getMessage();
        assertTrue(missing.contains(first.toString()) && missing.contains("--file plug0.drive.file=PATH"), missing);
        archives.pack(recording, Map.of("plug0.drive.file", own, "plug2.drive.backing1", below), folder.resolve("given.rrz"));
        assertArrayEquals(Files.readAllBytes(archive), Files.readAllBytes(folder.resolve("given.rrz")));
    }

    private static String text(Event event) {
        return new String(event.data(), StandardCharsets.UTF_8);
    }

    @Test
    void pluggedImagesThatDoNotFitAreNamed() throws IOException {
        for (String[] bad : new String[][] {{"image.drive.file=5 bytes", "must be length and SHA-256"},
            {"image.../x=" + identity(image), "none of a file"}}) {
            log(plug("id=d", bad[0], "set.drive.file=" + kernel, "set.../x=" + kernel));
            Path archive = folder.resolve("bad.rrz");
            String m = assertThrows(IOException.class, () -> archives.pack(recording, Map.of(), archive)).getMessage();
            assertTrue(m.contains(bad[1]), m);
            assertFalse(Files.exists(archive));
            Map<String, byte[]> entries = Map.of("images/" + KEY, image, "images/plug0.drive.file", image, "images/plug0.../x", image);
            IOException e = assertThrows(IOException.class, () -> archives.unpack(hostile(manifest(identity(image), ""), entries, true),
                folder.resolve("refused.rr"), true));
            assertTrue(e.getMessage().contains(bad[1]), e.getMessage());
            assertFalse(Files.exists(folder.resolve("refused.rr")));
        }
        log(plug("id=d", "image.drive.file=" + identity(image)));
        refused(hostile(manifest(identity(image), ""), Map.of("images/" + KEY, image), true), "missing", "images/plug0.drive.file is missing");
        ManifestFile same = new ManifestFile("test", Map.of("image.plug0.drive.file", identity(image)), Map.of(), List.of(), List.of(), Map.of());
        refused(hostile(same, Map.of("images/plug0.drive.file", image), true), "twice", "two images plug0.drive.file");
    }

    /** Recordings of old have a file's name behind the identity of a backing file, and do not say where it was. */
    @Test
    void backingFilesOfOldRecordingsArePackedWhenGiven() throws IOException {
        Path base = Files.write(folder.resolve("base.raw"), new byte[] {1});
        new ManifestFile("test", Map.of("image.disk0.backing1", identity(new byte[] {1}) + " (base.raw)"), Map.of(), List.of(), List.of(), Map.of())
            .write(recording.resolve(LogFormat.MANIFEST));
        Path archive = folder.resolve("old.rrz");
        String m = assertThrows(IOException.class, () -> archives.pack(recording, Map.of(), archive)).getMessage();
        assertTrue(m.contains("disk0.backing1") && m.contains("no known place"), m);
        archives.pack(recording, Map.of("disk0.backing1", base), archive);
        Path out = folder.resolve("old.rr");
        archives.unpack(archive, out, true);
        assertEquals(Map.of("disk0.backing1", out.resolve("images/disk0.backing1").toAbsolutePath().toString()), ManifestFile.read(out).imagePaths());
    }

    @Test
    void foldersWithSomethingInThemAreNotUnpackedTo() throws IOException {
        Path full = Files.createDirectory(folder.resolve("full"));
        Files.writeString(full.resolve("mine"), "kept");
        assertTrue(assertThrows(IOException.class, () -> archives.unpack(packed, full, true)).getMessage().contains("not empty"));
        assertEquals("kept", Files.readString(full.resolve("mine")));
        assertTrue(assertThrows(IOException.class, () -> archives.unpack(packed, folder.resolve("no/such"), true)).getMessage()
            .contains("does not exist"));
    }

    // ---- hostile archives, with the right checksum --------------------------------------------------------------------------------

    private Path hostile(ManifestFile manifest, Map<String, byte[]> entries, boolean storedLog) throws IOException {
        Path file = folder.resolve("manifest");
        manifest.write(file);
        Map<String, byte[]> all = new LinkedHashMap<>();
        all.put(LogFormat.MANIFEST, Files.readAllBytes(file));
        all.put(LogFormat.LOG, Files.readAllBytes(recording.resolve(LogFormat.LOG)));
        all.putAll(entries);
        Path archive = folder.resolve("hostile.rrz");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(archive))) {
            zip.setComment(PackedFormat.COMMENT + "0".repeat(PackedFormat.HEX));
            for (Map.Entry<String, byte[]> e : all.entrySet()) {
                ZipEntry entry = new ZipEntry(e.getKey());
                if (storedLog && e.getKey().equals(LogFormat.LOG)) {
                    CRC32 crc = new CRC32();
                    crc.update(e.getValue());
                    entry.setMethod(ZipEntry.STORED);
                    entry.setSize(e.getValue().length);
                    entry.setCrc(crc.getValue());
                }
                zip.putNextEntry(entry);
                zip.write(e.getValue());
                zip.closeEntry();
            }
        }
        PackedFormat.seal(archive);
        return archive;
    }

    @Test
    void namesThatLeadOutOfTheFolderAreRefused() throws IOException {
        for (String name : List.of("../evil", "/tmp/evil", "images/../../evil", "images/", "images/" + KEY + "/x", "a\\..\\b")) {
            refused(hostile(manifest(identity(image), ""), Map.of("images/" + KEY, image, name, image), true), name, "does not call for", name);
        }
        for (String key : List.of("../../evil.x", "a/b.file", "..", "a..b", ".x", "", "C:\\x.y")) {
            ManifestFile m = new ManifestFile("test", Map.of("image." + key, identity(image)), Map.of(key, "/x"), List.of(), List.of(), Map.of());
            refused(hostile(m, Map.of("images/" + key, image), true), key, "none of a file");
        }
    }

    @Test
    void lengthsThatTheManifestDoesNotSayAreRefused() throws IOException {
        refused(hostile(manifest("5 bytes sha256:" + "0".repeat(64), ""), Map.of("images/" + KEY, image), true), "length", "its manifest says 5");
        refused(hostile(manifest(image.length + " bytes sha256:" + "0".repeat(64), ""), Map.of("images/" + KEY, image), true), "sum",
            "not the content that its manifest says");
        refused(hostile(manifest("999999999999999999 bytes sha256:" + "0".repeat(64), ""), Map.of("images/" + KEY, image), true), "huge",
            "its manifest says 999999999999999999");
        for (String identity : List.of("many bytes", "-1 bytes sha256:" + "0".repeat(64), "99999999999999999999 bytes sha256:" + "0".repeat(64))) {
            Path archive = hostile(manifest(identity, ""), Map.of("images/" + KEY, image), true);
            String m = assertThrows(IOException.class, () -> archives.unpack(archive, folder.resolve("refused.rr"), true)).getMessage();
            assertTrue(m.contains("image." + KEY) && m.contains(identity), m);
        }
        refused(hostile(manifest(identity(image), ""), Map.of("images/" + KEY, image), false), "log", "its log is not stored");
        refused(hostile(manifest(identity(image), ""), Map.of(), true), "missing", "images/" + KEY + " is missing");
    }

    /** Central directory header, offset of the local header: APPNOTE.TXT, section 4.3.12. Found by fuzzing. */
    @Test
    void entriesThatLeadBehindTheEndAreRefusedWithAReason() throws IOException {
        byte[] bytes = Files.readAllBytes(packed);
        int directory = 0;
        while (bytes[directory] != 'P' || bytes[directory + 1] != 'K' || bytes[directory + 2] != 1 || bytes[directory + 3] != 2) {
            directory++;
        }
        for (int distance : new int[] {0, 10, 29, 40}) {
            byte[] hostile = bytes.clone();
            int offset = bytes.length - distance;
            for (int i = 0; i < Integer.BYTES; i++) {
                hostile[directory + 42 + i] = (byte) (offset >>> 8 * i);
            }
            Path archive = Files.write(folder.resolve("behind.rrz"), hostile);
            PackedFormat.seal(archive);
            refused(archive, "offset " + offset, "damaged");
        }
    }

    @Test
    void whatIsNoArchiveBehindTheRightChecksumIsRefused() throws IOException {
        List<byte[]> bodies = new ArrayList<>();
        Random random = new Random(4);
        for (int i = 0; i < 50; i++) {
            byte[] body = new byte[22 + random.nextInt(300)];
            random.nextBytes(body);
            bodies.add(body);
        }
        byte[] good = Files.readAllBytes(packed);
        int tail = PackedFormat.COMMENT.length() + PackedFormat.HEX;
        for (int i = 0; i < 250; i++) {
            byte[] body = Arrays.copyOf(good, good.length - tail);
            body[random.nextInt(body.length)] ^= (byte) (1 << random.nextInt(8));
            bodies.add(body);
        }
        Path bad = folder.resolve("bad.rrz");
        int refused = 0;
        for (byte[] body : bodies) {
            byte[] bytes = Arrays.copyOf(body, body.length + tail);
            System.arraycopy((PackedFormat.COMMENT + "0".repeat(PackedFormat.HEX)).getBytes(StandardCharsets.US_ASCII), 0, bytes, body.length, tail);
            Files.write(bad, bytes);
            PackedFormat.seal(bad);
            Path out = folder.resolve("out.rr");
            try {
                archives.unpack(bad, out, true);
                assertArrayEquals(image, Files.readAllBytes(out.resolve("images/" + KEY)), "only what does not matter may differ");
                for (String f : List.of("images/" + KEY, "images", LogFormat.LOG, LogFormat.MANIFEST, "")) {
                    Files.delete(out.resolve(f));
                }
            } catch (IOException e) {
                refused++;
                assertFalse(Files.exists(out), "left behind: " + e.getMessage());
                assertTrue(e.getMessage() != null && e.getMessage().contains(bad.toString()), e.toString());
            }
        }
        assertTrue(refused > 150, "refused: " + refused);
    }
}
