package org.reprise.core.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventJournal.LogEnd;
import org.reprise.api.replay.EventKind;
import org.reprise.api.replay.ForeignLogs.ForeignEvent;

/** Logs in QEMU's layout: read to the end, strictly; and written. src/test/resources/qemu-7.2 holds what Debian's QEMU 7.2 recorded. */
class QemuLogTest {
    @TempDir
    Path folder;
    private final ForeignLogsService logs = new ForeignLogsService();

    private record Read(List<ForeignEvent> events, LogEnd end) {
    }

    private Read read(byte[] bytes) throws IOException {
        List<ForeignEvent> events = new ArrayList<>();
        try (QemuReader reader = new QemuReader(new ByteArrayInputStream(bytes), bytes.length, "test.log")) {
            for (ForeignEvent e = reader.next(); e != null; e = reader.next()) {
                events.add(e);
            }
            return new Read(events, reader.end());
        }
    }

    private static byte[] recorded() throws IOException {
        try (InputStream in = QemuLogTest.class.getResourceAsStream("/qemu-7.2/sort.rr")) {
            return in.readAllBytes();
        }
    }

    @Test
    void whatQemuRecordedIsReadToItsEnd() throws IOException {
        byte[] bytes = recorded();
        Read read = read(bytes);
        assertEquals(LogEnd.Kind.CLEAN, read.end.kind(), read.end.message());
        int n = read.events.size();
        assertEquals(List.of("INSTRUCTION", "SHUTDOWN_HOST_SIGNAL", "END"), read.events.subList(n - 3, n).stream().map(ForeignEvent::kind).toList());
        assertEquals(bytes.length - 1, read.events.get(n - 1).offset());
        assertEquals("CLOCK_HOST", read.events.get(0).kind());
        assertTrue(read.events.get(0).values().get("ns") > 1_700_000_000_000_000_000L, "a date since 2023");
        List<ForeignEvent> random = read.events.stream().filter(e -> e.kind().equals("RANDOM")).toList();
        assertEquals(32, random.get(0).data().length, "the seed for the guest");
        // what the guest printed, with its line end
        String line = "sort checksum 0b01345b instret 3554225512\r\n";
        assertEquals(line.length(), read.events.stream().filter(e -> e.kind().equals("CHAR_WRITE"))
            .mapToLong(e -> e.values().get("result")).sum());
    }

    @Test
    void everyPrefixIsReported() throws IOException {
        byte[] bytes = recorded();
        List<ForeignEvent> all = read(bytes).events;
        for (int length = 1; length < bytes.length; length++) {
            Read read = read(Arrays.copyOf(bytes, length));
            assertEquals(LogEnd.Kind.TRUNCATED, read.end.kind(), length + ": " + read.end.message());
            int limit = length;
            assertEquals(all.stream().filter(e -> e.offset() + size(e) <= limit).map(ForeignEvent::offset).toList(),
                read.events.stream().map(ForeignEvent::offset).toList(), "prefix of " + length);
        }
        byte[] nothing = {};
        assertFalse(logs.recognises(Files.write(folder.resolve("empty"), nothing)));
    }

    /** Bytes of the kinds that are in the recording. */
    private static int size(ForeignEvent e) {
        return switch (e.kind()) {
            case "INSTRUCTION" -> 5;
            case "CLOCK_HOST", "CLOCK_VIRTUAL_RT", "CHAR_WRITE", "ASYNC_BH", "ASYNC_BLOCK" -> 9;
            case "RANDOM" -> 9 + e.data().length;
            default -> 1;
        };
    }

