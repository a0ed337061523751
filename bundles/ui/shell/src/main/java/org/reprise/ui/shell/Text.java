package org.reprise.ui.shell;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.Machine;
import org.reprise.api.machine.MachineException;
import org.reprise.api.machine.MachineStatus;
import org.reprise.api.machine.ShutdownCause;
import org.reprise.api.replay.EventKind;
import org.reprise.api.replay.RecordReplay.Progress;
import org.reprise.api.replay.RecordingTree;
import org.reprise.api.replay.Recordings.Info;

/** Texts that several commands print. */
public final class Text {
    private Text() {
    }

    /** 1234567 as 1,234,567. */
    public static String number(long n) {
        return String.format(Locale.ROOT, "%,d", n);
    }

    /** A hexadecimal address, with or without 0x. @throws MachineException when it is none */
    static long address(String text) {
        try {
            return Long.parseUnsignedLong(text.startsWith("0x") ? text.substring(2) : text, 16);
        } catch (NumberFormatException e) {
            throw new MachineException(ExitCode.USAGE, "\"" + text + "\" is no hexadecimal address; write 80200000 or 0x80200000");
        }
    }

    /** Nanoseconds as seconds. */
    public static String seconds(long nanos) {
        return String.format(Locale.ROOT, "%.3f s", nanos / 1e9);
    }

    /** Million instructions per second. */
    public static String mips(long instructions, long nanos) {
        return nanos <= 0 ? "-" : String.format(Locale.ROOT, "%.1f MIPS", instructions * 1e3 / nanos);
    }

    /** A cause as in the log's vocabulary. */
    public static String cause(ShutdownCause c) {
        return c.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Digests, one line each. */
    public static String digests(Map<String, Long> digests) {
        StringBuilder s = new StringBuilder();
        digests.forEach((k, v) -> s.append(String.format(Locale.ROOT, "  %-12s %016x%n", k, v)));
        return s.toString();
    }

    /** One hash of all digests, to compare runs at a glance. */
    public static String digest(Map<String, Long> digests) {
        long h = 0xcbf29ce484222325L;
        for (Map.Entry<String, Long> e : digests.entrySet()) {
            h = (h ^ e.getKey().hashCode()) * 0x100000001b3L;
            h = (h ^ e.getValue()) * 0x9e3779b97f4a7c15L;
            h ^= h >>> 32;
        }
        return String.format(Locale.ROOT, "%016x", h);
    }

    /** A recording and its branches. @param here the one that the machine is in, or null */
    public static String tree(RecordingTree tree, Path here) {
        StringBuilder s = new StringBuilder();
        tree(tree, here, "", s);
        return s.toString().stripTrailing();
    }

    private static void tree(RecordingTree tree, Path here, String indent, StringBuilder s) {
        s.append(indent).append(tree.name());
        tree.origin().ifPresent(from -> s.append(": from icount ").append(number(from.icount())).append(from.traps() > 0 ? ", " + from.traps() + " traps on" : ""));
        s.append(tree.origin().isPresent() ? ", " : ": ").append(tree.begun().isEmpty() ? "" : tree.begun() + ", ");
        if (tree.end() != null) {
            s.append("to icount ").append(number(tree.end().icount())).append(" (").append(tree.end().kind().name().toLowerCase(Locale.ROOT)).append(')');
        }
        tree.origin().filter(from -> !from.pokes().isEmpty()).ifPresent(from -> s.append("; ").append(String.join(", ", from.pokes())));
        s.append(tree.problem() == null ? "" : "; " + tree.problem()).append(tree.folder().equals(here) ? "  <- the machine is here" : "").append('\n');
        tree.branches().forEach(branch -> tree(branch, here, indent + "  ", s));
    }

    /** What packing has left out, or nothing. */
    public static String leftOut(RecordingTree tree) {
        return tree.size() == 0 ? "" : "; its " + tree.size() + " branches are not in it: each can be packed by itself ("
            + tree.branches().get(0).folder() + ")";
    }

    /** A machine's vital signs. */
    public static String status(Machine m) {
        MachineStatus s = m.status();
        StringBuilder t = new StringBuilder();
        t.append(m.name()).append(": ").append(s.state()).append(" (").append(s.mode()).append(')');
        if (s.idle()) {
            t.append(", idle");
        }
        t.append("\n  icount ").append(number(s.icount())).append(", virtual time ").append(seconds(s.virtualTime())).append(", ran for ")
            .append(seconds(s.hostTime())).append(", ").append(mips(s.icount(), s.hostTime()));
        if (s.cause() != null && s.cause() != ShutdownCause.NONE) {
            t.append("\n  shut down: ").append(cause(s.cause())).append(", exit code ").append(s.exitCode());
        }
        List<String> waiting = m.waitingFor();
        waiting.forEach(w -> t.append("\n  waits for ").append(w));
        m.problem().ifPresent(p -> t.append("\n  ").append(p));
        return t.toString();
    }

    /** How a recording or replay stands. */
    public static String progress(Progress p) {
        String percent = p.replaying() && p.end() > 0 ? String.format(Locale.ROOT, "%5.1f %% ", 100.0 * p.icount() / p.end()) : "";
        return (p.replaying() ? "replaying " : "recording ") + p.recording() + ": " + percent + "icount " + number(p.icount())
            + (p.replaying() ? " of " + number(p.end()) : "") + ", " + number(p.events()) + " events, " + number(p.bytes()) + " bytes, "
            + number(p.digests()) + " digests" + (p.failure() == null ? "" : "\n  " + p.failure());
    }

    /** What a recording is. */
    public static String info(Info i) {
        StringBuilder t = new StringBuilder();
        t.append("machine ").append(i.machine()).append(", feature ").append(i.feature()).append('\n');
        t.append("log: ").append(number(i.frames())).append(" frames, ").append(number(i.bytes())).append(" bytes; ").append(i.end().message())
            .append('\n');
        t.append("events:");
        for (Map.Entry<EventKind, Long> e : i.events().entrySet()) {
            t.append(' ').append(e.getKey()).append(' ').append(number(e.getValue()));
        }
        t.append("\nrecorded on: ").append(String.join(" ", i.host().values())).append('\n');
        i.manifest().forEach((k, v) -> t.append("  ").append(k).append(" = ").append(v).append('\n'));
        i.imagePaths().forEach((k, v) -> t.append("  image ").append(k).append(" at ").append(v).append('\n'));
        return t.toString();
    }
}
