package org.reprise.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
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
    /** Nothing is there. */
    private static final String NOWHERE = "7fffdead0000";

    private final Bench bench;
    private final Path work;
    private final Consumer<Row> rows;

    TimeTravel(Bench bench, Path work, Consumer<Row> rows) {
        this.bench = bench;
        this.work = work;
        this.rows = rows;
    }

    void run() throws Exception {
        Path recording = work.resolve("travel.rr");
        Run.of(bench.guestLine(Bench.WORK, "--record", recording.toString()), null).ok();
        Path summary = work.resolve("travelled");
        Run.of(bench.ours("verify", recording.toString(), "--summary", summary.toString()), null).ok();
        double forward = Bench.value(summary, "nanos") / 1e9 / Bench.value(summary, "icount");
        Process replay = new ProcessBuilder(bench.ours("replay", recording.toString(), "--gdb", "0", "--stop", "--exit-at-end"))
            .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
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
            replay.descendants().forEach(ProcessHandle::destroyForcibly);
            replay.destroyForcibly();
        }
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

    private static int port(Process replay) throws IOException {
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
    private interface Work {
        void run() throws IOException;
    }

    private static double time(Work timed) throws IOException {
        long begin = System.nanoTime();
        timed.run();
        return (System.nanoTime() - begin) / 1e9;
    }
}
