package org.reprise.ui.shell;

import jakarta.json.Json;
import jakarta.json.JsonObjectBuilder;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventJournal.LogEnd;
import org.reprise.api.replay.EventKind;
import org.reprise.api.replay.ForeignLogs.ForeignEvent;
import org.reprise.api.replay.Recordings.Info;

/** Prints events, as text in columns or as JSON lines; docs/log-format.md describes the lines. */
public final class EventPrinter implements Consumer<Event> {
    private static final long SECOND = 1_000_000_000;
    private final PrintStream out;
    private final List<String> parts;
    private final List<String> components;
    private final boolean json;
    private final EventFilter filter;

    /** @param info of the recording, for names; null for a foreign log */
    public EventPrinter(PrintStream out, Info info, boolean json, EventFilter filter) {
        this.out = out;
        this.parts = info == null ? List.of() : info.parts();
        this.components = info == null ? List.of() : info.digestComponents();
        this.json = json;
        this.filter = filter;
        if (info != null) {
            filter.check(Arrays.stream(EventKind.values()).map(EventKind::name).toList());
        }
    }

    private static boolean hasSource(EventKind k) {
        return switch (k) {
            case BH, CHAR_READ, BLOCK, NET, RANDOM, CLOCK_HOST -> true;
            default -> false;
        };
    }

    private String part(int source) {
        return source < parts.size() ? parts.get(source) : Integer.toString(source);
    }

    @Override
    public void accept(Event e) {
        if (filter.accepts(e.kind().name(), e.icount())) {
            out.println(json ? line(e) : text(e));
        }
    }

    /** Prints an event with its VIRTUAL time, ns, as far as it is known. @return false when it is not wanted */
    boolean accept(Event e, OptionalLong virtual) {
        boolean wanted = filter.accepts(e.kind().name(), e.icount());
        if (wanted) {
            String time = virtual.isPresent() ? String.format(Locale.ROOT, "%d.%09d s", virtual.getAsLong() / SECOND, virtual.getAsLong() % SECOND) : "-";
            out.println(text(e, String.format(Locale.ROOT, "%22s ", time)));
        }
        return wanted;
    }

    private String line(Event e) {
        JsonObjectBuilder b = Json.createObjectBuilder().add("icount", e.icount()).add("kind", e.kind().name());
        if (hasSource(e.kind())) {
            b.add("part", part(e.source()));
        }
        b.add("value", e.value());
        if (e.kind() == EventKind.SHUTDOWN) {
            b.add("exitCode", e.source());
        }
        if (e.data().length > 0) {
            b.add("data", HexFormat.of().formatHex(e.data()));
        }
        return b.build().toString();
    }

    /** An event as a line of text. */
    String text(Event e) {
        return text(e, "");
    }

    private String text(Event e, String time) {
        StringBuilder s = new StringBuilder(String.format(Locale.ROOT, "%15d %s%-15s", e.icount(), time, e.kind()));
        if (hasSource(e.kind())) {
            s.append(' ').append(part(e.source()));
        }
        switch (e.kind()) {
            case CLOCK_HOST, CLOCK_WARP, CLOCK_VIRTUAL_RT -> s.append(' ').append(e.value()).append(" ns");
            case NET -> s.append(" flags 0x").append(Long.toHexString(e.value()));
            case SHUTDOWN -> s.append(' ').append(e.value()).append(" exit code ").append(e.source());
            case BLOCK, BH, RESET_REQUESTED, TRAPS, END -> s.append(' ').append(e.value());
            default -> {
            }
        }
        if (e.kind() == EventKind.DIGEST) {
            for (int i = 0; (i + 1) * 8 <= e.data().length; i++) {
                s.append(' ').append(i < components.size() ? components.get(i) : "?").append('=')
                    .append(HexFormat.of().formatHex(e.data(), i * 8, i * 8 + 8));
            }
        } else if (e.kind() == EventKind.PLUG || e.kind() == EventKind.UNPLUG || e.kind() == EventKind.POKE) {
            new String(e.data(), StandardCharsets.UTF_8).lines().forEach(l -> s.append(' ').append(l.replaceAll("\\p{Cntrl}", "?")));
        } else if (e.data().length > 0) {
            s.append(' ').append(HexFormat.of().formatHex(e.data()));
        }
        return s.toString();
    }

    /** Prints an event of a foreign log. */
    public void foreign(ForeignEvent e) {
        if (!filter.accepts(e.kind(), e.icount())) {
            return;
        }
        if (json) {
            JsonObjectBuilder b = Json.createObjectBuilder().add("offset", e.offset()).add("icount", e.icount()).add("kind", e.kind())
                .add("id", e.id());
            e.values().forEach(b::add);
            if (e.data().length > 0) {
                b.add("data", HexFormat.of().formatHex(e.data()));
            }
            out.println(b.build());
            return;
        }
        StringBuilder s = new StringBuilder(String.format(Locale.ROOT, "%10d %15d %-22s", e.offset(), e.icount(), e.kind()));
        e.values().forEach((name, value) -> s.append(' ').append(name).append('=').append(value));
        out.println((e.data().length == 0 ? s : s.append(' ').append(HexFormat.of().formatHex(e.data()))).toString().stripTrailing());
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
