package org.reprise.core.replay;

import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventJournal.LogEnd;
import org.reprise.api.replay.EventKind;

/**
 * One pass over a log.
 *
 * @param frames good frames
 * @param bytes their bytes, header included
 * @param events events by kind
 * @param semantics semantics version of the emulator that recorded
 * @param end how it ends
 */
record LogScan(long frames, long bytes, Map<EventKind, Long> events, int semantics, LogEnd end) {
    static LogScan of(Path recording, Consumer<Event> consumer) throws IOException {
        return of(recording, consumer, new LogIndex());
    }

    /** @param index notes places in the log */
    static LogScan of(Path recording, Consumer<Event> consumer, LogIndex index) throws IOException {
        Map<EventKind, Long> counts = new EnumMap<>(EventKind.class);
        try (LogReader reader = new LogReader(recording.resolve(LogFormat.LOG))) {
            for (List<Event> frame = reader.next(); frame != null; frame = reader.next()) {
                index.passed(frame, reader.place());
                for (Event e : frame) {
                    counts.merge(e.kind(), 1L, Long::sum);
                    consumer.accept(e);
                }
            }
            return new LogScan(reader.frames(), reader.bytes(), counts, reader.semantics(), reader.end());
        }
    }
}
