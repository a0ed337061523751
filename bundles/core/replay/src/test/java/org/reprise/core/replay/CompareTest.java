package org.reprise.core.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventJournal.LogEnd;
import org.reprise.api.replay.EventKind;
import org.reprise.api.replay.RecordingDifference;
import org.reprise.api.replay.RecordingDifference.Field;

/** Two recordings compared. */
class CompareTest {
    @TempDir
    Path folder;

    private Path recording(String name, FakeHost host, byte[] log) throws IOException {
        Path recording = Files.createDirectory(folder.resolve(name));
        ManifestFile.of(host.service()).write(recording.resolve(LogFormat.MANIFEST));
        Files.write(recording.resolve(LogFormat.LOG), log);
        return recording;
    }

    @Test
    void howTheLogWasCutIntoFramesIsNoDifference() throws IOException {
        List<Event> events = Logs.random(new Random(1), 100);
        RecordingDifference d = new RecordingsService().compare(recording("a.rr", new FakeHost(), Logs.log(events, 7)),
            recording("b.rr", new FakeHost(), Logs.log(events, 30)));
        assertTrue(d.none());
        assertEquals(101, d.events());
        assertEquals(LogEnd.Kind.CLEAN, d.firstEnd().kind());
    }

    @Test
    void anyChangeOfAnEventIsFoundAtItsPlace() throws IOException {
        List<Event> events = Logs.random(new Random(1), 60);
        Path a = recording("a.rr", new FakeHost(), Logs.log(events, 7));
        for (int i = 0; i < events.size() - 1; i++) {
            List<Event> other = new ArrayList<>(events);
            Event e = events.get(i);
            other.set(i, new Event(EventKind.CHAR_READ, e.icount(), 77, 0, new byte[] {1}));
            Path b = recording("b" + i + ".rr", new FakeHost(), Logs.log(other, 9));
            RecordingDifference d = new RecordingsService().compare(a, b);
            assertEquals(i, d.events());
            assertTrue(Logs.equal(List.of(e), List.of(d.event().first())));
            assertEquals(77, d.event().second().source());
            assertFalse(d.none());
        }
    }

    @Test
    void aShorterLogDiffersWhereItEnds() throws IOException {
        byte[] log = Logs.log(Logs.random(new Random(1), 60), 7);
        RecordingDifference d = new RecordingsService().compare(recording("a.rr", new FakeHost(), log),
            recording("b.rr", new FakeHost(), Arrays.copyOf(log, log.length * 2 / 3)));
        assertNull(d.event().second());
        assertEquals(LogEnd.Kind.TRUNCATED, d.secondEnd().kind());
        assertEquals(LogEnd.Kind.CLEAN, d.firstEnd().kind());
    }

    @Test
    void fieldsOfTheManifestAreComparedOneByOne() throws IOException {
        FakeHost other = new FakeHost();
        other.manifest.put("machine.ram", "128M");
        other.manifest.remove("machine.shift");
        other.manifest.put("machine.sleep", "off");
        other.parts = List.of("cpu0", "disk0", "uart0");
        byte[] log = Logs.log(Logs.random(new Random(1), 6), 7);
        RecordingDifference d = new RecordingsService().compare(recording("a.rr", new FakeHost(), log), recording("b.rr", other, log));
        assertEquals(List.of(new Field("machine.ram", "64M", "128M"), new Field("machine.shift", "3", null),
            new Field("machine.sleep", null, "off"), new Field("parts", "cpu0,uart0,disk0", "cpu0,disk0,uart0")), d.fields());
        assertNull(d.event());
        assertFalse(d.none());
    }
}
