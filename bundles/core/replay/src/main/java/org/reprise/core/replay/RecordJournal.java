package org.reprise.core.replay;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventJournal;

/** The journal of a recording: collects events for {@link LogThread}. Machine's thread, but for the figures, which any thread may read. */
final class RecordJournal implements EventJournal {
    private static final long FLUSH_NANOS = 250_000_000;
    /** So much is handed over at once: each time the log's thread has to be woken, which takes the machine's thread some microseconds. */
    private static final int BATCH_BYTES = 4 * LogFormat.FRAME_BYTES;
    /** What an event takes besides its data, in a log, about. */
    private static final int EVENT_BYTES = 4;

    private final LogThread log;
    private List<Event> batch = new ArrayList<>();
    private int batchBytes;
    private long lastSeal = System.nanoTime();
    private volatile boolean closed;
    private volatile String refused;
    private long icount;
    private long appended;
    /** Events that were in the log when this recording went on with it. */
    private volatile long before;
    private volatile long endIcount = -1;

    /** @param required features that the log's reader must know */
    RecordJournal(LogSink sink, int required) throws IOException {
        log = new LogThread(new LogWriter(sink, required));
    }

    /**
     * Goes on behind events that are in the log already.
     *
     * @param events how many, INSTRUCTION ones not counted
     * @param reached the icount that the machine has reached
     */
    RecordJournal(LogWriter writer, long events, long reached) {
        log = new LogThread(writer);
        before = events;
        appended = events;
        icount = reached;
    }

    @Override
    public boolean replaying() {
        return false;
    }

    @Override
    public void append(Event event) {
        if (closed || failure() != null) {
            return;
        }
        if (event.data().length > LogFormat.MAX_EVENT_BYTES) {
            refused = "the log cannot be written: an event has " + event.data().length + " bytes, the most is " + LogFormat.MAX_EVENT_BYTES;
            return;
        }
        icount = event.icount();
        appended++;
        batch.add(event);
        batchBytes += event.data().length + EVENT_BYTES;
        if (batchBytes >= BATCH_BYTES) {
            log.write(batch, batchBytes, -1);
            begin();
        }
    }

    private void begin() {
        batch = new ArrayList<>();
        batchBytes = 0;
    }

    @Override
    public void progress(long icount) {
        this.icount = icount;
        long now = System.nanoTime();
        if (now - lastSeal >= FLUSH_NANOS && failure() == null && !closed) {
            lastSeal = now;
            log.write(batch, batchBytes, icount);
            begin();
        }
    }

    @Override
    public String failure() {
        return refused == null ? log.failure() : refused;
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
        log.finish(batch, batchBytes);
        begin();
    }

    /** The icount at which the recording was ended, or -1 while it goes on. */
    long endIcount() {
        return endIcount;
    }

    @Override
    public long events() {
        return appended;
    }

    /** Events in the file's frames, INSTRUCTION ones of this recorder included. */
    long eventsWritten() {
        return before + log.events();
    }

    long digests() {
        return log.digests();
    }

    long bytes() {
        return log.bytes();
    }
}
