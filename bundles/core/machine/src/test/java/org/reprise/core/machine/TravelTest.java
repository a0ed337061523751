package org.reprise.core.machine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.reprise.api.block.BlockDriver;
import org.reprise.api.block.BlockNode;
import org.reprise.api.block.FreezableNode;
import org.reprise.api.machine.DebugSession.Stop;
import org.reprise.api.machine.MachineException;
import org.reprise.api.machine.MachineState;
import org.reprise.api.random.RandomBackend;
import org.reprise.api.replay.Event;
import org.reprise.api.travel.Capture;
import org.reprise.api.travel.MachineImage;
import org.reprise.api.travel.PageSource;

/** A machine that goes back and forth in a recording is at each place what it was there the first time, in every field. */
class TravelTest {
    private static final long LENGTH = 60_000;

    /** An image, its pages, and what the machine was. */
    private record Place(MachineImage image, Map<String, byte[][]> pages, Map<String, Long> digests, byte[] output) {
    }

    /** Layer that takes writes, in memory. */
    private static final class FrozenMemory extends PassingNode implements FreezableNode {
        private final byte[][] written;
        private final boolean[] changed;

        FrozenMemory(BlockNode below) {
            super(below);
            written = new byte[(int) (below.length() / PAGE)][];
            changed = new boolean[written.length];
        }

        private byte[] page(int number) throws IOException {
            byte[] page = written[number];
            if (page == null) {
                page = new byte[PAGE];
                for (int at = 0; at < PAGE; at += 512) {
                    if ((number * PAGE + at) < length() - 512) {
                        super.read((long) number * PAGE + at, page, at, 512);
                    }
                }
            }
            return page;
        }

        @Override
        public void read(long position, byte[] into, int offset, int length) throws IOException {
            byte[] page = written[(int) (position / PAGE)];
            if (page == null || position >= length() - 512) {
                super.read(position, into, offset, length);
            } else {
                System.arraycopy(page, (int) (position % PAGE), into, offset, length);
            }
        }

        @Override
        public synchronized void write(long position, byte[] from, int offset, int length) throws IOException {
            int number = (int) (position / PAGE);
            byte[] page = page(number).clone();
            System.arraycopy(from, offset, page, (int) (position % PAGE), length);
            written[number] = page;
            changed[number] = true;
        }

        @Override
        public synchronized Frozen freeze(boolean whole) {
            byte[][] held = written.clone();
            int[] pages = IntStream.range(0, written.length).filter(i -> changed[i] || whole && written[i] != null).toArray();
            Arrays.fill(changed, false);
            return new Frozen() {
                @Override
                public int pages() {
                    return held.length;
                }

                @Override
                public int[] changed() {
                    return pages;
                }

                @Override
                public boolean read(int page, byte[] into) {
                    if (held[page] != null) {
                        System.arraycopy(held[page], 0, into, 0, PAGE);
                    }
                    return held[page] != null;
                }

                @Override
                public void close() {
                    // it holds copies
                }
            };
        }

        @Override
        public synchronized void restore(int[] different, Content content) {
            for (int number = 0; number < written.length; number++) {
                int n = number;
                if (changed[number] || Arrays.stream(different).anyMatch(d -> d == n)) {
                    byte[] page = new byte[PAGE];
                    written[number] = content.read(number, page) ? page : null;
                    changed[number] = false;
                }
            }
        }
    }

    /** The pages of the last capture or restored image. */
    private final Map<String, byte[][]> base = new HashMap<>();

    private static TestParts parts(int shift, boolean sleep, long cap) {
        return Workshop.machine(LENGTH, shift, sleep, cap, null).provide("driver overlay", (BlockDriver) (config, below) -> new FrozenMemory(below));
    }

