package org.reprise.core.snapshot.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reprise.api.travel.MachineImage;

class SnapshotStoreTest {
    @TempDir
    Path folder;

    @Test
    void aSnapshotIsThereAfterOpeningAgain() throws IOException {
        MachineImage image = Pages.image(12345, 300_000);
        try (SnapshotStore store = Pages.open(folder); SnapshotWriter writer = store.begin(null)) {
            writer.put("ram", 7, Pages.page(1));
            writer.put("ram", 9, new byte[4096]);
            writer.put("drive.disk0", PageTable.MAX_PAGES - 1, Pages.page(3));
            StoredSnapshot s = writer.commit(image, "first", Map.of("by", "test"));
            assertEquals(List.of(s), store.list());
        }
        try (SnapshotStore store = Pages.open(folder)) {
            StoredSnapshot s = store.find("first").orElseThrow();
            assertEquals(new StoredSnapshot(1, "first", 12345, 12345 * 8, 123, Map.of("by", "test"), ""), s);
            assertEquals(s, store.find("1").orElseThrow());
            assertArrayEquals(image.state(), store.image(1).state());
            try (Tables tables = store.tables(1)) {
                assertEquals(List.of("drive.disk0", "ram"), List.copyOf(tables.spaces()));
                byte[] page = new byte[4096];
                assertFalse(store.read(tables.table("ram").id(8), page));
                assertTrue(store.read(tables.table("ram").id(7), page));
                assertArrayEquals(Pages.page(1), page);
                assertTrue(store.read(tables.table("ram").id(9), page));
                assertArrayEquals(new byte[4096], page);
                assertTrue(store.read(tables.table("drive.disk0").id(PageTable.MAX_PAGES - 1), page));
                assertArrayEquals(Pages.page(3), page);
                assertEquals(PageTable.NEVER, tables.table("drive.other").id(5));
            }
        }
    }

    @Test
    void equalPagesAreKeptOnce() throws IOException {
        try (SnapshotStore store = Pages.open(folder)) {
            try (SnapshotWriter writer = store.begin(null)) {
                for (int i = 0; i < 10_000; i++) {
                    writer.put("ram", i, Pages.page(3 + i % 5));
                }
                writer.commit(Pages.image(1, 10), "", Map.of());
            }
            try (Tables tables = store.tables(1)) {
                assertEquals(5, java.util.stream.IntStream.range(0, 10_000).mapToLong(tables.table("ram")::id).distinct().count());
            }
            Pages.save(store, 0, "", 2, Map.of(77, 5L, 78, 6L));
            try (Tables one = store.tables(1); Tables two = store.tables(2)) {
                assertEquals(one.table("ram").id(2), two.table("ram").id(77));
                assertEquals(one.table("ram").id(3), two.table("ram").id(78));
            }
            assertTrue(store.fileBytes() < 200_000, store.fileBytes() + " bytes");
        }
    }

    @Test
    void pagesOfZerosCostNothing() throws IOException {
        try (SnapshotStore store = Pages.open(folder)) {
            long empty = store.fileBytes();
            try (SnapshotWriter writer = store.begin(null)) {
                for (int i = 0; i < 100_000; i++) {
                    writer.put("ram", i, new byte[4096]);
                }
                writer.commit(Pages.image(1, 10), "", Map.of());
            }
            assertTrue(store.fileBytes() - empty < 64_000, store.fileBytes() + " bytes, " + empty + " before");
        }
    }

    @Test
    void aSnapshotSharesWhatIsEqualWithItsBase() throws IOException {
        try (SnapshotStore store = Pages.open(folder)) {
            Pages.save(store, 0, "", 1, Pages.range(0, 5000, 100));
            long before = store.fileBytes();
            Pages.save(store, 1, "", 2, Map.of(4000, 9L, 10, 110L));
            assertTrue(store.fileBytes() - before < 100_000, store.fileBytes() - before + " bytes");
            try (Tables one = store.tables(1); Tables two = store.tables(2)) {
                assertArrayEquals(new int[] {4000}, one.table("ram").different(two.table("ram")));
                var chunks = one.table("ram").chunks();
                var others = two.table("ram").chunks();
                assertEquals(9, chunks.keySet().stream().filter(i -> chunks.get(i) == others.get(i)).count(), "chunks shared, of 10");
            }
        }
    }

