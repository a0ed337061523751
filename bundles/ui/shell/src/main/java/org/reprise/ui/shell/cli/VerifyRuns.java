package org.reprise.ui.shell.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;
import org.reprise.api.replay.EventJournal.LogEnd;
import org.reprise.api.replay.Recordings;
import org.reprise.api.replay.Recordings.Info;
import org.reprise.ui.shell.OpenRecording;
import org.reprise.ui.shell.Text;

/** verify --runs N --jobs M: replays in processes of their own, and a verdict. */
final class VerifyRuns {
    private static final int MAX_RUNS = 100_000;
    private static final int MAX_JOBS = 256;
    /** Options that are not handed on: those of all the runs together, and those that would make the runs get in each other's way. */
    private static final Set<String> OWN = Set.of("--runs", "--jobs", "--summary", "--console-log", "--gdb", "--stop");

    private final Path home;
    private final Recordings recordings;
    private final Set<Process> running = ConcurrentHashMap.newKeySet();

    VerifyRuns(Path home, Recordings recordings) {
        this.home = home;
        this.recordings = recordings;
    }

    /** True when the command line asks for several runs. */
    static boolean wanted(Options o) {
        return o.value("--runs") != null || o.value("--jobs") != null;
    }

    /** One run. @param message last line said when it is not equal */
    private record Run(int status, Map<String, String> summary, String message) {
        String result() {
            return status + " " + summary.get("icount") + " " + summary.get("digest");
        }
    }

    /** @param folder of the recording, images in it or where they were */
    ExitCode run(Options o, Path folder) throws InterruptedException, IOException {
        int runs = o.count("--runs", 1, MAX_RUNS);
        int jobs = Math.min(runs, o.count("--jobs", 1, MAX_JOBS));
        for (String own : List.of("--summary", "--console-log", "--gdb")) {
            if (o.value(own) != null) {
                throw new MachineException(ExitCode.USAGE, own + " is for one run: leave it out, or --runs");
            }
        }
        Info info = recordings.info(folder);
        List<String> line = new ArrayList<>();
        // all runs replay the same, also when a recorder is still writing: its log as it is now
        try (OpenRecording copy = info.end().kind() == LogEnd.Kind.TRUNCATED ? OpenRecording.temporary() : null) {
            if (copy != null) {
                for (String name : List.of("manifest.json", "events.log")) {
                    Files.copy(folder.resolve(name), copy.folder().resolve(name));
                }
                images(folder.resolve("images"), copy.folder().resolve("images"));
            }
            line.addAll(List.of(home.resolve("bin/reprise").toString(), "verify", (copy == null ? folder : copy.folder()).toString()));
            line.addAll(o.line(OWN));
            return verdict(all(line, runs, jobs));
        }
    }

    /** Links to the images that came with a recording: one for each file, so that who deletes the copy deletes no image. */
    private static void images(Path from, Path to) throws IOException {
        if (Files.isDirectory(from)) {
            Files.createDirectory(to);
            try (DirectoryStream<Path> files = Files.newDirectoryStream(from, Files::isRegularFile)) {
                for (Path file : files) {
                    Files.createSymbolicLink(to.resolve(file.getFileName()), file.toAbsolutePath());
                }
            }
        }
    }

    private List<Run> all(List<String> line, int runs, int jobs) throws InterruptedException, IOException {
        Thread hook = new Thread(() -> running.forEach(Process::destroy), "reprise-runs");
        Runtime.getRuntime().addShutdownHook(hook);
        ExecutorService pool = Executors.newFixedThreadPool(jobs);
        try {
            List<Future<Run>> futures = new ArrayList<>();
            for (int i = 0; i < runs; i++) {
                futures.add(pool.submit(() -> one(line)));
            }
            List<Run> done = new ArrayList<>();
            for (Future<Run> f : futures) {
                Run r = f.get();
                done.add(r);
                System.err.println("run " + done.size() + " of " + runs + ": " + (r.status == ExitCode.OK.status() ? "equal" : "exit code " + r.status)
                    + figures(r) + (r.message.isEmpty() ? "" : ": " + r.message));
            }
            return done;
        } catch (ExecutionException e) {
            throw new IOException(e.getCause().getMessage(), e.getCause());
        } finally {
            pool.shutdownNow();
            running.forEach(Process::destroy);
            Runtime.getRuntime().removeShutdownHook(hook);
        }
    }

    private static String figures(Run r) {
        Map<String, String> s = r.summary;
        return s.isEmpty() ? "" : ", icount " + Text.number(Long.parseLong(s.get("icount"))) + ", " + s.get("digests") + " digests, final digest "
            + s.get("digest") + ", " + Text.seconds(Long.parseLong(s.get("nanos")));
    }

    private Run one(List<String> line) throws IOException, InterruptedException {
        Path summary = Files.createTempFile("reprise-run-", ".summary");
        Path said = Files.createTempFile("reprise-run-", ".txt");
        try {
            List<String> whole = new ArrayList<>(line);
            whole.addAll(List.of("--summary", summary.toString()));
            ProcessBuilder builder = new ProcessBuilder(whole).redirectErrorStream(true).redirectOutput(said.toFile());
            builder.environment().put("REPRISE_JAVA_HOME", System.getProperty("java.home"));
            Process process = builder.start();
            running.add(process);
            int status;
            try {
                process.getOutputStream().close();
                status = process.waitFor();
            } finally {
                process.destroy();
                running.remove(process);
            }
            Map<String, String> figures = new LinkedHashMap<>();
            for (String l : Files.readAllLines(summary)) {
                int equals = l.indexOf('=');
                figures.put(l.substring(0, equals), l.substring(equals + 1));
            }
            return new Run(status, figures, status == ExitCode.OK.status() ? "" : message(said));
        } finally {
            Files.deleteIfExists(summary);
            Files.deleteIfExists(said);
        }
    }

    /** What the run said: its report without progress and figures. */
    private static String message(Path said) throws IOException {
        String text = new String(Files.readAllBytes(said), StandardCharsets.UTF_8);
        StringBuilder message = new StringBuilder();
        text.lines().filter(l -> !l.startsWith("replaying ") && !l.startsWith("icount ")).forEach(l -> message.append(message.isEmpty() ? "" : "\n  ")
            .append(l));
        return message.toString();
    }

    private static ExitCode verdict(List<Run> runs) {
        Run first = runs.get(0);
        boolean same = runs.stream().allMatch(r -> r.result().equals(first.result()));
        ExitCode code = null;
        for (ExitCode c : ExitCode.values()) {
            int status = runs.stream().mapToInt(Run::status).filter(s -> s != ExitCode.OK.status()).findFirst().orElse(ExitCode.OK.status());
            code = c.status() == status ? c : code;
        }
        if (same && !first.summary.isEmpty() && (code == ExitCode.OK || code == ExitCode.TRUNCATED || code == ExitCode.DAMAGED)) {
            System.err.println("all " + runs.size() + " runs equal: icount " + Text.number(Long.parseLong(first.summary.get("icount")))
                + ", final digest " + first.summary.get("digest") + (code == ExitCode.OK ? "" : "; the recording has no clean end"));
            return code;
        }
        long good = runs.stream().filter(r -> r.status == ExitCode.OK.status()).count();
        System.err.println("NOT all runs equal: " + good + " of " + runs.size() + " reached the end with equal digests, "
            + runs.stream().map(Run::result).distinct().count() + " different results");
        return code == ExitCode.OK ? ExitCode.DIVERGED : code == null ? ExitCode.INTERNAL : code;
    }
}
