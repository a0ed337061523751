package org.reprise.core.replay;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventJournal.LogEnd;
import org.reprise.api.replay.EventKind;

/** What is written is read back, and how small it is. */
class LogRoundTripTest {
    @TempDir
    Path folder;

    private Logs.Read read(byte[] log) throws IOException {
        return Logs.read(folder.resolve("events.log"), log);
    }

    @Test
    void everyEventComesBackAsItWas() throws IOException {
        Random random = new Random(20261120);
        for (int i = 0; i < 300; i++) {
            List<Event> events = Logs.random(random, random.nextInt(400));
            Logs.Read read = read(Logs.log(events, 1 + random.nextInt(100)));
            assertEquals(LogEnd.Kind.CLEAN, read.end().kind(), read.end().message());
            assertEquals(Logs.text(events), Logs.text(read.withoutInstruction()));
            assertEquals(events.get(events.size() - 1).icount(), read.end().icount());
        }
    }

    @Test
    void extremesOfEveryNumberComeBack() throws IOException {
        List<Event> events = new ArrayList<>();
        for (long v : new long[] {0, 1, -1, 63, 64, -64, -65, Long.MAX_VALUE, Long.MIN_VALUE, Long.MAX_VALUE, 0}) {
            events.add(Logs.event(EventKind.CLOCK_HOST, 5, Integer.MAX_VALUE, v));
            events.add(Logs.event(EventKind.CLOCK_WARP, 5, 0, v));
            events.add(Logs.event(EventKind.BLOCK, 5, 1, v));
        }
        events.add(Logs.event(EventKind.END, Long.MAX_VALUE, 0, 0));
        assertEquals(Logs.text(events), Logs.text(read(Logs.log(events, 1000)).withoutInstruction()));
        assertEquals(Logs.text(events), Logs.text(read(Logs.log(events, 1)).withoutInstruction()));
    }

    @Test
    void anEndThatFillsItsFrameIsStillTheEnd() throws IOException {
        for (int size = LogFormat.FRAME_BYTES - 12; size < LogFormat.FRAME_BYTES + 4; size++) {
            List<Event> events = List.of(Logs.event(EventKind.CHAR_READ, 1, 0, 0, new byte[size]), Logs.event(EventKind.END, 1000, 0, 256));
            Logs.Read read = read(Logs.log(events, 1000));
            assertEquals(LogEnd.Kind.CLEAN, read.end().kind(), size + ": " + read.end().message());
            assertEquals(Logs.text(events), Logs.text(read.withoutInstruction()));
        }
    }

    @Test
    void theLargestEventIsWrittenAndALargerOneEndsTheRecording() throws IOException {
        List<Event> events = List.of(Logs.event(EventKind.RANDOM, 1, 0, 0, new byte[LogFormat.MAX_EVENT_BYTES]),
            Logs.event(EventKind.END, 2, 0, 0));
        byte[] log = Logs.log(events, 1000);
        assertEquals(LogEnd.Kind.CLEAN, read(log).end().kind());
        assertEquals(List.of(LogFormat.CODEC_LZ4, LogFormat.CODEC_NONE), Logs.codecs(log), "more than DEFLATE has time for");
        RecordJournal journal = new RecordJournal(new Logs.MemorySink(Integer.MAX_VALUE), 0);
        journal.append(Logs.event(EventKind.RANDOM, 1, 0, 0, new byte[LogFormat.MAX_EVENT_BYTES + 1]));
        assertTrue(journal.failure().contains("16777217"), journal.failure());
    }

    @Test
    void sealedFramesEndWithTheIcountReachedAndNothingIsWrittenWhenNothingHappened() throws IOException {
        Logs.MemorySink sink = new Logs.MemorySink(Integer.MAX_VALUE);
        try (LogWriter writer = new LogWriter(sink, 0)) {
            writer.append(Logs.event(EventKind.CHAR_READ, 10, 3, 0, (byte) 'x'));
            writer.seal(500);
            int before = sink.content().length;
            writer.seal(500);
            assertEquals(before, sink.content().length, "an idle machine");
            writer.seal(900);
            assertEquals(before + LogFormat.FRAME_HEADER_BYTES + 1, sink.content().length, "a busy machine without events");
        }
        Logs.Read read = read(sink.content());
        assertEquals(900, read.end().icount());
        assertEquals(List.of(EventKind.CHAR_READ, EventKind.INSTRUCTION, EventKind.INSTRUCTION),
            read.events().stream().map(Event::kind).toList());
    }

