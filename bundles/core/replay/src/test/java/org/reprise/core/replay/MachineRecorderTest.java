package org.reprise.core.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;
import org.reprise.api.machine.MachineState;
import org.reprise.api.replay.EventJournal.LogEnd;
import org.reprise.api.replay.EventKind;
import org.reprise.api.replay.RecordReplay.Outcome;
import org.reprise.api.replay.RecordReplay.Progress;
import org.reprise.api.replay.Recordings;

/** Record and replay of one machine: folders, manifests, progress and outcomes. */
class MachineRecorderTest {
    @TempDir
    Path folder;
    private final FakeHost host = new FakeHost();
    private final MachineRecorder recorder = new MachineRecorder(host.service(), () -> null);

    private Path record() {
        Path recording = folder.resolve("test.rr");
        recorder.record(recording);
        host.journal.append(Logs.event(EventKind.CHAR_READ, 100, 1, 0, (byte) 'x'));
        host.journal.append(Logs.event(EventKind.DIGEST, 500, 0, 0, new byte[24]));
        host.icount = 500;
        host.journal.append(Logs.event(EventKind.END, 500, 0, -1));
        host.journal.close();
        host.state = MachineState.STOPPED;
        return recording;
    }

    private MachineException refused(Path recording, boolean force) {
        return assertThrows(MachineException.class, () -> recorder.replay(recording, force));
    }

    @Test
    void aRecordingTellsWhatItIs() throws IOException {
        Path recording = record();
        Recordings.Info info = new RecordingsService().info(recording);
        assertEquals("org.reprise:virt-test:0.1.0", info.feature());
        assertEquals("test", info.machine());
        assertEquals(new ArrayList<>(host.manifest.entrySet()), new ArrayList<>(info.manifest().entrySet()), "the order is kept");
        assertEquals(Map.of("loader.kernel", "/images/Image"), info.imagePaths());
        assertEquals(host.parts, info.parts());
        assertEquals(host.components, info.digestComponents());
        assertTrue(info.host().containsKey("java.version"));
        assertEquals(1, info.frames());
        assertEquals(Files.size(recording.resolve(LogFormat.LOG)), info.bytes());
        assertEquals(Map.of(EventKind.CHAR_READ, 1L, EventKind.DIGEST, 1L, EventKind.END, 1L), info.events());
        assertEquals(LogEnd.Kind.CLEAN, info.end().kind());
        List<EventKind> kinds = new ArrayList<>();
        assertEquals(info.end(), new RecordingsService().events(recording, e -> kinds.add(e.kind())));
        assertEquals(List.of(EventKind.CHAR_READ, EventKind.DIGEST, EventKind.END), kinds);
    }

    @Test
    void progressAndOutcomeFollowTheReplay() {
        Path recording = record();
        Progress recorded = recorder.progress().orElseThrow();
        assertEquals(new Progress(false, recording, 500, 500, 3, recorded.bytes(), 1, null), recorded);
        host.icount = 0;
        recorder.replay(recording, false);
        assertTrue(recorder.outcome().isEmpty());
        host.journal.next();
        host.icount = 100;
        assertEquals(new Progress(true, recording, 100, 500, 1, recorded.bytes(), 0, null), recorder.progress().orElseThrow());
        host.state = MachineState.PAUSED;
        assertTrue(recorder.outcome().isEmpty(), "paused on the way");
        host.journal.next();
        host.journal.next();
        host.icount = 500;
        host.problem = "the end";
        assertEquals(new Outcome(ExitCode.OK, "the end", Map.of("cpu0", 1L, "ram", 2L, "uart0", 3L)), recorder.outcome().orElseThrow());
        host.state = MachineState.STOPPED;
        assertEquals(ExitCode.OK, recorder.outcome().orElseThrow().code(), "the outcome stays");
    }

