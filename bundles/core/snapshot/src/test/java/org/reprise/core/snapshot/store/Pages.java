package org.reprise.core.snapshot.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.reprise.api.travel.MachineImage;

/** Pages with a content that follows from a number, and stores of them. */
final class Pages {
    static final String IDENTITY = "sha256:0123";

    private Pages() {
    }

    /** 0: zeros; every third number is noise, the others pack well. */
    static byte[] page(long number) {
        byte[] page = new byte[4096];
        if (number != 0) {
            Random random = new Random(number);
            random.nextBytes(page);
            if (number % 3 != 0) {
                Arrays.fill(page, 64 + random.nextInt(1500), 4096, (byte) number);
            }
        }
        return page;
    }

    static MachineImage image(long icount, int bytes) {
        byte[] state = new byte[bytes];
        new Random(icount).nextBytes(state);
        return new MachineImage(icount, icount * 8, icount / 100, state);
    }

    static SnapshotStore open(Path folder) throws IOException {
        return SnapshotStore.open(folder, IDENTITY, 1 << 20);
    }

    /** Saves a snapshot with these pages in {@code ram}. @param base its id, 0: none */
    static long save(SnapshotStore store, long base, String name, long icount, Map<Integer, Long> pages) throws IOException {
        try (Tables tables = base == 0 ? null : store.tables(base); SnapshotWriter writer = store.begin(tables)) {
            for (Map.Entry<Integer, Long> e : pages.entrySet()) {
                writer.put("ram", e.getKey(), page(e.getValue()));
            }
            return writer.commit(image(icount, 5000), name, Map.of()).id();
        }
    }

    static Map<Integer, Long> range(int from, int to, long number) {
        Map<Integer, Long> pages = new TreeMap<>();
        for (int i = from; i < to; i++) {
            pages.put(i, number + i);
        }
        return pages;
    }

    static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }
}
