package org.reprise.core.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventJournal.LogEnd;
import org.reprise.api.replay.EventKind;

/** The journals as the machine loop uses them. */
class JournalTest {
    private static final List<String> PARTS = List.of("cpu0", "uart0", "disk0");

    @TempDir
    Path folder;

    private ReplayJournal replay(byte[] log) throws IOException {
        Files.write(folder.resolve(LogFormat.LOG), log);
        LogScan scan = LogScan.of(folder, e -> {
        });
        return new ReplayJournal(folder, scan.end(), scan.bytes(), PARTS);
    }

    @Test
    void aMachineThatFollowsNextStopMeetsEveryEventInItsPlace() throws IOException {
        Random random = new Random(11);
        for (int round = 0; round < 40; round++) {
            List<Event> events = Logs.random(random, 300);
            ReplayJournal journal = replay(Logs.log(events, 1 + random.nextInt(20)));
            assertEquals(Logs.text(events), Logs.text(follow(journal)));
            assertTrue(journal.endReached());
            assertEquals(events.size(), journal.events());
            journal.close();
        }
    }

    /** Runs to each stop, takes synchronous events on the way as a guest would, and asynchronous ones at their stop. */
    private static List<Event> follow(ReplayJournal journal) {
        List<Event> seen = new ArrayList<>();
        long icount = 0;
        while (journal.peek() != null) {
            long stop = journal.nextStop();
            assertTrue(stop >= icount, "stop at " + stop + ", the machine is at " + icount);
            long before = seen.size();
            for (Event e = journal.peek(); e != null && e.icount() <= stop; e = journal.peek()) {
                assertTrue(e.icount() >= icount, "an event was passed: " + e);
                assertTrue(!e.kind().asynchronous() || e.icount() == journal.nextStop(), "no stop at " + e);
                assertEquals(e, journal.next());
                seen.add(e);
            }
            assertTrue(stop > icount || seen.size() > before, "no progress at " + icount);
            icount = stop;
        }
        return seen;
    }

    @Test
    void lookaheadIsBoundedAndStopsOnlyWhereTheDecodedFramesVouch() throws IOException {
        List<Event> events = new ArrayList<>();
        int count = 100_000;
        for (int i = 1; i <= count; i++) {
            events.add(Logs.event(EventKind.CLOCK_HOST, 10L * i, 1, 1_000_000L * i));
        }
        events.add(Logs.event(EventKind.CHAR_READ, 10L * count + 5, 1, 0, (byte) 'x'));
        events.add(Logs.event(EventKind.END, 10L * count + 9, 0, -1));
        ReplayJournal journal = replay(Logs.log(events, 1000));
        assertEquals(170_000, journal.nextStop(), "17 frames of 1000 events are the first to reach the bound of 16384");
        assertEquals(170_000, journal.nextStop());
        assertEquals(Logs.text(events), Logs.text(follow(journal)));
    }

    @Test
    void largeDataBoundsTheLookaheadAsWell() throws IOException {
        List<Event> events = new ArrayList<>();
        for (int i = 1; i <= 20; i++) {
            events.add(Logs.event(EventKind.RANDOM, 10L * i, 1, 0, new byte[1 << 20]));
        }
        events.add(Logs.event(EventKind.END, 1000, 0, -1));
        ReplayJournal journal = replay(Logs.log(events, 1));
        assertEquals(40, journal.nextStop(), "4 MiB are in four events");
        assertEquals(Logs.text(events), Logs.text(follow(journal)));
    }

    @Test
    void aCutLogVouchesUpToItsLastSealedFrame() throws IOException {
        Logs.MemorySink sink = new Logs.MemorySink(Integer.MAX_VALUE);
        LogWriter writer = new LogWriter(sink, 0);
        writer.append(Logs.event(EventKind.CHAR_READ, 100, 1, 0, (byte) 'x'));
        writer.seal(700);
        writer.seal(900);
        writer.append(Logs.event(EventKind.CHAR_READ, 950, 1, 0, (byte) 'y'));
        ReplayJournal journal = replay(sink.content());
        assertEquals(100, journal.nextStop());
        assertEquals(100, journal.next().icount());
        assertEquals(900, journal.nextStop());
        assertNull(journal.peek());
        assertEquals(LogEnd.Kind.TRUNCATED, journal.end().kind());
        assertEquals(900, journal.end().icount());
    }

    @Test
    void aReplayEndsWhereTheLogEndedWhenItBegan() throws IOException {
        Path log = folder.resolve(LogFormat.LOG);
        try (LogWriter writer = new LogWriter(new FileSink(log), 0)) {
            writer.append(Logs.event(EventKind.BH, 100, 1, 4));
            writer.seal(200);
            LogScan scan = LogScan.of(folder, e -> {
            });
            ReplayJournal journal = new ReplayJournal(folder, scan.end(), scan.bytes(), PARTS);
            writer.append(Logs.event(EventKind.BH, 300, 1, 4));
            writer.seal(400);
            assertEquals(100, journal.next().icount());
            assertNull(journal.peek());
            assertEquals(200, journal.nextStop());
            scan = LogScan.of(folder, e -> {
            });
            assertEquals(400, scan.end().icount(), "the next replay goes further");
            journal.close();
        }
    }

