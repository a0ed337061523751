package org.reprise.block.qcow2.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reprise.api.block.SnapshotNode.Moment;
import org.reprise.block.qcow2.image.Qcow2Image.Mode;

/** A host disk that is full, fails, or loses its power at any moment: no damage but leaks, and what was flushed is there. */
class FaultsTest {
    private static final int LENGTH = 300 << 10;

    private static MemoryStorage fresh(int clusterSize) throws IOException {
        MemoryStorage storage = new MemoryStorage(new byte[0]);
        ImageCreator.write(storage, new ImageCreator.Options(LENGTH, 3, clusterSize, false, null, null));
        return storage;
    }

    /** Of a machine, beside the snapshot of this name. */
    private static byte[] state(String name) {
        Random random = new Random(name.hashCode());
        return Samples.bytes(random, 1 + random.nextInt(30_000));
    }

    private static Qcow2Image open(Storage storage, Mode mode) throws IOException {
        return Qcow2Image.open(storage, Header.read(storage), mode, null, List.of());
    }

    /** Opens what is left, wants no damage, and returns what it holds. */
    private static byte[] soundContent(byte[] left) throws IOException {
        MemoryStorage storage = new MemoryStorage(left);
        CheckReport report = open(storage, Mode.REPAIR).check(CheckReport.Repair.NONE);
        assertEquals(0, report.corruptions(), report.messages().toString());
        try (Qcow2Image image = open(storage, Mode.WRITE)) {
            byte[] content = Samples.content(image);
            for (Snapshot s : image.snapshots()) {
                if (s.vmState() > 0) {
                    assertArrayEquals(state(s.name()), image.state(s.name()).readAllBytes());
                }
            }
            // and it can be written
            image.write(0, new byte[4096], 0, 4096);
            image.flush();
            return content;
        }
    }

    /** What each byte of the disk may be: its value at the last flush, or any written since. */
    private static final class Possible {
        private final byte[] flushed;
        private final byte[] now;
        private final boolean[] changed;

        Possible() {
            flushed = new byte[LENGTH];
            now = new byte[LENGTH];
            changed = new boolean[LENGTH];
        }

        void write(int position, byte[] data, int offset, int length) {
            System.arraycopy(data, offset, now, position, length);
            Arrays.fill(changed, position, position + length, true);
        }

        void flush() {
            System.arraycopy(now, 0, flushed, 0, LENGTH);
            Arrays.fill(changed, false);
        }

        void assertHolds(byte[] content) {
            for (int i = 0; i < LENGTH; i++) {
                if (!changed[i] && content[i] != flushed[i]) {
                    throw new AssertionError("byte " + i + " was flushed as " + flushed[i] + " and is " + content[i]);
                }
            }
        }
    }

