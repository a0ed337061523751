package org.reprise.core.snapshot.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that saves, thins and makes room is killed again and again: what it has reported is there. */
class KilledSaverTest {
    private static final int KILLS = 20;
    private static final int PAGES = 600;

    @TempDir
    Path folder;

    /** What page {@code i} of a snapshot is. */
    private static long content(long id, int i) {
        // most are those of the ten snapshots around
        return 1 + (i % 5 == 0 ? id * PAGES + i : id / 10 * PAGES + i);
    }

    /** Says {@code saved ID} and {@code deleted ID} when it was done; keeps the newest twelve. */
    public static void main(String[] arguments) throws Exception {
        try (SnapshotStore store = Pages.open(Path.of(arguments[0]))) {
            while (true) {
                var all = store.list();
                long base = all.isEmpty() ? 0 : all.get(all.size() - 1).id();
                long id = base + 1;
                Map<Integer, Long> pages = new TreeMap<>();
                for (int i = 0; i < PAGES; i++) {
                    if (base == 0 || content(base, i) != content(id, i)) {
                        pages.put(i, content(id, i));
                    }
                }
                // a snapshot that was begun when the process was killed has used no id
                if (Pages.save(store, base, "", id, pages) != id) {
                    throw new IllegalStateException("another id than " + id);
                }
                System.out.println("saved " + id);
                if (all.size() >= 12) {
                    System.out.println("deleting " + all.get(0).id());
                    store.delete(all.get(0).id());
                }
            }
        }
    }

    @Test
    void whatWasReportedAsSavedIsThere() throws Exception {
        Random random = new Random();
        Path data = folder.resolve("store");
        long saved = 0;
        long deleting = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            Path said = folder.resolve("said" + kill);
            Process process = new ProcessBuilder(Children.command(KilledSaverTest.class, data.toString()))
                .redirectError(ProcessBuilder.Redirect.INHERIT).redirectOutput(said.toFile()).start();
            try {
                while (Files.size(said) == 0) {
                    assertTrue(process.isAlive(), "the saver ended by itself");
                    Thread.sleep(1);
                }
                Thread.sleep(random.nextInt(300));
                assertTrue(process.isAlive(), "the saver ended by itself");
            } finally {
                process.destroyForcibly().waitFor();
            }
            String text = Files.readString(said);
            for (String line : text.substring(0, text.lastIndexOf('\n') + 1).lines().toList()) {
                long id = Long.parseLong(line.substring(line.indexOf(' ') + 1));
                saved = line.startsWith("saved") ? id : saved;
                deleting = line.startsWith("deleting") ? id : deleting;
            }
            saved = check(data, deleting, saved);
        }
        assertTrue(saved > KILLS, saved + " were saved");
    }

    /** @return the last one that is there: at most one more than reported */
    private static long check(Path data, long deleting, long saved) throws IOException {
        try (SnapshotStore store = SnapshotStore.open(data, Pages.IDENTITY, 0)) {
            long last = store.list().get(store.list().size() - 1).id();
            assertTrue(last == saved || last == saved + 1, saved + " was reported, the last one is " + last);
            for (long id = deleting + 1; id <= last; id++) {
                long wanted = id;
                assertTrue(store.list().stream().anyMatch(s -> s.id() == wanted), id + " is missing: " + store.list());
            }
            for (StoredSnapshot s : store.list()) {
                assertEquals("", s.damage());
                assertArrayEquals(Pages.image(s.id(), 5000).state(), store.image(s.id()).state());
                byte[] page = new byte[4096];
                try (Tables tables = store.tables(s.id())) {
                    assertEquals(PAGES, tables.table("ram").different(PageTable.EMPTY).length);
                    for (int i = 0; i < PAGES; i += s.id() == last ? 1 : 7) {
                        store.read(tables.table("ram").id(i), page);
                        assertArrayEquals(Pages.page(content(s.id(), i)), page, "snapshot " + s.id() + " page " + i);
                    }
                }
            }
            return last;
        }
    }
}