    private Place capture(MachineHost machine) {
        Map<String, byte[][]> pages = new HashMap<>();
        MachineImage image;
        try (Capture capture = machine.travel().capture(false, true).orElseThrow()) {
            image = capture.image();
            for (Capture.Space space : capture.spaces()) {
                byte[][] all = base.containsKey(space.name()) ? base.get(space.name()).clone() : new byte[space.pages()][];
                for (int page : space.changed()) {
                    byte[] content = new byte[Capture.PAGE];
                    all[page] = space.read(page, content) ? content : null;
                }
                pages.put(space.name(), all);
            }
        }
        base.clear();
        base.putAll(pages);
        return new Place(image, pages, machine.digests(), machine.consoles().get(0).history());
    }

    private void restore(MachineHost machine, Place place, MemoryJournal journal) {
        Map<String, byte[][]> before = new HashMap<>(base);
        machine.travel().restore(place.image(), new PageSource() {
            @Override
            public int[] different(String space) {
                byte[][] then = place.pages().get(space);
                byte[][] now = before.getOrDefault(space, new byte[then.length][]);
                return IntStream.range(0, then.length).filter(i -> !Arrays.equals(now[i], then[i])).toArray();
            }

            @Override
            public int[] written(String space) {
                byte[][] then = place.pages().get(space);
                return IntStream.range(0, then.length).filter(i -> then[i] != null).toArray();
            }

            @Override
            public boolean read(String space, int page, byte[] into) {
                byte[] content = place.pages().get(space)[page];
                if (content != null) {
                    System.arraycopy(content, 0, into, 0, content.length);
                }
                return content != null;
            }
        }, journal);
        base.clear();
        base.putAll(place.pages());
    }

    private static MemoryJournal record(TestParts parts) throws InterruptedException {
        MemoryJournal log = MemoryJournal.recording();
        Random random = new Random();
        try (MachineHost machine = parts.machine()) {
            machine.start(log);
            for (int typed = 0; !machine.awaitHalt(1 + random.nextInt(3)); typed++) {
                if (typed < 200) {
                    machine.consoles().get(0).input(("line " + typed + "\n").getBytes(java.nio.charset.StandardCharsets.US_ASCII));
                }
            }
            assertEquals(MachineState.SHUTDOWN, machine.status().state(), machine.problem().toString());
        }
        return log;
    }

    private static MemoryJournal at(List<Event> events, long number) {
        MemoryJournal journal = MemoryJournal.replaying(events);
        for (long i = 0; i < number; i++) {
            journal.next();
        }
        return journal;
    }

    private static void same(Place place, MachineHost machine, String what) {
        assertEquals(place.digests(), machine.digests(), what);
        assertArrayEquals(place.output(), machine.consoles().get(0).history(), what);
    }

    @ParameterizedTest
    @CsvSource({"0,true,250000,1", "0,false,100,2", "3,true,777,3", "6,false,50000,4"})
    void everyPlaceIsReachedAgainFromEveryOther(int shift, boolean sleep, long cap, long seed) throws Exception {
        List<Event> events = record(parts(shift, sleep, cap)).written();
        Random random = new Random(seed);
        TestParts parts = parts(shift, sleep, 250_000);
        parts.provide("random host", (RandomBackend) into -> {
            throw new AssertionError("replay reads random bytes");
        });
        try (MachineHost machine = parts.machine()) {
            List<Place> places = new ArrayList<>();
            machine.startPaused(MemoryJournal.replaying(events));
            long[] stops = random.longs(30, 1, LENGTH - 1).sorted().distinct().toArray();
            for (long stop : stops) {
                assertEquals(Stop.STEP, machine.travel().run(stop), machine.problem().toString());
                assertEquals(stop, machine.status().icount());
                places.add(capture(machine));
            }
            assertTrue(places.stream().anyMatch(p -> !p.digests().equals(places.get(0).digests())));
            assertTrue(places.stream().anyMatch(p -> inFlight(p) > 0), "requests were in flight");
            for (int move = 0; move < 60; move++) {
                int from = random.nextInt(places.size());
                restore(machine, places.get(from), at(events, places.get(from).image().events()));
                same(places.get(from), machine, "at once at " + from);
                assertArrayEquals(places.get(from).image().state(), capture(machine).image().state(), "every field at " + from);
                int to = from + random.nextInt(places.size() - from);
                if (to > from) {
                    assertEquals(Stop.STEP, machine.travel().run(places.get(to).image().icount()), machine.problem().toString());
                    same(places.get(to), machine, "from " + from + " to " + to);
                    assertArrayEquals(places.get(to).image().state(), capture(machine).image().state(), "every field from " + from + " to " + to);
                }
            }
            restore(machine, places.get(3), at(events, places.get(3).image().events()));
            machine.resume();
            assertTrue(machine.awaitHalt(60_000));
            assertEquals(MachineState.SHUTDOWN, machine.status().state(), machine.problem().toString());
            assertEquals(LENGTH, machine.status().icount() / LENGTH * LENGTH);
        }
    }

