package org.reprise.core.machine;

import java.nio.ByteBuffer;
import java.util.Map;
import org.reprise.api.machine.ShutdownCause;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventJournal;
import org.reprise.api.replay.EventKind;

/** What the machine loop does while recording. Machine's thread only. */
final class Recorder {
    private final EventJournal journal;
    private final Assembly assembly;
    private final long digestInterval;
    private long nextDigest;

    Recorder(EventJournal journal, Assembly assembly) {
        this.journal = journal;
        this.assembly = assembly;
        this.digestInterval = assembly.configuration().digestInterval();
        this.nextDigest = afterThis();
    }

    void append(EventKind kind, int source, long value, byte[] data) {
        journal.append(new Event(kind, assembly.clock().icount(), source, value, data));
    }

    /** The machine has come here and is settled; flushes in time. @return why recording has ended, or null */
    String progress() {
        journal.progress(assembly.clock().icount());
        return journal.failure();
    }

    /** The icount at which the loop must stop for a digest. */
    long nextDigest() {
        return nextDigest;
    }

    /** True when a digest is due here. */
    boolean digestDue() {
        return assembly.clock().icount() >= nextDigest;
    }

    void digest() {
        Map<String, Long> digests = assembly.digests();
        ByteBuffer data = ByteBuffer.allocate(8 * digests.size());
        digests.values().forEach(data::putLong);
        append(EventKind.DIGEST, 0, 0, data.array());
        nextDigest = afterThis();
    }

    private long afterThis() {
        return digestInterval == 0 ? Long.MAX_VALUE : (assembly.clock().icount() / digestInterval + 1) * digestInterval;
    }

    /** The last two events of a recording, and its end. */
    void end(ShutdownCause cause, int exitCode) {
        digest();
        append(EventKind.END, 0, endValue(cause, exitCode), Event.NO_DATA);
        journal.close();
    }

    /** The recording ends while the machine runs on. */
    void endOpen() {
        digest();
        append(EventKind.END, 0, -1, Event.NO_DATA);
        journal.close();
    }

    /** The machine failed: its state is not worth a digest. */
    void endFailed() {
        append(EventKind.END, 0, endValue(ShutdownCause.HOST_ERROR, 0), Event.NO_DATA);
        journal.close();
    }

    /** Recording cannot go on. */
    void abandon() {
        journal.close();
    }

    static long endValue(ShutdownCause cause, int exitCode) {
        return cause.ordinal() + 256L * exitCode;
    }
}