    @Test
    void divergenceAndFailureAreOutcomes() {
        Path recording = record();
        recorder.replay(recording, false);
        String report = host.journal.diverged(50, "this", "that");
        host.state = MachineState.FAILED;
        assertEquals(ExitCode.DIVERGED, recorder.outcome().orElseThrow().code());
        assertEquals(report, recorder.outcome().orElseThrow().message());
        recorder.replay(recording, false);
        host.state = MachineState.FAILED;
        host.problem = "broken";
        assertEquals(new Outcome(ExitCode.INTERNAL, "broken", Map.of()), recorder.outcome().orElseThrow());
    }

    @Test
    void cutAndDamagedLogsAreOutcomesAtTheirLastGoodIcount() throws IOException {
        Path recording = folder.resolve("cut.rr");
        recorder.record(recording);
        host.journal.close();
        Logs.MemorySink sink = new Logs.MemorySink(Integer.MAX_VALUE);
        try (LogWriter log = new LogWriter(sink, 0)) {
            log.append(Logs.event(EventKind.CHAR_READ, 100, 1, 0, (byte) 'x'));
            log.seal(300);
            log.seal(600);
        }
        byte[] bytes = sink.content();
        Files.write(recording.resolve(LogFormat.LOG), Arrays.copyOf(bytes, bytes.length - 1));
        assertEquals(ExitCode.TRUNCATED, replayTo(recording, 300).code());
        assertTrue(recorder.outcome().orElseThrow().message().contains("cut off"));
        bytes[bytes.length - 1] ^= 2;
        Files.write(recording.resolve(LogFormat.LOG), bytes);
        assertEquals(ExitCode.DAMAGED, replayTo(recording, 300).code());
        assertTrue(recorder.outcome().orElseThrow().message().contains("damaged in frame 1 at offset"));
    }

    private Outcome replayTo(Path recording, long icount) {
        host.state = MachineState.STOPPED;
        host.icount = 0;
        recorder.replay(recording, false);
        host.journal.next();
        assertEquals(icount, host.journal.nextStop());
        host.icount = icount;
        host.state = MachineState.PAUSED;
        return recorder.outcome().orElseThrow();
    }

    @Test
    void whatTheRunWritesIsSaidWhenItBegins() {
        host.written = List.of("loader.kernel");
        record();
        assertEquals(1, recorder.warnings().size());
        String warning = recorder.warnings().get(0);
        assertTrue(warning.contains("needs /images/Image as it was before this run") && warning.contains("--file loader.kernel=COPY"), warning);
    }

    @Test
    void anOverlayThatWasWrittenSinceIsNamedWithFileBothHashesAndRemedy() {
        String sum = "0".repeat(63);
        host.manifest.put("image.disk0.overlay.file", "7 bytes sha256:" + sum + "a");
        host.manifest.put("image.disk0.backing1", "8 bytes sha256:" + sum + "b (base.raw)");
        Path recording = record();
        host.manifest.put("image.disk0.overlay.file", "9 bytes sha256:" + sum + "c");
        // of old, with a name: the same
        host.manifest.put("image.disk0.backing1", "8 bytes sha256:" + sum + "b");
        host.paths.put("disk0.overlay.file", "/images/kept");
        String m = refused(recording, false).getMessage();
        assertTrue(m.contains("image.disk0.overlay.file: recorded 7 bytes sha256:" + sum + "a, here 9 bytes sha256:" + sum + "c (/images/kept: "), m);
        assertTrue(m.contains("every run with this overlay writes it") && m.contains("--file disk0.overlay.file=COPY"), m);
        assertFalse(m.contains("backing1"), m);
    }

