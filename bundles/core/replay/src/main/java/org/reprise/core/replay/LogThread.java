package org.reprise.core.replay;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventKind;

/**
 * Encodes, compresses and writes what the machine's thread hands over, on a thread of its own: a guest that receives much would wait for that. The
 * machine waits only while more than {@value #MOST_WAITING} bytes have not been written. Methods are the machine's thread's, figures any thread's.
 */
final class LogThread {
    private static final int MOST_WAITING = 4 << 20;
    /** While more than this waits there is no time to compress: a larger log is better than a slower guest. */
    private static final int HURRY = 1 << 20;

    /**
     * Work for the thread.
     *
     * @param events in their order
     * @param bytes about how long they are
     * @param seal the icount that the machine has reached, or -1 when the frame is to stay open
     * @param last nothing comes any more
     */
    private record Batch(List<Event> events, int bytes, long seal, boolean last) {
    }

    private final LogWriter writer;
    private final Thread thread;
    private final ArrayDeque<Batch> batches = new ArrayDeque<>();
    private long waiting;
    private long appended;
    private long appendedDigests;
    private volatile String failure;
    private volatile long events;
    private volatile long digests;
    private volatile long bytes;

    LogThread(LogWriter writer) {
        this.writer = writer;
        bytes = writer.bytes();
        thread = new Thread(this::run, "reprise-log");
        thread.setDaemon(true);
        thread.start();
    }

    /** Hands events over. @param seal as for {@link LogWriter#seal}, or -1 */
    void write(List<Event> more, int length, long seal) {
        give(new Batch(more, length, seal, false));
    }

    /** Hands the last events over, waits until all is written and the log is closed. */
    void finish(List<Event> more, int length) {
        give(new Batch(more, length, -1, true));
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void give(Batch batch) {
        boolean interrupted = false;
        while (waiting > MOST_WAITING && failure == null) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        batches.add(batch);
        waiting += batch.bytes;
        notifyAll();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** The next batch; what waits behind it tells the writer how much time there is. */
    private synchronized Batch take() {
        while (batches.isEmpty()) {
            try {
                wait();
            } catch (InterruptedException e) {
                // only the last batch ends this thread
            }
        }
        Batch next = batches.remove();
        waiting -= next.bytes;
        writer.hurry(waiting > HURRY);
        notifyAll();
        return next;
    }

    private void run() {
        boolean last = false;
        while (!last) {
            Batch batch = take();
            last = batch.last;
            if (failure == null) {
                try {
                    write(batch);
                } catch (IOException | RuntimeException | Error e) {
                    fail(e);
                }
            }
        }
        try {
            writer.close();
        } catch (IOException e) {
            if (failure == null) {
                fail(e);
            }
        }
    }

    private void write(Batch batch) throws IOException {
        for (Event e : batch.events) {
            writer.append(e);
            appended++;
            appendedDigests += e.kind() == EventKind.DIGEST ? 1 : 0;
            publish();
        }
        if (batch.last) {
            writer.finish();
        } else if (batch.seal >= 0) {
            writer.seal(batch.seal);
        }
        publish();
    }

    /** The figures are of what is in the file. */
    private void publish() {
        if (bytes != writer.bytes()) {
            events = appended;
            digests = appendedDigests;
            bytes = writer.bytes();
        }
    }

    private void fail(Throwable e) {
        writer.cutTornFrame();
        failure = "the log cannot be written: " + e.getMessage() + "; it is good up to its last frame (" + writer.bytes() + " bytes)";
        synchronized (this) {
            notifyAll();
        }
    }

    /** Why nothing more is written, or null. */
    String failure() {
        return failure;
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
