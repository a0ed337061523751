package org.reprise.core.replay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;
import org.reprise.api.machine.MachineState;
import org.reprise.api.replay.BranchOrigin;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventJournal.LogEnd;
import org.reprise.api.replay.EventKind;
import org.reprise.api.replay.Poke;
import org.reprise.api.replay.RecordingTree;

/** Branches: logs that begin with the past of another one, their manifests, and the tree of them. */
class BranchTest {
    @TempDir
    Path folder;
    private final FakeHost host = new FakeHost();
    private final MachineRecorder recorder = new MachineRecorder(host.service(), () -> null);
    private final RecordingsService recordings = new RecordingsService();

    private static List<Event> withoutEnd(List<Event> events) {
        return events.stream().filter(e -> e.kind() != EventKind.END && e.kind() != EventKind.SHUTDOWN).toList();
    }

    /** From behind any event, at any icount up to the next one, of a log in frames of any length. */
    @Test
    void aLogGoesOnBehindAnyPlaceOfAnother() throws IOException {
        Random random = new Random(11);
        Path log = folder.resolve("events.log");
        for (int round = 0; round < 40; round++) {
            List<Event> events = Logs.random(random, 1 + random.nextInt(60));
            Files.write(log, Logs.log(events, 1 + random.nextInt(20)));
            List<Event> all = Logs.read(log).withoutInstruction();
            for (int number = 0; number <= all.size(); number++) {
                long last = number == 0 ? 0 : all.get(number - 1).icount();
                long next = number == all.size() ? last : all.get(number).icount();
                long icount = last + (next - last) / 3;
                Logs.MemorySink sink = new Logs.MemorySink(Integer.MAX_VALUE);
                LogWriter writer = new LogWriter(sink, LogFormat.REQUIRED_FEATURES);
                LogPrefix past = LogPrefix.copy(log, number, icount, writer);
                List<Event> kept = withoutEnd(all.subList(0, number));
                assertEquals(kept.size(), past.events());
                assertEquals(kept.stream().filter(e -> e.kind() == EventKind.PLUG).count(), past.plugs());
                Path copy = folder.resolve("copy.log");
                Logs.Read killed = Logs.read(copy, sink.content());
                assertEquals(LogEnd.Kind.TRUNCATED, killed.end().kind(), killed.end().message());
                assertEquals(icount, killed.end().icount(), "a recorder that is killed at once leaves the past up to the place");
                assertTrue(Logs.equal(kept, killed.withoutInstruction()));
                RecordJournal journal = new RecordJournal(writer, past.events(), icount);
                assertEquals(past.events(), journal.events());
                Event more = Logs.event(EventKind.POKE, icount, 0, 0, (byte) 'x');
                journal.append(more);
                journal.append(Logs.event(EventKind.END, icount + 5, 0, -1));
                journal.close();
                Logs.Read read = Logs.read(copy, sink.content());
                assertEquals(LogEnd.Kind.CLEAN, read.end().kind(), read.end().message());
                assertEquals(kept.size() + 2, read.withoutInstruction().size());
                assertTrue(Logs.equal(List.of(more), read.withoutInstruction().subList(kept.size(), kept.size() + 1)));
                BranchOrigin origin = new BranchOrigin("..", icount, number, 0, past.bytes(), past.sha256(), "", List.of());
                assertTrue(LogPrefix.fits(log, origin));
            }
            assertThrows(IOException.class, () -> LogPrefix.copy(log, all.size() + 1, Long.MAX_VALUE, new LogWriter(new Logs.MemorySink(1 << 20), 0)));
        }
    }

    private Path parent() throws IOException {
        Path recording = folder.resolve("test.rr");
        recorder.record(recording);
        for (int i = 1; i <= 30; i++) {
            host.journal.append(Logs.event(EventKind.CHAR_READ, 100 * i, 1, 0, (byte) i));
        }
        host.journal.close();
        List<Event> events = new ArrayList<>(Logs.read(recording.resolve(LogFormat.LOG)).withoutInstruction());
        events.add(Logs.event(EventKind.END, 5_000, 0, -1));
        Files.write(recording.resolve(LogFormat.LOG), Logs.log(events, 5));
        host.state = MachineState.STOPPED;
        Files.createDirectories(recording.resolve(LogFormat.IMAGES));
        Files.writeString(recording.resolve(LogFormat.IMAGES).resolve("loader.kernel"), "kernel");
        Files.writeString(recording.resolve(LogFormat.IMAGES).resolve("plug0.drive.file"), "of a device that is plugged in later");
        return recording;
    }

    private void replayTo(Path recording, int events, long icount) {
        host.icount = 0;
        recorder.replay(recording, false);
        for (int i = 0; i < events; i++) {
            host.journal.next();
        }
        host.icount = icount;
    }

