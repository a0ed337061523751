package org.reprise.block.qcow2.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.reprise.api.block.BlockNode;

/** Content for images, and a model of what an image should hold. */
final class Samples {
    private Samples() {
    }

    /** Bytes in runs, some of zeros, some that can be compressed, some that cannot. */
    static byte[] bytes(Random random, int length) {
        byte[] b = new byte[length];
        for (int at = 0; at < length;) {
            int run = Math.min(length - at, 1 + random.nextInt(Math.max(2, length / 24)));
            switch (random.nextInt(4)) {
                case 0 -> {
                    // zeros
                }
                case 1 -> {
                    byte[] noise = new byte[run];
                    random.nextBytes(noise);
                    System.arraycopy(noise, 0, b, at, run);
                }
                default -> {
                    int period = 1 + random.nextInt(300);
                    int seed = random.nextInt(250);
                    for (int i = 0; i < run; i++) {
                        b[at + i] = (byte) (i % period * 7 + seed);
                    }
                }
            }
            at += run;
        }
        return b;
    }

    static byte[] content(BlockNode node) throws IOException {
        byte[] all = new byte[(int) node.length()];
        node.read(0, all, 0, all.length);
        return all;
    }

    static byte[] content(Path image) throws IOException {
        try (Qcow2Image i = Qcow2Image.open(image, Qcow2Image.Mode.READ)) {
            return content(i);
        }
    }

    /** Does random writes, discards and flushes on an image and its model, and reads between them. */
    static void play(Qcow2Image image, byte[] model, Random random, int steps) throws IOException {
        for (int step = 0; step < steps; step++) {
            int most = Math.min(model.length, random.nextInt(4) == 0 ? 3 * image.clusterSize() : 9000);
            int length = 1 + random.nextInt(most);
            int position = random.nextInt(model.length - length + 1);
            if (random.nextBoolean()) {
                // whole clusters, as a guest with a file system does
                position = position / image.clusterSize() * image.clusterSize();
                length = Math.min(model.length - position, (length / image.clusterSize() + 1) * image.clusterSize());
            }
            switch (random.nextInt(8)) {
                case 0, 1, 2, 3 -> {
                    byte[] data = bytes(random, length + 2);
                    image.write(position, data, 2, length);
                    System.arraycopy(data, 2, model, position, length);
                }
                case 4 -> {
                    image.discard(position, length);
                    Arrays.fill(model, position, position + length, (byte) 0);
                }
                case 5 -> image.flush();
                default -> {
                    byte[] data = new byte[length + 1];
                    image.read(position, data, 1, length);
                    assertArrayEquals(Arrays.copyOfRange(model, position, position + length), Arrays.copyOfRange(data, 1, length + 1));
                }
            }
        }
        assertArrayEquals(model, content(image));
    }

    /** Our own check finds nothing. */
    static void assertSound(Path image) throws IOException {
        CheckReport report = check(image, CheckReport.Repair.NONE);
        assertEquals(0, report.corruptions() + report.leaks(), report.messages().toString());
    }

    static CheckReport check(Path image, CheckReport.Repair repair) throws IOException {
        try (Qcow2Image i = Qcow2Image.open(image, Qcow2Image.Mode.REPAIR)) {
            return i.check(repair);
        }
    }

    static Path write(Path file, byte[] bytes) throws IOException {
        return Files.write(file, bytes);
    }
}
