package org.reprise.core.replay;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventJournal;

/** The journal of a recording. Getters of figures may be called from any thread. */
final class RecordJournal implements EventJournal {
    private static final long FLUSH_NANOS = 250_000_000;

    private final LogWriter writer;
    private long lastSeal = System.nanoTime();
    private boolean closed;
    private volatile String failure;
    private volatile long events;
    private volatile long digests;
    private volatile long bytes;

    RecordJournal(WritableByteChannel channel) throws IOException {
        writer = new LogWriter(channel);
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
            writer.append(event);
            events++;
            if (event.kind() == org.reprise.api.replay.EventKind.DIGEST) {
                digests++;
            }
            bytes = writer.bytes();
        } catch (IOException e) {
            fail(e);
        }
    }

    @Override
    public void progress(long icount) {
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

    /** The torn frame that a failed write may leave is cut off by the reader's checksum; what was written before is good. */
    private void fail(IOException e) {
        failure = "the log cannot be written: " + e.getMessage() + "; it is good up to its last frame";
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

    boolean closed() {
        return closed;
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
