package org.reprise.benchmarks;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * One run of a whole process.
 *
 * @param seconds wall time
 * @param output standard output
 * @param errors standard error
 * @param peak peak resident memory in bytes, as far as it was seen
 * @param exit exit status
 */
record Run(double seconds, String output, String errors, long peak, int exit) {
    /** When a line that contains a text came, in seconds since the command was started. */
    record Mark(double seconds, String line) {
    }

    private static final long LIMIT_SECONDS = 300;
    private static final long SAMPLE_MILLIS = 20;

    /** Runs a command with this standard input (null: none). Killed when it takes too long. */
    static Run of(List<String> command, String input) throws IOException, InterruptedException {
        Path out = Files.createTempFile("bench", ".out");
        Path err = Files.createTempFile("bench", ".err");
        Path in = Files.createTempFile("bench", ".in");
        try {
            Files.writeString(in, input == null ? "" : input);
            ProcessBuilder b = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile())
                .redirectInput(input == null ? new File("/dev/null") : in.toFile());
            long begin = System.nanoTime();
            Process p = b.start();
            long peak = 0;
            while (!p.waitFor(SAMPLE_MILLIS, TimeUnit.MILLISECONDS)) {
                peak = Math.max(peak, highWater(p.pid()));
                if (System.nanoTime() - begin > TimeUnit.SECONDS.toNanos(LIMIT_SECONDS)) {
                    p.destroyForcibly().waitFor();
                    throw new IOException(command + " did not end within " + LIMIT_SECONDS + " s");
                }
            }
            double seconds = (System.nanoTime() - begin) / 1e9;
            return new Run(seconds, text(out), text(err), peak, p.exitValue());
        } finally {
            Files.delete(out);
            Files.delete(err);
            Files.delete(in);
        }
    }

    /**
     * Runs a command and notes when lines of its output came that match a pattern.
     *
     * @param environment variables to set
     */
    static List<Mark> marks(List<String> command, Map<String, String> environment, Pattern pattern) throws IOException, InterruptedException {
        ProcessBuilder b = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).redirectInput(new File("/dev/null"));
        b.environment().putAll(environment);
        List<Mark> marks = new ArrayList<>();
        long begin = System.nanoTime();
        Process p = b.start();
        Thread watchdog = new Thread(() -> {
            try {
                if (!p.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                    p.destroyForcibly();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        watchdog.setDaemon(true);
        watchdog.start();
        try (BufferedReader lines = p.inputReader(StandardCharsets.ISO_8859_1)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (pattern.matcher(line).find()) {
                    marks.add(new Mark((System.nanoTime() - begin) / 1e9, line));
                }
            }
        }
        if (p.waitFor() != 0) {
            throw new IOException(command + " ended with status " + p.exitValue());
        }
        marks.add(new Mark((System.nanoTime() - begin) / 1e9, ""));
        return marks;
    }

    private static String text(Path p) throws IOException {
        return new String(Files.readAllBytes(p), StandardCharsets.ISO_8859_1);
    }

    /** VmHWM of a process, 0 when it cannot be read (it has just ended). */
    private static long highWater(long pid) {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
                if (line.startsWith("VmHWM:")) {
                    return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
                }
            }
        } catch (IOException e) {
            return 0;
        }
        return 0;
    }

    /** Fails when the process did. */
    Run ok() throws IOException {
        if (exit != 0) {
            throw new IOException("exit status " + exit + "\n" + output + errors);
        }
        return this;
    }
}
