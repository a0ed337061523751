package org.reprise.itests.container;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.TreeSet;
import org.ops4j.pax.exam.CoreOptions;
import org.ops4j.pax.exam.Option;

/** The shipped distribution's own configuration as Pax Exam options, so that tests boot what ships. */
public final class ShippedDistribution {
    private static final String AUTO_START = "felix.auto.start.";

    private ShippedDistribution() {
    }

    /** Its folder. */
    public static Path home() {
        return Path.of(System.getProperty("reprise.home")).toAbsolutePath().normalize();
    }

    static List<Option> options() {
        Path home = home();
        Properties p = new Properties();
        try (Reader r = Files.newBufferedReader(home.resolve("conf/config.properties"))) {
            p.load(r);
            List<Option> options = new ArrayList<>();
            for (String key : new TreeSet<>(p.stringPropertyNames())) {
                if (key.startsWith(AUTO_START)) {
                    int level = Integer.parseInt(key.substring(AUTO_START.length()));
                    for (String url : p.getProperty(key).trim().split("\\s+")) {
                        options.add(CoreOptions.bundle(url.replace("${reprise.home}", home.toString())).startLevel(level));
                    }
                }
            }
            options.add(CoreOptions.frameworkProperty("reprise.home").value(home.toString()));
            options.add(CoreOptions.systemProperty("reprise.home").value(home.toString()));
            Path log = Files.createTempFile("reprise-itest", ".log");
            options.add(CoreOptions.systemProperty("reprise.log").value(log.toString()));
            options.add(CoreOptions.frameworkProperty("org.ops4j.pax.logging.StaticLogbackFile").value(home.resolve("conf/logback.xml").toString()));
            options.add(CoreOptions.systemProperty("org.ops4j.pax.logging.DefaultServiceLog.level").value("WARN"));
            return options;
        } catch (IOException e) {
            throw new UncheckedIOException("the distribution is not built: " + home, e);
        }
    }
}
