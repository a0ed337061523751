package org.reprise.core.replay;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventJournal;
import org.reprise.api.replay.EventKind;

/**
 * The journal of a replay: reads ahead until it knows the next place where the machine must stop, in bounded memory. The log was scanned
 * once before, so that its end is known from the beginning. Figures may be read from any thread.
 */
final class ReplayJournal implements EventJournal {
    /** No more frames are read when so many events, or so many bytes of their data, wait. */
    private static final int LOOKAHEAD = 16_384;
    private static final long LOOKAHEAD_BYTES = 4 << 20;
    private static final int RING = 10;

    private final LogReader reader;
    private final LogEnd end;
    private final long size;
    private final List<String> parts;
    private final Path recording;
    private int plugs;
    private final ArrayDeque<Event> ahead = new ArrayDeque<>();
    /** Those of {@link #ahead} at which the machine must stop. */
    private final ArrayDeque<Event> stops = new ArrayDeque<>();
    private final ArrayDeque<Event> recent = new ArrayDeque<>();
    /** The icount up to which {@link #ahead} is all there is. */
    private long vouched;
    private long aheadBytes;
    private boolean exhausted;
    private long lastDigest = -1;
    private long previousDigest = -1;
    private volatile long events;
    private volatile long digests;
    private volatile boolean endReached;
    private volatile String report;

    /** @param end how the log ends, from a scan @param size its good bytes @param parts names of the parts, for reports */
    ReplayJournal(Path recording, LogEnd end, long size, List<String> parts) throws IOException {
        this.recording = recording;
        this.reader = new LogReader(recording.resolve(LogFormat.LOG));
        this.end = end;
        this.size = size;
        this.parts = parts;
    }

    /**
     * Goes to a place in the log; to be called before anything was read.
     *
     * @param number events that have happened already
     * @throws IOException when the log has fewer
     */
    void skipTo(long number, LogIndex index) throws IOException {
        Map.Entry<Long, LogIndex.Mark> mark = index.before(number);
        if (mark != null) {
            reader.skipTo(mark.getValue().place());
            vouched = mark.getValue().place().icount();
            plugs = mark.getValue().plugs();
            events = mark.getKey();
        }
        while (events < number) {
            if (peek() == null) {
                throw new IOException("the log has " + events + " events, not " + number + ": " + end.message());
            }
            next();
        }
    }

    @Override
    public boolean replaying() {
        return true;
    }

    /** Reads one more frame. The scan has said how far the log goes: what a recorder has added since is left out. */
    private boolean more() {
        if (exhausted) {
            return false;
        }
        try {
            if (reader.bytes() >= size) {
                exhausted = true;
                return false;
            }
            List<Event> frame = reader.next();
            if (frame == null) {
                throw new IOException("it was changed while it is replayed: " + reader.end().message());
            }
            for (Event each : frame) {
                Event e = each.kind() == EventKind.PLUG ? PluggedImages.located(each, plugs++, recording) : each;
                if (e.kind() != EventKind.INSTRUCTION) {
                    ahead.add(e);
                    aheadBytes += e.data().length;
                    if (e.kind().asynchronous()) {
                        stops.add(e);
                    }
                }
                vouched = e.icount();
            }
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException("the log cannot be read any more: " + e.getMessage(), e);
        }
    }

    @Override
    public Event peek() {
        while (ahead.isEmpty()) {
            if (!more()) {
                return null;
            }
        }
        return ahead.peek();
    }

    @Override
    public Event next() {
        Event e = peek();
        if (e == null) {
            throw new IllegalStateException("the log is at its end");
        }
        ahead.poll();
        aheadBytes -= e.data().length;
        if (e.kind().asynchronous()) {
            stops.poll();
        }
        events++;
        recent.add(e);
        if (recent.size() > RING) {
            recent.poll();
        }
        if (e.kind() == EventKind.DIGEST) {
            digests++;
            previousDigest = lastDigest;
            lastDigest = e.icount();
        } else if (e.kind() == EventKind.END) {
            endReached = true;
        }
        return e;
    }

    @Override
    public long nextStop() {
        while (stops.isEmpty()) {
            boolean enough = ahead.size() >= LOOKAHEAD || aheadBytes >= LOOKAHEAD_BYTES;
            // events of the frames not read may stand at vouched itself: it is of use only when it lies before the machine
            if (enough && vouched > ahead.peek().icount()) {
                return vouched;
            }
            if (!more()) {
                return end.icount();
            }
        }
        return stops.peek().icount();
    }

    @Override
    public LogEnd end() {
        return end;
    }

    @Override
    public String diverged(long icount, String expected, String actual) {
        // the digest that was just found to differ is consumed already
        Event last = recent.peekLast();
        StringBuilder s = new StringBuilder("replay diverged at icount " + icount);
        s.append("\n  expected: ").append(expected).append("\n  actual:   ").append(actual);
        long good = last != null && last.kind() == EventKind.DIGEST && last.icount() == icount ? previousDigest : lastDigest;
        s.append("\n  known to be good: up to icount ").append(Math.max(good, 0))
            .append(good < 0 ? " (power-on; no digest was compared)" : " (digest equal)")
            .append("; the first difference lies after it, at or before icount ").append(icount);
        s.append("\n  last events:");
        for (Event e : recent) {
            s.append("\n    ").append(EventText.of(e, parts));
        }
        s.append("\n  remedy: the machine differs from the recorded one in something that the manifest does not hold, or the emulator "
            + "has a defect: keep the recording and report it");
        report = s.toString();
        return report;
    }

    @Override
    public void append(Event event) {
        throw new IllegalStateException("replaying, not recording");
    }

    @Override
    public void progress(long icount) {
        throw new IllegalStateException("replaying, not recording");
    }

    @Override
    public String failure() {
        return null;
    }

    @Override
    public void close() {
        try {
            reader.close();
        } catch (IOException e) {
            // it was only read from: nothing is lost
            exhausted = true;
        }
    }

    boolean endReached() {
        return endReached;
    }

    String report() {
        return report;
    }

    @Override
    public long events() {
        return events;
    }

    long digests() {
        return digests;
    }

    long size() {
        return size;
    }
}
