package org.reprise.debug.profile;

import java.util.List;
import java.util.Locale;

/**
 * A flame graph (Brendan Gregg, "The Flame Graph", CACM 59:6): callers below, callees on them, as wide as their share of the samples. One
 * SVG file without scripts; a frame's full name and numbers appear where the pointer rests. It holds nothing of the host: equal profiles
 * give equal files.
 */
final class FlameGraph {
    private static final int WIDTH = 1600;
    private static final int MARGIN = 12;
    private static final int HEADER = 58;
    private static final int ROW = 18;
    private static final double LETTER = 7.2;
    /** Narrower frames would not be seen. */
    private static final double NARROWEST = 0.5;
    private static final int FEWEST_LETTERS = 4;
    private static final int BLUE = 210;
    private static final int ORANGE = 28;
    private static final int GREEN = 105;

    private final StringBuilder svg = new StringBuilder();
    private final long total;
    private final long every;
    private final int depth;
    private final double scale;
    private long omitted;

    private FlameGraph(CallTree tree, long every) {
        this.every = every;
        total = Math.max(1, tree.root().total());
        scale = (WIDTH - 2.0 * MARGIN) / total;
        depth = tree.root().depth((long) Math.ceil(NARROWEST / scale));
    }

    /** @param machine the machine's name @param every instructions between two samples */
    static String of(CallTree tree, String machine, long every) {
        return new FlameGraph(tree, every).draw(tree.root(), machine);
    }

    private String draw(CallTree.Node root, String machine) {
        int height = HEADER + depth * ROW + MARGIN;
        svg.append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" ");
        svg.append(format("width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" ", WIDTH, height, WIDTH, height));
        svg.append("font-family=\"DejaVu Sans Mono,Menlo,Consolas,monospace\" font-size=\"12\">\n");
        svg.append("<rect width=\"100%\" height=\"100%\" fill=\"#fffdf8\"/>\n");
        svg.append(format("<text x=\"%d\" y=\"24\" font-size=\"16\" font-weight=\"bold\">%s: functions of the guest</text>\n", MARGIN,
            escape(machine)));
        svg.append(format("<text x=\"%d\" y=\"44\" fill=\"#555\">%,d samples, one in %,d instructions</text>\n", MARGIN, root.total(),
            every));
        legend();
        frame(root, "all", MARGIN, 0);
        if (omitted > 0) {
            svg.append(format("<text x=\"%d\" y=\"44\" text-anchor=\"end\" fill=\"#555\">%,d frames too narrow to be drawn</text>\n",
                WIDTH - MARGIN, omitted));
        }
        return svg.append("</svg>\n").toString();
    }

    private void legend() {
        int x = WIDTH - MARGIN - 330;
        for (String mode : List.of("user", "kernel", "firmware")) {
            svg.append(format("<rect x=\"%d\" y=\"12\" width=\"14\" height=\"14\" rx=\"2\" fill=\"%s\"/>", x, color(mode, mode)));
            svg.append(format("<text x=\"%d\" y=\"23\">%s</text>\n", x + 20, mode));
            x += 110;
        }
    }

    private void frame(CallTree.Node node, String mode, double x, int level) {
        long samples = node.total();
        double width = samples * scale;
        if (width < NARROWEST) {
            omitted++;
            return;
        }
        double y = HEADER + (depth - 1.0 - level) * ROW;
        String name = node.name();
        svg.append(format("<g><title>%s: %,d samples, %.2f %%; itself %,d</title>", escape(name), samples,
            100.0 * samples / total, node.own()));
        svg.append(format("<rect x=\"%.2f\" y=\"%.0f\" width=\"%.2f\" height=\"%d\" rx=\"2\" fill=\"%s\"/>", x, y,
            Math.max(NARROWEST, width - 0.6), ROW - 1, color(name, mode)));
        int letters = (int) ((width - 8) / LETTER);
        if (letters >= FEWEST_LETTERS) {
            boolean fits = name.codePointCount(0, name.length()) <= letters;
            String shown = fits ? name : name.substring(0, name.offsetByCodePoints(0, letters - 1)) + "…";
            svg.append(format("<text x=\"%.2f\" y=\"%.0f\">%s</text>", x + 4, y + ROW - 5, escape(shown)));
        }
        svg.append("</g>\n");
        double at = x;
        for (CallTree.Node child : node.heaviest()) {
            String within = mode.equals("all") && !child.name().startsWith("cpu") ? child.name() : mode;
            frame(child, within, at, level + 1);
            at += child.total() * scale;
        }
    }

    /** A hue for the privilege mode, a shade for the name, so that neighbours differ and a function looks the same everywhere. */
    private static String color(String name, String mode) {
        int hash = name.hashCode() * 0x9e3779b9 >>> 8;
        if (name.startsWith("[") || mode.equals("all")) {
            return "#d8d5cd";
        }
        int hue = switch (mode) {
            case "user" -> GREEN;
            case "kernel" -> ORANGE;
            case "firmware" -> BLUE;
            default -> 45;
        };
        return name.equals(mode) ? format("hsl(%d,62%%,60%%)", hue) : format("hsl(%d,%d%%,%d%%)", hue - 12 + hash % 25, 62 + hash / 32 % 24,
            66 + hash / 1024 % 12);
    }

    private static String format(String pattern, Object... values) {
        return String.format(Locale.ROOT, pattern, values);
    }

    /** As XML text. Names come from files that may say anything: what XML cannot hold is replaced. */
    static String escape(String name) {
        StringBuilder text = new StringBuilder(name.length());
        name.codePoints().forEach(c -> {
            switch (c) {
                case '<' -> text.append("&lt;");
                case '>' -> text.append("&gt;");
                case '&' -> text.append("&amp;");
                case '"' -> text.append("&quot;");
                default -> text.appendCodePoint(c < ' ' || c >= 0xd800 && c < 0xe000 || c >= 0xfffe && c <= 0xffff ? '\ufffd' : c);
            }
        });
        return text.toString();
    }
}
