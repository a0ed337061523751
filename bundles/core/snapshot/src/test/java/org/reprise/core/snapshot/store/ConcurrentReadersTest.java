package org.reprise.core.snapshot.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConcurrentReadersTest {
    private static final int PAGES = 700;

    @TempDir
    Path folder;

    private static long content(long icount, int page) {
        return 1 + icount / (1 + page % 3) * PAGES + page;
    }

    private long save(SnapshotStore store, long base, long icount) throws IOException {
        Map<Integer, Long> pages = new java.util.TreeMap<>();
        for (int i = 0; i < PAGES; i++) {
            pages.put(i, content(icount, i));
        }
        return Pages.save(store, base, "", icount, pages);
    }

    /** Three readers, one of them of what is deleted meanwhile, while one saves, thins and makes room. */
    @Test
    void readersSeeWholeSnapshotsWhileOthersAreWritten() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(3);
        AtomicBoolean done = new AtomicBoolean();
        AtomicLong read = new AtomicLong();
        try (SnapshotStore store = SnapshotStore.open(folder, Pages.IDENTITY, 1 << 20)) {
            long last = save(store, 0, 1);
            List<Future<?>> readers = new ArrayList<>();
            for (int t = 0; t < 3; t++) {
                Random random = new Random(t);
                readers.add(threads.submit(() -> {
                    while (!done.get()) {
                        read.addAndGet(readOne(store, random));
                    }
                    return null;
                }));
            }
            for (int i = 2; i <= 40; i++) {
                last = save(store, last, i);
                if (store.list().size() > 5) {
                    store.delete(store.list().get(0).id());
                }
            }
            store.compact(1000);
            done.set(true);
            for (Future<?> reader : readers) {
                reader.get();
            }
            for (StoredSnapshot s : store.list()) {
                assertEquals("", store.verify(s.id()).damage());
            }
        } finally {
            threads.shutdownNow();
        }
        assertTrue(read.get() > PAGES, read + " pages were read");
    }

    private static long readOne(SnapshotStore store, Random random) throws IOException {
        List<StoredSnapshot> all = store.list();
        StoredSnapshot s = all.get(random.nextInt(all.size()));
        Tables tables;
        try {
            tables = store.tables(s.id());
        } catch (IOException e) {
            assertTrue(store.find(Long.toString(s.id())).isEmpty(), "it is there: " + e);
            return 0;
        }
        byte[] page = new byte[4096];
        try (tables) {
            for (int i = 0; i < PAGES; i++) {
                assertTrue(store.read(tables.table("ram").id(i), page));
                assertArrayEquals(Pages.page(content(s.icount(), i)), page, s + " page " + i);
            }
        }
        return PAGES;
    }
}
