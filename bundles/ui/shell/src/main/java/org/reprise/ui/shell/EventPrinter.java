package org.reprise.ui.shell;

import jakarta.json.Json;
import jakarta.json.JsonObjectBuilder;
import java.io.PrintStream;
import java.util.HexFormat;
import java.util.Locale;
import java.util.function.Consumer;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventJournal.LogEnd;
import org.reprise.api.replay.EventKind;
import org.reprise.api.replay.Recordings.Info;

/** Prints events, as text in columns or as JSON lines. */
public final class EventPrinter implements Consumer<Event> {
    private final PrintStream out;
    private final Info info;
    private final boolean json;

    /** @param info of the recording, for names */
    public EventPrinter(PrintStream out, Info info, boolean json) {
        this.out = out;
        this.info = info;
        this.json = json;
    }

    private static boolean hasSource(EventKind k) {
        return switch (k) {
            case BH, CHAR_READ, BLOCK, RANDOM, CLOCK_HOST -> true;
            default -> false;
        };
    }

    private String part(int source) {
        return source < info.parts().size() ? info.parts().get(source) : Integer.toString(source);
    }

    @Override
    public void accept(Event e) {
        if (json) {
            JsonObjectBuilder b = Json.createObjectBuilder().add("icount", e.icount()).add("kind", e.kind().name());
            if (hasSource(e.kind())) {
                b.add("part", part(e.source()));
            }
            b.add("value", e.value());
            if (e.data().length > 0) {
                b.add("data", HexFormat.of().formatHex(e.data()));
            }
            out.println(b.build());
            return;
        }
        StringBuilder s = new StringBuilder(String.format(Locale.ROOT, "%15d %-15s", e.icount(), e.kind()));
        if (hasSource(e.kind())) {
            s.append(' ').append(part(e.source()));
        }
        switch (e.kind()) {
            case CLOCK_HOST, CLOCK_WARP -> s.append(' ').append(e.value()).append(" ns");
            case BLOCK, BH, SHUTDOWN, RESET_REQUESTED, END -> s.append(' ').append(e.value());
            default -> {
            }
        }
        if (e.kind() == EventKind.DIGEST) {
            for (int i = 0; i * 8 < e.data().length; i++) {
                s.append(' ').append(i < info.digestComponents().size() ? info.digestComponents().get(i) : "?").append('=')
                    .append(HexFormat.of().formatHex(e.data(), i * 8, i * 8 + 8));
            }
        } else if (e.data().length > 0) {
            s.append(' ').append(HexFormat.of().formatHex(e.data()));
        }
        out.println(s);
    }

    /** Prints how the log ends. */
    public void end(LogEnd end) {
        if (json) {
            out.println(Json.createObjectBuilder().add("end", end.kind().name()).add("icount", end.icount()).add("message", end.message()).build());
        } else {
            out.println(end.message());
        }
    }
}
