package org.reprise.block.qcow2.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reprise.block.qcow2.image.Qcow2Image.Mode;

/**
 * Damaged images of every kind: what cannot be used is an {@code IOException}, in bounded time (the storage counts) and memory (the tests'
 * heap is small), and nothing is written far outside (the storage looks).
 */
class DamageTest {
    private static final int CLUSTER = 4096;

    @TempDir
    static Path folder;
    /** Ours: snapshot, zeros, standard clusters; of qemu-img: compressed ones, too. */
    private static byte[][] originals;

    @BeforeAll
    static void make() throws Exception {
        originals = new byte[3][];
        byte[] content = Samples.bytes(new Random(3), 200 << 10);
        Path raw = Samples.write(folder.resolve("a.raw"), content);
        for (String type : List.of("zlib", "zstd")) {
            Path file = folder.resolve(type);
            QemuImg.img("convert", "-c", "-f", "raw", "-O", "qcow2", "-o", "cluster_size=4096,compression_type=" + type, raw, file);
            QemuImg.io(file, "write -P 5 20k 30k", "write -z 70k 20k");
            QemuImg.img("snapshot", "-c", "one", file);
            QemuImg.io(file, "write -P 6 30k 10k");
            originals[type.equals("zlib") ? 0 : 1] = Files.readAllBytes(file);
        }
        Path ours = folder.resolve("ours");
        ImageCreator.create(ours, new ImageCreator.Options(200 << 10, 2, CLUSTER, false, null, null));
        try (Qcow2Image image = Qcow2Image.open(ours, Mode.WRITE)) {
            Samples.play(image, new byte[200 << 10], new Random(4), 40);
            image.createSnapshot("s", 1, 2);
            image.write(50_000, content, 0, 20_000);
        }
        originals[2] = Files.readAllBytes(ours);
    }

    private static Qcow2Image open(Storage storage, Mode mode) throws IOException {
        return Qcow2Image.open(storage, Header.read(storage), mode, null, List.of());
    }

    /** Does with an image all that can be done. Every step may fail with an IOException, with nothing else. @return how many did */
    private static int use(byte[] damaged, int seed) {
        Random random = new Random(seed);
        int refused = 0;
        refused += attempt(() -> {
            Qcow2Image image = open(new MemoryStorage(damaged), Mode.READ);
            readAll(image);
            image.snapshots();
        });
        MemoryStorage written = new MemoryStorage(damaged);
        refused += attempt(() -> {
            Qcow2Image image = open(written, Mode.WRITE);
            for (int i = 0; i < 12; i++) {
                int length = 1 + random.nextInt(9000);
                long position = random.nextInt((int) Math.max(1, Math.min(200 << 10, image.length() - length)));
                int what = random.nextInt(7);
                attempt(() -> {
                    switch (what) {
                        case 0, 1, 2 -> image.write(position, new byte[length], 0, length);
                        case 3 -> image.discard(position, length);
                        case 4 -> image.createSnapshot("n" + position, 0, 0);
                        case 5 -> image.deleteSnapshot("1");
                        default -> image.flush();
                    }
                });
            }
            attempt(() -> image.applySnapshot("1"));
            image.close();
        });
        refused += attempt(() -> open(new MemoryStorage(damaged), Mode.REPAIR).check(CheckReport.Repair.NONE));
        refused += attempt(() -> {
            MemoryStorage storage = new MemoryStorage(damaged);
            CheckReport report = open(storage, Mode.REPAIR).check(CheckReport.Repair.ALL);
            if (report.corruptions() == 0) {
                CheckReport again = open(new MemoryStorage(storage.content()), Mode.REPAIR).check(CheckReport.Repair.NONE);
                assertEquals(0, again.corruptions() + again.leaks(), "after repair: " + again.messages() + "\nwhich was: " + report);
            }
        });
        return refused;
    }

    private interface Step {
        void run() throws IOException;
    }

    private static int attempt(Step step) {
        try {
            step.run();
            return 0;
        } catch (IOException e) {
            assertTrue(e.getMessage() != null && e.getMessage().contains("memory.qcow2"), "names the image: " + e);
            return 1;
        }
    }

