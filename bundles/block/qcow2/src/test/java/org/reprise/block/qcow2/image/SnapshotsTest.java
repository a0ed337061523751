package org.reprise.block.qcow2.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.reprise.block.qcow2.image.Qcow2Image.Mode;

/** Internal snapshots: ours for qemu-img, those of qemu-img for us, in any order. */
class SnapshotsTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"2, 9", "2, 16", "3, 9", "3, 12", "3, 16", "3, 18"})
    void snapshotsAreMadeAppliedAndDeletedInAnyOrder(int version, int bits) throws Exception {
        Random random = new Random(bits + version);
        byte[] model = new byte[2 << 20];
        Path file = folder.resolve("a.qcow2");
        ImageCreator.create(file, new ImageCreator.Options(model.length, version, 1 << bits, false, null, null));
        Map<String, byte[]> kept = new TreeMap<>();
        for (int round = 0; round < 14; round++) {
            try (Qcow2Image image = Qcow2Image.open(file, Mode.WRITE)) {
                Samples.play(image, model, random, 25);
                String name = "s" + random.nextInt(4);
                if (!kept.containsKey(name)) {
                    Snapshot made = image.createSnapshot(name, 1_700_000_000 + round, 5);
                    assertTrue(image.snapshots().contains(made), image.snapshots().toString());
                    kept.put(name, model.clone());
                } else if (random.nextBoolean()) {
                    image.applySnapshot(name);
                    model = kept.get(name).clone();
                } else {
                    image.deleteSnapshot(name);
                    kept.remove(name);
                }
                Samples.play(image, model, random, 10);
            }
            QemuImg.assertSound(file);
            Samples.assertSound(file);
            assertArrayEquals(model, QemuImg.content(file));
        }
        assertTrue(kept.size() > 1, kept.keySet().toString());
        for (Map.Entry<String, byte[]> e : kept.entrySet()) {
            Path raw = folder.resolve("snapshot.raw");
            QemuImg.img("convert", "-f", "qcow2", "-l", e.getKey(), "-O", "raw", file, raw);
            assertArrayEquals(e.getValue(), java.nio.file.Files.readAllBytes(raw));
        }
        String listed = QemuImg.img("snapshot", "-l", file);
        kept.keySet().forEach(name -> assertTrue(listed.contains(name), listed));
    }

    @Test
    void snapshotsOfQemuImgAreUsed() throws Exception {
        Path file = folder.resolve("a.qcow2");
        QemuImg.img("create", "-f", "qcow2", "-o", "cluster_size=4096", file, "4M");
        QemuImg.io(file, "write -P 1 0 1M");
        QemuImg.img("snapshot", "-c", "first", file);
        QemuImg.io(file, "write -P 2 512k 1M", "write -c -P 9 3M 4k");
        QemuImg.img("snapshot", "-c", "second", file);
        QemuImg.io(file, "write -P 3 0 2M");
        Samples.assertSound(file);
        byte[] model = Samples.content(file);
        try (Qcow2Image image = Qcow2Image.open(file, Mode.WRITE)) {
            assertEquals(List.of("first", "second"), image.snapshots().stream().map(Snapshot::name).toList());
            assertEquals(4 << 20, image.snapshots().get(1).diskSize());
            Samples.play(image, model, new Random(4), 200);
            image.applySnapshot("1");
            byte[] first = Samples.content(image);
            assertEquals(1, first[(1 << 20) - 1]);
            assertEquals(0, first[1 << 20]);
            image.deleteSnapshot("first");
        }
        QemuImg.assertSound(file);
        QemuImg.img("snapshot", "-a", "second", file);
        byte[] second = Samples.content(file);
        assertEquals(List.of(1, 2, 9), List.of((int) second[0], (int) second[1 << 20], (int) second[3 << 20]));
        QemuImg.img("snapshot", "-d", "second", file);
        QemuImg.assertSound(file);
        Samples.assertSound(file);
    }

    @Test
    void whatCannotBeIsRefused() throws Exception {
        Path file = folder.resolve("a.qcow2");
        QemuImg.img("create", "-f", "qcow2", "-o", "refcount_bits=1", file, "1M");
        QemuImg.io(file, "write -P 1 0 64k");
        try (Qcow2Image image = Qcow2Image.open(file, Mode.WRITE)) {
            String full = assertThrows(IOException.class, () -> image.createSnapshot("x", 0, 0)).getMessage();
            assertTrue(full.contains("more than 1 uses") && full.contains("16-bit"), full);
            String none = assertThrows(IOException.class, () -> image.applySnapshot("y")).getMessage();
            assertTrue(none.contains("no snapshot \"y\"") && none.contains("none"), none);
        }
        QemuImg.assertSound(file);
        Path other = folder.resolve("b.qcow2");
        ImageCreator.create(other, ImageCreator.Options.ofSize(1 << 20));
        try (Qcow2Image image = Qcow2Image.open(other, Mode.WRITE)) {
            image.createSnapshot("x", 0, 0);
            assertThrows(IOException.class, () -> image.createSnapshot("x", 0, 0));
            assertThrows(IOException.class, () -> image.createSnapshot("", 0, 0));
            assertThrows(IOException.class, () -> image.createSnapshot("n".repeat(256), 0, 0));
        }
        QemuImg.assertSound(other);
    }
}