    @Test
    void packetsOfNoiseTakeHardlyMoreThanTheirBytesAndThoseOfTextLess() throws IOException {
        Random random = new Random(8);
        byte[] noise = new byte[1_500];
        random.nextBytes(noise);
        byte[] text = "GET /a/path/of/some/length HTTP/1.1, and what is said again and again in packets. ".repeat(18).getBytes(US_ASCII);
        assertTrue(bytesEach(1000, i -> {
            random.nextBytes(noise);
            return Logs.event(EventKind.NET, 9_000L * i, 9, 0, noise.clone());
        }) < 1.01 * noise.length, "noise");
        assertTrue(bytesEach(1000, i -> Logs.event(EventKind.NET, 9_000L * i, 9, 0, text)) < 0.1 * text.length, "text");
        assertTrue(bytesEach(1000, i -> Logs.event(EventKind.NET, 9_000L * i, 9, 0, i % 2 == 0 ? noise : text)) < 0.6 * noise.length, "both");
    }

    @Test
    void framesAreDeflatedWhileThereIsTimeElsePackedWithLz4WhileThereIsTimeForThat() throws IOException {
        byte[] text = "what is said again and again in packets, and again. ".repeat(400).getBytes(US_ASCII);
        byte[] noise = new byte[text.length];
        new Random(5).nextBytes(noise);
        long[] now = new long[1];
        Logs.MemorySink sink = new Logs.MemorySink(Integer.MAX_VALUE);
        List<Event> events = new ArrayList<>();
        // each frame takes 1000 ns of 4000, and 200 come back for each that comes next
        PackingBudget budget = new PackingBudget(4_000, 10, () -> now[0] += 1_000);
        try (LogWriter writer = new LogWriter(sink, LogFormat.REQUIRED_FEATURES, budget)) {
            for (int i = 0; i < 12; i++) {
                now[0] += i == 8 ? 1_000_000_000 : i == 9 ? 5_000 : i == 10 ? Long.MAX_VALUE / 2 : 0;
                events.add(Logs.event(EventKind.NET, i, 9, 0, i == 3 ? noise : text));
                writer.hurry(i == 4);
                writer.append(events.get(i));
                writer.seal(i);
            }
        }
        assertEquals(List.of(1, 1, 1, 0, 0, 2, 2, 0, 1, 1, 1, 1), Logs.codecs(sink.content()));
        assertEquals(Logs.text(events), Logs.text(read(sink.content()).withoutInstruction()));
    }

    /** Without sun.misc.Unsafe. Arguments: log to write, log with LZ4 to read. */
    public static void main(String[] arguments) throws IOException {
        Files.write(Path.of(arguments[0]), Logs.log(twoFrames(), 1, Logs.timeFor(2)));
        try {
            Logs.read(Path.of(arguments[1]));
        } catch (IOException e) {
            System.out.println(e.getMessage());
        }
    }

    private static List<Event> twoFrames() {
        return List.of(Logs.event(EventKind.NET, 1, 9, 0, new byte[5_000]), Logs.event(EventKind.NET, 2, 9, 0, new byte[5_000]),
            Logs.event(EventKind.END, 3, 0, -1));
    }

