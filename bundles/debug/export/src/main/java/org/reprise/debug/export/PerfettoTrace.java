package org.reprise.debug.export;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.reprise.api.block.BlockRequest;
import org.reprise.api.debug.ExportFormat.Export;
import org.reprise.api.debug.ExportFormat.Subject;
import org.reprise.api.net.NetworkFrame;
import org.reprise.api.replay.Event;
import org.reprise.api.travel.Snapshot;

/**
 * A Perfetto trace of a recording. Time is VIRTUAL; each slice and instant has its icount as an argument. Tracks: what each CPU does, interrupt lines, requests of
 * drives, frames, output and input of consoles, the log's events, marks. Tracks of one kind stand below one another.
 */
final class PerfettoTrace implements Export {
    /** Bytes of a line of output that are shown. */
    private static final int LINE = 160;
    /** Output belongs to one line when no more than so many ns lie between. */
    private static final long PAUSE = 100_000_000;

    private final Subject subject;
    private final TracePackets packets;
    private final Map<String, Long> groups = new LinkedHashMap<>();
    private final Map<String, Long> tracks = new TreeMap<>();
    private final TreeSet<Long> open = new TreeSet<>();
    private final Map<String, Lane> requests = new TreeMap<>();
    private final Map<String, List<Boolean>> lanes = new TreeMap<>();
    private final Map<String, Line> lines = new TreeMap<>();
    private final List<Snapshot> marks;
    private long tracksMade;
    private int running = -1;
    private long since;
    private long sinceIcount;

    /** Where a request in flight is shown. */
    private record Lane(int number, long track) {
    }

    /** A line that a console prints. */
    private static final class Line {
        private final byte[] text = new byte[LINE];
        private int length;
        private long bytes;
        private long from;
        private long icount;
        private long to;
    }

    PerfettoTrace(Subject subject, TracePackets packets) {
        this.subject = subject;
        this.packets = packets;
        marks = new ArrayList<>(subject.marks());
        for (int cpu = 0; cpu < subject.cpus(); cpu++) {
            track("CPUs", "cpu" + cpu);
        }
    }

    /** The track of a name, described when it is asked for the first time. */
    private long track(String group, String name) {
        return tracks.computeIfAbsent(group + "\n" + name, key -> {
            long parent = groups.computeIfAbsent(group, title -> {
                packets.track(++tracksMade, 0, title);
                return tracksMade;
            });
            packets.track(++tracksMade, parent, name);
            return tracksMade;
        });
    }

    private void begin(long virtual, long track, String name, Map<String, Object> arguments) {
        packets.begin(virtual, track, name, arguments);
        open.add(track);
    }

    private void end(long virtual, long track) {
        if (open.remove(track)) {
            packets.end(virtual, track);
        }
    }

