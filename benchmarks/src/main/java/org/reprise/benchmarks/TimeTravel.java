package org.reprise.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The suite "timetravel": moves in a recording of Debian at work, through gdb's protocol, as a debugger makes them. The first walk forwards leaves the
 * snapshots that everything else uses.
 */
final class TimeTravel {
    private static final long LENGTH = 10_000_000_000L;
    private static final long BACK = 1_000_000_000L;
    private static final int PLACES = 60;
    private static final int STEPS = 3;
    private static final double SEEK = 1;
    private static final double STEP = 0.1;
    private static final Pattern PORT = Pattern.compile("target remote localhost:(\\d+)");
    private static final Pattern ICOUNT = Pattern.compile("icount ([0-9,]+)");
    private static final List<String> JOBS = List.of("moves", "armed", "automatic", "reference");
    /** Nothing is there. */
    private static final String NOWHERE = "7fffdead0000";

    private static final long BLOCK = 4096;
    private static final int CROWD = 40;
    private static final int PC = 32;
    private static final int GP = 3;
    /** Instructions have 2 or 4 bytes: those with both low bits set have 4. */
    private static final int LONG = 3;
    private static final double ARMED = 1.05;
    private static final double AUTOMATIC = 1.05;
    private static final String MIB = "1024";

    private final Bench bench;
    private final int pairs;
    private final Set<String> jobs;
    private final Path work;
    private final Consumer<Row> rows;

    /** @param jobs of moves, armed, automatic, reference; empty: all */
    TimeTravel(Bench bench, int pairs, Set<String> jobs, Path work, Consumer<Row> rows) {
        if (!JOBS.containsAll(jobs)) {
            throw new IllegalArgumentException("--jobs " + jobs + ": there are " + JOBS);
        }
        this.bench = bench;
        this.pairs = pairs;
        this.jobs = jobs.isEmpty() ? Set.copyOf(JOBS) : jobs;
        this.work = work;
        this.rows = rows;
    }

    void run() throws Exception {
        if (jobs.contains("reference")) {
            new ReverseDebugging(bench, pairs, work).run(rows);
        }
        if (jobs.equals(Set.of("reference"))) {
            return;
        }
        Path recording = work.resolve("travel.rr");
        Run.of(bench.guestLine(Bench.WORK, "--record", recording.toString()), null).ok();
        if (jobs.contains("moves")) {
            travel(recording);
        }
        if (jobs.contains("armed")) {
            armed(recording);
        }
        if (jobs.contains("automatic")) {
            automatic();
        }
    }

    private void travel(Path recording) throws Exception {
        Path summary = work.resolve("travelled");
        Run.of(bench.ours("verify", recording.toString(), "--summary", summary.toString()), null).ok();
        double forward = Bench.value(summary, "nanos") / 1e9 / Bench.value(summary, "icount");
        Process replay = replay(recording);
        try (Remote gdb = new Remote(port(replay))) {
            double distance = seek(gdb, BACK);
            double first = distance + seek(gdb, LENGTH);
            rows.accept(row("first seek to 10^10 / forward replay of it", "s", first, forward * LENGTH, 1.05));
            moves(gdb);
            seek(gdb, BACK);
            double over = back(gdb, "1", 4);
            rows.accept(row("reverse-continue over first 10^9 / first walk", "s", over, distance, 2.0 / Runtime.getRuntime().availableProcessors()));
            seek(gdb, LENGTH);
            double writer = back(gdb, "2", 8);
            rows.accept(row("last writer of a word over 10^10 / forward", "s", writer, forward * LENGTH, 1.2 / Runtime.getRuntime().availableProcessors()));
        } finally {
            end(replay);
        }
    }

    private Process replay(Path recording) throws IOException {
        return replay(bench, recording);
    }

    /** Replays a recording behind gdb's protocol, standing still at its beginning. */
    static Process replay(Bench bench, Path recording) throws IOException {
        return new ProcessBuilder(bench.ours("replay", recording.toString(), "--gdb", "0", "--stop", "--exit-at-end"))
            .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    }

    static void end(Process replay) {
        replay.descendants().forEach(ProcessHandle::destroyForcibly);
        replay.destroyForcibly();
    }

    /** What a breakpoint on the page where most time is spent, and a watchpoint on the kernel's data, cost when nothing comes to them. */
    private void armed(Path recording) throws Exception {
        Map<Long, List<Long>> pages = new TreeMap<>();
        long data;
        Process walk = replay(recording);
        try (Remote gdb = new Remote(port(walk))) {
            seek(gdb, LENGTH);
            SplittableRandom random = new SplittableRandom(2);
            for (int i = 0; i < CROWD; i++) {
                seek(gdb, random.nextLong(BACK, LENGTH));
                long pc = register(gdb, PC);
                if ((Integer.parseInt(gdb.ask("m" + Long.toHexString(pc) + ",1"), 16) & LONG) == LONG) {
                    pages.computeIfAbsent(pc & -BLOCK, page -> new ArrayList<>()).add(pc);
                }
            }
            seek(gdb, BACK);
            data = register(gdb, GP) & -8;
        } finally {
            end(walk);
        }
        long hot = pages.values().stream().max(Comparator.comparingInt(List::size)).orElseThrow().get(0);
        // the second half of an instruction: nothing ever begins there
        String breakpoint = "Z0," + Long.toHexString(hot + 2) + ",2";
        String watchpoint = "Z2," + Long.toHexString(data) + ",8";
        List<double[]> broken = new ArrayList<>();
        List<double[]> watched = new ArrayList<>();
        for (int i = 0; i < pairs; i++) {
            double plain = whole(recording, "?");
            broken.add(new double[] {whole(recording, breakpoint), plain});
            watched.add(new double[] {whole(recording, watchpoint), plain});
        }
        rows.accept(Row.paired("travel", "replay with a breakpoint / without", "s", broken, ARMED, true));
        rows.accept(Row.paired("travel", "replay with a watchpoint / without", "s", watched, ARMED, true));
    }

