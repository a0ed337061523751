package org.reprise.launcher;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.apache.felix.main.AutoProcessor;
import org.apache.felix.main.Main;
import org.osgi.framework.Bundle;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;

/**
 * Starts the framework as conf/config.properties says and hands the command line to the bundles in the system properties
 * {@code reprise.args} (their number) and {@code reprise.arg.N}. The process ends with the status in {@code reprise.exit} when the framework
 * has stopped. The bundle cache is private to the process, so that any number of processes can share a distribution.
 */
public final class Launcher {
    private static final String COMMAND_LINE = "org.reprise.ui.shell";
    private static final long STOP_MILLIS = 15_000;
    private static final Path THREADS = Path.of("/proc/self/task");
    /** As Linux cuts the name of the JVM's optimising compiler's threads. */
    private static final String OPTIMISER = "C2 Compiler";
    private static final int MORE_NICENESS = 10;
    private static final int MOST_NICENESS = 19;
    /** The field of /proc/PID/stat behind the name in parentheses (proc(5)). */
    private static final int STAT_NICENESS = 16;

    private Launcher() {
    }

    /** Starts Reprise. */
    public static void main(String[] args) throws Exception {
        Path home = Path.of(System.getProperty("reprise.home", ".")).toAbsolutePath().normalize();
        System.setProperty("reprise.home", home.toString());
        System.setProperty("reprise.args", Integer.toString(args.length));
        for (int i = 0; i < args.length; i++) {
            System.setProperty("reprise.arg." + i, args[i]);
        }
        Path work = Files.createTempDirectory("reprise-");
        System.setProperty("reprise.work", work.toString());
        setDefault("reprise.log", log(work));
        Thread priorities = new Thread(Launcher::lowerOptimiser, "reprise-priorities");
        priorities.setDaemon(true);
        priorities.start();
        setDefault("org.ops4j.pax.logging.DefaultServiceLog.level", "ERROR");
        setDefault("org.ops4j.pax.logging.StaticLogbackFile", home.resolve("conf/logback.xml").toString());
        setDefault("felix.config.properties", home.resolve("conf/config.properties").toUri().toString());
        Map<String, String> properties = new HashMap<>(Main.loadConfigProperties());
        Main.copySystemProperties(properties);
        properties.put("org.osgi.framework.storage", work.resolve("cache").toString());
        // without a context class loader JLine finds its terminal providers in its own bundle
        Thread.currentThread().setContextClassLoader(null);
        Framework framework = ServiceLoader.load(FrameworkFactory.class, Launcher.class.getClassLoader()).findFirst().orElseThrow()
            .newFramework(properties);
        framework.init();
        AutoProcessor.process(properties, framework.getBundleContext());
        Thread hook = new Thread(() -> {
            stop(framework);
            delete(work);
        }, "reprise-stop");
        Runtime.getRuntime().addShutdownHook(hook);
        framework.start();
        if (!commandLineRuns(framework)) {
            System.err.println("reprise: the bundle " + COMMAND_LINE + " could not be started (see above, and " + System.getProperty("reprise.log")
                + "); the installation is incomplete, or the temporary folder " + work + " cannot be written");
            System.exit(1);
        }
        framework.waitForStop(0);
        System.exit(Integer.getInteger("reprise.exit", 0));
    }

    /**
     * The guest waits for translations and for the JVM's first compiler, but not for its optimising one, which works all the time while a guest boots:
     * where processors are few that one gives way. Only speed depends on it, so hosts without such threads, or without the command, go without.
     */
    private static void lowerOptimiser() {
        try (Stream<Path> threads = Files.list(THREADS)) {
            for (Path thread : threads.toList()) {
                if (Files.readString(thread.resolve("comm")).startsWith(OPTIMISER)) {
                    String[] stat = Files.readString(thread.resolve("stat")).replaceFirst(".*\\) ", "").split(" ");
                    int niceness = Math.min(MOST_NICENESS, Integer.parseInt(stat[STAT_NICENESS]) + MORE_NICENESS);
                    new ProcessBuilder("renice", "-n", Integer.toString(niceness), "-p", thread.getFileName().toString())
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD).redirectError(ProcessBuilder.Redirect.DISCARD).start();
                }
            }
        } catch (IOException | UncheckedIOException | NumberFormatException | ArrayIndexOutOfBoundsException e) {
            // no Linux, or no renice
        }
    }

    private static boolean commandLineRuns(Framework framework) {
        for (Bundle b : framework.getBundleContext().getBundles()) {
            if (COMMAND_LINE.equals(b.getSymbolicName())) {
                return b.getState() == Bundle.ACTIVE || b.getState() == Bundle.STARTING;
            }
        }
        return framework.getState() != Bundle.ACTIVE;
    }

    private static void setDefault(String key, String value) {
        if (System.getProperty(key) == null) {
            System.setProperty(key, value);
        }
    }

    /** The log file: in the user's state folder, or beside the bundle cache where that cannot be written. */
    private static String log(Path work) {
        String state = System.getenv("XDG_STATE_HOME");
        Path folder = (state != null && !state.isBlank() ? Path.of(state) : Path.of(System.getProperty("user.home", "."), ".local", "state"))
            .resolve("reprise");
        try {
            Files.createDirectories(folder);
            if (Files.isWritable(folder)) {
                return folder.resolve("reprise.log").toString();
            }
        } catch (IOException e) {
            // a home that cannot be written to is no reason not to start
            return work.resolve("reprise.log").toString();
        }
        return work.resolve("reprise.log").toString();
    }

    private static void stop(Framework framework) {
        try {
            framework.stop();
            framework.waitForStop(STOP_MILLIS);
        } catch (Exception e) {
            System.err.println("reprise: stopping failed: " + e);
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        } catch (IOException e) {
            System.err.println("reprise: " + folder + " cannot be removed: " + e);
        }
    }
}