    @Test
    void everyFlippedBitGivesAnotherLogOrAReportWithItsOffset() throws IOException {
        byte[] bytes = recorded();
        String good = read(bytes).events.toString();
        int reported = 0;
        for (int at = 0; at < bytes.length; at++) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] flipped = bytes.clone();
                flipped[at] ^= (byte) (1 << bit);
                String what = "bit " + bit + " of byte " + at;
                if (at < QemuFormat.HEADER_BYTES) {
                    IOException e = assertThrows(IOException.class, () -> read(flipped), what);
                    assertTrue(e.getMessage().contains("offset " + (at < 4 ? 0 : 4)), e.getMessage());
                    continue;
                }
                Read read = read(flipped);
                if (read.end.kind() == LogEnd.Kind.CLEAN) {
                    assertFalse(good.equals(read.events.toString()) && Arrays.deepEquals(data(read), data(read(bytes))), what);
                } else {
                    reported++;
                    assertTrue(read.end.message().matches(".*offset \\d+.*"), read.end.message());
                }
            }
        }
        assertTrue(reported > 400, "ill-formed: " + reported);
    }

    private static Object[] data(Read read) {
        return read.events.stream().map(ForeignEvent::data).toArray();
    }

    @Test
    void aVersionWordOfZeroIsAnUnfinishedLogAndSaidToBe() throws IOException {
        byte[] bytes = recorded();
        Arrays.fill(bytes, 0, 4, (byte) 0);
        Read read = read(Arrays.copyOf(bytes, bytes.length - 2));
        assertEquals(LogEnd.Kind.TRUNCATED, read.end.kind());
        assertTrue(read.end.message().contains("its version word is 0") && read.end.message().contains("offset " + (bytes.length - 2)),
            read.end.message());
        Path file = Files.write(folder.resolve("test.log"), bytes);
        assertTrue(logs.recognises(file));
        List<ForeignEvent> events = new ArrayList<>();
        assertEquals(LogEnd.Kind.TRUNCATED, logs.events(file, events::add).kind(), "with its END, but without its version");
        assertEquals("END", events.get(events.size() - 1).kind());
    }

    @Test
    void otherVersionsAndFilesAreNamed() throws IOException {
        byte[] bytes = recorded();
        bytes[3] = 0x0b;
        assertTrue(assertThrows(IOException.class, () -> read(bytes)).getMessage().contains("0xe0200b: this program reads 0xe0200c"));
        assertTrue(logs.recognises(Files.write(folder.resolve("old.log"), bytes)));
        assertFalse(logs.recognises(Files.writeString(folder.resolve("text"), "hello, world")));
        assertFalse(logs.recognises(folder));
    }

    /** A log of one event with the given bytes. */
    private static byte[] log(int... event) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeInt(QemuFormat.VERSION);
        out.writeLong(0);
        for (int b : event) {
            out.write(b);
        }
        out.write(QemuFormat.END);
        return bytes.toByteArray();
    }

    private void assertDamaged(String why, int... event) throws IOException {
        LogEnd end = read(log(event)).end;
        assertEquals(LogEnd.Kind.DAMAGED, end.kind(), end.message());
        assertTrue(end.message().contains("offset 12") && end.message().contains(why), end.message());
    }

    @Test
    void whatTheGrammarDoesNotAllowIsDamage() throws IOException {
        assertDamaged("number 21", 21);
        assertDamaged("number 40", 40);
        assertDamaged("count of instructions is 0", 0, 0, 0, 0, 0);
        assertDamaged("count of instructions is 2147483648", 0, 0x80, 0, 0, 0);
        assertDamaged("array has 4294967295 bytes", 23, 255, 255, 255, 255);
        assertDamaged("number of samples", 26, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        assertDamaged("type of input is 4", 5, 0, 0, 0, 4);
        assertDamaged("axis is 2", 5, 0, 0, 0, 3, 0, 0, 0, 2);
        assertDamaged("button's state is 2", 5, 0, 0, 0, 1, 0, 0, 0, 0, 2);
        LogEnd end = read(log(QemuFormat.END)).end;
        assertTrue(end.kind() == LogEnd.Kind.DAMAGED && end.message().contains("behind its END event at offset 13"), end.message());
        Read missing = read(log(QemuFormat.CHAR_READ_ALL, 0, 255, 0, 0, 1, 2));
        assertTrue(missing.end.message().contains("bytes are missing or its length is damaged"), missing.end.message());
    }

    @Test
    void everyKindOfInputIsRead() throws IOException {
        assertEquals(Map.of("type", 0L, "coding", 1L, "key", 28L, "down", 1L), values(5, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 28, 1));
        assertEquals(Map.of("type", 0L, "coding", 0L, "key", 28L, "down", 0L), values(5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 28, 0));
        assertEquals(Map.of("type", 2L, "axis", 1L, "value", -1L), values(5, 0, 0, 0, 2, 0, 0, 0, 1, 255, 255, 255, 255, 255, 255, 255, 255));
        assertEquals(Map.of("type", 1L, "button", 2L, "down", 1L), values(5, 0, 0, 0, 1, 0, 0, 0, 2, 1));
        assertEquals(Map.of("samples", 0L, "position", 7L), values(26, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7));
    }

    private Map<String, Long> values(int... event) throws IOException {
        Read read = read(log(event));
        assertEquals(LogEnd.Kind.CLEAN, read.end.kind(), read.end.message());
        return read.events.get(0).values();
    }

    @Test
    void anyBytesAreReadWithoutHarm() throws IOException {
        Random random = new Random(5);
        for (int i = 0; i < 3000; i++) {
            int[] bytes = random.ints(random.nextInt(200), 0, random.nextBoolean() ? 256 : 40).toArray();
            assertTrue(read(log(bytes)).events.size() <= bytes.length + 1);
        }
    }

    // ---- export -------------------------------------------------------------------------------------------------------------------

    private Path recording(byte[] log) throws IOException {
        Path recording = Files.createDirectories(folder.resolve("made.rr"));
        ManifestFile.of(new FakeHost().service()).write(recording.resolve(LogFormat.MANIFEST));
        Files.write(recording.resolve(LogFormat.LOG), log);
        return recording;
    }

    /** What of an event arrives on the other side. */
    private static List<String> expected(Event e) {
        long number = (long) e.source() << 32 | e.value() & 0xffff_ffffL;
        String at = "@" + e.icount() + " ";
        String data = Arrays.toString(e.data());
        return switch (e.kind()) {
            case BH -> List.of(at + "ASYNC_BH {number=" + number + "} []");
            case BLOCK -> List.of(at + "ASYNC_BLOCK {number=" + number + "} []");
            case CHAR_READ -> List.of(at + "ASYNC_CHAR_READ {device=" + e.source() + "} " + data);
            case NET -> List.of(at + "ASYNC_NET {filter=" + e.source() + ", flags=0} " + data);
            case RANDOM -> List.of(at + "RANDOM {result=0} " + data);
            case CLOCK_VIRTUAL_RT -> List.of(at + "CLOCK_VIRTUAL_RT {ns=" + e.value() + "} []");
            case CLOCK_HOST -> List.of(at + "CLOCK_HOST {ns=" + e.value() + "} []");
            case CLOCK_WARP -> List.of(at + "CP_CLOCK_WARP_ACCOUNT {} []", at + "CLOCK_VIRTUAL_RT {ns=" + e.value() + "} []");
            case SHUTDOWN -> List.of(at + QemuFormat.name(QemuFormat.SHUTDOWN + (int) e.value()) + " {} []");
            case RESET_REQUESTED -> List.of(at + "CP_RESET_REQUESTED {} []");
            case END -> List.of(at + "END {} []");
            case INSTRUCTION, DIGEST, PLUG, UNPLUG, POKE, TRAPS -> List.of();
        };
    }

    @Test
    void exportsAreReadBackWithEveryEventThatHasACounterpart() throws IOException {
        Random random = new Random(8);
        for (int round = 0; round < 20; round++) {
            List<Event> events = new ArrayList<>();
            long icount = 0;
            for (Event e : Logs.random(random, 200)) {
                icount += random.nextInt(4) == 0 ? 0 : random.nextLong() >>> 28 + random.nextInt(36);
                boolean cause = e.kind() == EventKind.SHUTDOWN || e.kind() == EventKind.RESET_REQUESTED;
                events.add(new Event(e.kind(), icount, e.source() & 0xff, cause ? random.nextInt(11) : e.value(), e.data()));
            }
            Path file = folder.resolve("export" + round);
            assertEquals(LogEnd.Kind.CLEAN, logs.export(recording(Logs.log(events, 20)), "qemu", file).kind());
            Read read = read(Files.readAllBytes(file));
            assertEquals(LogEnd.Kind.CLEAN, read.end.kind(), read.end.message());
            assertEquals(icount, read.end.icount());
            assertEquals(events.stream().flatMap(e -> expected(e).stream()).toList(), read.events.stream()
                .filter(e -> !e.kind().equals("INSTRUCTION"))
                .map(e -> "@" + e.icount() + " " + e.kind() + " " + e.values() + " " + Arrays.toString(e.data())).toList());
        }
    }

    @Test
    void anEndByShutdownNamesItsCause() throws IOException {
        Path file = folder.resolve("export");
        byte[] log = Logs.log(List.of(Logs.event(EventKind.END, 3_000_000_000L, 0, 6 + 256 * 3)), 10);
        logs.export(recording(log), "qemu", file);
        Read read = read(Files.readAllBytes(file));
        assertEquals(List.of("INSTRUCTION", "INSTRUCTION", "SHUTDOWN_GUEST_SHUTDOWN", "END"), read.events.stream().map(ForeignEvent::kind).toList());
        assertEquals(3_000_000_000L, read.end.icount());
    }

    @Test
    void aCutRecordingBecomesAnUnfinishedFile() throws IOException {
        byte[] log = Logs.log(Logs.random(new Random(3), 50).stream()
            .map(e -> new Event(e.kind(), e.icount(), e.source() & 0xff, e.kind() == EventKind.SHUTDOWN || e.kind() == EventKind.RESET_REQUESTED
                ? 0 : e.value(), e.data())).toList(), 10);
        Path file = folder.resolve("export");
        assertEquals(LogEnd.Kind.TRUNCATED, logs.export(recording(Arrays.copyOf(log, log.length - 1)), "qemu", file).kind());
        Read read = read(Files.readAllBytes(file));
        assertEquals(LogEnd.Kind.TRUNCATED, read.end.kind());
        assertTrue(read.end.message().contains("its version word is 0"), read.end.message());
    }

    @Test
    void exportsNeverOverwriteAndLeaveNothingBehind() throws IOException {
        Path file = Files.writeString(folder.resolve("mine"), "kept");
        Path recording = recording(Logs.log(List.of(Logs.event(EventKind.CHAR_READ, 5, 300, 0, (byte) 1), Logs.event(EventKind.END, 6, 0, -1)), 9));
        assertTrue(assertThrows(IOException.class, () -> logs.export(recording, "qemu", file)).getMessage().contains("exists already"));
        assertEquals("kept", Files.readString(file));
        Path other = folder.resolve("other");
        String tooMany = assertThrows(IOException.class, () -> logs.export(recording, "qemu", other)).getMessage();
        assertTrue(tooMany.contains("part number 300"), tooMany);
        assertFalse(Files.exists(other));
        assertThrows(IllegalArgumentException.class, () -> logs.export(recording, "bochs", other));
    }
}