    @Test
    void everyDifferenceIsNamedWithBothValuesAndItsRemedy() {
        Path recording = record();
        Map<String, String> recorded = new LinkedHashMap<>(host.manifest);
        host.manifest.replaceAll((k, v) -> v + "9");
        host.manifest.put("machine.sleep", "off");
        host.manifest.remove("part.uart0.address");
        host.components = List.of("cpu0", "ram");
        MachineException e = refused(recording, false);
        assertEquals(ExitCode.MISMATCH, e.code());
        for (Map.Entry<String, String> field : recorded.entrySet()) {
            String here = host.manifest.getOrDefault(field.getKey(), "absent");
            String line = field.getKey() + ": recorded " + field.getValue() + ", here " + here + " (";
            assertTrue(e.getMessage().contains(line), e.getMessage());
        }
        for (String part : List.of("--set machine.ram=64M", "--set machine.shift=3", "--set uart0.address=0x10000000",
            "(/images/Image: give the recorded file with --file loader.kernel=PATH)",
            "install org.reprise.device.serial 0.1.0, or try --force",
            "machine.sleep: recorded absent, here off (remove the setting machine.sleep)",
            "digestComponents: recorded cpu0,ram,uart0, here cpu0,ram")) {
            assertTrue(e.getMessage().contains(part), part + " is not in:\n" + e.getMessage());
        }
        assertEquals(1 + recorded.size() + 2, e.getMessage().lines().count(), e.getMessage());
        assertEquals(MachineState.STOPPED, host.state);
    }

    @Test
    void forceToleratesVersionsAndNothingElse() {
        Path recording = record();
        host.manifest.put("bundle.org.reprise.device.serial", "0.2.0 sha256:cc");
        host.manifest.put("machine.feature", "org.reprise:virt-test:0.2.0");
        assertEquals(ExitCode.MISMATCH, refused(recording, false).code());
        recorder.replay(recording, true);
        for (Map.Entry<String, String> other : Map.of("machine.feature", "org.reprise:virt-other:0.1.0", "machine.ram", "65M",
            "machine.parts", "cpu0", "part.uart0.address", "0x0", "image.loader.kernel", "4096 sha256:cc",
            "bundle.org.reprise.more", "1.0.0").entrySet()) {
            String before = host.manifest.put(other.getKey(), other.getValue());
            MachineException e = refused(recording, true);
            assertTrue(e.getMessage().contains(other.getKey()) && e.getMessage().lines().count() == 2, e.getMessage());
            assertFalse(e.getMessage().contains("--force"), e.getMessage());
            if (before == null) {
                host.manifest.remove(other.getKey());
            } else {
                host.manifest.put(other.getKey(), before);
            }
        }
        host.manifest.remove("bundle.org.reprise.device.serial");
        assertTrue(refused(recording, true).getMessage().contains("(install org.reprise.device.serial 0.1.0)"));
    }

    @Test
    void anotherSemanticsVersionIsRefusedByReplayEvenWithForceButCanBeLookedAt() throws IOException {
        Path recording = record();
        Files.write(recording.resolve(LogFormat.LOG), LogFormat.header(LogFormat.FORMAT_VERSION, LogFormat.SEMANTICS_VERSION + 1, 0));
        MachineException e = refused(recording, true);
        assertEquals(ExitCode.MISMATCH, e.code());
        assertTrue(e.getMessage().contains("semantics version " + (LogFormat.SEMANTICS_VERSION + 1))
            && e.getMessage().contains("has " + LogFormat.SEMANTICS_VERSION + ": replay with the version"), e.getMessage());
        assertEquals(LogEnd.Kind.TRUNCATED, new RecordingsService().info(recording).end().kind());
    }

    @Test
    void damagedManifestsAreNamedAsSuch() throws IOException {
        Path recording = record();
        Path manifest = recording.resolve(LogFormat.MANIFEST);
        String good = Files.readString(manifest);
        List<String> bad = List.of("", "[]", "{", "[".repeat(100_000), good.replace("\"parts\"", "\"part\""), good.replace("\"64M\"", "64"),
            good.substring(0, good.length() / 2), good.replace("\"reprise-recording\": 2", "\"reprise-recording\": \"2\""));
        for (String text : bad) {
            Files.writeString(manifest, text);
            IOException e = assertThrows(IOException.class, () -> new RecordingsService().info(recording));
            assertTrue(e.getMessage().contains(manifest + " is damaged") && e.getMessage().contains("restore it"), e.getMessage());
            assertEquals(ExitCode.DAMAGED, refused(recording, false).code());
        }
        Files.writeString(manifest, good.replace("\"reprise-recording\": 2", "\"reprise-recording\": 3"));
        assertTrue(refused(recording, false).getMessage().contains("has version 3, this program reads 1 to 2"));
        Files.delete(manifest);
        assertTrue(refused(recording, false).getMessage().contains("not a recording"));
        assertTrue(refused(folder.resolve("none.rr"), false).getMessage().contains("does not exist"));
    }

