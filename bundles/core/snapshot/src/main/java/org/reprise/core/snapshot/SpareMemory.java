package org.reprise.core.snapshot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How much memory twins may take: what the host and the JVM have to spare. */
final class SpareMemory {
    /** What the host keeps. */
    private static final long RESERVE = 512L << 20;
    /** Translated code and the like of one machine in the JVM's heap, and what everything else there needs. */
    private static final long HEAP_EACH = 96L << 20;
    private static final long HEAP_RESERVE = 256L << 20;
    private static final Path MEMINFO = Path.of("/proc/meminfo");
    private static final String AVAILABLE = "MemAvailable:";
    private static final Logger LOG = LoggerFactory.getLogger(SpareMemory.class);

    private SpareMemory() {
    }

    /** How many twins the heap has room for. */
    static int twins() {
        return (int) Math.max(0, (Runtime.getRuntime().maxMemory() - HEAP_RESERVE) / HEAP_EACH);
    }

    /** True when the host has so many bytes and something more; also when it does not tell. */
    static boolean has(long bytes) {
        return available().map(free -> free - RESERVE >= bytes).orElse(true);
    }

    private static Optional<Long> available() {
        if (!Files.isReadable(MEMINFO)) {
            return Optional.empty();
        }
        try {
            return Files.readAllLines(MEMINFO).stream().filter(line -> line.startsWith(AVAILABLE))
                .map(line -> Long.parseLong(line.substring(AVAILABLE.length()).replace("kB", "").trim()) << 10).findFirst();
        } catch (IOException | NumberFormatException e) {
            LOG.debug("{} is not understood", MEMINFO, e);
            return Optional.empty();
        }
    }
}
