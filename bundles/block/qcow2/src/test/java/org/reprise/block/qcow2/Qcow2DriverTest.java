package org.reprise.block.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reprise.api.block.BlockNode;
import org.reprise.block.qcow2.image.ImageCreator;
import org.reprise.tools.devicekit.FakePartConfig;

class Qcow2DriverTest {
    @TempDir
    private Path folder;

    private Path image() throws IOException {
        Path file = folder.resolve("disk.qcow2");
        ImageCreator.create(file, ImageCreator.Options.ofSize(1 << 20));
        return file;
    }

    private static BlockNode open(Path file, String... settings) throws IOException {
        Map<String, String> values = new LinkedHashMap<>(Map.of("file", file.toString()));
        for (int i = 0; i < settings.length; i += 2) {
            values.put(settings[i], settings[i + 1]);
        }
        return new Qcow2Driver().open(new FakePartConfig("disk0", values), null);
    }

    @Test
    void writesOnlyWithoutAnOverlay() throws IOException {
        Path file = image();
        byte[] before = Files.readAllBytes(file);
        try (BlockNode node = open(file)) {
            assertTrue(node.readOnly());
            assertThrows(IOException.class, () -> node.write(0, new byte[512], 0, 512));
            node.flush();
        }
        assertArrayEquals(before, Files.readAllBytes(file));
        try (BlockNode node = open(file, "overlay", "none")) {
            node.write(512, new byte[] {1, 2, 3}, 0, 3);
        }
        try (BlockNode node = open(file, "overlay", "none", "read-only", "true")) {
            byte[] bytes = new byte[4];
            node.read(512, bytes, 0, 4);
            assertArrayEquals(new byte[] {1, 2, 3, 0}, bytes);
            assertTrue(node.readOnly());
        }
    }

    @Test
    void twoWritersOfOneImageAreRefusedAndReadersShareIt() throws IOException {
        Path file = image();
        try (BlockNode one = open(file); BlockNode two = open(file)) {
            assertEquals(one.length(), two.length());
        }
        try (BlockNode first = open(file, "overlay", "none")) {
            String refused = assertThrows(IOException.class, () -> open(file, "overlay", "none")).getMessage();
            assertTrue(refused.contains("disk0") && refused.contains("in use"), refused);
            assertEquals(1 << 20, first.length());
        }
    }

    @Test
    void aKeptOverlayIsMadeOnceAndStandsOnItsImageOnly() throws IOException {
        Path base = Files.write(folder.resolve("base.raw"), new byte[10_000]);
        Path kept = folder.resolve("kept.qcow2");
        String[] settings = {"overlay", "none", "backing", base.toString(), "backing.format", "raw"};
        try (BlockNode node = open(kept, settings)) {
            assertEquals(10_240, node.length());
            assertEquals(List.of(kept, base), node.sources());
            node.write(100, new byte[] {7}, 0, 1);
        }
        try (BlockNode node = open(kept, settings)) {
            byte[] bytes = new byte[1];
            node.read(100, bytes, 0, 1);
            assertEquals(7, bytes[0]);
        }
        assertArrayEquals(new byte[10_000], Files.readAllBytes(base));
        Path other = Files.write(folder.resolve("other.raw"), new byte[10_000]);
        settings[3] = other.toString();
        String refused = assertThrows(IOException.class, () -> open(kept, settings)).getMessage();
        assertTrue(refused.contains("kept.qcow2 stands on") && refused.contains("base.raw") && refused.contains("other.raw"), refused);
        // one that is not there is made only to be written
        assertThrows(IOException.class, () -> open(folder.resolve("new.qcow2"), "backing", base.toString(), "backing.format", "raw"));
        assertTrue(Files.notExists(folder.resolve("new.qcow2")));
    }

    /** An overlay on an image on another, each moved and named anew: what the images say of the files below them is no more true. */
    @Test
    void filesThatWereMovedAreFoundWhereTheSettingsSay() throws IOException {
        byte[] content = new byte[10_240];
        new java.util.Random(3).nextBytes(content);
        Path base = Files.write(folder.resolve("base.raw"), content);
        Path disk = folder.resolve("disk.qcow2");
        ImageCreator.create(disk, ImageCreator.Options.ofSize(content.length).on("base.raw", "raw"));
        Path kept = folder.resolve("kept.qcow2");
        try (BlockNode node = open(kept, "overlay", "none", "backing", disk.toString(), "backing.format", "qcow2")) {
            assertEquals(List.of(kept, disk, base), node.sources());
            node.write(100, new byte[] {7}, 0, 1);
            content[100] = 7;
        }
        Path away = Files.createDirectory(folder.resolve("away"));
        Path a = Files.move(kept, away.resolve("a"));
        Path b = Files.move(disk, away.resolve("b"));
        Path c = Files.move(base, away.resolve("c"));
        byte[] bytes = new byte[content.length];
        try (BlockNode node = open(a, "backing0", b.toString(), "backing1", c.toString(), "read-only", "on")) {
            assertEquals(List.of(a, b, c), node.sources());
            node.read(0, bytes, 0, bytes.length);
            assertArrayEquals(content, bytes);
        }
        try (BlockNode node = open(b, "backing1", c.toString())) {
            assertEquals(List.of(b, c), node.sources());
        }
        String missing = assertThrows(IOException.class, () -> open(a, "backing0", b.toString())).getMessage();
        assertTrue(missing.contains("away/base.raw does not exist"), missing);
        String gone = assertThrows(IOException.class, () -> open(a, "backing0", b.toString(), "backing1", "no/such")).getMessage();
        assertTrue(gone.contains("no/such does not exist"), gone);
        String loop = assertThrows(IOException.class, () -> open(a, "backing0", a.toString())).getMessage();
        assertTrue(loop.contains("in turn"), loop);
        // one that is written must stand on what it says
        String other = assertThrows(IOException.class, () -> open(a, "overlay", "none", "backing", b.toString(), "backing.format", "qcow2")).getMessage();
        assertTrue(other.contains("stands on"), other);
    }

    @Test
    void rawAndMissingImagesAreNamed() throws IOException {
        String missing = assertThrows(IOException.class, () -> open(folder.resolve("none.qcow2"))).getMessage();
        assertTrue(missing.contains("disk0") && missing.contains("none.qcow2 does not exist"), missing);
        byte[] raw = new byte[4096];
        Arrays.fill(raw, (byte) 1);
        Path file = Files.write(folder.resolve("disk.raw"), raw);
        assertTrue(assertThrows(IOException.class, () -> open(file)).getMessage().contains("set the driver or format to raw"));
        assertThrows(IOException.class, () -> new Qcow2Driver().open(new FakePartConfig("disk0", Map.of("file", "x")), open(image())));
    }
}
