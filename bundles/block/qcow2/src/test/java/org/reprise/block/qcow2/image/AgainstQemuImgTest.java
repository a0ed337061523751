package org.reprise.block.qcow2.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.reprise.block.qcow2.image.Qcow2Image.Mode;

/** Images of ours for qemu-img, and of qemu-img for us: every cluster size, both versions, every refcount width. */
class AgainstQemuImgTest {
    @TempDir
    Path folder;

    /** Version and cluster bits. */
    static List<int[]> shapes() {
        List<int[]> all = new ArrayList<>();
        for (int bits = 9; bits <= 21; bits++) {
            all.add(new int[] {2, bits});
            all.add(new int[] {3, bits});
        }
        return all;
    }

    private static int length(int bits) {
        return Math.max(300 << 10, Math.min(9 << 20, 37 << bits)) / 512 * 512 + 512;
    }

    private Path create(String name, ImageCreator.Options options) throws IOException {
        Path file = folder.resolve(name);
        ImageCreator.create(file, options);
        return file;
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void whatWeWriteIsSoundAndReadsBackEqual(int[] shape) throws Exception {
        Random random = new Random(shape[0] * 100 + shape[1]);
        byte[] model = new byte[length(shape[1])];
        Path file = create("a.qcow2", new ImageCreator.Options(model.length, shape[0], 1 << shape[1], false, null, null));
        QemuImg.assertSound(file);
        for (int session = 0; session < 3; session++) {
            try (Qcow2Image image = Qcow2Image.open(file, Mode.WRITE)) {
                Samples.play(image, model, random, 60);
            }
            QemuImg.assertSound(file);
            Samples.assertSound(file);
            assertArrayEquals(model, QemuImg.content(file));
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void whatQemuImgWroteIsReadAndWrittenOn(int[] shape) throws Exception {
        Random random = new Random(shape[0] * 1000 + shape[1]);
        byte[] model = Samples.bytes(random, length(shape[1]));
        Path raw = Samples.write(folder.resolve("a.raw"), model);
        Path file = folder.resolve("a.qcow2");
        QemuImg.img("convert", "-f", "raw", "-O", "qcow2", "-o", "compat=v" + shape[0] + ",cluster_size=" + (1 << shape[1]), raw, file);
        assertArrayEquals(model, Samples.content(file));
        Samples.assertSound(file);
        try (Qcow2Image image = Qcow2Image.open(file, Mode.WRITE)) {
            Samples.play(image, model, random, 60);
        }
        QemuImg.assertSound(file);
        assertArrayEquals(model, QemuImg.content(file));
    }

    @ParameterizedTest
    @CsvSource({"2, 9, zlib", "2, 12, zlib", "2, 16, zlib", "2, 21, zlib", "3, 9, zlib", "3, 16, zlib", "3, 20, zlib", "3, 9, zstd",
        "3, 12, zstd", "3, 16, zstd", "3, 21, zstd"})
    void compressedClustersAreReadAndOverwritten(int version, int bits, String type) throws Exception {
        Random random = new Random(bits);
        byte[] model = Samples.bytes(random, length(bits));
        Path raw = Samples.write(folder.resolve("a.raw"), model);
        Path file = folder.resolve("a.qcow2");
        QemuImg.img("convert", "-c", "-f", "raw", "-O", "qcow2", "-o", "compat=v" + version + ",cluster_size=" + (1 << bits)
                + (type.equals("zstd") ? ",compression_type=zstd" : ""), raw, file);
        assertArrayEquals(model, Samples.content(file));
        Samples.assertSound(file);
        try (Qcow2Image image = Qcow2Image.open(file, Mode.WRITE)) {
            assertEquals(type, image.compression());
            Samples.play(image, model, random, 60);
        }
        QemuImg.assertSound(file);
        Samples.assertSound(file);
        assertArrayEquals(model, QemuImg.content(file));
    }

    @ParameterizedTest
    @CsvSource({"2, 9, false", "2, 16, false", "3, 12, false", "3, 16, false", "3, 21, false", "3, 9, true", "3, 12, true", "3, 16, true",
        "3, 21, true"})
    void clustersThatWeCompressAreReadByQemuImg(int version, int bits, boolean zstd) throws Exception {
        Random random = new Random(bits);
        byte[] model = Samples.bytes(random, length(bits));
        Path file = create("a.qcow2", new ImageCreator.Options(model.length, version, 1 << bits, zstd, null, null));
        try (Qcow2Image image = Qcow2Image.open(file, Mode.WRITE)) {
            for (int at = 0; at < model.length; at += 1 << bits) {
                image.writeCompressed(at, Arrays.copyOf(Arrays.copyOfRange(model, at, Math.min(model.length, at + (1 << bits))), 1 << bits));
            }
            assertArrayEquals(model, Samples.content(image));
        }
        long packed = Files.size(file);
        assertTrue(bits < 12 || bits > 16 || packed < model.length * 3L / 4, packed + " of " + model.length);
        QemuImg.assertSound(file);
        Samples.assertSound(file);
        assertArrayEquals(model, QemuImg.content(file));
        try (Qcow2Image image = Qcow2Image.open(file, Mode.WRITE)) {
            Samples.play(image, model, random, 60);
        }
        QemuImg.assertSound(file);
        assertArrayEquals(model, QemuImg.content(file));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8, 16, 32, 64})
    void everyRefcountWidthIsReadAndWritten(int width) throws Exception {
        Random random = new Random(width);
        byte[] model = new byte[5 << 20];
        Path file = folder.resolve("a.qcow2");
        QemuImg.img("create", "-f", "qcow2", "-o", "refcount_bits=" + width + ",cluster_size=4096", file, model.length);
        for (int session = 0; session < 2; session++) {
            try (Qcow2Image image = Qcow2Image.open(file, Mode.WRITE)) {
                assertEquals(width, image.refcountBits());
                Samples.play(image, model, random, 400);
                if (width > 1) {
                    image.createSnapshot("s" + session, 1, 0);
                    Samples.play(image, model, random, 200);
                }
            }
            QemuImg.assertSound(file);
            assertArrayEquals(model, QemuImg.content(file));
        }
    }

    /** With 512-byte clusters a block of refcounts covers 128 KiB and the first table 8 MiB: all of them have to grow. */
    @Test
    void refcountTablesGrow() throws Exception {
        Random random = new Random(5);
        byte[] model = new byte[40 << 20];
        Path file = create("a.qcow2", new ImageCreator.Options(model.length, 3, 512, false, null, null));
        try (Qcow2Image image = Qcow2Image.open(file, Mode.WRITE)) {
            for (int at = 0; at < model.length; at += 1 << 20) {
                byte[] data = new byte[1 << 20];
                random.nextBytes(data);
                image.write(at, data, 0, data.length);
                System.arraycopy(data, 0, model, at, data.length);
            }
        }
        QemuImg.assertSound(file);
        Samples.assertSound(file);
        assertArrayEquals(model, QemuImg.content(file));
        // an L1 table of 160 clusters, and then one of 640: longer than what a block covers
        try (Qcow2Image image = Qcow2Image.open(file, Mode.WRITE)) {
            image.createSnapshot("full", 7, 8);
            image.discard(0, model.length);
            assertArrayEquals(new byte[model.length], Samples.content(image));
            image.applySnapshot("full");
            image.deleteSnapshot("full");
        }
        QemuImg.assertSound(file);
        assertArrayEquals(model, QemuImg.content(file));
    }

    @Test
    void longTablesAreCopiedBehindEverything() throws Exception {
        Path file = create("a.qcow2", new ImageCreator.Options(2L << 30, 3, 512, false, null, null));
        byte[] data = Samples.bytes(new Random(1), 100_000);
        try (Qcow2Image image = Qcow2Image.open(file, Mode.WRITE)) {
            image.write(1 << 30, data, 0, data.length);
            image.createSnapshot("a", 0, 0);
            image.write((1 << 30) + 50_000, new byte[1000], 0, 1000);
            image.createSnapshot("b", 0, 0);
            image.applySnapshot("a");
            byte[] back = new byte[data.length];
            image.read(1 << 30, back, 0, back.length);
            assertArrayEquals(data, back);
            image.deleteSnapshot("b");
        }
        QemuImg.assertSound(file);
        Samples.assertSound(file);
    }

    @Test
    void hugeSparseImages() throws Exception {
        Path file = create("a.qcow2", ImageCreator.Options.ofSize(1L << 50 >> 9));
        long far = (1L << 50 >> 9) - 4096;
        try (Qcow2Image image = Qcow2Image.open(file, Mode.WRITE)) {
            image.write(far, new byte[] {1, 2, 3}, 0, 3);
            image.discard(0, far);
            assertEquals(new Qcow2Image.Extent(Qcow2Image.Kind.BELOW, far & ~0xffffL), image.extent(0, image.length()));
        }
        QemuImg.assertSound(file);
        assertTrue(Files.size(file) < 64 << 20, Files.size(file) + " bytes");
    }
}