    @Test
    void deletingGivesSpaceBack() throws IOException {
        try (SnapshotStore store = Pages.open(folder)) {
            Pages.save(store, 0, "small", 1, Pages.range(0, 500, 1000));
            long small = store.fileBytes();
            for (int i = 0; i < 4; i++) {
                Pages.save(store, 1, "big" + i, 2 + i, Pages.range(1000, 5000, 100_000L * (1 + i)));
            }
            long big = store.fileBytes();
            assertTrue(big > small + 20_000_000, big + " bytes");
            long free = store.freeable(store.find("big1").orElseThrow().id());
            assertTrue(free > 5_000_000 && free < big / 3, free + " of " + big);
            long needed = store.bytes();
            store.delete(store.find("big1").orElseThrow().id());
            long freed = needed - store.bytes();
            assertTrue(Math.abs(freed - free) < free / 4, freed + " freed at once, " + free + " foretold");
            Pages.save(store, 1, "big1", 9, Pages.range(1000, 5000, 100_000L * 9));
            for (int i = 0; i < 4; i++) {
                store.delete(store.find("big" + i).orElseThrow().id());
            }
            store.compact(5000);
            assertTrue(store.fileBytes() < 2 * small + 1_000_000, store.fileBytes() + " bytes are left, " + small + " before");
            assertFalse(store.verify(1).damaged());
        }
        assertTrue(Files.size(folder.resolve("snapshots.mv")) < 5_000_000);
    }

    @Test
    void aLongRunOfSavingAndThinningDoesNotGrow() throws IOException {
        try (SnapshotStore store = Pages.open(folder)) {
            long id = Pages.save(store, 0, "", 1, Pages.range(0, 2000, 5));
            long early = 0;
            for (int i = 1; i <= 60; i++) {
                long next = Pages.save(store, id, "", i, Pages.range(100, 600, 10_000L * i));
                store.delete(id);
                id = next;
                if (i == 20) {
                    early = store.fileBytes();
                }
            }
            assertTrue(store.fileBytes() < 2 * early, store.fileBytes() + " bytes at the end, " + early + " after a third");
            assertFalse(store.verify(id).damaged());
        }
    }

    @Test
    void pagesStayWhileSomebodyHoldsThem() throws IOException {
        byte[] page = new byte[4096];
        try (SnapshotStore store = Pages.open(folder)) {
            Pages.save(store, 0, "", 1, Pages.range(0, 100, 1000));
            try (Tables tables = store.tables(1)) {
                store.delete(1);
                assertTrue(store.list().isEmpty());
                assertThrows(IOException.class, () -> store.tables(1));
                Pages.save(store, 0, "", 2, Map.of(0, 7L));
                assertTrue(store.read(tables.table("ram").id(99), page));
                assertArrayEquals(Pages.page(1099), page);
                // the base of the next one, though it is deleted
                try (SnapshotWriter writer = store.begin(tables)) {
                    writer.put("ram", 5, Pages.page(8));
                    writer.commit(Pages.image(3, 10), "", Map.of());
                }
            }
            Pages.save(store, 0, "", 4, Map.of(0, 7L));
        }
        try (SnapshotStore store = SnapshotStore.open(folder, Pages.IDENTITY, 0)) {
            assertEquals(List.of(2L, 3L, 4L), store.list().stream().map(StoredSnapshot::id).toList(), "1 is not used again");
            assertFalse(store.verify(3).damaged());
            try (Tables tables = store.tables(3)) {
                store.read(tables.table("ram").id(99), page);
                assertArrayEquals(Pages.page(1099), page);
            }
        }
    }

    @Test
    void aSnapshotThatIsGivenUpLeavesNothing() throws IOException {
        try (SnapshotStore store = Pages.open(folder)) {
            Pages.save(store, 0, "", 1, Pages.range(0, 100, 1000));
            for (int i = 0; i < 5; i++) {
                try (SnapshotWriter writer = store.begin(null)) {
                    assertThrows(IllegalStateException.class, () -> store.begin(null));
                    for (int n = 0; n < 5000; n++) {
                        writer.put("ram", n, Pages.page(1_000_000 + 3L * n));
                    }
                }
            }
            store.compact(5000);
            assertTrue(store.fileBytes() < 2_000_000, store.fileBytes() + " bytes");
            assertEquals(1, store.list().size());
            assertEquals(2, Pages.save(store, 1, "", 1, Map.of(1, 1L)));
        }
    }

