package org.reprise.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Whole-process benchmarks, ours and the reference emulator in turn on the same binaries, medians of pairs. Times on a shared machine drift;
 * the ratio of a pair run back to back does not.
 */
public final class Bench {
    private static final Set<String> SUITES = new TreeSet<>(List.of("kernels", "boot", "record", "speed", "growth", "startup", "memory", "io", "timetravel"));
    /** Words of the kernel's command line that say what the guest does. */
    static final String BOOT = "reprise.script=boot-and-poweroff";
    static final String WORK = "reprise.script=work";
    private static final Pattern INSTRET = Pattern.compile("checksum ([0-9a-f]+) instret (\\d+)");

    private final Path root;
    private final Path guests;
    private final Path work;
    /** Of the suite io, when not all. */
    private Set<String> jobs = Set.of();
    private final int pairs;
    private final List<Row> rows = new ArrayList<>();

    private Bench(Path root, Path guests, int pairs) throws IOException {
        this.root = root;
        this.guests = guests;
        this.pairs = pairs;
        this.work = Files.createTempDirectory("reprise-bench");
    }

    /** Runs the suites named (all without a name) and prints the table. */
    public static void main(String[] args) throws Exception {
        Path root = Path.of(".");
        Path guests = null;
        Path json = null;
        int pairs = 3;
        Set<String> jobs = Set.of();
        Set<String> wanted = new TreeSet<>();
        for (int i = 0; i < args.length; i++) {
            switch (args[i]) {
                case "--root" -> root = Path.of(args[++i]);
                case "--guests" -> guests = Path.of(args[++i]);
                case "--json" -> json = Path.of(args[++i]);
                case "--jobs" -> jobs = Set.of(args[++i].split(","));
                case "--pairs" -> pairs = Integer.parseInt(args[++i]);
                default -> {
                    if (!SUITES.contains(args[i])) {
                        System.err.println("bench: no suite '" + args[i] + "'; there are " + SUITES);
                        System.exit(2);
                    }
                    wanted.add(args[i]);
                }
            }
        }
        Bench b = new Bench(root, guests, pairs);
        b.jobs = jobs;
        try {
            System.out.println(Row.header());
            for (String s : wanted.isEmpty() ? SUITES : wanted) {
                b.run(s);
            }
        } finally {
            b.clean();
        }
        if (json != null) {
            Files.write(json, b.rows.stream().map(Row::json).toList());
        }
    }

    private void run(String suite) throws Exception {
        switch (suite) {
            case "kernels" -> kernels();
            case "boot" -> boot();
            case "record" -> record();
            case "speed" -> new Speed(this, pairs, work, this::add).run();
            case "growth" -> new Growth(this, pairs, work, this::add).run();
            case "startup" -> startup();
            case "timetravel" -> new TimeTravel(this, pairs, jobs, work, this::add).run();
            case "io" -> new Io(this, pairs, jobs, work, this::add).run();
            default -> memory();
        }
    }

    private void add(Row row) {
        rows.add(row);
        System.out.println(row.text());
    }

    List<String> ours(String... arguments) {
        List<String> line = new ArrayList<>();
        line.add(root.resolve("distribution/target/reprise/bin/reprise").toString());
        line.addAll(Arrays.asList(arguments));
        return line;
    }

    List<String> reference(String... arguments) {
        List<String> line = new ArrayList<>(List.of("qemu-system-riscv64", "-M", "virt", "-display", "none", "-serial", "stdio", "-monitor", "none"));
        line.addAll(Arrays.asList(arguments));
        return line;
    }

    private void kernels() throws Exception {
        Path folder = root.resolve("distribution/guests/bench-riscv64");
        try (Stream<Path> files = Files.list(folder)) {
            for (Path elf : files.filter(f -> f.toString().endsWith(".elf")).sorted().toList()) {
                String name = elf.getFileName().toString().replace(".elf", "");
                List<double[]> found = new ArrayList<>();
                for (int i = 0; i < pairs; i++) {
                    Run a = Run.of(ours("run", "virt-riscv64", "--firmware", elf.toString(), "--ram", "64M", "--shift", "0", "--sleep", "off",
                        "--exit-on-shutdown"), null).ok();
                    Run b = Run.of(reference("-m", "64", "-bios", elf.toString(), "-icount", "shift=0,sleep=off"), null).ok();
                    found.add(new double[] {instructions(name, a) / a.seconds() / 1e6, instructions(name, b) / b.seconds() / 1e6});
                    if (!result(a).equals(result(b))) {
                        throw new IOException(name + ": checksums differ: " + result(a) + " and " + result(b));
                    }
                }
                add(Row.paired("kernels", name, "10^6 instr/s", found, Double.NaN, false));
            }
        }
    }

    private static String result(Run r) {
        Matcher m = INSTRET.matcher(r.output());
        return m.find() ? m.group(1) : "none";
    }

    private static double instructions(String name, Run r) throws IOException {
        Matcher m = INSTRET.matcher(r.output());
        if (!m.find()) {
            throw new IOException(name + " printed no result:\n" + r.output() + r.errors());
        }
        return Double.parseDouble(m.group(2));
    }

    Path root() {
        return root;
    }

