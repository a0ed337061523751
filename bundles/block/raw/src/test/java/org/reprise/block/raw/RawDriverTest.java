package org.reprise.block.raw;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reprise.api.block.BlockNode;
import org.reprise.tools.devicekit.FakePartConfig;

class RawDriverTest {
    @TempDir
    private Path folder;

    private Path image(int length) throws IOException {
        byte[] content = new byte[length];
        for (int i = 0; i < length; i++) {
            content[i] = (byte) (i * 31 >>> 3);
        }
        return Files.write(folder.resolve("disk.img"), content);
    }

    private static BlockNode open(Path file, String... settings) throws IOException {
        Map<String, String> values = new LinkedHashMap<>(Map.of("file", file.toString()));
        for (int i = 0; i < settings.length; i += 2) {
            values.put(settings[i], settings[i + 1]);
        }
        return new RawDriver().open(new FakePartConfig("disk0", values), null);
    }

    private static String refusal(Path file, String... settings) {
        return assertThrows(IOException.class, () -> open(file, settings).close()).getMessage();
    }

    @Test
    void readsWritesAndDiscards() throws IOException {
        Path file = image(200 * 1024);
        byte[] expected = Files.readAllBytes(file);
        try (BlockNode node = open(file, "overlay", "none")) {
            assertEquals(200 * 1024, node.length());
            byte[] bytes = new byte[1000];
            node.read(777, bytes, 100, 500);
            assertArrayEquals(Arrays.copyOfRange(expected, 777, 1277), Arrays.copyOfRange(bytes, 100, 600));
            node.write(512, new byte[] {1, 2, 3, 4}, 1, 2);
            node.discard(1024, 150 * 1024);
            node.flush();
            assertFalse(node.readOnly());
        }
        expected[512] = 2;
        expected[513] = 3;
        Arrays.fill(expected, 1024, 151 * 1024, (byte) 0);
        assertArrayEquals(expected, Files.readAllBytes(file));
    }

    @Test
    void imageBelowAnOverlayIsOpenedForReadingOnly() throws IOException {
        Path file = image(1024);
        assertTrue(file.toFile().setWritable(false));
        try (BlockNode node = open(file)) {
            assertThrows(RuntimeException.class, () -> node.write(0, new byte[512], 0, 512));
        }
        try (BlockNode node = open(file, "read-only", "true", "overlay", "none")) {
            assertTrue(node.readOnly());
        }
    }

    @Test
    void lengthsThatAreNoSectorsAreRefusedWithTheRightOne() throws IOException {
        String refused = refusal(image(1000));
        assertTrue(refused.contains("disk0") && refused.contains("disk.img") && refused.contains("1000 bytes") && refused.contains("1024"),
                refused);
        assertTrue(refusal(image(0)).contains("512"));
    }

    @Test
    void missingAndForeignFilesAreNamed() {
        String missing = refusal(folder.resolve("none.img"));
        assertTrue(missing.contains("none.img does not exist") && missing.contains("disk0.file"), missing);
        assertTrue(refusal(folder).contains("not a regular file"));
    }

    @Test
    void rangesOutsideAreRefused() throws IOException {
        try (BlockNode node = open(image(1024), "overlay", "none")) {
            byte[] bytes = new byte[2048];
            assertThrows(IOException.class, () -> node.read(512, bytes, 0, 513));
            assertThrows(IOException.class, () -> node.read(-1, bytes, 0, 1));
            assertThrows(IOException.class, () -> node.write(Long.MAX_VALUE, bytes, 0, 1));
            assertThrows(IOException.class, () -> node.discard(0, Long.MAX_VALUE));
        }
    }

    @Test
    void imageThatShrinksWhileInUseIsAnError() throws IOException {
        Path file = image(2048);
        try (BlockNode node = open(file)) {
            Files.write(file, new byte[512]);
            String error = assertThrows(IOException.class, () -> node.read(0, new byte[2048], 0, 2048)).getMessage();
            assertTrue(error.contains("shortened to 512") && error.contains("2048"), error);
        }
    }

    @Test
    void twoWritersOfOneImageAreRefused() throws IOException {
        Path file = image(1024);
        try (BlockNode first = open(file, "overlay", "none")) {
            assertTrue(refusal(file, "overlay", "none").contains("in use"));
            open(file).close();
            assertEquals(1024, first.length());
        }
        open(file, "overlay", "none").close();
    }
}
