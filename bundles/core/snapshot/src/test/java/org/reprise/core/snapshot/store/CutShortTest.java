package org.reprise.core.snapshot.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * As {@link KilledSaverTest}, but the end comes before, in or after a write that was drawn, thousands of times: a process that saves, thins and makes room
 * ends, another goes on, and what was reported is there.
 */
class CutShortTest {
    private static final int ENDS = 800;
    private static final int KEPT = 6;
    private static final int PAGES = 60;

    @TempDir
    Path folder;
    private Path data;
    private Path file;
    private final Random random = new Random(1);
    private long saved;
    private long deleting;
    private int searches;
    /** Writes until the end. */
    private int left;
    /** How both files were at the end. */
    private byte[] lastFile;
    private byte[] lastIndex;

    private static final class Ended extends IOException {
        private static final long serialVersionUID = 1L;
    }

    private final class Mortal extends CheckedFileStore {
        Mortal(Map<String, Object> config, boolean thorough) {
            super(config, thorough);
            searches += thorough ? 1 : 0;
        }

        @Override
        void write(RandomAccessFile to, long position, byte[] bytes, int length) throws IOException {
            if (left > 0) {
                left--;
                super.write(to, position, bytes, length);
                return;
            }
            if (lastFile == null) {
                super.write(to, position, bytes, random.nextInt(length / BLOCK + 1) * BLOCK);
                end();
            }
            throw new Ended();
        }

        @Override
        void cut(RandomAccessFile to, long length) throws IOException {
            if (left > 0) {
                left--;
                super.cut(to, length);
                return;
            }
            if (lastFile == null) {
                end();
            }
            throw new Ended();
        }

        private void end() throws IOException {
            lastFile = Files.readAllBytes(file);
            Path index = data.resolve(Witness.FILE);
            lastIndex = Files.exists(index) ? Files.readAllBytes(index) : null;
        }
    }

    private static long content(long id, int i) {
        return 1 + (i % 5 == 0 ? id * PAGES + i : id / 10 * PAGES + i);
    }

    private void work() throws IOException {
        try (SnapshotStore store = SnapshotStore.open(data, Pages.IDENTITY, 0, Mortal::new)) {
            while (true) {
                List<StoredSnapshot> all = store.list();
                long base = all.isEmpty() ? 0 : all.get(all.size() - 1).id();
                long id = base + 1;
                Map<Integer, Long> pages = new TreeMap<>();
                for (int i = 0; i < PAGES; i++) {
                    if (base == 0 || content(base, i) != content(id, i)) {
                        pages.put(i, content(id, i));
                    }
                }
                assertEquals(id, Pages.save(store, base, "", id, pages));
                saved = id;
                for (int n = store.list().size() - KEPT + random.nextInt(3); n > 0; n--) {
                    deleting = store.list().get(0).id();
                    store.delete(deleting);
                }
            }
        }
    }

    @Test
    void whatWasReportedIsThere() throws Exception {
        data = folder.resolve("store");
        file = data.resolve(SnapshotStore.FILE);
        for (int end = 0; end < ENDS; end++) {
            left = random.nextInt(random.nextInt(20) == 0 ? 300 : 40);
            lastFile = null;
            try {
                work();
            } catch (IOException e) {
                if (lastFile == null) {
                    throw e;
                }
            }
            // what happened after the end has not happened
            Files.write(file, lastFile);
            if (lastIndex == null) {
                Files.deleteIfExists(data.resolve(Witness.FILE));
            } else {
                Files.write(data.resolve(Witness.FILE), lastIndex);
            }
            if (random.nextBoolean()) {
                check("end " + end);
            }
        }
        assertTrue(saved > ENDS, saved + " were saved");
        assertTrue(searches > 0, "it has never come to a search");
    }

    private void check(String when) throws IOException {
        left = Integer.MAX_VALUE;
        try (SnapshotStore store = SnapshotStore.open(data, Pages.IDENTITY, 0, Mortal::new)) {
            List<StoredSnapshot> there = store.list();
            for (long id = deleting + 1; id <= saved; id++) {
                long wanted = id;
                assertTrue(there.stream().anyMatch(s -> s.id() == wanted), id + " is missing after " + when + ": " + there);
            }
            for (StoredSnapshot s : there) {
                assertEquals("", s.damage(), when);
                byte[] page = new byte[4096];
                try (Tables tables = store.tables(s.id())) {
                    for (int i = 0; i < PAGES; i += 3) {
                        store.read(tables.table("ram").id(i), page);
                        assertArrayEquals(Pages.page(content(s.id(), i)), page, when + ": snapshot " + s.id() + " page " + i);
                    }
                }
            }
        }
    }
}
