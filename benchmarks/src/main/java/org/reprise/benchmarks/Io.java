package org.reprise.benchmarks;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The suite "io": disk and network of a Debian guest, timed between lines on its console, on both sides. The guest itself compares what it reads
 * with what it must be. Each job is done twice, and the second time counts. Both sides write to a temporary overlay and wait in real time while the guest idles: else the guest's TCP would give up
 * on a peer that it has not waited for.
 */
final class Io {
    private static final int DISK_MIB = 256;
    private static final int BLOCK = 4096;
    private static final int PAYLOAD_BLOCK = 1 << 20;
    private static final double MEGA = 1e6;
    private static final double MEBI = 1 << 20;
    private static final int WORDS = 5_000;
    private static final double OVERHEAD = 1.05;
    private static final double LOG = 1.02;

    /**
     * What the guest does.
     *
     * @param name its name in the guest's script
     * @param size what the script gives it: MiB for sequential work on the disk, bytes for TCP, else requests
     * @param text what the table says
     * @param unit unit of its rate
     * @param amount amount of work in that unit
     */
    private record Job(String name, long size, String text, String unit, double amount) {
        static Job of(String name, long size, String text, String unit, double scale) {
            return new Job(name, size, text, unit, size * scale);
        }
    }

    private static final List<Job> JOBS = List.of(
        Job.of("read", DISK_MIB, "disk, sequential read", "MB/s", MEBI / MEGA),
        Job.of("randread", 24_000, "disk, random reads, 8 in flight", "requests/s", 1),
        Job.of("randread1", 8_000, "disk, random reads, 1 in flight", "requests/s", 1),
        Job.of("randwrite", 24_000, "disk, random writes, 8 in flight", "requests/s", 1),
        Job.of("write", DISK_MIB, "disk, sequential write", "MB/s", MEBI / MEGA),
        Job.of("download", 200_000_000, "TCP, to the guest", "MB/s", 1 / MEGA),
        Job.of("upload", 200_000_000, "TCP, from the guest", "MB/s", 1 / MEGA),
        Job.of("requests", 3_000, "HTTP requests", "requests/s", 1),
        Job.of("ping", 20_000, "echoed packets, 16 on their way", "packets/s", 1),
        Job.of("ping1", 10_000, "echoed packets, 1 on its way", "packets/s", 1));
    private static final Job DOWNLOAD = JOBS.get(5);
    /** Pairs of downloads for each pair of the other jobs. */
    private static final int DOWNLOADS = 4;

    private final Bench bench;
    private final int pairs;
    private final List<Job> jobs;
    private final Path work;
    private final Consumer<Row> rows;
    private final Map<String, String> environment;
    /** There is one at a time. */
    private final Path recording;

    /** @param wanted names of jobs; empty: all, and what recording costs */
    Io(Bench bench, int pairs, Set<String> wanted, Path work, Consumer<Row> rows) throws IOException {
        this.bench = bench;
        this.pairs = pairs;
        this.jobs = wanted.isEmpty() ? JOBS : JOBS.stream().filter(job -> wanted.contains(job.name())).toList();
        if (jobs.size() < wanted.size()) {
            throw new IllegalArgumentException("--jobs " + wanted + ": there are " + JOBS.stream().map(Job::name).toList());
        }
        this.work = work;
        recording = work.resolve("io.rr");
        this.rows = rows;
        // ours knows what became hot, as it does at a user's
        environment = Map.of("REPRISE_CACHE", Files.createTempDirectory(work, "cache").toString());
    }

    void run() throws Exception {
        Path disk = disk();
        try (Payload random = new Payload(random()); Payload text = new Payload(text())) {
            // what lasts is what counts; the first time tells how long translators take to get there
            Map<String, List<double[]>> warm = new LinkedHashMap<>();
            Map<String, List<double[]>> cold = new LinkedHashMap<>();
            List<double[]> recorded = new ArrayList<>();
            List<double[]> replayed = new ArrayList<>();
            for (int i = 0; i < pairs; i++) {
                List<Job> twice = jobs.stream().flatMap(job -> Stream.of(job, job)).toList();
                Map<String, List<Double>> a = times(ours(disk, random.port(), twice), environment);
                Map<String, List<Double>> b = times(reference(disk, random.port(), twice), Map.of());
                for (Job job : jobs) {
                    add(warm, job, a.get(job.name()).get(1), b.get(job.name()).get(1));
                    add(cold, job, a.get(job.name()).get(0), b.get(job.name()).get(0));
                }
                if (jobs != JOBS) {
                    continue;
                }
                Path summary = work.resolve("recorded");
                double c = sum(times(ours(disk, random.port(), twice, "--record", recording.toString(), "--summary", summary.toString()),
                    environment));
                recorded.add(new double[] {c, sum(a)});
                replayed.add(new double[] {replay(), Bench.value(summary, "nanos") / 1e9});
                Bench.delete(recording);
            }
            for (Job job : jobs) {
                rows.accept(Row.paired("io", job.text(), job.unit(), warm.get(job.text()), 1, false));
                rows.accept(Row.paired("io", "  the first time", job.unit(), cold.get(job.text()), Double.NaN, false));
            }
            if (jobs != JOBS) {
                return;
            }
            rows.accept(Row.paired("io", "all of it, recorded / live", "s", recorded, OVERHEAD, true));
            rows.accept(Row.paired("io", "all of it, replayed / recorded", "s", replayed, Double.NaN, true));
            downloads(disk, random, "random bytes", LOG);
            downloads(disk, text, "text", 1);
        }
    }

