package org.reprise.core.replay;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventKind;
import org.reprise.core.replay.LogReader.Place;

/** Places in a log by the number of events before them, so that a replay can begin anywhere without reading all of the log. */
final class LogIndex {
    private static final int DISTANCE = 1 << 20;
    private final TreeMap<Long, Mark> marks = new TreeMap<>();
    private long events;
    private int plugs;
    private long noted;

    /** A place. @param plugs PLUG events before it */
    record Mark(Place place, int plugs) {
    }

    /** A pass over the log has read a frame. @param behind the place behind it */
    void passed(List<Event> frame, Place behind) {
        events += frame.stream().filter(e -> e.kind() != EventKind.INSTRUCTION).count();
        plugs += (int) frame.stream().filter(e -> e.kind() == EventKind.PLUG).count();
        if (behind.offset() - noted >= DISTANCE) {
            noted = behind.offset();
            marks.put(events, new Mark(behind, plugs));
        }
    }

    /** The last place known that has at most so many events before it, with their number; null: the beginning. */
    Map.Entry<Long, Mark> before(long number) {
        return marks.floorEntry(number);
    }
}