    @Test
    void everyPrefixAndEveryFlippedBitOfAManifestIsReported() throws IOException {
        Path recording = record();
        Path manifest = recording.resolve(LogFormat.MANIFEST);
        byte[] good = Files.readAllBytes(manifest);
        for (int length = 0; length < good.length; length++) {
            assertDamaged(Arrays.copyOf(good, length), "prefix of " + length);
        }
        for (int at = 0; at < good.length; at++) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] flipped = good.clone();
                flipped[at] ^= (byte) (1 << bit);
                assertDamaged(flipped, "bit " + bit + " of byte " + at);
            }
        }
        assertEquals("test", ManifestFile.parse(good, "good").machine());
    }

    private static void assertDamaged(byte[] manifest, String what) {
        IOException e = assertThrows(IOException.class, () -> ManifestFile.parse(manifest, "manifest.json"), what);
        assertTrue(e.getMessage().contains("is damaged") || e.getMessage().contains("has version"), what + ": " + e.getMessage());
    }

    @Test
    void manifestsOfVersionOneHaveNoChecksumAndAreRead() throws IOException {
        Path recording = record();
        Path manifest = recording.resolve(LogFormat.MANIFEST);
        String good = Files.readString(manifest);
        Files.writeString(manifest, good.replace("\"reprise-recording\": 2", "\"reprise-recording\": 1").replaceAll("(?s),\\s*\"checksum\".*", "}"));
        assertEquals(host.manifest, ManifestFile.read(recording).manifest());
    }

    @Test
    void foldersThatCannotBeRecordedToAreRefusedAndLeftAsTheyWere() throws IOException {
        Path full = Files.createDirectory(folder.resolve("full.rr"));
        Files.writeString(full.resolve("mine"), "kept");
        assertRecordingRefused(full, "not empty");
        assertEquals("kept", Files.readString(full.resolve("mine")));
        Path file = Files.writeString(folder.resolve("file"), "kept");
        assertRecordingRefused(file, "there is a file of this name");
        assertRecordingRefused(folder.resolve("no/parent.rr"), "parent folder does not exist");
        assertRecordingRefused(file.resolve("in-a-file.rr"), "cannot be written");
        assertEquals(MachineState.STOPPED, host.state);
        recorder.record(Files.createDirectory(folder.resolve("empty.rr")));
        assertEquals(MachineState.RUNNING, host.state);
    }

    private void assertRecordingRefused(Path to, String reason) {
        MachineException e = assertThrows(MachineException.class, () -> recorder.record(to));
        assertEquals(ExitCode.RECORDING_IO, e.code());
        assertTrue(e.getMessage().contains(to.toString()) && e.getMessage().contains(reason), e.getMessage());
    }

    @Test
    void aMachineThatDoesNotStartLeavesNoRecordingBehind() throws IOException {
        host.refusal = new MachineException(ExitCode.CONFIGURATION, "no kernel");
        Path recording = folder.resolve("none.rr");
        assertEquals("no kernel", assertThrows(MachineException.class, () -> recorder.record(recording)).getMessage());
        assertFalse(Files.exists(recording));
        Path empty = Files.createDirectory(folder.resolve("empty.rr"));
        assertThrows(MachineException.class, () -> recorder.record(empty));
        assertTrue(Files.isDirectory(empty));
        host.refusal = null;
        recorder.record(empty);
        assertTrue(recorder.progress().isPresent());
    }

    @Test
    void blockersAreNamed() {
        host.blockers = List.of("part clock0: reads the host's clock");
        MachineException e = assertThrows(MachineException.class, () -> recorder.record(folder.resolve("x.rr")));
        assertTrue(e.getMessage().contains("clock0: reads the host's clock"), e.getMessage());
        assertFalse(Files.exists(folder.resolve("x.rr")));
    }
}