    @Test
    void aWriterThatWasClosedWithTheStoreLeavesNothing() throws IOException {
        SnapshotWriter writer;
        try (SnapshotStore store = Pages.open(folder)) {
            Pages.save(store, 0, "", 1, Pages.range(0, 100, 1000));
            writer = store.begin(null);
            for (int n = 0; n < 5000; n++) {
                writer.put("ram", n, Pages.page(1_000_000 + 3L * n));
            }
        }
        SnapshotWriter late = writer;
        assertThrows(IOException.class, () -> late.put("ram", 1, Pages.page(2)));
        assertThrows(IOException.class, () -> late.commit(Pages.image(1, 1), "", Map.of()));
        try (SnapshotStore store = Pages.open(folder)) {
            assertEquals(1, store.list().size());
            Pages.save(store, 1, "", 2, Map.of(1, 1L));
            store.compact(5000);
            assertTrue(store.fileBytes() < 2_000_000, store.fileBytes() + " bytes");
        }
    }

    @Test
    void namesAreUnique() throws IOException {
        try (SnapshotStore store = Pages.open(folder)) {
            Pages.save(store, 0, "a", 1, Map.of(1, 1L));
            IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> Pages.save(store, 0, "a", 2, Map.of(1, 1L)));
            assertTrue(e.getMessage().contains("'a'"), e.getMessage());
            store.delete(1);
            assertEquals(2, Pages.save(store, 0, "a", 2, Map.of(1, 1L)));
        }
    }

    @Test
    void theOneBeforeAPlaceIsFound() throws IOException {
        try (SnapshotStore store = Pages.open(folder)) {
            for (long icount : new long[] {500, 100, 900}) {
                Pages.save(store, 0, "", icount, Map.of(1, icount));
            }
            assertEquals(List.of(100L, 500L, 900L), store.list().stream().map(StoredSnapshot::icount).toList());
            assertEquals(500, store.before(899).orElseThrow().icount());
            assertEquals(100, store.before(100).orElseThrow().icount());
            assertTrue(store.before(99).isEmpty());
        }
    }

    @Test
    void theSnapshotsOfAnotherRecordingAreRefused() throws IOException {
        try (SnapshotStore store = Pages.open(folder)) {
            Pages.save(store, 0, "", 1, Map.of(1, 1L));
        }
        IOException e = assertThrows(IOException.class, () -> SnapshotStore.open(folder, "other", 0));
        assertTrue(e.getMessage().contains(folder.toString()) && e.getMessage().contains("'other'"), e.getMessage());
        try (SnapshotStore store = Pages.open(folder)) {
            assertFalse(store.verify(1).damaged());
        }
    }

    @Test
    void aSecondUserIsRefused() throws Exception {
        try (SnapshotStore store = Pages.open(folder)) {
            Pages.save(store, 0, "", 1, Map.of(1, 1L));
            IOException e = assertThrows(IOException.class, () -> Pages.open(folder));
            assertTrue(e.getMessage().contains("open already in this process"), e.getMessage());
            assertEquals("in use by another process", Children.run(Opener.class, folder.toString()));
        }
        assertEquals("1 snapshots", Children.run(Opener.class, folder.toString()));
    }

    static final class Opener {
        public static void main(String[] arguments) throws Exception {
            try (SnapshotStore store = Pages.open(Path.of(arguments[0]))) {
                System.out.print(store.list().size() + " snapshots");
            } catch (IOException e) {
                System.out.print(e.getMessage().contains("in use by another process") ? "in use by another process" : e.toString());
            }
        }
    }

    @Test
    void aReaderThatIsInterruptedDoesNotCloseTheStore() throws Exception {
        try (SnapshotStore store = SnapshotStore.open(folder, Pages.IDENTITY, 0)) {
            Pages.save(store, 0, "", 1, Pages.range(0, 100, 1000));
            Thread.currentThread().interrupt();
            assertFalse(store.verify(1).damaged());
            Pages.save(store, 1, "", 2, Pages.range(50, 150, 2000));
            assertTrue(Thread.interrupted());
            assertFalse(store.verify(1).damaged());
            assertFalse(store.verify(2).damaged());
        }
        try (SnapshotStore store = Pages.open(folder)) {
            assertFalse(store.verify(2).damaged());
        }
    }
}
