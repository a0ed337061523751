package org.reprise.core.machine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reprise.api.machine.Observer;
import org.reprise.api.random.RandomBackend;
import org.reprise.api.replay.Event;

/** Observers see the guest at exact moments, and the guest does not see them. */
class ObserverTest {
    private static final long LENGTH = 60_000;

    private static List<Event> recording() throws InterruptedException {
        MemoryJournal log = MemoryJournal.recording();
        try (MachineHost machine = Workshop.machine(LENGTH, 3, true, 5000, null).machine()) {
            machine.start(log);
            machine.awaitHalt(60_000);
        }
        return log.written();
    }

    /** Replays under observation. @return the digests at the end */
    private static Map<String, Long> replay(List<Event> events, long cap, long every, Observer observer) throws Exception {
        TestParts parts = Workshop.machine(LENGTH, 3, true, cap, null);
        parts.provide("random host", (RandomBackend) into -> {
            throw new AssertionError("replay reads random bytes");
        });
        try (MachineHost machine = parts.machine()) {
            MemoryJournal journal = MemoryJournal.replaying(events);
            AutoCloseable observation = observer == null ? () -> { } : machine.observe(every, observer);
            machine.start(journal);
            assertTrue(machine.awaitHalt(60_000));
            observation.close();
            assertNull(journal.divergence());
            return machine.digests();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 7, 1000, 9_999})
    void aReplayIsSeenAtTheSameMomentsEachTimeAndEndsAsWithoutObservers(long every) throws Exception {
        List<Event> events = recording();
        Map<String, Long> expected = replay(events, 250_000, 0, null);
        List<List<String>> seen = new ArrayList<>();
        for (long cap : new long[] {250_000, 777, 64}) {
            List<String> moments = new ArrayList<>();
            assertEquals(expected, replay(events, cap, every, sight -> {
                byte[] word = new byte[8];
                assertEquals(8, sight.read(Workshop.RAM + 0x8000, word));
                moments.add(sight.icount() + " " + sight.index() + " " + sight.cpus() + " " + sight.cpu().register(0) + " " + word[0]
                    + " " + word[1]);
            }));
            seen.add(moments);
        }
        // the guest resets itself half-way, which its count of instructions does not see
        assertEquals(LENGTH / every, seen.get(0).size(), 1);
        Set<Long> places = new TreeSet<>();
        long last = 0;
        for (String moment : seen.get(0)) {
            long icount = Long.parseLong(moment.substring(0, moment.indexOf(' ')));
            assertTrue(icount > last && icount / every <= last / every + 1, "once in each window: " + last + ", " + icount);
            places.add(icount % every);
            last = icount;
        }
        assertTrue(every < 10_000 / 2 ? places.size() >= Math.min(every, 30) : places.size() > 1, "moments keep step: " + places);
        assertEquals(seen.get(0), seen.get(1));
        assertEquals(seen.get(0), seen.get(2));
    }

    @Test
    void severalObserversHaveTheirOwnMoments() throws Exception {
        List<Event> events = recording();
        long[] counts = new long[2];
        TestParts parts = Workshop.machine(LENGTH, 3, true, 250_000, null);
        try (MachineHost machine = parts.machine()) {
            machine.observe(1000, sight -> counts[0]++);
            machine.observe(333, sight -> counts[1]++);
            machine.start(MemoryJournal.replaying(events));
            assertTrue(machine.awaitHalt(60_000));
        }
        assertEquals(LENGTH / 1000, counts[0], 1);
        assertEquals(LENGTH / 333, counts[1], 1);
    }

    @Test
    void anObserverThatFailsIsToldNoMoreAndTheMachineRunsOn() throws Exception {
        List<Event> events = recording();
        long[] told = new long[1];
        assertEquals(replay(events, 250_000, 0, null), replay(events, 250_000, 100, sight -> {
            told[0]++;
            throw new IllegalStateException("expected by this test");
        }));
        assertEquals(1, told[0]);
    }

    @Test
    void registersOfDevicesAreNotRead() throws Exception {
        byte[][] seen = new byte[1][];
        int[] read = {-1};
        replay(recording(), 250_000, 1000, sight -> {
            seen[0] = new byte[4];
            read[0] = sight.read(Workshop.UART, seen[0]);
        });
        assertEquals(0, read[0]);
        assertArrayEquals(new byte[4], seen[0]);
    }

    @Test
    void anObserverLooksAtMostOnceAnInstruction() throws Exception {
        try (MachineHost machine = Workshop.machine(LENGTH, 3, true, 1000, null).machine()) {
            assertThrows(IllegalArgumentException.class, () -> machine.observe(0, sight -> { }));
        }
    }
}