    List<String> bootLine() {
        return guestLine(BOOT);
    }

    List<String> workLine() {
        return guestLine(WORK);
    }

    List<String> guestLine(String script, String... more) {
        List<String> line = ours("run", "virt-riscv64", "--guest", guest().toString(), "--append", append(script), "--shift", "0", "--sleep", "off",
            "--exit-on-shutdown");
        line.addAll(Arrays.asList(more));
        return line;
    }

    List<String> referenceBootLine(String icount) {
        return referenceGuestLine(BOOT, icount);
    }

    List<String> referenceWorkLine() {
        return referenceGuestLine(WORK, "shift=0,sleep=off");
    }

    List<String> referenceGuestLine(String script, String icount, String... more) {
        Path g = guest();
        List<String> line = reference("-m", "512", "-bios", g.resolve("fw_dynamic.bin").toString(), "-kernel", g.resolve("Image").toString(), "-initrd",
            g.resolve("initrd.cpio.gz").toString(), "-append", append(script), "-icount", icount);
        line.addAll(Arrays.asList(more));
        return line;
    }

    private Run bootOurs(String... more) throws Exception {
        List<String> line = bootLine();
        line.addAll(Arrays.asList(more));
        return powered(Run.of(line, null).ok());
    }

    private static Run powered(Run r) throws IOException {
        if (!r.output().contains("Power down")) {
            throw new IOException("the guest did not power off:\n" + r.output() + r.errors());
        }
        return r;
    }

    private Path guest() {
        return guests.resolve("debian-riscv64");
    }

    private static String append(String script) {
        return "console=ttyS0 earlycon=sbi panic=-1 " + script;
    }

    private Run bootReference(String icount) throws Exception {
        return powered(Run.of(referenceBootLine(icount), null).ok());
    }

    private void boot() throws Exception {
        List<double[]> seconds = new ArrayList<>();
        List<double[]> speed = new ArrayList<>();
        Path summary = work.resolve("boot");
        for (int i = 0; i < pairs; i++) {
            double[] pair = {bootOurs("--summary", summary.toString()).seconds(), bootReference("shift=0,sleep=off").seconds()};
            // the reference does not tell its own count: the same guest does the same work
            double millions = value(summary, "icount") / 1e6;
            seconds.add(pair);
            speed.add(new double[] {millions / pair[0], millions / pair[1]});
        }
        add(Row.paired("boot", "Debian boot to power-off", "s", seconds, 8, true));
        add(Row.paired("boot", "Debian boot", "10^6 instr/s", speed, Double.NaN, false));
    }

    static double value(Path summary, String key) throws IOException {
        return Double.parseDouble(Files.readAllLines(summary).stream().filter(l -> l.startsWith(key + "=")).findFirst().orElseThrow()
            .substring(key.length() + 1));
    }

    private void record() throws Exception {
        List<double[]> overhead = new ArrayList<>();
        List<double[]> replay = new ArrayList<>();
        double bytes = Double.NaN;
        // the differences looked for are a few percent: more pairs than elsewhere
        for (int i = 0; i < Math.max(pairs, 5); i++) {
            Path rr = work.resolve("boot" + i + ".rr");
            Path live = work.resolve("live");
            Path recorded = work.resolve("recorded");
            Path replayed = work.resolve("replayed");
            bootOurs("--summary", live.toString());
            bootOurs("--record", rr.toString(), "--summary", recorded.toString());
            Run.of(ours("verify", rr.toString(), "--summary", replayed.toString()), null).ok();
            overhead.add(new double[] {value(recorded, "nanos") / 1e9, value(live, "nanos") / 1e9});
            replay.add(new double[] {value(replayed, "nanos") / 1e9, value(recorded, "nanos") / 1e9});
            bytes = value(recorded, "bytes") / value(recorded, "icount") * 1000;
        }
        add(Row.paired("record", "boot recorded / live", "s", overhead, 1.03, true));
        add(Row.paired("record", "boot replayed / recorded", "s", replay, 1.0, true));
        Path log = work.resolve("reference.log");
        bootReference("shift=0,rr=record,rrfile=" + log);
        // the same guest on the same work: the reference does not tell its own count, ours stands for both
        double theirs = Files.size(log) / value(work.resolve("recorded"), "icount") * 1000;
        add(new Row("record", "log of the boot", "B/1000 instr", bytes, theirs, bytes / theirs, "<= 0.210", bytes <= 0.21));
    }

    private void startup() throws Exception {
        double[] seconds = new double[pairs];
        for (int i = 0; i < pairs; i++) {
            Run r = Run.of(ours("shell", "virt-riscv64"), "exit\n");
            seconds[i] = r.seconds();
        }
        add(Row.single("startup", "command to prompt and out again", "s", Row.median(seconds), 2.5));
    }

    private void memory() throws Exception {
        double[] over = new double[pairs];
        for (int i = 0; i < pairs; i++) {
            over[i] = bootOurs().peak() / 1048576.0 - 512;
        }
        add(Row.single("memory", "peak above 512 MiB of guest RAM", "MiB", Row.median(over), 400));
    }

    private void clean() throws IOException {
        delete(work);
    }

    /** Deletes a folder with all that is in it. */
    static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path p : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(p);
            }
        }
    }
}
