package org.reprise.block.qcow2.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.reprise.api.block.SnapshotNode.Kept;
import org.reprise.api.block.SnapshotNode.Moment;
import org.reprise.block.qcow2.Qcow2Snapshots;
import org.reprise.block.qcow2.image.Qcow2Image.Mode;

/** States of machines beside internal snapshots, with qemu-img and the reference emulator as oracles. */
class StateAreaTest {
    private static final Moment WHEN = new Moment(1_700_000_000, 5, 3_000_000_000L, 123_456);

    @TempDir
    Path folder;

    private static byte[] state(Qcow2Image image, String name) throws IOException {
        try (InputStream in = image.state(name)) {
            return in.readAllBytes();
        }
    }

    private static byte[] noise(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    @ParameterizedTest
    @CsvSource({"2, 9, 300001", "3, 9, 300001", "3, 12, 5000000", "3, 16, 65536", "3, 16, 1", "3, 18, 700000"})
    void statesAreKeptBesideDisksThatGoOn(int version, int bits, int length) throws Exception {
        Random random = new Random(bits + version);
        byte[] model = new byte[(2 << 20) + 512];
        byte[][] states = {noise(length, 1), noise(length / 2 + 1, 2)};
        byte[][] disks = new byte[2][];
        Path file = folder.resolve("a.qcow2");
        ImageCreator.create(file, new ImageCreator.Options(model.length, version, 1 << bits, false, null, null));
        for (int i = 0; i < 2; i++) {
            try (Qcow2Image image = Qcow2Image.open(file, Mode.WRITE)) {
                Samples.play(image, model, random, 25);
                byte[] content = states[i];
                Kept made = image.keep("s" + i, WHEN, out -> out.write(content));
                disks[i] = model.clone();
                assertEquals(new Kept(String.valueOf(i + 1), "s" + i, WHEN.virtual(), WHEN.icount(), content.length), made);
                Samples.play(image, model, random, 25);
            }
            QemuImg.assertSound(file);
            Samples.assertSound(file);
            assertArrayEquals(model, QemuImg.content(file));
        }
        String listed = QemuImg.img("snapshot", "-l", file);
        assertTrue(listed.contains("s0") && listed.contains("123456") && listed.contains("00:00:03.000"), listed);
        String json = QemuImg.img("info", "--output=json", file);
        assertTrue(json.contains("\"vm-state-size\": " + length), json);
        for (int i = 1; i >= 0; i--) {
            try (Qcow2Image image = Qcow2Image.open(file, Mode.WRITE)) {
                image.revert("s" + i);
                assertArrayEquals(disks[i], Samples.content(image));
                Samples.play(image, disks[i].clone(), random, 10);
                assertArrayEquals(states[i], state(image, "s" + i));
            }
            QemuImg.assertSound(file);
        }
        // also when the oracle went back
        QemuImg.img("snapshot", "-a", "s1", file);
        try (Qcow2Image image = Qcow2Image.open(file, Mode.WRITE)) {
            image.forget("s0");
            assertArrayEquals(states[1], state(image, "s1"));
            image.keep("again", WHEN, out -> out.write(states[0]));
            assertArrayEquals(states[0], state(image, "again"));
            image.forget("s1");
            image.forget("again");
        }
        QemuImg.assertSound(file);
    }

    @Test
    void aStateThatCannotBeWrittenLeavesTheImageAsItWas() throws Exception {
        Path file = folder.resolve("a.qcow2");
        try (Qcow2Image image = (Qcow2Image) new Qcow2Snapshots().open(file, true)) {
            byte[] first = noise(100_000, 3);
            image.keep("first", WHEN, out -> out.write(first));
            IOException e = assertThrows(IOException.class, () -> image.keep("second", WHEN, out -> {
                out.write(first);
                throw new IOException("no more");
            }));
            assertEquals("no more", e.getMessage());
            assertEquals(List.of("first"), image.kept().stream().map(Kept::name).toList());
            assertArrayEquals(first, state(image, "first"));
            image.createSnapshot("disk", 0, 0);
            String none = assertThrows(IOException.class, () -> image.state("disk")).getMessage();
            assertTrue(none.contains("\"disk\" has no machine state"), none);
        }
        QemuImg.assertSound(file);
        Samples.assertSound(file);
    }

    @Test
    void aStateOfTheReferenceEmulatorIsRead() throws Exception {
        Path file = folder.resolve("a.qcow2");
        QemuImg.img("create", "-f", "qcow2", file, "1M");
        Process p = new ProcessBuilder("qemu-system-riscv64", "-M", "virt", "-m", "32", "-bios", "none", "-display", "none", "-S", "-monitor", "stdio",
            "-drive", "file=" + file + ",format=qcow2").redirectErrorStream(true).start();
        try {
            p.getOutputStream().write("savevm theirs\nquit\n".getBytes(StandardCharsets.US_ASCII));
            p.getOutputStream().flush();
            String said = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(p.waitFor(1, TimeUnit.MINUTES), said);
        } finally {
            p.destroyForcibly();
        }
        try (Qcow2Image image = Qcow2Image.open(file, Mode.READ); InputStream in = image.state("theirs")) {
            assertEquals("QEVM", new String(in.readNBytes(4), StandardCharsets.US_ASCII));
        }
    }
}