    private static Map<String, Object> arguments(long icount, Object... others) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("icount", icount);
        for (int i = 0; i < others.length; i += 2) {
            all.put((String) others[i], others[i + 1]);
        }
        return all;
    }

    /** Something happens at a time: marks before it come first. */
    private void reach(long virtual) {
        while (!marks.isEmpty() && marks.get(0).virtual() <= virtual) {
            Snapshot mark = marks.remove(0);
            packets.instant(mark.virtual(), track("marks", "marks and snapshots"), mark.name(), arguments(mark.icount()));
        }
    }

    // CPUs: one has its turn at a time, from where the turn before ended.

    @Override
    public void ran(int cpu, boolean idle, long icount, long virtual) {
        reach(virtual);
        long track = track("CPUs", "cpu" + cpu);
        if (running != cpu) {
            rests();
            begin(since, track, "runs", arguments(sinceIcount));
            running = cpu;
        }
        since = virtual;
        sinceIcount = icount;
        if (idle) {
            rests();
        }
    }

    private void rests() {
        if (running >= 0) {
            end(since, track("CPUs", "cpu" + running));
            running = -1;
        }
    }

    @Override
    public void warped(long before, long icount, long virtual) {
        reach(virtual);
        rests();
        since = virtual;
        sinceIcount = icount;
    }

    // Devices.

    @Override
    public void line(String part, String line, boolean level, long icount, long virtual) {
        long track = track("interrupt lines", part + " to " + line);
        if (level) {
            begin(virtual, track, "high", arguments(icount));
        } else {
            end(virtual, track);
        }
    }

    @Override
    public void requested(String drive, long number, BlockRequest.Operation operation, long offset, int length, long icount, long virtual) {
        List<Boolean> used = lanes.computeIfAbsent(drive, name -> new ArrayList<>());
        int free = used.indexOf(false);
        if (free < 0) {
            free = used.size();
            used.add(true);
        } else {
            used.set(free, true);
        }
        long track = track("drives", free == 0 ? drive : drive + " (" + (free + 1) + ")");
        requests.put(drive + "\n" + number, new Lane(free, track));
        begin(virtual, track, operation.name().toLowerCase(Locale.ROOT), arguments(icount, "request", number, "offset", offset, "length", (long) length));
    }

    @Override
    public void completed(String drive, long number, String error, long icount, long virtual) {
        Lane lane = requests.remove(drive + "\n" + number);
        if (lane != null) {
            lanes.get(drive).set(lane.number(), false);
            end(virtual, lane.track());
            if (error != null) {
                packets.instant(virtual, lane.track(), "error: " + error, arguments(icount, "request", number));
            }
        }
    }

    @Override
    public void frame(String network, boolean received, NetworkFrame frame, long icount, long virtual) {
        packets.instant(virtual, track("networks", network + (received ? " in" : " out")), frame.bytes().length + " bytes",
            arguments(icount, "length", (long) frame.bytes().length));
    }

    @Override
    public void printed(String console, byte value, long icount, long virtual) {
        Line line = lines.computeIfAbsent(console, name -> new Line());
        if (line.bytes > 0 && virtual - line.to > PAUSE) {
            printed(console, line);
        }
        if (line.bytes == 0) {
            line.from = virtual;
            line.icount = icount;
        }
        line.bytes++;
        line.to = virtual;
        if (line.length < LINE) {
            line.text[line.length++] = value;
        }
        if (value == '\n') {
            printed(console, line);
        }
    }

    private void printed(String console, Line line) {
        long track = track("consoles", console + " out");
        String text = new String(line.text, 0, line.length, StandardCharsets.UTF_8).replaceAll("\\p{Cntrl}+", " ").strip();
        if (!text.isEmpty()) {
            packets.begin(line.from, track, text, arguments(line.icount, "bytes", line.bytes));
            packets.end(line.to, track);
        }
        line.length = 0;
        line.bytes = 0;
    }

    // The log.

    @Override
    public void event(Event event, long virtual) {
        reach(virtual);
        String part = event.source() < subject.info().parts().size() ? subject.info().parts().get(event.source()) : "";
        switch (event.kind()) {
            case CHAR_READ -> {
                packets.instant(virtual, track("consoles", part + " in"), new String(event.data(), StandardCharsets.UTF_8).replaceAll("\\p{Cntrl}", "?"),
                    arguments(event.icount(), "bytes", (long) event.data().length));
                logged(event, virtual, part);
            }
            case BH, BLOCK, NET, RANDOM, CLOCK_HOST -> logged(event, virtual, part);
            default -> logged(event, virtual, "");
        }
    }

    private void logged(Event event, long virtual, String part) {
        packets.instant(virtual, track("log", "events"), event.kind() + (part.isEmpty() ? "" : " " + part), arguments(event.icount(), "value", event.value(),
            "bytes", (long) event.data().length));
    }

    @Override
    public void ended(long icount, long virtual) {
        reach(virtual);
        lines.forEach((console, line) -> {
            if (line.bytes > 0) {
                printed(console, line);
            }
        });
        List.copyOf(open).forEach(track -> end(virtual, track));
    }

    @Override
    public void close() throws IOException {
        packets.flush();
    }
}