    private static Map<String, String> content(Path folder) throws IOException {
        Map<String, String> content = new java.util.TreeMap<>();
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path p : all.toList()) {
                content.put(folder.relativize(p).toString(), Files.isDirectory(p) ? "folder" : java.util.HexFormat.of().formatHex(Files.readAllBytes(p)));
            }
        }
        return content;
    }

    @Test
    void aReplayGoesLiveInAFolderOfItsRecordingAndTheTreeShowsIt() throws IOException {
        Path recording = parent();
        byte[] log = Files.readAllBytes(recording.resolve(LogFormat.LOG));
        byte[] manifest = Files.readAllBytes(recording.resolve(LogFormat.MANIFEST));
        replayTo(recording, 12, 1_250);
        host.traps = 1;
        Path branch = recorder.goLive(null, List.of(new Poke.Register(0, "a0", 0x11), new Poke.Key("", new byte[] {'l', 's', '\n'})));
        assertEquals(recording.resolve("branches/1.rr"), branch);
        assertEquals(Optional.of(branch), recorder.recording());
        assertTrue(host.pokes.get(0).startsWith("check") && host.pokes.get(1).startsWith("poke"), host.pokes.toString());
        assertFalse(host.journal.replaying());
        assertEquals(12, host.journal.events());
        assertFalse(recorder.progress().orElseThrow().replaying());
        assertThrows(MachineException.class, () -> recorder.reopen(0), "a recorded machine does not go back");
        host.journal.append(Logs.event(EventKind.CHAR_READ, 1_260, 1, 0, (byte) 'y'));
        host.journal.append(Logs.event(EventKind.END, 9_000, 0, -1));
        host.journal.close();
        host.state = MachineState.STOPPED;
        assertArrayEquals(log, Files.readAllBytes(recording.resolve(LogFormat.LOG)), "the parent's log");
        assertArrayEquals(manifest, Files.readAllBytes(recording.resolve(LogFormat.MANIFEST)), "the parent's manifest");
        assertEquals("kernel", Files.readString(branch.resolve(LogFormat.IMAGES).resolve("loader.kernel")));
        assertFalse(Files.exists(branch.resolve(LogFormat.IMAGES).resolve("plug0.drive.file")), "an image of the parent's future");

        // a branch of the branch, under a name, and one that cannot be read
        host.traps = 0;
        replayTo(branch, 13, 8_000);
        Path second = recorder.goLive(branch.resolve("branches/second.rr"), List.of());
        host.journal.close();
        Files.createDirectories(recording.resolve("branches/broken.rr"));
        RecordingTree tree = recordings.tree(recording);
        assertEquals("test", tree.name());
        assertTrue(tree.origin().isEmpty() && tree.problem() == null && tree.begun().startsWith("20"), tree.toString());
        assertEquals(3, tree.size());
        assertEquals(List.of("broken", "1"), tree.branches().stream().map(RecordingTree::name).toList());
        assertTrue(tree.branches().get(0).problem().contains("manifest.json"), tree.branches().get(0).problem());
        RecordingTree first = tree.branches().get(1);
        BranchOrigin origin = first.origin().orElseThrow();
        assertEquals(List.of("../..", 1_250L, 12L, 1L), List.of(origin.parent(), origin.icount(), origin.events(), origin.traps()));
        assertEquals(List.of("cpu0 a0=0x11", "key \"ls\\x0a\""), origin.pokes());
        assertEquals(9_000, first.end().icount());
        assertEquals(second, first.branches().get(0).folder());
        assertEquals(8_000, first.branches().get(0).end().icount(), "nothing has happened in it");

        // the parent has become another one
        assertTrue(first.problem() == null && origin.parentBytes() > LogFormat.HEADER_BYTES, first.problem());
        log[(int) origin.parentBytes() - 1] ^= 1;
        Files.write(recording.resolve(LogFormat.LOG), log);
        assertTrue(recordings.tree(recording).branches().get(1).problem().contains("does not begin as it did"));
    }

    @Test
    void aMachineThatCannotGoLiveLeavesNothingBehind() throws IOException {
        Path recording = parent();
        Map<String, String> before = content(recording);
        assertThrows(MachineException.class, () -> recorder.goLive(null, List.of()), "nothing is replayed");
        replayTo(recording, 3, 350);
        var journal = host.journal;
        host.refusal = new MachineException(ExitCode.CONFIGURATION, "no network");
        assertEquals("no network", assertThrows(MachineException.class, () -> recorder.goLive(null, List.of())).getMessage());
        host.refusal = null;
        host.blockers = List.of("part tpm0: keeps secrets");
        assertTrue(assertThrows(MachineException.class, () -> recorder.goLive(null, List.of())).getMessage().contains("tpm0"));
        host.blockers = List.of();
        Path file = Files.writeString(folder.resolve("file"), "x");
        MachineException there = assertThrows(MachineException.class, () -> recorder.goLive(file, List.of()));
        assertTrue(there.getMessage().contains("there is a file of this name") && there.getMessage().contains("name a folder"), there.getMessage());
        assertEquals(before, content(recording));
        assertEquals(journal, host.journal, "it still replays");
        assertEquals(Optional.of(recording), recorder.recording());
        assertEquals(350, recorder.progress().orElseThrow().icount());
    }
}
