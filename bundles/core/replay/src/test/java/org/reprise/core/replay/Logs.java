package org.reprise.core.replay;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventJournal.LogEnd;
import org.reprise.api.replay.EventKind;

/** Logs in memory, for the tests. */
final class Logs {
    private Logs() {
    }

    /** Keeps what is written; fails when it is full, after writing what still fits, as a disk does. */
    static final class MemorySink implements LogSink {
        private final int room;
        private byte[] content = {};
        private boolean closed;

        MemorySink(int room) {
            this.room = room;
        }

        byte[] content() {
            return content;
        }

        boolean closed() {
            return closed;
        }

        @Override
        public void write(byte[] bytes, int length) throws IOException {
            int fits = Math.min(length, room - content.length);
            byte[] longer = Arrays.copyOf(content, content.length + fits);
            System.arraycopy(bytes, 0, longer, content.length, fits);
            content = longer;
            if (fits < length) {
                throw new IOException("No space left on device");
            }
        }

        @Override
        public void truncate(long length) throws IOException {
            content = Arrays.copyOf(content, (int) length);
        }

        @Override
        public void force() {
            // memory is as good as it gets
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    /** What a reader got out of a log. @param boundaries end offset of each good frame */
    record Read(List<List<Event>> frames, List<Long> boundaries, LogEnd end) {
        List<Event> events() {
            return frames.stream().flatMap(List::stream).toList();
        }

        List<Event> withoutInstruction() {
            return events().stream().filter(e -> e.kind() != EventKind.INSTRUCTION).toList();
        }
    }

    static Read read(Path file) throws IOException {
        List<List<Event>> frames = new ArrayList<>();
        List<Long> boundaries = new ArrayList<>();
        try (LogReader reader = new LogReader(file)) {
            for (List<Event> frame = reader.next(); frame != null; frame = reader.next()) {
                frames.add(frame);
                boundaries.add(reader.bytes());
            }
            return new Read(frames, boundaries, reader.end());
        }
    }

    static Read read(Path file, byte[] log) throws IOException {
        Files.write(file, log);
        return read(file);
    }

    /** A log of these events with a frame sealed after every {@code frame} of them. */
    static byte[] log(List<Event> events, int frame) throws IOException {
        return log(events, frame, new PackingBudget(Long.MAX_VALUE, 0, () -> 0));
    }

    /** Time for so many frames, the first half of them with what is slow. */
    static PackingBudget timeFor(int frames) {
        long[] now = new long[1];
        return new PackingBudget(frames, 0, () -> now[0]++);
    }

    static byte[] log(List<Event> events, int frame, PackingBudget budget) throws IOException {
        MemorySink sink = new MemorySink(Integer.MAX_VALUE);
        try (LogWriter writer = new LogWriter(sink, LogFormat.REQUIRED_FEATURES, budget)) {
            int n = 0;
            for (Event e : events) {
                writer.append(e);
                if (++n % frame == 0 && e.kind() != EventKind.END) {
                    writer.seal(e.icount());
                }
            }
            writer.finish();
        }
        return sink.content();
    }

    /** The codec of each frame of a good log. */
    static List<Integer> codecs(byte[] log) {
        List<Integer> codecs = new ArrayList<>();
        for (int at = LogFormat.HEADER_BYTES; at < log.length; at += LogFormat.FRAME_HEADER_BYTES + ByteBuffer.wrap(log).getInt(at)) {
            codecs.add((int) log[at + 20]);
        }
        return codecs;
    }

    static Event event(EventKind kind, long icount, int source, long value, byte... data) {
        return new Event(kind, icount, source, value, data);
    }

    /** Events of every kind with values over their whole range, the last one END. */
    static List<Event> random(Random random, int count) {
        EventKind[] kinds = Arrays.stream(EventKind.values()).filter(k -> k != EventKind.INSTRUCTION && k != EventKind.END)
            .toArray(EventKind[]::new);
        List<Event> events = new ArrayList<>();
        long icount = 0;
        for (int i = 0; i < count; i++) {
            icount += random.nextInt(3) == 0 ? 0 : random.nextLong() >>> 24 + random.nextInt(40);
            EventKind kind = kinds[random.nextInt(kinds.length)];
            boolean data = kind == EventKind.CHAR_READ || kind == EventKind.RANDOM || kind == EventKind.DIGEST || kind == EventKind.BLOCK
                || kind == EventKind.NET || kind == EventKind.PLUG || kind == EventKind.UNPLUG || kind == EventKind.POKE;
            byte[] bytes = new byte[data ? random.nextInt(40) : 0];
            random.nextBytes(bytes);
            boolean value = kind != EventKind.CHAR_READ && kind != EventKind.RANDOM && kind != EventKind.DIGEST && kind != EventKind.PLUG
                && kind != EventKind.UNPLUG && kind != EventKind.POKE;
            int source = random.nextBoolean() ? 0 : random.nextInt() >>> 1 + random.nextInt(31);
            events.add(new Event(kind, icount, source, value ? random.nextLong() >> random.nextInt(64) : 0, bytes));
        }
        events.add(event(EventKind.END, icount + 1, 0, -1));
        return events;
    }

    /** Events equal, data compared by content. */
    static boolean equal(List<Event> a, List<Event> b) {
        boolean equal = a.size() == b.size();
        for (int i = 0; equal && i < a.size(); i++) {
            Event x = a.get(i);
            Event y = b.get(i);
            equal = x.kind() == y.kind() && x.icount() == y.icount() && x.source() == y.source() && x.value() == y.value()
                && Arrays.equals(x.data(), y.data());
        }
        return equal;
    }

    /** Events for messages and comparisons of short lists. */
    static String text(List<Event> events) {
        StringBuilder text = new StringBuilder();
        for (Event e : events) {
            text.append(e.kind()).append(' ').append(e.icount()).append(' ').append(e.source()).append(' ').append(e.value()).append(' ')
                .append(HexFormat.of().formatHex(e.data())).append('\n');
        }
        return text.toString();
    }
}
