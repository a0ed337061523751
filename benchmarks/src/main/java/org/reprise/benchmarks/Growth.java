package org.reprise.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * The suite "growth": what more RAM, more CPUs and longer recordings cost. Each row compares a size with the smallest one of its kind; the goal is that the
 * cost grows no faster than the size, and that memory does not grow with the length of a recording. Runs of a kind are made in turn.
 */
final class Growth {
    private static final int[] RAM = {128, 512, 2048, 4096};
    private static final int[] CPUS = {1, 2, 4, 8};
    /** What noise may add: a fifth. */
    private static final double NOISE = 1.2;

    /** One run, recorded: seconds of the process, peak MiB, instructions, bytes of log, seconds of replay. */
    private record Cost(double seconds, double peak, double instructions, double bytes, double replay) {
    }

    private final Bench bench;
    private final int rounds;
    private final Path work;
    private final Consumer<Row> rows;
    private int runs;

    Growth(Bench bench, int rounds, Path work, Consumer<Row> rows) {
        this.bench = bench;
        this.rounds = rounds;
        this.work = work;
        this.rows = rows;
    }

    void run() throws Exception {
        List<List<String>> lines = new ArrayList<>();
        for (int mib : RAM) {
            lines.add(bench.guestLine(Bench.BOOT, "--ram", mib + "M"));
        }
        List<Cost> ram = measure(lines, false);
        for (int i = 1; i < RAM.length; i++) {
            double size = (double) RAM[i] / RAM[0];
            add("boot with " + RAM[i] + " MiB of RAM / " + RAM[0], "s", ram.get(i).seconds(), ram.get(0).seconds(), size);
            add("the same: peak memory", "MiB", ram.get(i).peak(), ram.get(0).peak(), size);
        }
        lines.clear();
        for (int cpus : CPUS) {
            lines.add(bench.guestLine(Bench.BOOT, "--cpus", String.valueOf(cpus)));
        }
        List<Cost> cpus = measure(lines, true);
        for (int i = 1; i < CPUS.length; i++) {
            double size = (double) CPUS[i] / CPUS[0];
            add("boot on " + CPUS[i] + " CPUs / " + CPUS[0], "s", cpus.get(i).seconds(), cpus.get(0).seconds(), size);
            add("the same: replay", "s", cpus.get(i).replay(), cpus.get(0).replay(), size);
            add("the same: log", "KB", cpus.get(i).bytes() / 1e3, cpus.get(0).bytes() / 1e3, size);
            add("the same: peak memory", "MiB", cpus.get(i).peak(), cpus.get(0).peak(), size);
        }
        lines.clear();
        lines.add(kernel("bench-riscv64/interpreter.elf"));
        lines.add(kernel("bench-riscv64/steady/interpreter.elf"));
        List<Cost> length = measure(lines, true);
        length(length, "interpreter, recorded for");
        lines.clear();
        lines.add(bench.guestLine(Bench.BOOT));
        lines.add(bench.guestLine(Bench.WORK));
        length(measure(lines, true), "Debian, recorded for");
    }

    private List<String> kernel(String elf) {
        return bench.ours("run", "virt-riscv64", "--firmware", bench.root().resolve("distribution/guests").resolve(elf).toString(), "--ram", "64M",
            "--shift", "0", "--sleep", "off", "--exit-on-shutdown");
    }

    private void length(List<Cost> costs, String what) {
        Cost shortest = costs.get(0);
        for (Cost c : costs.subList(1, costs.size())) {
            double size = c.instructions() / shortest.instructions();
            String name = String.format(Locale.ROOT, "%s %.1e / %.1e instructions", what, c.instructions(), shortest.instructions());
            add(name, "s", c.seconds(), shortest.seconds(), size);
            add("the same: replay", "s", c.replay(), shortest.replay(), size);
            add("the same: log", "KB", c.bytes() / 1e3, shortest.bytes() / 1e3, size);
            add("the same: peak memory", "MiB", c.peak(), shortest.peak(), NOISE);
        }
    }

    private void add(String name, String unit, double cost, double smallest, double size) {
        double most = Math.max(NOISE, size);
        rows.accept(new Row("growth", name, unit, cost, smallest, cost / smallest, String.format(Locale.ROOT, "ratio <= %.2f", most),
            cost / smallest <= most));
    }

    /** Runs each line, recorded, in turn; medians. @param replay they are replayed, too */
    private List<Cost> measure(List<List<String>> lines, boolean replay) throws Exception {
        List<List<Cost>> all = new ArrayList<>();
        lines.forEach(line -> all.add(new ArrayList<>()));
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < lines.size(); i++) {
                Path recording = work.resolve("growth" + runs++ + ".rr");
                Path summary = work.resolve("growth");
                List<String> line = new ArrayList<>(lines.get(i));
                line.addAll(List.of("--record", recording.toString(), "--summary", summary.toString()));
                Run r = Run.of(line, null).ok();
                double seconds = 0;
                if (replay) {
                    Path replayed = work.resolve("growth-replayed");
                    Run.of(bench.ours("verify", recording.toString(), "--summary", replayed.toString()), null).ok();
                    seconds = Bench.value(replayed, "nanos") / 1e9;
                }
                all.get(i).add(new Cost(r.seconds(), r.peak() / 1048576.0, Bench.value(summary, "icount"), Bench.value(summary, "bytes"), seconds));
            }
        }
        return all.stream().map(Growth::median).toList();
    }

    private static Cost median(List<Cost> costs) {
        return new Cost(Row.median(costs.stream().mapToDouble(Cost::seconds).toArray()), Row.median(costs.stream().mapToDouble(Cost::peak).toArray()),
            Row.median(costs.stream().mapToDouble(Cost::instructions).toArray()), Row.median(costs.stream().mapToDouble(Cost::bytes).toArray()),
            Row.median(costs.stream().mapToDouble(Cost::replay).toArray()));
    }
}
