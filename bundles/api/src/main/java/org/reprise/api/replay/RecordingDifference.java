package org.reprise.api.replay;

import java.util.List;
import org.reprise.api.replay.EventJournal.LogEnd;

/**
 * Where two recordings differ.
 *
 * @param fields the fields of the manifests that differ, in order
 * @param event the first pair of events that differ, or null when all are equal; INSTRUCTION events, which tell of the recorder's buffering
 *     and not of the guest, are not compared
 * @param events number of equal events before it
 * @param firstEnd how the first log ends
 * @param secondEnd how the second log ends
 */
public record RecordingDifference(List<Field> fields, Pair event, long events, LogEnd firstEnd, LogEnd secondEnd) {
    /** True when nothing differs. */
    public boolean none() {
        return fields.isEmpty() && event == null;
    }

    /** A field with both values; null where there is none. */
    public record Field(String name, String first, String second) {
    }

    /** Two events; null where a log has no more. */
    public record Pair(Event first, Event second) {
    }
}
