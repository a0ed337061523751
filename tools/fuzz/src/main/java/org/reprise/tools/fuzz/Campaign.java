package org.reprise.tools.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Runs Jazzer on one target after the other, each in a JVM of its own, from the corpus that is kept, and prints a table. What it finds and
 * the corpus that grows stay in {@code target/fuzz}; {@code merge} puts those inputs that reach something new, as short as they come, into
 * the corpus that is kept.
 */
public final class Campaign {
    private static final String JAZZER = "com.code_intelligence.jazzer.Jazzer";
    private static final Pattern EXECUTIONS = Pattern.compile("stat::number_of_executed_units: (\\d+)");
    private static final Pattern COVERAGE = Pattern.compile("cov: (\\d+)");
    private static final Pattern FINDING = Pattern.compile("== Java Exception: (.*)|==\\d+== ERROR: (.*)");
    /** An input that takes longer is a finding; long enough for a host that is busy with something else. */
    private static final int TIMEOUT_SECONDS = 60;
    private static final int LONGEST_INPUT = 8000;
    /** An input that is kept may not be longer: the corpus is read by people's machines at every build. */
    private static final int LONGEST_KEPT = 6000;
    private static final String KEPT_FOR_EVER = "finding-";

    private final Path kept;
    private final Path work;

    private Campaign(Path module) throws IOException {
        kept = module.resolve("src/test/resources/fuzz");
        work = Files.createDirectories(module.resolve("target/fuzz"));
    }

    /**
     * Starts it.
     *
     * @param arguments folder of the module; names of targets with commas between, or {@code all}; seconds for each (0 does nothing), or
     *     {@code merge}
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Campaign campaign = new Campaign(Path.of(arguments[0]));
        List<String> names = arguments[1].equals("all") ? Targets.names() : List.of(arguments[1].split(","));
        if (!Targets.names().containsAll(names)) {
            throw new IllegalArgumentException("no such fuzz target among " + names + ": there are " + Targets.names());
        }
        boolean merge = arguments[2].equals("merge");
        int seconds = merge ? 0 : Integer.parseInt(arguments[2]);
        int findings = 0;
        for (String name : names) {
            if (merge) {
                campaign.merge(name);
            } else if (seconds > 0) {
                findings += campaign.fuzz(name, seconds);
            }
        }
        // threads of the targets may live still
        System.exit(findings > 0 ? 1 : 0);
    }

    private List<String> jazzer(String name, String... options) {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx1g",
                "-XX:+IgnoreUnrecognizedVMOptions", "-XX:+EnableDynamicAgentLoading", "-Dorg.slf4j.simpleLogger.defaultLogLevel=off",
                "-cp", System.getProperty("java.class.path"), JAZZER, "--target_class=" + JazzerTarget.class.getName(),
                "--target_args=" + name,
                // lz4 is part of the bundles that use it, and goes around Java's checks
                "--instrumentation_includes=org.reprise.**:io.airlift.compress.lz4.**", "--instrumentation_excludes=org.reprise.tools.**",
                // its own detectors look for something else: a target that opens files and sockets is no finding here
                "--disabled_hooks=com.code_intelligence.jazzer.sanitizers.*", "--reproducer_path=" + work));
        command.addAll(List.of(options));
        return command;
    }

    private int fuzz(String name, int seconds) throws IOException, InterruptedException {
        Path corpus = Files.createDirectories(work.resolve(name));
        Path log = work.resolve(name + ".log");
        // programs are long: all lengths are tried from the start
        run(log, jazzer(name, "-max_total_time=" + seconds, "-timeout=" + TIMEOUT_SECONDS, "-max_len=" + LONGEST_INPUT,
                "-len_control=0", "-rss_limit_mb=0", "-print_final_stats=1", "-artifact_prefix=" + work + "/" + name + "-",
                corpus.toString(), Files.createDirectories(kept.resolve(name)).toString()));
        String text = Files.readString(log, StandardCharsets.ISO_8859_1);
        String executions = last(EXECUTIONS, text);
        String finding = last(FINDING, text);
        if (executions == null && finding == null) {
            throw new IOException("the fuzzer did not run " + name + ": see " + log);
        }
        System.out.printf(Locale.ROOT, "%-16s %10s executions, %5s edges covered, %s%n", name, executions, last(COVERAGE, text),
                finding == null ? "no finding" : "FOUND " + finding + " (" + log + ")");
        return finding == null ? 0 : 1;
    }

    private static String last(Pattern pattern, String text) {
        String found = null;
        for (Matcher m = pattern.matcher(text); m.find();) {
            found = m.group(1) != null ? m.group(1) : m.group(2);
        }
        return found;
    }

    private void merge(String name) throws IOException, InterruptedException {
        Path merged = work.resolve(name + ".merged");
        Scratch.clear(merged);
        Files.createDirectories(merged);
        Path before = Files.createDirectories(kept.resolve(name));
        // how often an edge was passed does not count, or there would be thousands of inputs
        run(work.resolve(name + "-merge.log"), jazzer(name, "-merge=1", "-use_counters=0",
                "-max_len=" + LONGEST_KEPT, merged.toString(), Files.createDirectories(work.resolve(name)).toString(), before.toString()));
        if (merged.toFile().list().length == 0) {
            throw new IOException("the fuzzer did not merge the inputs of " + name + ": see its log in " + work);
        }
        try (Stream<Path> old = Files.list(before)) {
            old.filter(file -> !file.getFileName().toString().startsWith(KEPT_FOR_EVER)).forEach(Campaign::delete);
        }
        int files = 0;
        long bytes = 0;
        try (Stream<Path> fresh = Files.list(merged)) {
            for (Path file : fresh.toList()) {
                if (Files.size(file) <= LONGEST_KEPT) {
                    Files.copy(file, before.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
                    files++;
                    bytes += Files.size(file);
                }
            }
        }
        System.out.printf(Locale.ROOT, "%-16s %5d inputs kept, %d bytes%n", name, files, bytes);
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void run(Path log, List<String> command) throws IOException, InterruptedException {
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start().waitFor();
    }
}
