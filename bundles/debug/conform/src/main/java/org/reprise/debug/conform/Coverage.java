package org.reprise.debug.conform;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** How often each instruction was executed and each trap cause seen by one suite. */
final class Coverage {
    private final Map<String, Long> counts = new TreeMap<>();

    void instruction(String name) {
        counts.merge("instruction " + name, 1L, Long::sum);
    }

    void trap(String cause) {
        counts.merge("trap " + cause, 1L, Long::sum);
    }

    Map<String, Long> counts() {
        return counts;
    }

    /** Adds to the counts of the file, one line each: kind, name, count. */
    void write(Path file) throws IOException {
        Map<String, Long> all = new TreeMap<>(counts);
        if (Files.exists(file)) {
            read(file).forEach((key, n) -> all.merge(key, n, Long::sum));
        }
        List<String> lines = new ArrayList<>();
        all.forEach((key, n) -> lines.add(key + " " + n));
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.write(file, lines);
    }

    static Map<String, Long> read(Path file) throws IOException {
        Map<String, Long> counts = new TreeMap<>();
        for (String line : Files.readAllLines(file)) {
            int space = line.lastIndexOf(' ');
            counts.put(line.substring(0, space), Long.parseLong(line.substring(space + 1)));
        }
        return counts;
    }
}
