package org.reprise.core.replay;

import java.io.IOException;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventJournal;
import org.reprise.api.replay.EventKind;

/** The journal of a recording. Machine's thread, but for the figures, which any thread may read. */
final class RecordJournal implements EventJournal {
    private static final long FLUSH_NANOS = 250_000_000;

    private final LogWriter writer;
    private long lastSeal = System.nanoTime();
    private volatile boolean closed;
    private volatile String failure;
    private long icount;
    private volatile long endIcount = -1;
    private volatile long events;
    private volatile long digests;
    private volatile long bytes;

    /** @param required features that the log's reader must know */
    RecordJournal(LogSink sink, int required) throws IOException {
        writer = new LogWriter(sink, required);
        bytes = writer.bytes();
    }

    @Override
    public boolean replaying() {
        return false;
    }

    @Override
    public void append(Event event) {
        if (failure != null || closed) {
            return;
        }
        try {
            icount = event.icount();
            writer.append(event);
            events++;
            if (event.kind() == EventKind.DIGEST) {
                digests++;
            }
            bytes = writer.bytes();
        } catch (IOException e) {
            fail(e);
        }
    }

    @Override
    public void progress(long icount) {
        this.icount = icount;
        long now = System.nanoTime();
        if (now - lastSeal >= FLUSH_NANOS && failure == null && !closed) {
            lastSeal = now;
            try {
                writer.seal(icount);
                bytes = writer.bytes();
            } catch (IOException e) {
                fail(e);
            }
        }
    }

    private void fail(IOException e) {
        writer.cutTornFrame();
        failure = "the log cannot be written: " + e.getMessage() + "; it is good up to its last frame (" + writer.bytes() + " bytes)";
    }

    @Override
    public String failure() {
        return failure;
    }

    @Override
    public Event peek() {
        throw new IllegalStateException("recording, not replaying");
    }

    @Override
    public Event next() {
        throw new IllegalStateException("recording, not replaying");
    }

    @Override
    public long nextStop() {
        throw new IllegalStateException("recording, not replaying");
    }

    @Override
    public LogEnd end() {
        throw new IllegalStateException("recording, not replaying");
    }

    @Override
    public String diverged(long icount, String expected, String actual) {
        throw new IllegalStateException("recording, not replaying");
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        endIcount = icount;
        closed = true;
        try {
            if (failure == null) {
                writer.finish();
                bytes = writer.bytes();
            }
        } catch (IOException e) {
            fail(e);
        }
        try {
            writer.close();
        } catch (IOException e) {
            if (failure == null) {
                fail(e);
            }
        }
    }

    /** The icount at which the recording was ended, or -1 while it goes on. */
    long endIcount() {
        return endIcount;
    }

    long events() {
        return events;
    }

    long digests() {
        return digests;
    }

    long bytes() {
        return bytes;
    }
}