    private static void readAll(Qcow2Image image) throws IOException {
        byte[] buffer = new byte[1 << 16];
        long end = Math.min(image.length(), 2 << 20);
        for (long at = 0; at < end; at += buffer.length) {
            image.read(at, buffer, 0, (int) Math.min(buffer.length, image.length() - at));
        }
        image.extent(0, image.length());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void cutAnywhere(int which) {
        byte[] original = originals[which];
        int refused = 0;
        for (int length = 0; length < original.length; length += length < 120 ? 1 : 1021) {
            refused += use(Arrays.copyOf(original, length), length);
        }
        assertTrue(refused > 100, refused + " refusals");
        assertEquals(0, use(original, 1), "the undamaged one");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void eachBitOfTheHeaderFlipped(int which) {
        int refused = 0;
        for (int bit = 0; bit < 8 * 120; bit++) {
            byte[] damaged = originals[which].clone();
            damaged[bit / 8] ^= (byte) (1 << bit % 8);
            refused += use(damaged, bit);
        }
        assertTrue(refused > 500, refused + " refusals");
    }

    /** Flips and overwrites in metadata: whatever is not the guest's data. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void metadataDamagedAtRandom(int which) throws IOException {
        byte[] original = originals[which];
        int refused = 0;
        for (int seed = 0; seed < 400; seed++) {
            Random random = new Random(seed);
            byte[] damaged = original.clone();
            int[] tables = tables(original);
            for (int i = random.nextInt(3); i >= 0; i--) {
                int table = tables[random.nextInt(tables.length)];
                int at = table + random.nextInt(random.nextBoolean() ? 64 : CLUSTER);
                if (at >= damaged.length - 8) {
                    continue;
                }
                switch (random.nextInt(4)) {
                    case 0 -> damaged[at] ^= (byte) (1 << random.nextInt(8));
                    case 1 -> damaged[at] = (byte) random.nextInt();
                    // an entry that refers to some cluster of the file: a table, the header, another's data
                    case 2 -> ByteBuffer.wrap(damaged).putLong(at & ~7, (random.nextBoolean() ? Tables.COPIED : 0)
                            | (long) random.nextInt(damaged.length / CLUSTER + 2) * CLUSTER);
                    default -> ByteBuffer.wrap(damaged).putLong(at & ~7, random.nextLong());
                }
            }
            refused += use(damaged, seed);
        }
        assertTrue(refused > 120, refused + " refusals");
    }

    /** Where the tables of an image are. */
    private static int[] tables(byte[] image) throws IOException {
        Header h = Header.read(new MemoryStorage(image));
        ByteBuffer b = ByteBuffer.wrap(image);
        return new int[] {(int) h.l1Offset(), (int) h.refcountTableOffset(), (int) b.getLong((int) h.refcountTableOffset()),
            (int) (b.getLong((int) h.l1Offset()) & Tables.OFFSET), (int) h.snapshotTableOffset(), (int) b.getLong((int) h.snapshotTableOffset())};
    }

    @Test
    void packedBytesDamagedAtRandom() throws IOException {
        for (int which = 0; which < 2; which++) {
            Random random = new Random(which);
            int refused = 0;
            for (int i = 0; i < 150; i++) {
                byte[] damaged = originals[which].clone();
                for (int n = 0; n < 40; n++) {
                    damaged[6 * CLUSTER + random.nextInt(damaged.length - 6 * CLUSTER)] = (byte) random.nextInt();
                }
                refused += use(damaged, i);
            }
            assertTrue(refused > 50, refused + " refusals");
        }
    }

    /** An entry of all ones was taken for "the cluster unpacked last" when none was, or for one before. Found by fuzzing. */
    @Test
    void anEntryOfAllOnesIsRefused() throws IOException {
        byte[] damaged = originals[0].clone();
        ByteBuffer.wrap(damaged).putLong(tables(damaged)[3], -1);
        try (Qcow2Image image = open(new MemoryStorage(damaged), Mode.READ)) {
            byte[] buffer = new byte[CLUSTER];
            String fresh = assertThrows(IOException.class, () -> image.read(0, buffer, 0, CLUSTER)).getMessage();
            assertNames(fresh, "guest cluster 0", "compressed data", "not within the file");
            image.read(CLUSTER, buffer, 0, CLUSTER);
            assertEquals(fresh, assertThrows(IOException.class, () -> image.read(0, buffer, 0, CLUSTER)).getMessage());
            assertEquals(fresh, assertThrows(IOException.class, () -> image.read(0, buffer, 0, CLUSTER)).getMessage());
        }
    }

    // ---- what is refused, is refused by name --------------------------------------------------------------------------------------

    private static String refusal(Mode mode, byte[] image) {
        return assertThrows(IOException.class, () -> open(new MemoryStorage(image), mode)).getMessage();
    }

    private static byte[] with(int at, int... bytes) {
        byte[] image = originals[0].clone();
        for (int i = 0; i < bytes.length; i++) {
            image[at + i] = (byte) bytes[i];
        }
        return image;
    }

    private static void assertNames(String message, String... pieces) {
        for (String p : pieces) {
            assertTrue(message.contains(p), "'" + p + "' is not in: " + message);
        }
    }

    @Test
    void featuresThatWeLackAreNamedWithBitAndRemedy() {
        assertNames(refusal(Mode.READ, with(79, 4)), "external file", "bit 2", "qemu-img convert");
        assertNames(refusal(Mode.READ, with(79, 16)), "extended L2", "bit 4", "extended_l2=off");
        assertNames(refusal(Mode.READ, with(35, 2)), "encrypted", "crypt_method 2", "qemu-img convert");
        assertNames(refusal(Mode.READ, with(7, 1)), "version 1");
        assertNames(refusal(Mode.READ, with(104, 9)), "compression_type 9");
        assertNames(refusal(Mode.READ, with(75, 1)), "bit 32 (not named by the image)");
    }

    @Test
    void anUnknownFeatureIsNamedAsTheImageNamesIt() throws IOException {
        MemoryStorage storage = new MemoryStorage(new byte[0]);
        ImageCreator.write(storage, new ImageCreator.Options(1 << 20, 3, CLUSTER, false, null, null));
        byte[] image = storage.content();
        int at = find(image, "dirty bit");
        image[at - 1] = 32;
        System.arraycopy("time travel".getBytes(StandardCharsets.US_ASCII), 0, image, at, 11);
        image[75] = 1;
        assertNames(refusal(Mode.READ, image), "bit 32 (time travel)");
    }

    private static int find(byte[] in, String text) {
        int at = new String(in, 0, CLUSTER, StandardCharsets.ISO_8859_1).indexOf(text);
        assertTrue(at > 0);
        return at;
    }

    @Test
    void absurdSizesAreRefusedBeforeAnythingIsAllocated() {
        assertNames(refusal(Mode.READ, with(24, 0x7f, 0xff, 0xff, 0xff)), "l1_size");
        assertNames(refusal(Mode.READ, with(24, 0xff)), "size");
        assertNames(refusal(Mode.READ, with(36, 0x7f, 0xff, 0xff, 0xff)), "l1_size", "more than");
        assertNames(refusal(Mode.READ, with(56, 0x7f, 0xff, 0xff, 0xff)), "refcount_table_clusters");
        assertNames(refusal(Mode.READ, with(60, 0x7f)), "nb_snapshots");
        assertNames(refusal(Mode.READ, with(20, 0, 0, 0, 30)), "cluster_bits 30");
        assertNames(refusal(Mode.READ, with(20, 0, 0, 0, 8)), "cluster_bits 8");
        assertNames(refusal(Mode.READ, with(96, 0, 0, 0, 7)), "refcount_order 7");
        assertNames(refusal(Mode.READ, with(100, 0, 0, 0xff, 0xf8)), "header_length");
        assertNames(refusal(Mode.READ, with(40, 0x40)), "l1_table_offset", "cut off");
        assertNames(refusal(Mode.READ, with(8, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 8, 0)), "backing_file_size 2048");
    }

    @Test
    void anImageMarkedAsCorruptIsReadAndNotWrittenUntilRepaired() throws IOException {
        byte[] marked = with(79, 2);
        byte[] content = Samples.content(open(new MemoryStorage(originals[0]), Mode.READ));
        assertArrayEquals(content, Samples.content(open(new MemoryStorage(marked), Mode.READ)));
        assertNames(refusal(Mode.WRITE, marked), "corrupt", "bit 1", "check -r all");
        MemoryStorage storage = new MemoryStorage(marked);
        assertEquals(0, open(storage, Mode.REPAIR).check(CheckReport.Repair.ALL).corruptions());
        open(new MemoryStorage(storage.content()), Mode.WRITE).close();
    }

    /** The dirty bit with refcounts as a writer with lazy refcounts leaves them: none for what it wrote last. */
    @Test
    void aDirtyImageIsRepairedWhenOpenedForWriting() throws Exception {
        byte[] dirty = with(79, 1);
        byte[] content = Samples.content(open(new MemoryStorage(dirty), Mode.READ));
        int block = (int) ByteBuffer.wrap(dirty).getLong((int) Header.read(new MemoryStorage(dirty)).refcountTableOffset());
        for (int cluster = 8; cluster < 30; cluster++) {
            dirty[block + 2 * cluster + 1] = (byte) (cluster % 3);
        }
        assertTrue(open(new MemoryStorage(dirty), Mode.REPAIR).check(CheckReport.Repair.NONE).corruptions() > 5);
        MemoryStorage storage = new MemoryStorage(dirty);
        try (Qcow2Image image = open(storage, Mode.WRITE)) {
            assertTrue(!image.dirty());
            Samples.play(image, content, new Random(1), 50);
        }
        Path file = Files.write(folder.resolve("repaired"), storage.content());
        QemuImg.assertSound(file);
        assertArrayEquals(content, QemuImg.content(file));
    }

    /** All refcounts lost: a new table is made, and the image is as it was. */
    @Test
    void lostRefcountsAreMadeAnew() throws Exception {
        byte[] content = Samples.content(open(new MemoryStorage(originals[1]), Mode.READ));
        byte[] damaged = originals[1].clone();
        int table = (int) Header.read(new MemoryStorage(damaged)).refcountTableOffset();
        Arrays.fill(damaged, table, table + 8, (byte) 0x55);
        assertNames(refusal(Mode.WRITE, damaged), "refcount table entry 0", "check -r all");
        MemoryStorage storage = new MemoryStorage(damaged);
        CheckReport report = open(storage, Mode.REPAIR).check(CheckReport.Repair.ALL);
        assertEquals(0, report.corruptions() + report.leaks(), report.messages().toString());
        Path file = Files.write(folder.resolve("anew"), storage.content());
        QemuImg.assertSound(file);
        assertArrayEquals(content, QemuImg.content(file));
    }

    /** A guest cluster that is said to be where metadata is: nothing is written there, and the image says that it is damaged. */
    @Test
    void dataIsNeverWrittenOverMetadata() throws IOException {
        byte[] image = originals[2].clone();
        Header h = Header.read(new MemoryStorage(image));
        ByteBuffer b = ByteBuffer.wrap(image);
        long l2 = b.getLong((int) h.l1Offset()) & Tables.OFFSET;
        for (long target : new long[] {h.l1Offset(), h.refcountTableOffset(), b.getLong((int) h.refcountTableOffset()), l2}) {
            byte[] damaged = image.clone();
            ByteBuffer.wrap(damaged).putLong((int) l2, Tables.COPIED | target);
            MemoryStorage storage = new MemoryStorage(damaged);
            Qcow2Image open = open(storage, Mode.WRITE);
            String refused = assertThrows(IOException.class, () -> {
                open.write(100, new byte[] {1, 2, 3}, 0, 3);
                open.flush();
            }).getMessage();
            assertNames(refused, "metadata", "check");
            assertThrows(IOException.class, () -> open.write(9000, new byte[3], 0, 3));
            byte[] left = storage.content();
            assertArrayEquals(Arrays.copyOfRange(damaged, (int) target, (int) target + 64), Arrays.copyOfRange(left, (int) target,
                    (int) target + 64));
        }
    }
}
