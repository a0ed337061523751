package org.reprise.core.machine;

import java.nio.ByteBuffer;
import java.util.Map;
import org.reprise.api.machine.ShutdownCause;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventJournal;
import org.reprise.api.replay.EventJournal.LogEnd;
import org.reprise.api.replay.EventKind;

/** What the machine loop reads from the log while replaying, and the check that the guest does what the log says. Machine's thread only. */
final class Replayer {
    private final EventJournal journal;
    private final Assembly assembly;

    Replayer(EventJournal journal, Assembly assembly) {
        this.journal = journal;
        this.assembly = assembly;
    }

    EventJournal journal() {
        return journal;
    }

    /** The next event of the log, or null at its end. */
    Event peek() {
        return journal.peek();
    }

    /** Consumes the event that was peeked. */
    void consume() {
        next();
    }

    /** How many instructions may be run before the log has something to say. Must be positive: the log's end was handled. */
    long budget() {
        long now = icount();
        long budget = journal.nextStop() - now;
        if (budget <= 0) {
            throw StopReplay.diverged(now, describe(peek()), "the guest did not ask for it at this point and has no more to do before it");
        }
        return budget;
    }

    /** True when a log without its END event has nothing more to say. */
    boolean atCut() {
        Event next = peek();
        if (next == null) {
            return icount() >= journal.end().icount();
        }
        return !next.kind().asynchronous() && journal.end().kind() != LogEnd.Kind.CLEAN && icount() >= journal.end().icount();
    }

    /**
     * The guest reads something from outside: it must be the log's next event.
     *
     * @param wanted what the guest does, for messages
     */
    Event take(EventKind kind, int source, String wanted) {
        long now = icount();
        Event next = peek();
        if (next == null) {
            LogEnd end = journal.end();
            if (end.kind() != LogEnd.Kind.CLEAN && now >= end.icount()) {
                throw StopReplay.endOfLog(now, wanted);
            }
            throw StopReplay.diverged(now, "nothing more (the log is at its end)", wanted);
        }
        if (next.kind() != kind || next.source() != source || next.icount() != now) {
            if (journal.end().kind() != LogEnd.Kind.CLEAN && now >= journal.end().icount() && next.icount() > now) {
                throw StopReplay.endOfLog(now, wanted);
            }
            throw StopReplay.diverged(now, describe(next), wanted);
        }
        return next();
    }

    private Event next() {
        Event event = journal.next();
        assembly.clock().audience().event(event);
        return event;
    }

    /** Compares a DIGEST event with the machine. */
    void compare(Event event) {
        Map<String, Long> digests = assembly.digests();
        if (event.data().length != 8 * digests.size()) {
            throw StopReplay.diverged(icount(), "digests of " + event.data().length / 8 + " components",
                    "digests of " + digests.size() + " components");
        }
        ByteBuffer data = ByteBuffer.wrap(event.data());
        for (Map.Entry<String, Long> digest : digests.entrySet()) {
            long recorded = data.getLong();
            if (recorded != digest.getValue()) {
                throw StopReplay.diverged(icount(), "digest of " + digest.getKey() + " " + hex(recorded),
                        "digest of " + digest.getKey() + " " + hex(digest.getValue()));
            }
        }
    }

    /** The guest shut down: the log must end here with the same cause; consumes its last events. @return false when a cut log has no end */
    boolean shutDown(ShutdownCause cause, int exitCode) {
        String actual = "the guest shut down (" + text(cause, exitCode) + ")";
        long now = icount();
        while (true) {
            Event next = peek();
            if (next == null) {
                if (journal.end().kind() != LogEnd.Kind.CLEAN && now >= journal.end().icount()) {
                    return false;
                }
                throw StopReplay.diverged(now, "nothing more (the log is at its end)", actual);
            }
            if (next.icount() != now) {
                throw StopReplay.diverged(now, describe(next), actual);
            }
            switch (next.kind()) {
                case CLOCK_WARP -> {
                    if (next.value() != assembly.clock().virtual()) {
                        throw StopReplay.diverged(now, describe(next), actual);
                    }
                    consume();
                }
                case TRAPS -> consume();
                case DIGEST -> {
                    consume();
                    compare(next);
                }
                case END -> {
                    if (next.value() != Recorder.endValue(cause, exitCode)) {
                        throw StopReplay.diverged(now, describe(next), actual);
                    }
                    consume();
                    return true;
                }
                default -> throw StopReplay.diverged(now, describe(next), actual);
            }
        }
    }

    /** The recording's end as a sentence. @param end its END event */
    static String ending(Event end) {
        if (end.value() < 0) {
            return "the recording was stopped while the machine ran on";
        }
        return "the recording ended with a shutdown (" + text(cause(end.value()), exitCode(end.value())) + ")";
    }

    static ShutdownCause cause(long value) {
        int code = (int) (value & 255);
        ShutdownCause[] causes = ShutdownCause.values();
        return code < causes.length ? causes[code] : ShutdownCause.NONE;
    }

    static int exitCode(long value) {
        return (int) (value >> 8 & 255);
    }

    private static String text(ShutdownCause cause, int exitCode) {
        return cause.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-') + ", exit code " + exitCode;
    }

    /** An event for people. */
    String describe(Event event) {
        if (event == null) {
            return "nothing more (the log is at its end)";
        }
        String part = assembly.partName(event.source());
        String text = switch (event.kind()) {
            case BH -> "BH " + event.value() + " of part " + part;
            case CHAR_READ -> "CHAR_READ of " + event.data().length + " bytes for part " + part;
            case BLOCK -> "BLOCK completion of request " + event.value() + " of drive " + part;
            case RANDOM -> "RANDOM of " + event.data().length + " bytes for part " + part;
            case CLOCK_HOST -> "CLOCK_HOST read by part " + part;
            case TRAPS -> "TRAPS (" + event.value() + " taken)";
            case CLOCK_WARP -> "CLOCK_WARP to " + event.value() + " ns";
            case SHUTDOWN -> "SHUTDOWN (" + text(cause(event.value()), event.source()) + ")";
            case END -> event.value() < 0 ? "END (stopped while the machine ran on)"
                    : "END (" + text(cause(event.value()), exitCode(event.value())) + ")";
            default -> event.kind().name();
        };
        return text + " at icount " + event.icount();
    }

    private long icount() {
        return assembly.clock().icount();
    }

    private static String hex(long digest) {
        return "0x" + String.format(java.util.Locale.ROOT, "%016x", digest);
    }
}