    private static int inFlight(Place place) {
        return StateReader.of(place.image().state()).bytes("drive.disk0.in-flight", new byte[0]).length;
    }

    @Test
    void aLiveMachineGoesBackToo() throws Exception {
        try (MachineHost machine = parts(0, true, 1000).machine()) {
            machine.startPaused();
            machine.travel().run(20_000);
            Place place = capture(machine);
            machine.travel().run(40_000);
            restore(machine, place, null);
            same(place, machine, "restored");
            machine.resume();
            assertTrue(machine.awaitHalt(60_000));
            assertEquals(MachineState.SHUTDOWN, machine.status().state(), machine.problem().toString());
        }
    }

    @Test
    void devicesThatWerePluggedInComeAndGo(@TempDir Path folder) throws Exception {
        Path disk = Files.writeString(folder.resolve("disk"), "disk");
        long[] state = new long[1];
        TestParts parts = parts(0, true, 1000).provide("device counter", (org.reprise.api.device.DeviceModel) context -> {
            context.block("drive").orElseThrow();
            return new TestParts.ClosureDevice(() -> state[0] = 7, s -> state[0] = s.int64("state", state[0]));
        });
        try (MachineHost machine = parts.machine()) {
            machine.startPaused();
            machine.travel().run(10_000);
            Place without = capture(machine);
            machine.plug("counter", Map.of("id", "c", "address", "0x9000", "drive.file", disk.toString()));
            state[0] = 9;
            machine.travel().run(20_000);
            Place with = capture(machine);
            assertTrue(with.digests().containsKey("c") && with.pages().containsKey("drive.c-drive"));
            for (int round = 0; round < 3; round++) {
                restore(machine, without, null);
                same(without, machine, "without");
                assertFalse(machine.digests().containsKey("c"));
                state[0] = 1;
                restore(machine, with, null);
                same(with, machine, "with");
                assertEquals(9, state[0]);
                assertArrayEquals(with.image().state(), capture(machine).image().state());
            }
        }
    }

    @Test
    void aDriveThatIsWrittenItselfIsRefused() throws Exception {
        try (MachineHost machine = Workshop.machine(LENGTH, 0, true, 1000, null).machine()) {
            machine.startPaused();
            MachineException refused = assertThrows(MachineException.class, () -> machine.travel().capture(true, true));
            assertTrue(refused.getMessage().contains("disk0.overlay to temporary"), refused.getMessage());
        }
    }

    @Test
    void anImageOfAnotherMachineIsRefusedAndTheMachineStandsFailed() throws Exception {
        try (MachineHost machine = parts(0, true, 1000).machine()) {
            machine.startPaused();
            machine.travel().run(2_000);
            Place place = capture(machine);
            byte[] cut = Arrays.copyOf(place.image().state(), place.image().state().length / 2);
            Place damaged = new Place(new MachineImage(2_000, 0, -1, cut), place.pages(), place.digests(), place.output());
            assertThrows(MachineException.class, () -> restore(machine, damaged, null));
            assertEquals(MachineState.FAILED, machine.status().state());
            restore(machine, place, null);
            same(place, machine, "restored after all");
            assertFalse(machine.problem().isPresent());
        }
    }
}
