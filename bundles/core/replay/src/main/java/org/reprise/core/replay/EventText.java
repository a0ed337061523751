package org.reprise.core.replay;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventKind;

/** Events for people. */
final class EventText {
    private static final int SHOWN = 24;

    private EventText() {
    }

    static String of(Event e, List<String> parts) {
        StringBuilder s = new StringBuilder().append(e.icount()).append(' ').append(e.kind());
        switch (e.kind()) {
            case BH -> s.append(' ').append(part(e, parts)).append(' ').append(e.value());
            case BLOCK -> s.append(' ').append(part(e, parts)).append(" request ").append(e.value())
                .append(e.data().length > 0 ? " error: " + new String(e.data(), StandardCharsets.UTF_8) : "");
            case NET -> s.append(' ').append(part(e, parts)).append(" flags 0x").append(Long.toHexString(e.value())).append(' ').append(data(e));
            case PLUG, UNPLUG, POKE -> s.append(' ').append(new String(e.data(), StandardCharsets.UTF_8).strip().replace('\n', ' '));
            case CHAR_READ, RANDOM -> s.append(' ').append(part(e, parts)).append(' ').append(data(e));
            case CLOCK_HOST -> s.append(' ').append(part(e, parts)).append(' ').append(e.value()).append(" ns");
            case CLOCK_VIRTUAL_RT -> s.append(' ').append(e.value()).append(" ns");
            case CLOCK_WARP -> s.append(" to ").append(e.value()).append(" ns");
            case SHUTDOWN, RESET_REQUESTED, TRAPS, END -> s.append(' ').append(e.value());
            case DIGEST -> s.append(' ').append(e.data().length / 8).append(" components");
            case INSTRUCTION -> {
            }
        }
        return s.toString();
    }

    private static String part(Event e, List<String> parts) {
        return e.source() < parts.size() ? parts.get(e.source()) : "part " + e.source();
    }

    private static String data(Event e) {
        byte[] d = e.data();
        String hex = HexFormat.of().formatHex(d, 0, Math.min(d.length, SHOWN)) + (d.length > SHOWN ? "…" : "");
        return d.length + " bytes " + hex + (e.kind() == EventKind.CHAR_READ ? " " + quoted(d) : "");
    }

    private static String quoted(byte[] d) {
        StringBuilder s = new StringBuilder("\"");
        for (int i = 0; i < Math.min(d.length, SHOWN); i++) {
            char c = (char) (d[i] & 0xff);
            s.append(c >= ' ' && c < 0x7f ? String.valueOf(c) : String.format(java.util.Locale.ROOT, "\\x%02x", (int) c));
        }
        return s.append('"').toString();
    }
}