    @Test
    void aLogThatShrinksDuringReplayIsAnErrorAndNotAnEnd() throws IOException {
        ReplayJournal journal = replay(Logs.log(Logs.random(new Random(1), 60), 10));
        Files.write(folder.resolve(LogFormat.LOG), LogFormat.header(0));
        RuntimeException e = assertThrows(RuntimeException.class, () -> follow(journal));
        assertTrue(e.getMessage().contains("changed while it is replayed"), e.getMessage());
    }

    @Test
    void theReportOfADivergenceHasEventsAndTheIntervalKnownToBeGood() throws IOException {
        List<Event> events = new ArrayList<>();
        events.add(Logs.event(EventKind.DIGEST, 1000, 0, 0, new byte[16]));
        for (int i = 1; i <= 12; i++) {
            events.add(Logs.event(EventKind.CHAR_READ, 1000 + i, 1, 0, (byte) ('a' + i)));
        }
        events.add(Logs.event(EventKind.DIGEST, 2000, 0, 0, new byte[16]));
        events.add(Logs.event(EventKind.END, 3000, 0, -1));
        ReplayJournal journal = replay(Logs.log(events, 100));
        for (int i = 0; i < 14; i++) {
            journal.next();
        }
        String report = journal.diverged(2000, "digest of ram 0x1", "digest of ram 0x2");
        assertEquals(report, journal.report());
        for (String part : List.of("icount 2000", "expected: digest of ram 0x1", "actual:   digest of ram 0x2",
            "good: up to icount 1000 (digest equal)", "1012 CHAR_READ uart0 1 bytes 6d \"m\"", "2000 DIGEST 2 components")) {
            assertTrue(report.contains(part), part + " is not in:\n" + report);
        }
        assertTrue(report.contains("1004 CHAR_READ") && !report.contains("1003 CHAR_READ"), "the last ten events\n" + report);
    }

    @Test
    void withoutADigestOnlyPowerOnIsKnownToBeGood() throws IOException {
        ReplayJournal journal = replay(Logs.log(Logs.random(new Random(1), 5), 10));
        assertTrue(journal.diverged(7, "a", "b").contains("up to icount 0 (power-on"));
    }

    @Test
    void aDiskThatIsFullAtAnyByteLeavesAGoodLogUpToThere() throws IOException {
        List<Event> events = Logs.random(new Random(5), 400);
        byte[] whole = record(events, Integer.MAX_VALUE).content();
        Path file = folder.resolve("full.log");
        Logs.Read all = Logs.read(file, whole);
        assertEquals(LogEnd.Kind.CLEAN, all.end().kind());
        for (int room = LogFormat.HEADER_BYTES; room < whole.length; room += 1 + room % 1999) {
            Logs.MemorySink sink = record(events, room);
            int limit = room;
            long good = all.boundaries().stream().filter(b -> b <= limit).reduce(0L, (a, b) -> b);
            assertEquals(Math.max(good, LogFormat.HEADER_BYTES), sink.content().length, "the torn frame is cut off");
            Logs.Read read = Logs.read(file, sink.content());
            assertEquals(LogEnd.Kind.TRUNCATED, read.end().kind());
            assertTrue(Logs.equal(all.events().subList(0, read.events().size()), read.events()));
        }
    }

    /** Records in frames that are full (64 KiB) or end. */
    private static Logs.MemorySink record(List<Event> events, int room) throws IOException {
        Logs.MemorySink sink = new Logs.MemorySink(room);
        RecordJournal journal = new RecordJournal(sink, 0);
        Random random = new Random(3);
        java.util.function.IntFunction<byte[]> noise = n -> {
            byte[] bytes = new byte[n];
            random.nextBytes(bytes);
            return bytes;
        };
        for (Event e : events) {
            journal.append(Logs.event(EventKind.RANDOM, e.icount(), 0, 0, noise.apply(700)));
            journal.append(e);
        }
        assertNull(room == Integer.MAX_VALUE ? journal.failure() : null);
        journal.close();
        if (room != Integer.MAX_VALUE) {
            assertNotNull(journal.failure(), "room " + room);
            assertTrue(journal.failure().contains("No space left on device"), journal.failure());
        }
        assertTrue(sink.closed());
        long last = events.get(events.size() - 1).icount();
        assertTrue(room == Integer.MAX_VALUE ? journal.endIcount() == last : journal.endIcount() >= 0 && journal.endIcount() <= last);
        journal.append(events.get(0));
        journal.progress(Long.MAX_VALUE);
        return sink;
    }

    @Test
    void eachDirectionRefusesTheCallsOfTheOther() throws IOException {
        RecordJournal record = new RecordJournal(new Logs.MemorySink(1000), 0);
        ReplayJournal replay = replay(Logs.log(Logs.random(new Random(1), 5), 10));
        assertThrows(IllegalStateException.class, record::peek);
        assertThrows(IllegalStateException.class, record::nextStop);
        assertThrows(IllegalStateException.class, () -> replay.append(Logs.event(EventKind.BH, 1, 1, 1)));
        assertThrows(IllegalStateException.class, () -> replay.progress(1));
    }
}