    @Test
    void aJavaWithoutUnsafeWritesLogsWithoutLz4AndSaysWhatItCannotRead() throws Exception {
        Path written = folder.resolve("written.log");
        Path packed = folder.resolve("packed.log");
        Files.write(packed, Logs.log(twoFrames(), 1, Logs.timeFor(2)));
        assertEquals(List.of(LogFormat.CODEC_DEFLATE, LogFormat.CODEC_LZ4, LogFormat.CODEC_NONE), Logs.codecs(Files.readAllBytes(packed)));
        Process child = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--limit-modules", "java.base", "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")), LogRoundTripTest.class.getName(),
            written.toString(), packed.toString()).redirectErrorStream(true).start();
        String said = new String(child.getInputStream().readAllBytes(), US_ASCII);
        assertEquals(0, child.waitFor(), said);
        assertTrue(said.contains("cannot be read from frame 1 on: it is packed with LZ4, which needs sun.misc.Unsafe"), said);
        assertEquals(List.of(LogFormat.CODEC_DEFLATE, LogFormat.CODEC_NONE, LogFormat.CODEC_NONE), Logs.codecs(Files.readAllBytes(written)));
        assertEquals(Logs.text(twoFrames()), Logs.text(Logs.read(written).withoutInstruction()));
    }

    /** Of a version that did not know LZ4: 24 events, sealed after each eighth, the second frame in a hurry. */
    @Test
    void aLogOfBeforeLz4IsReadAsItWasWritten() throws IOException {
        byte[] log;
        try (InputStream in = LogRoundTripTest.class.getResourceAsStream("before-lz4.log")) {
            log = in.readAllBytes();
        }
        assertEquals(15, LogFormat.required(log));
        assertEquals(List.of(LogFormat.CODEC_DEFLATE, LogFormat.CODEC_NONE, LogFormat.CODEC_DEFLATE, LogFormat.CODEC_NONE), Logs.codecs(log));
        List<Event> events = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
            events.add(switch (i % 3) {
                case 0 -> Logs.event(EventKind.NET, 1_000L * i, 9, 0x0006_0022L, ("packet " + i + " of 24, which is not long.").getBytes(US_ASCII));
                case 1 -> Logs.event(EventKind.CLOCK_HOST, 1_000L * i + 7, 2, 1_790_000_000_000_000_000L + i);
                default -> Logs.event(EventKind.POKE, 1_000L * i + 9, 0, 0, ("cpu0.x10=" + i).getBytes(US_ASCII));
            });
        }
        events.add(Logs.event(EventKind.END, 30_000, 0, -1));
        Logs.Read read = read(log);
        assertEquals(LogEnd.Kind.CLEAN, read.end().kind(), read.end().message());
        assertEquals(Logs.text(events), Logs.text(read.withoutInstruction()));
    }

    @Test
    void whatIsWrittenInAHurryIsNotCompressedAndReadAsWell() throws IOException {
        List<Event> events = List.of(Logs.event(EventKind.NET, 1, 9, 0, new byte[5_000]), Logs.event(EventKind.NET, 2, 9, 0, new byte[5_000]),
            Logs.event(EventKind.END, 3, 0, 0));
        Logs.MemorySink sink = new Logs.MemorySink(Integer.MAX_VALUE);
        int hurried;
        try (LogWriter writer = new LogWriter(sink, 0)) {
            writer.hurry(true);
            writer.append(events.get(0));
            writer.seal(1);
            hurried = sink.content().length;
            writer.hurry(false);
            writer.append(events.get(1));
            writer.append(events.get(2));
            writer.finish();
        }
        assertTrue(hurried > 5_000 && sink.content().length < hurried + 200, hurried + " and " + sink.content().length);
        assertEquals(Logs.text(events), Logs.text(read(sink.content()).withoutInstruction()));
    }

    @Test
    void typicalEventsAreSmall() throws IOException {
        assertTrue(bytesEach(i -> Logs.event(EventKind.CHAR_READ, 300_000L * i, 5, 0, (byte) ('a' + i % 26))) < 5, "typed characters");
        assertTrue(bytesEach(i -> Logs.event(EventKind.CLOCK_WARP, 40_000L * i + i * 31 % 97, 0, 4_000_000L * i + i * 7919 % 10_007)) < 8.5,
            "wake-ups of an idle machine");
        assertTrue(bytesEach(i -> Logs.event(EventKind.BLOCK, 90_000L * i + i * 7919 % 10_007, 6, i)) < 6.5, "disk requests");
        assertTrue(bytesEach(i -> Logs.event(EventKind.CLOCK_HOST, 1000L * i, 2, 1_790_000_000_000_000_000L + 12_345L * i)) < 2,
            "clock reads");
    }

    private double bytesEach(IntFunction<Event> make) throws IOException {
        return bytesEach(10_000, make);
    }

    private double bytesEach(int count, IntFunction<Event> make) throws IOException {
        List<Event> events = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            events.add(make.apply(i));
        }
        byte[] log = Logs.log(events, 1000);
        assertEquals(Logs.text(events), Logs.text(read(log).withoutInstruction()));
        return (double) log.length / count;
    }
}
