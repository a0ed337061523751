package org.reprise.ui.shell;

import java.io.PrintStream;
import java.util.HexFormat;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventKind;
import org.reprise.api.replay.RecordingDifference;
import org.reprise.api.replay.RecordingDifference.Field;
import org.reprise.api.replay.Recordings.Info;

/** Prints where two recordings differ. */
public final class DifferencePrinter {
    private DifferencePrinter() {
    }

    /** @param first and second of the recordings, for names */
    public static void print(PrintStream out, RecordingDifference d, Info first, Info second) {
        for (Field f : d.fields()) {
            out.println("manifest " + f.name() + "\n  first:  " + value(f.first()) + "\n  second: " + value(f.second()));
        }
        if (d.event() != null) {
            Event a = d.event().first();
            Event b = d.event().second();
            out.println("event " + d.events() + " (" + Text.number(d.events()) + " are equal before it)");
            out.println("  first:  " + event(out, a, first, d.firstEnd().message()) + "\n  second: " + event(out, b, second, d.secondEnd().message()));
            if (a != null && b != null && a.kind() == EventKind.DIGEST && b.kind() == EventKind.DIGEST && a.icount() == b.icount()) {
                components(out, a.data(), b.data(), first);
            }
        }
        if (d.none()) {
            out.println("equal: manifests, and " + Text.number(d.events()) + " events; " + d.firstEnd().message());
        }
    }

    private static String value(String text) {
        return text == null ? "(none)" : text;
    }

    private static String event(PrintStream out, Event e, Info info, String end) {
        return e == null ? "(no more events: " + end + ")" : new EventPrinter(out, info, false, EventFilter.ALL).text(e).strip();
    }

    private static void components(PrintStream out, byte[] a, byte[] b, Info info) {
        for (int i = 0; i + 8 <= Math.min(a.length, b.length); i += 8) {
            String x = HexFormat.of().formatHex(a, i, i + 8);
            String y = HexFormat.of().formatHex(b, i, i + 8);
            if (!x.equals(y)) {
                String name = i / 8 < info.digestComponents().size() ? info.digestComponents().get(i / 8) : "component " + i / 8;
                out.println("  digest of " + name + ": first " + x + ", second " + y);
            }
        }
    }
}
