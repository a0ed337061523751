package org.reprise.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The suite "speed": kernels in steady state, boots with a cold and with a warm translation cache, sustained work inside the booted guest.
 * Each pair is ours and the reference, one after the other. What is steady is timed between two lines on the console, on both sides.
 */
final class Speed {
    private static final Map<String, Double> KERNEL_GOALS = new LinkedHashMap<>();
    private static final Pattern STEADY = Pattern.compile("steady instret (\\d+)|checksum [0-9a-f]+ instret (\\d+)");
    static final Pattern WORK = Pattern.compile("work: (\\w+) (begins|ends)(.*)");
    private static final Pattern POWERED_DOWN = Pattern.compile("Power down");

    static {
        // integer kernels; indirect jumps; paged code; floating point: the rest has no goal
        for (String kernel : List.of("mix", "hash", "sort", "strings")) {
            KERNEL_GOALS.put(kernel, 1.5);
        }
        for (String kernel : List.of("interpreter", "paging", "float")) {
            KERNEL_GOALS.put(kernel, 1.0);
        }
        KERNEL_GOALS.put("memory", Double.NaN);
        KERNEL_GOALS.put("chase", Double.NaN);
    }

    private final Bench bench;
    private final int pairs;
    private final Path work;
    private final Consumer<Row> rows;

    Speed(Bench bench, int pairs, Path work, Consumer<Row> rows) {
        this.bench = bench;
        this.pairs = Math.max(pairs, 5);
        this.work = work;
        this.rows = rows;
    }

    void run() throws Exception {
        kernels();
        boot();
        work();
    }

    /** No cache of ours: each run is a first one. */
    private Map<String, String> cold() throws IOException {
        return Map.of("REPRISE_CACHE", Files.createTempDirectory(work, "cache").toString());
    }

    private void kernels() throws Exception {
        Path folder = bench.root().resolve("distribution/guests/bench-riscv64/steady");
        for (var kernel : KERNEL_GOALS.entrySet()) {
            String elf = folder.resolve(kernel.getKey() + ".elf").toString();
            List<double[]> found = new ArrayList<>();
            for (int i = 0; i < pairs; i++) {
                List<Run.Mark> a = Run.marks(bench.ours("run", "virt-riscv64", "--firmware", elf, "--ram", "64M", "--shift", "0", "--sleep", "off",
                    "--exit-on-shutdown"), cold(), STEADY);
                List<Run.Mark> b = Run.marks(bench.reference("-m", "64", "-bios", elf, "-icount", "shift=0,sleep=off"), Map.of(), STEADY);
                if (!result(a).line().split(" instret")[0].equals(result(b).line().split(" instret")[0])) {
                    throw new IOException(kernel.getKey() + ": " + result(a).line() + " and " + result(b).line());
                }
                found.add(new double[] {rate(a), rate(b)});
            }
            rows.accept(Row.paired("speed", kernel.getKey() + ", steady", "10^6 instr/s", found, kernel.getValue(), false));
        }
    }

    private static Run.Mark result(List<Run.Mark> marks) throws IOException {
        if (marks.size() < 3 || !marks.get(marks.size() - 2).line().contains("checksum")) {
            throw new IOException("no begin and end: " + marks);
        }
        return marks.get(marks.size() - 2);
    }

    /** Millions of instructions per second from the first mark to the result. */
    private static double rate(List<Run.Mark> marks) throws IOException {
        // a kernel of several parts marks each
        Run.Mark begin = marks.get(0);
        Run.Mark end = result(marks);
        return (count(end) - count(begin)) / (end.seconds() - begin.seconds()) / 1e6;
    }

    private static double count(Run.Mark mark) {
        return Double.parseDouble(mark.line().replaceAll(".*instret (\\d+).*", "$1"));
    }

    private void boot() throws Exception {
        List<double[]> cold = new ArrayList<>();
        List<double[]> warm = new ArrayList<>();
        for (int i = 0; i < pairs; i++) {
            Map<String, String> cache = cold();
            double first = wall(bench.bootLine(), cache);
            double reference = wall(bench.referenceBootLine("shift=0,sleep=off"), Map.of());
            double second = wall(bench.bootLine(), cache);
            double again = wall(bench.referenceBootLine("shift=0,sleep=off"), Map.of());
            cold.add(new double[] {first, reference});
            warm.add(new double[] {second, again});
        }
        rows.accept(Row.paired("speed", "Debian boot, first start", "s", cold, 3, true));
        rows.accept(Row.paired("speed", "Debian boot, later start", "s", warm, 2, true));
    }

    private static double wall(List<String> command, Map<String, String> environment) throws Exception {
        List<Run.Mark> marks = Run.marks(command, environment, POWERED_DOWN);
        if (marks.size() != 2) {
            throw new IOException("the guest did not power off: " + command);
        }
        return marks.get(1).seconds();
    }

    private void work() throws Exception {
        Map<String, List<double[]>> found = new LinkedHashMap<>();
        for (int i = 0; i < pairs; i++) {
            Map<String, String> ours = new LinkedHashMap<>();
            Map<String, String> reference = new LinkedHashMap<>();
            Map<String, Double> a = jobs(Run.marks(bench.workLine(), cold(), WORK), ours);
            Map<String, Double> b = jobs(Run.marks(bench.referenceWorkLine(), Map.of(), WORK), reference);
            if (!ours.equals(reference)) {
                throw new IOException("the guest's work came out as " + ours + " and " + reference);
            }
            double[] sum = new double[2];
            for (String job : a.keySet()) {
                found.computeIfAbsent(job, k -> new ArrayList<>()).add(new double[] {a.get(job), b.get(job)});
                sum[0] += a.get(job);
                sum[1] += b.get(job);
            }
            found.computeIfAbsent("all", k -> new ArrayList<>()).add(sum);
        }
        found.forEach((job, pairsOfJob) -> rows.accept(Row.paired("speed", "work in Debian: " + job, "s", pairsOfJob, 1, true)));
    }

    /** Seconds by job. @param results gets what each said at its end */
    static Map<String, Double> jobs(List<Run.Mark> marks, Map<String, String> results) {
        Map<String, Double> took = new LinkedHashMap<>();
        turns(marks, results).forEach((name, all) -> took.put(name, all.get(all.size() - 1)));
        return took;
    }

    /** The seconds that each of a guest's jobs took, each time. @param results how the last one ended, by name */
    static Map<String, List<Double>> turns(List<Run.Mark> marks, Map<String, String> results) {
        Map<String, Double> began = new LinkedHashMap<>();
        Map<String, List<Double>> took = new LinkedHashMap<>();
        for (Run.Mark mark : marks) {
            Matcher m = WORK.matcher(mark.line());
            if (m.find()) {
                if (m.group(2).equals("begins")) {
                    began.put(m.group(1), mark.seconds());
                } else {
                    took.computeIfAbsent(m.group(1), name -> new ArrayList<>()).add(mark.seconds() - began.get(m.group(1)));
                    results.put(m.group(1), m.group(3).trim());
                }
            }
        }
        return took;
    }
}
