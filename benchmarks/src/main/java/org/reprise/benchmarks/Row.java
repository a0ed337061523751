package org.reprise.benchmarks;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * One result.
 *
 * @param suite suite
 * @param name what was measured
 * @param unit unit of ours and reference
 * @param ours our median
 * @param reference the reference's median, NaN when there is none
 * @param ratio median of the pairs' ratios ours / reference, NaN when there is none
 * @param goal the goal as text, empty when there is none
 * @param met whether it is met, null without a goal
 */
record Row(String suite, String name, String unit, double ours, double reference, double ratio, String goal, Boolean met) {
    static double median(double... values) {
        double[] v = values.clone();
        Arrays.sort(v);
        return v.length == 0 ? Double.NaN : v.length % 2 == 1 ? v[v.length / 2] : (v[v.length / 2 - 1] + v[v.length / 2]) / 2;
    }

    /** A row of pairs. @param atMost the goal is at most this ratio, else at least; NaN for none */
    static Row paired(String suite, String name, String unit, List<double[]> pairs, double goal, boolean atMost) {
        double[] ratios = pairs.stream().mapToDouble(p -> p[0] / p[1]).toArray();
        double r = median(ratios);
        return new Row(suite, name, unit, median(pairs.stream().mapToDouble(p -> p[0]).toArray()),
            median(pairs.stream().mapToDouble(p -> p[1]).toArray()), r,
            Double.isNaN(goal) ? "" : String.format(Locale.ROOT, "ratio %s %.2f", atMost ? "<=" : ">=", goal),
            Double.isNaN(goal) ? null : atMost ? r <= goal : r >= goal);
    }

    /** A row without a reference. */
    static Row single(String suite, String name, String unit, double value, double most) {
        return new Row(suite, name, unit, value, Double.NaN, Double.NaN, Double.isNaN(most) ? "" : String.format(Locale.ROOT, "<= %.3f", most),
            Double.isNaN(most) ? null : value <= most);
    }

    static String header() {
        return String.format(Locale.ROOT, "%-8s %-34s %-18s %12s %12s %8s  %-14s %s", "suite", "name", "unit", "ours", "reference", "ratio", "goal",
            "met");
    }

    String text() {
        return String.format(Locale.ROOT, "%-8s %-34s %-18s %12s %12s %8s  %-14s %s", suite, name, unit, number(ours), number(reference),
            Double.isNaN(ratio) ? "-" : String.format(Locale.ROOT, "%.2f", ratio), goal, met == null ? "" : met ? "yes" : "NO");
    }

    private static String number(double d) {
        return Double.isNaN(d) ? "-" : String.format(Locale.ROOT, d >= 100 ? "%.0f" : "%.3f", d);
    }

    String json() {
        return "{\"suite\":\"" + suite + "\",\"name\":\"" + name + "\",\"unit\":\"" + unit + "\",\"ours\":" + json(ours) + ",\"reference\":"
            + json(reference) + ",\"ratio\":" + json(ratio) + ",\"goal\":\"" + goal + "\",\"met\":" + met + "}";
    }

    private static String json(double d) {
        return Double.isNaN(d) ? "null" : String.format(Locale.ROOT, "%.6g", d);
    }
}
