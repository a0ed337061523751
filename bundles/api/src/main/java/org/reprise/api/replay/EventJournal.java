package org.reprise.api.replay;

import org.osgi.annotation.versioning.ProviderType;

/**
 * The log as the machine loop sees it: appended to while recording, consumed while replaying. Implemented by the replay core, called on
 * the machine's thread only.
 */
@ProviderType
public interface EventJournal {
    /** True when replaying, false when recording. */
    boolean replaying();

    /** Recording: appends an event. Icounts never fall. Never throws for I/O trouble: see {@link #failure}. */
    void append(Event event);

    /** Recording: the machine has reached this icount; seals and flushes a frame when its time (250 ms) or size (64 KiB) is reached. */
    void progress(long icount);

    /** Recording: why nothing more is written (disk full), or null. The log is good up to there and the machine goes on. */
    String failure();

    /** Replaying: the next event, not consumed; null when the log has no more. INSTRUCTION events are never returned. */
    Event peek();

    /** Replaying: consumes the event that {@link #peek} gave. */
    Event next();

    /** How many events were appended or consumed since power-on, INSTRUCTION ones not counted. */
    long events();

    /** Replaying: icount of the first asynchronous event not consumed, at which the machine must stop; at the log's end, the last icount it vouches for. */
    long nextStop();

    /** Replaying: what the end of the log is: a sentence for people, with its kind. */
    LogEnd end();

    /** Replaying: a divergence was found: writes the report (last events included) and returns it as text. */
    String diverged(long icount, String expected, String actual);

    /** Ends recording (after END was appended) or replaying; flushes, closes. */
    void close();

    /** How a log ends. @param kind CLEAN, TRUNCATED or DAMAGED @param icount last icount vouched for @param message for people */
    record LogEnd(Kind kind, long icount, String message) {
        /** Kinds of ends. */
        public enum Kind {
            /** With an END event. */
            CLEAN,
            /** Cut off: the recorder was killed or still writes. */
            TRUNCATED,
            /** A damaged frame. */
            DAMAGED
        }
    }
}