    /** One step of a guest. */
    private static void step(Qcow2Image image, Possible possible, Random random, int session) throws IOException {
        int length = 1 + random.nextInt(12_000);
        int position = random.nextInt(LENGTH - length);
        switch (random.nextInt(10)) {
            case 0, 1, 2, 3, 4 -> {
                byte[] data = Samples.bytes(random, length);
                possible.write(position, data, 0, length);
                image.write(position, data, 0, length);
            }
            case 5, 6 -> {
                possible.write(position, new byte[length], 0, length);
                image.discard(position, length);
            }
            case 7 -> {
                String name = "s" + session + "-" + random.nextInt(1000);
                if (image.snapshots().stream().noneMatch(s -> s.name().equals(name))) {
                    image.keep(name, new Moment(0, 0, 0, 0), random.nextBoolean() ? null : out -> out.write(state(name)));
                }
            }
            case 8 -> {
                List<Snapshot> all = image.snapshots();
                if (!all.isEmpty()) {
                    image.deleteSnapshot(all.get(random.nextInt(all.size())).name());
                }
            }
            default -> {
                image.flush();
                possible.flush();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {512, 4096, 65536})
    void afterAPowerCutNothingIsDamagedAndWhatWasFlushedIsThere(int clusterSize) throws IOException {
        for (int seed = 0; seed < 60; seed++) {
            Random random = new Random(seed);
            MemoryStorage storage = fresh(clusterSize);
            Possible possible = new Possible();
            Qcow2Image image = open(storage, Mode.WRITE);
            int steps = 1 + random.nextInt(40);
            for (int i = 0; i < steps; i++) {
                step(image, possible, random, 0);
            }
            // metadata is written and made durable in steps: the power goes between two of them
            storage.failAfter(random.nextInt(30), false);
            try {
                for (int i = 0; i < 30; i++) {
                    step(image, possible, random, 1);
                }
            } catch (IOException e) {
                assertTrue(e.getMessage().contains("no space"), e.getMessage());
            }
            for (int cut = 0; cut < 8; cut++) {
                byte[] left = storage.afterPowerCut(new Random(cut));
                possible.assertHolds(soundContent(left));
            }
        }
    }

    /** The power goes in the midst of an operation: every write and flush of it is a moment. */
    @ParameterizedTest
    @ValueSource(ints = {512, 4096})
    void anyMomentOfAnOperationMayBeTheLast(int clusterSize) throws IOException {
        for (int seed = 0; seed < 12; seed++) {
            int moments = 1;
            for (int moment = 0; moment < moments; moment++) {
                Random random = new Random(seed);
                MemoryStorage storage = fresh(clusterSize);
                Possible possible = new Possible();
                Qcow2Image image = open(storage, Mode.WRITE);
                for (int i = 0; i < 12; i++) {
                    step(image, possible, random, 0);
                }
                int before = storage.operations();
                storage.failAfter(moment, false);
                try {
                    for (int i = 0; i < 6; i++) {
                        step(image, possible, random, 1);
                    }
                    moments = storage.operations() - before;
                } catch (IOException e) {
                    moments++;
                }
                possible.assertHolds(soundContent(storage.afterPowerCut(new Random(moment))));
                possible.assertHolds(soundContent(storage.content()));
            }
            assertTrue(moments > 6, moments + " moments");
        }
    }

    /** A disk that is full for a while: the guest sees errors, and later everything works on. */
    @ParameterizedTest
    @ValueSource(ints = {512, 4096, 65536})
    void aWriteThatFailsLeavesTheImageUsable(int clusterSize) throws IOException {
        int failures = 0;
        for (int seed = 0; seed < 70; seed++) {
            Random random = new Random(seed);
            MemoryStorage storage = fresh(clusterSize);
            byte[] model = new byte[LENGTH];
            boolean[] unknown = new boolean[LENGTH];
            Qcow2Image image = open(storage, Mode.WRITE);
            Samples.play(image, model, random, 15);
            for (int round = 0; round < 5; round++) {
                storage.failAfter(random.nextInt(12), random.nextBoolean());
                for (int i = 0; i < 6; i++) {
                    int length = 1 + random.nextInt(9000);
                    int position = random.nextInt(LENGTH - length);
                    byte[] data = Samples.bytes(random, length);
                    try {
                        image.write(position, data, 0, length);
                        System.arraycopy(data, 0, model, position, length);
                        if (random.nextInt(3) == 0) {
                            image.flush();
                        }
                    } catch (IOException e) {
                        failures++;
                        assertTrue(e.getMessage().contains("no space") || e.getMessage().contains("header"), e.getMessage());
                        Arrays.fill(unknown, position, position + length, true);
                    }
                }
                storage.heal();
            }
            byte[] content = Samples.content(image);
            for (int i = 0; i < LENGTH; i++) {
                if (unknown[i]) {
                    content[i] = model[i];
                }
            }
            assertArrayEquals(model, content, "seed " + seed);
            image.close();
            CheckReport report = open(new MemoryStorage(storage.content()), Mode.REPAIR).check(CheckReport.Repair.NONE);
            assertEquals(0, report.corruptions(), "seed " + seed + report.messages());
            MemoryStorage leaking = new MemoryStorage(storage.content());
            open(leaking, Mode.REPAIR).check(CheckReport.Repair.LEAKS);
            CheckReport repaired = open(new MemoryStorage(leaking.content()), Mode.REPAIR).check(CheckReport.Repair.NONE);
            assertEquals(0, repaired.corruptions() + repaired.leaks(), repaired.messages().toString());
        }
        assertTrue(failures > 60, failures + " failures");
    }

    @ParameterizedTest
    @ValueSource(ints = {4096})
    void aFlushThatFailsIsAnErrorAndCanBeRepeated(int clusterSize) throws IOException {
        MemoryStorage storage = fresh(clusterSize);
        Qcow2Image image = open(storage, Mode.WRITE);
        image.write(8192, new byte[] {1, 2, 3}, 0, 3);
        storage.failAfter(0, false);
        assertThrows(IOException.class, image::flush);
        storage.heal();
        image.flush();
        byte[] left = storage.afterPowerCut(new Random(0) {
            @Override
            public int nextInt(int bound) {
                return 0;
            }
        });
        assertEquals(3, soundContent(left)[8194]);
    }
}