    private static void add(Map<String, List<double[]>> rates, Job job, double ours, double theirs) {
        rates.computeIfAbsent(job.text(), k -> new ArrayList<>()).add(new double[] {job.amount() / ours, job.amount() / theirs});
    }

    /**
     * What a recording of a download costs: time, and log. One is short and the difference small, so there are more of them, which of the two comes
     * first changes, and each recording is deleted: the host's next one takes its memory, instead of memory that was never used.
     *
     * @param most bytes of log for a byte of payload
     */
    private void downloads(Path disk, Payload server, String what, double most) throws Exception {
        int n = DOWNLOADS * pairs;
        double[][] overhead = new double[n][2];
        double[] log = new double[n];
        Path summary = work.resolve("recorded");
        for (int i = 0; i < n; i++) {
            boolean liveFirst = i % 2 == 0;
            double before = liveFirst ? download(disk, server) : 0;
            overhead[i][0] = download(disk, server, "--record", recording.toString(), "--summary", summary.toString());
            log[i] = Bench.value(summary, "bytes") / DOWNLOAD.size();
            Bench.delete(recording);
            overhead[i][1] = liveFirst ? before : download(disk, server);
        }
        rows.accept(Row.paired("io", "download of " + what + ", recorded / live", "s", List.of(overhead), OVERHEAD, true));
        rows.accept(Row.single("io", "the same: log", "B/B of payload", Row.median(log), most));
    }

    private double download(Path disk, Payload server, String... more) throws Exception {
        return sum(times(ours(disk, server.port(), List.of(DOWNLOAD), more), environment));
    }

    /** Seconds of the replay, which must come out equal. */
    private double replay() throws Exception {
        Path summary = work.resolve("replayed");
        Run.of(bench.ours("verify", recording.toString(), "--summary", summary.toString()), null).ok();
        return Bench.value(summary, "nanos") / 1e9;
    }

    private static String script(int port, List<Job> jobs) {
        return "reprise.net reprise.script=io reprise.port=" + port + " reprise.jobs="
            + jobs.stream().map(job -> job.name() + ":" + job.size()).collect(Collectors.joining(","));
    }

    private List<String> ours(Path disk, int port, List<Job> jobs, String... more) {
        List<String> line = bench.guestLine(script(port, jobs), more);
        line.addAll(List.of("--sleep", "on", "--disk", disk.toString(), "--set", "net0.backend=user"));
        return line;
    }

    private List<String> reference(Path disk, int port, List<Job> jobs) {
        return bench.referenceGuestLine(script(port, jobs), "shift=0,sleep=on", "-global", "virtio-mmio.force-legacy=false", "-drive",
            "file=" + disk + ",format=raw,if=none,id=d0,snapshot=on", "-device", "virtio-blk-device,drive=d0", "-netdev", "user,id=n0", "-device",
            "virtio-net-device,netdev=n0");
    }

    private static Map<String, List<Double>> times(List<String> line, Map<String, String> environment) throws Exception {
        Map<String, String> ends = new LinkedHashMap<>();
        Map<String, List<Double>> times = Speed.turns(Run.marks(line, environment, Speed.WORK), ends);
        if (times.isEmpty() || ends.values().stream().anyMatch(end -> !end.equals("well"))) {
            throw new IOException("the guest's work ended as " + ends + ": " + line);
        }
        return times;
    }

    private static double sum(Map<String, List<Double>> times) {
        return times.values().stream().flatMap(List::stream).mapToDouble(Double::doubleValue).sum();
    }

    /** Noise in which each 4 KiB block begins with its number. */
    private Path disk() throws IOException {
        Path disk = work.resolve("disk.img");
        Random noise = new Random(1);
        byte[] chunk = new byte[1 << 20];
        ByteBuffer numbers = ByteBuffer.wrap(chunk).order(ByteOrder.LITTLE_ENDIAN);
        try (OutputStream out = Files.newOutputStream(disk)) {
            for (long i = 0; i < DISK_MIB; i++) {
                noise.nextBytes(chunk);
                for (int at = 0; at < chunk.length; at += BLOCK) {
                    numbers.putLong(at, (i * chunk.length + at) / BLOCK);
                }
                out.write(chunk);
            }
        }
        return disk;
    }

    private static byte[] random() {
        byte[] block = new byte[PAYLOAD_BLOCK];
        new Random(2).nextBytes(block);
        return block;
    }

    /** Words of which few are often and many are rare, nearly as compressible as the source of a program: to 0.4. */
    private static byte[] text() {
        Random random = new Random(3);
        StringBuilder text = new StringBuilder();
        while (text.length() < PAYLOAD_BLOCK) {
            int word = (int) Math.pow(WORDS, random.nextDouble());
            text.append(Long.toString((word + 1_000_003L) * 2_654_435_761L, Character.MAX_RADIX)).append(random.nextInt(9) == 0 ? '\n' : ' ');
        }
        return text.substring(0, PAYLOAD_BLOCK).getBytes(StandardCharsets.US_ASCII);
    }
}