    private double whole(Path recording, String first) throws Exception {
        Process replay = replay(recording);
        try (Remote gdb = new Remote(port(replay))) {
            gdb.ask(first);
            long begin = System.nanoTime();
            String stop = gdb.ask("c");
            if (!stop.contains("replaylog:end") && !stop.startsWith("W")) {
                throw new IOException(first + " ended with " + stop);
            }
            return (System.nanoTime() - begin) / 1e9;
        } finally {
            end(replay);
        }
    }

    private static long register(Remote gdb, int number) throws IOException {
        return Long.reverseBytes(Long.parseUnsignedLong(gdb.ask("p" + Integer.toHexString(number)), 16));
    }

    /** What automatic snapshots cost a recording. */
    private void automatic() throws Exception {
        List<double[]> found = new ArrayList<>();
        for (int i = 0; i < pairs; i++) {
            found.add(new double[] {recorded("with" + i, "--snapshots", MIB), recorded("without" + i)});
        }
        rows.accept(Row.paired("travel", "recorded with automatic snapshots", "s", found, AUTOMATIC, true));
    }

    private double recorded(String name, String... more) throws Exception {
        Path recording = work.resolve(name + ".rr");
        Path summary = work.resolve(name);
        List<String> line = bench.guestLine(Bench.WORK, "--record", recording.toString(), "--summary", summary.toString());
        line.addAll(List.of(more));
        Run.of(line, null).ok();
        return Bench.value(summary, "nanos") / 1e9;
    }

    private static Row row(String name, String unit, double ours, double forward, double most) {
        return new Row("travel", name, unit, ours, forward, ours / forward, String.format(java.util.Locale.ROOT, "ratio <= %.2f", most), ours / forward <= most);
    }

    private void moves(Remote gdb) throws IOException {
        SplittableRandom random = new SplittableRandom(1);
        double[] seeks = new double[PLACES];
        double[] firsts = new double[PLACES];
        double[] steps = new double[PLACES * STEPS];
        for (int i = 0; i < PLACES; i++) {
            seeks[i] = seek(gdb, random.nextLong(1, LENGTH));
            firsts[i] = time(() -> gdb.ask("bs"));
            for (int k = 0; k < STEPS; k++) {
                steps[i * STEPS + k] = time(() -> gdb.ask("bs"));
            }
        }
        rows.accept(Row.single("travel", "seek anywhere in 10^10, median", "s", Row.median(seeks), Double.NaN));
        rows.accept(Row.single("travel", "the same, 95 of 100", "s", percentile(seeks), SEEK));
        rows.accept(Row.single("travel", "reverse-stepi there, first, 95 of 100", "s", percentile(firsts), STEP));
        rows.accept(Row.single("travel", "reverse-stepi, further ones, 95 of 100", "s", percentile(steps), STEP));
    }

    private static double percentile(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[(int) Math.ceil(sorted.length * 0.95) - 1];
    }

    /** Seconds for going back to the beginning, looking for what is nowhere. @param kind of point, as gdb numbers them */
    private static double back(Remote gdb, String kind, int size) throws IOException {
        String point = kind + "," + NOWHERE + "," + size;
        gdb.ask("Z" + point);
        long begin = System.nanoTime();
        String stop = gdb.ask("bc");
        double seconds = (System.nanoTime() - begin) / 1e9;
        if (!stop.contains("replaylog:begin")) {
            throw new IOException("reverse-continue ended with " + stop);
        }
        gdb.ask("z" + point);
        return seconds;
    }

    private static double seek(Remote gdb, long icount) throws IOException {
        double seconds = time(() -> gdb.monitor("seek " + icount));
        Matcher there = ICOUNT.matcher(gdb.monitor("when"));
        if (!there.find() || Long.parseLong(there.group(1).replace(",", "")) != icount) {
            throw new IOException("seek " + icount + " arrived elsewhere");
        }
        return seconds;
    }

    static int port(Process replay) throws IOException {
        var err = replay.errorReader();
        for (String line = err.readLine(); line != null; line = err.readLine()) {
            Matcher m = PORT.matcher(line);
            if (m.find()) {
                Thread rest = new Thread(() -> err.lines().forEach(l -> { }));
                rest.setDaemon(true);
                rest.start();
                return Integer.parseInt(m.group(1));
            }
        }
        throw new IOException("the replay has opened no port for gdb");
    }

    /** Something that is timed. */
    interface Work {
        void run() throws IOException;
    }

    static double time(Work timed) throws IOException {
        long begin = System.nanoTime();
        timed.run();
        return (System.nanoTime() - begin) / 1e9;
    }
}
