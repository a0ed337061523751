package org.reprise.core.snapshot.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.io.TempDirFactory;

/** Files with a bit that flipped, or cut short: each snapshot is what it was, or told by name to be damaged, or the store is refused with a reason. */
class StoreDamageTest {
    private static final String FILE = "snapshots.mv";
    private static final int SNAPSHOTS = 4;

    /** In memory where there is such a place: hundreds of stores are put on disk here. */
    static final class Memory implements TempDirFactory {
        @Override
        public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext test) throws IOException {
            Path shm = Path.of("/dev/shm");
            return Files.isWritable(shm) ? Files.createTempDirectory(shm, "damage") : Files.createTempDirectory("damage");
        }
    }

    @TempDir(factory = Memory.class)
    Path folder;
    private Path good;
    private Path bad;
    private int whole;
    private int told;
    private int refused;

    /** What snapshot n has in ram. */
    private static Map<Integer, Long> content(int n) {
        Map<Integer, Long> pages = new TreeMap<>();
        for (int i = 1; i <= n; i++) {
            pages.putAll(Pages.range(40 * i, 40 * i + 60, 1000L * i));
        }
        return pages;
    }

    @BeforeEach
    void save() throws IOException {
        good = folder.resolve("good");
        bad = folder.resolve("bad");
        try (SnapshotStore store = Pages.open(good)) {
            for (int i = 1; i <= SNAPSHOTS; i++) {
                Pages.save(store, i - 1, "name" + i, i, Pages.range(40 * i, 40 * i + 60, 1000L * i));
            }
        }
    }

    /** Damages a copy, opens it, and looks at everything. */
    private void check(String what, String file, byte[] bytes) throws IOException {
        Pages.copy(good, bad);
        Files.write(bad.resolve(file), bytes);
        assertTimeoutPreemptively(Duration.ofSeconds(60), () -> look(what), what);
    }

    private void look(String what) throws IOException {
        SnapshotStore store;
        try {
            store = SnapshotStore.open(bad, Pages.IDENTITY, 0);
        } catch (IOException e) {
            assertTrue(e.getMessage().contains(bad.toString()) && e.getMessage().contains("move"), what + ": " + e.getMessage());
            refused++;
            return;
        }
        try (store) {
            assertEquals(SNAPSHOTS, store.list().size(), what + ": " + store.list());
            for (int i = 1; i <= SNAPSHOTS; i++) {
                Optional<StoredSnapshot> s = store.find("name" + i);
                assertTrue(s.isPresent(), what + ": snapshot " + i + " is not told of: " + store.list());
                StoredSnapshot verified = store.verify(i);
                if (verified.damaged()) {
                    told++;
                    assertTrue(store.list().contains(verified), what);
                    DamagedSnapshotException e = s.get().damaged() ? assertThrows(DamagedSnapshotException.class, () -> store.image(verified.id())) : null;
                    assertTrue(e == null || e.getMessage().contains("'name"), what);
                } else {
                    whole++;
                    same(what, store, i);
                }
            }
            Optional<StoredSnapshot> usable = store.before(SNAPSHOTS);
            assertTrue(usable.isEmpty() || !usable.get().damaged(), what);
            goOn(what, store);
        }
    }

    private static void same(String what, SnapshotStore store, int n) throws IOException {
        assertArrayEquals(Pages.image(n, 5000).state(), store.image(n).state(), what);
        byte[] page = new byte[4096];
        try (Tables tables = store.tables(n)) {
            Map<Integer, Long> expected = content(n);
            assertArrayEquals(expected.keySet().stream().mapToInt(i -> i).toArray(), tables.table("ram").different(PageTable.EMPTY), what);
            for (Map.Entry<Integer, Long> e : expected.entrySet()) {
                store.read(tables.table("ram").id(e.getKey()), page);
                assertArrayEquals(Pages.page(e.getValue()), page, what + ", page " + e.getKey());
            }
        }
    }

    /** What is saved now is whole, whatever is damaged; or it says that it cannot be. */
    private static void goOn(String what, SnapshotStore store) throws IOException {
        long id;
        try {
            id = Pages.save(store, 0, "later", 99, content(SNAPSHOTS));
        } catch (IOException e) {
            assertTrue(e.getMessage().contains("snapshots"), what + ": " + e.getMessage());
            return;
        }
        assertTrue(id > SNAPSHOTS, what + ": the id " + id + " was used before");
        assertEquals("", store.verify(id).damage(), what);
    }

    @Test
    void anyFlippedBitIsFound() throws IOException {
        Random random = new Random(1);
        byte[] bytes = Files.readAllBytes(good.resolve(FILE));
        for (int i = 0; i < 250; i++) {
            int at = random.nextInt(bytes.length);
            byte[] damaged = bytes.clone();
            damaged[at] ^= (byte) (1 << random.nextInt(8));
            check("byte " + at + " of " + bytes.length, FILE, damaged);
        }
        assertTrue(whole > 250 && told > 30, whole + " whole, " + told + " told, " + refused + " stores refused");
        assertTrue(refused < 40, refused + " stores refused");
    }

    @Test
    void anyFlippedBitAtTheBordersIsFound() throws IOException {
        byte[] bytes = Files.readAllBytes(good.resolve(FILE));
        Random random = new Random(3);
        for (int block = 0; block * CheckedFileStore.BLOCK < bytes.length; block++) {
            // the headers of the file, of its parts, and their ends
            for (int offset : new int[] {random.nextInt(160), CheckedFileStore.BLOCK - 1 - random.nextInt(160)}) {
                int at = Math.min(bytes.length - 1, block * CheckedFileStore.BLOCK + offset);
                byte[] damaged = bytes.clone();
                damaged[at] ^= (byte) (1 << random.nextInt(8));
                check("byte " + at + " of " + bytes.length, FILE, damaged);
            }
        }
        assertTrue(whole > 100, whole + " whole, " + told + " told, " + refused + " stores refused");
    }

    @Test
    void zeroedBlocksAreFound() throws IOException {
        byte[] bytes = Files.readAllBytes(good.resolve(FILE));
        for (int at = 0; at < bytes.length; at += 4 * CheckedFileStore.BLOCK) {
            byte[] damaged = bytes.clone();
            Arrays.fill(damaged, at, Math.min(bytes.length, at + CheckedFileStore.BLOCK), (byte) 0);
            check("zeros at byte " + at + " of " + bytes.length, FILE, damaged);
        }
        assertTrue(whole > 0 && told > 0, whole + " whole, " + told + " told, " + refused + " stores refused");
    }

    @Test
    void anyCutIsFound() throws IOException {
        Random random = new Random(2);
        byte[] bytes = Files.readAllBytes(good.resolve(FILE));
        for (int i = 0; i < 60; i++) {
            int length = i == 0 ? 0 : i == 1 ? bytes.length - 1 : random.nextInt(bytes.length);
            int before = told + refused;
            check("cut to " + length + " of " + bytes.length, FILE, Arrays.copyOf(bytes, length));
            assertTrue(told + refused > before, "cut to " + length + " of " + bytes.length + ": nothing is told");
        }
        assertTrue(told > 20, whole + " whole, " + told + " told, " + refused + " stores refused");
    }

    @Test
    void aDamagedListOfSnapshotsIsMadeAgain() throws IOException {
        byte[] bytes = Files.readAllBytes(good.resolve(Witness.FILE));
        for (int at = 0; at < bytes.length; at += 5) {
            byte[] damaged = bytes.clone();
            damaged[at] ^= 4;
            check("byte " + at + " of the list", Witness.FILE, damaged);
        }
        check("no list", Witness.FILE, new byte[0]);
        assertEquals(SNAPSHOTS * ((bytes.length + 4) / 5 + 1), whole);
        SnapshotStore again = SnapshotStore.open(bad, Pages.IDENTITY, 0);
        again.close();
        assertFalse(Arrays.equals(new byte[0], Files.readAllBytes(bad.resolve(Witness.FILE))));
    }

    @Test
    void aLostSnapshotIsToldUntilItIsDeleted() throws IOException {
        byte[] bytes = Files.readAllBytes(good.resolve(FILE));
        // by hand: the state before the last commits, as the library falls back to
        Path older = folder.resolve("older");
        try (SnapshotStore store = Pages.open(older)) {
            Pages.save(store, 0, "name1", 1, content(1));
        }
        Pages.copy(good, bad);
        Files.copy(older.resolve(FILE), bad.resolve(FILE), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        assertTrue(bytes.length > Files.size(bad.resolve(FILE)));
        for (int round = 0; round < 2; round++) {
            try (SnapshotStore store = Pages.open(bad)) {
                assertEquals(List.of(false, true, true, true), store.list().stream().map(StoredSnapshot::damaged).toList());
                assertEquals(1, store.before(SNAPSHOTS).orElseThrow().id());
                DamagedSnapshotException e = assertThrows(DamagedSnapshotException.class, () -> store.tables(3));
                assertTrue(e.getMessage().contains("'name3'") && e.getMessage().contains(bad.toString()), e.getMessage());
            }
        }
        try (SnapshotStore store = Pages.open(bad)) {
            store.delete(3);
            assertEquals(SNAPSHOTS + 1, Pages.save(store, 1, "name3", 9, content(3)));
        }
        try (SnapshotStore store = Pages.open(bad)) {
            assertEquals(List.of(1L, 2L, 4L, 5L), store.list().stream().map(StoredSnapshot::id).toList());
            assertFalse(store.verify(5).damaged());
        }
    }
}
