package org.reprise.block.overlay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reprise.api.block.BlockNode;
import org.reprise.tools.devicekit.FakePartConfig;

class OverlayNodeTest {
    private static final int LENGTH = 5 * 65536 + 512;

    @TempDir
    private Path folder;
    private final byte[] image = new byte[LENGTH];
    private final Memory below = new Memory();

    /** A layer that may be read only. */
    private final class Memory implements BlockNode {
        private boolean closed;

        @Override
        public long length() {
            return image.length;
        }

        @Override
        public boolean readOnly() {
            return true;
        }

        @Override
        public void read(long position, byte[] into, int offset, int length) {
            System.arraycopy(image, (int) position, into, offset, length);
        }

        @Override
        public void write(long position, byte[] from, int offset, int length) {
            throw new AssertionError("the image was written");
        }

        @Override
        public void flush() {
            throw new AssertionError("the image was flushed");
        }

        @Override
        public void discard(long position, long length) {
            throw new AssertionError("the image was discarded");
        }

        @Override
        public String describe() {
            return "memory";
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    private BlockNode open(String... settings) throws IOException {
        new Random(3).nextBytes(image);
        Map<String, String> values = new LinkedHashMap<>(Map.of("overlay.folder", folder.toString()));
        for (int i = 0; i < settings.length; i += 2) {
            values.put(settings[i], settings[i + 1]);
        }
        return new OverlayDriver().open(new FakePartConfig("disk0", values), below);
    }

    @Test
    void randomWritesAndDiscardsReadLikeAPlainArray() throws IOException {
        Random random = new Random(4);
        try (BlockNode node = open()) {
            byte[] model = image.clone();
            byte[] pristine = image.clone();
            for (int round = 0; round < 3000; round++) {
                int length = random.nextInt(4) == 0 ? random.nextInt(150_000) : random.nextInt(5) * 512;
                int position = random.nextInt(LENGTH - length + 1);
                switch (random.nextInt(3)) {
                    case 0 -> {
                        byte[] bytes = new byte[length + 3];
                        random.nextBytes(bytes);
                        node.write(position, bytes, 3, length);
                        System.arraycopy(bytes, 3, model, position, length);
                    }
                    case 1 -> {
                        node.discard(position, length);
                        Arrays.fill(model, position, position + length, (byte) 0);
                    }
                    default -> {
                        byte[] bytes = new byte[length + 2];
                        node.read(position, bytes, 2, length);
                        assertArrayEquals(Arrays.copyOfRange(model, position, position + length), Arrays.copyOfRange(bytes, 2, length + 2));
                    }
                }
            }
            byte[] all = new byte[LENGTH];
            node.read(0, all, 0, LENGTH);
            assertArrayEquals(model, all);
            assertArrayEquals(pristine, image);
        }
    }

    @Test
    void leavesNothingBehind() throws IOException {
        BlockNode node = open();
        node.write(0, new byte[512], 0, 512);
        assertTrue(node.describe().contains("1 clusters") && node.describe().contains("memory"), node.describe());
        node.flush();
        node.close();
        assertTrue(below.closed);
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(0, files.count());
        }
    }

    @Test
    void readOnlyDriveRefusesWrites() throws IOException {
        try (BlockNode node = open("read-only", "true")) {
            assertThrows(IOException.class, () -> node.write(0, new byte[512], 0, 512));
            assertThrows(IOException.class, () -> node.discard(0, 512));
        }
    }

    @Test
    void rangesOutsideAreRefused() throws IOException {
        try (BlockNode node = open()) {
            assertThrows(IOException.class, () -> node.read(LENGTH - 511, new byte[512], 0, 512));
            assertThrows(IOException.class, () -> node.write(-512, new byte[512], 0, 512));
            assertThrows(IOException.class, () -> node.discard(512, Long.MAX_VALUE));
        }
    }

    @Test
    void missingFolderAndMissingLayerAreNamed() {
        String refused = assertThrows(IOException.class, () -> open("overlay.folder", folder.resolve("none").toString())).getMessage();
        assertTrue(refused.contains("disk0") && refused.contains("none") && refused.contains("overlay.folder"), refused);
        String alone = assertThrows(IOException.class,
                () -> new OverlayDriver().open(new FakePartConfig("disk0", Map.of()), null)).getMessage();
        assertTrue(alone.contains("needs a layer below"), alone);
    }
}
