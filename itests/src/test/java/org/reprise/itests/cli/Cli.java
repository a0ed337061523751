package org.reprise.itests.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The shipped command in a process of its own: typed at, waited for, killed. */
public final class Cli implements AutoCloseable {
    private static final Path HOME = Path.of(System.getProperty("reprise.home")).toAbsolutePath().normalize();
    private static final long PATIENCE_MILLIS = Long.getLong("reprise.patience", 180) * 1000;

    private final Process process;
    private final Collector out;
    private final Collector err;

    private Cli(Process process) {
        this.process = process;
        out = new Collector(process.getInputStream());
        err = new Collector(process.getErrorStream());
    }

    /** How a process ended. */
    public record Result(int code, byte[] out, String err) {
        public String text() {
            return new String(out, StandardCharsets.UTF_8);
        }
    }

    /** The distribution's folder. */
    public static Path home() {
        return HOME;
    }

    /** A fetched guest's folder. */
    public static Path guest(String name) {
        return Path.of(System.getProperty("reprise.guests")).resolve(name).toAbsolutePath().normalize();
    }

    /** Every JDK of version 17 or later under /usr/lib/jvm, and the one that runs this test. */
    public static List<Path> jdks() throws IOException {
        List<Path> found = new ArrayList<>();
        found.add(Path.of(System.getProperty("java.home")).toRealPath());
        Path all = Path.of("/usr/lib/jvm");
        if (Files.isDirectory(all)) {
            try (Stream<Path> dirs = Files.list(all)) {
                for (Path d : dirs.sorted().toList()) {
                    Path release = d.resolve("release");
                    if (!Files.isReadable(release) || !Files.isExecutable(d.resolve("bin/java"))) {
                        continue;
                    }
                    String version = Files.readString(release).replaceAll("(?s).*JAVA_VERSION=\"(\\d+).*", "$1");
                    Path real = d.toRealPath();
                    if (version.matches("\\d+") && Integer.parseInt(version) >= 17 && !found.contains(real)) {
                        found.add(real);
                    }
                }
            }
        }
        return found;
    }

    public static Cli start(Path jdk, List<String> arguments) throws IOException {
        List<String> line = new ArrayList<>();
        line.add(HOME.resolve("bin/reprise").toString());
        line.addAll(arguments);
        return start(jdk, new ProcessBuilder(line));
    }

    public static Cli start(Path jdk, ProcessBuilder builder) throws IOException {
        if (jdk != null) {
            builder.environment().put("REPRISE_JAVA_HOME", jdk.toString());
        }
        return new Cli(builder.start());
    }

    public static Cli start(String... arguments) throws IOException {
        return start(null, List.of(arguments));
    }

    /** Runs to the end without input. */
    public static Result run(Path jdk, String... arguments) throws IOException, InterruptedException {
        try (Cli cli = start(jdk, List.of(arguments))) {
            cli.process.getOutputStream().close();
            return cli.result();
        }
    }

    public static Result run(String... arguments) throws IOException, InterruptedException {
        return run((Path) null, arguments);
    }

    public void type(String text) throws IOException {
        process.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
    }

    /** Waits until the text has been printed so many times. */
    public void awaitOutput(String text, int times) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
        while (occurrences(out.text(), text) < times) {
            if (System.nanoTime() > end || !process.isAlive() && out.done() && occurrences(out.text(), text) < times) {
                throw new AssertionError("'" + text + "' was not printed " + times + " times; output:\n" + out.text() + "\nerrors:\n" + err.text());
            }
            Thread.sleep(10);
        }
    }

    /** Waits until a pattern's first group has been printed as an error or message. */
    public String awaitMessage(java.util.regex.Pattern pattern) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
        while (true) {
            java.util.regex.Matcher m = pattern.matcher(err.text());
            if (m.find()) {
                return m.group(1);
            }
            if (System.nanoTime() > end || !process.isAlive() && err.done()) {
                throw new AssertionError(pattern + " was not printed; errors:\n" + err.text());
            }
            Thread.sleep(10);
        }
    }

    /** What was printed so far. */
    public String printed() {
        return out.text();
    }

    /** Errors and messages so far. */
    public String messages() {
        return err.text();
    }

    private static int occurrences(String s, String part) {
        int n = 0;
        for (int i = s.indexOf(part); i >= 0; i = s.indexOf(part, i + 1)) {
            n++;
        }
        return n;
    }

    /** kill -9. The start script has become the JVM by exec. */
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    public Result result() throws InterruptedException {
        if (!process.waitFor(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)) {
            kill();
            throw new AssertionError("the command did not end; output:\n" + out.text() + "\nerrors:\n" + err.text());
        }
        out.join();
        err.join();
        return new Result(process.exitValue(), out.bytes(), err.text());
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    /** The console output of a file written by --console-log. */
    public static byte[] console(Path file) throws IOException {
        return Files.readAllBytes(file);
    }


    private static final class Collector extends Thread {
        private final InputStream in;
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        Collector(InputStream in) {
            super("collector");
            this.in = in;
            setDaemon(true);
            start();
        }

        @Override
        public void run() {
            byte[] buffer = new byte[8192];
            try {
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    synchronized (bytes) {
                        bytes.write(buffer, 0, n);
                    }
                }
            } catch (IOException e) {
                // the process was killed: what it printed stands
                return;
            }
        }

        byte[] bytes() {
            synchronized (bytes) {
                return bytes.toByteArray();
            }
        }

        String text() {
            return new String(bytes(), StandardCharsets.UTF_8);
        }

        boolean done() {
            return !isAlive();
        }
    }
}
