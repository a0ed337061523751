package org.reprise.core.snapshot.store;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;

/** Figures for docs/time-travel.md, by hand: {@code java StoreSpeed FOLDER PAGES}. */
final class StoreSpeed {
    private StoreSpeed() {
    }

    public static void main(String[] arguments) throws Exception {
        int count = Integer.parseInt(arguments[1]);
        byte[][] pages = new byte[count][];
        Random random = new Random(1);
        for (int i = 0; i < count; i++) {
            // half noise, half a few words again and again: packs to about half
            byte[] page = new byte[4096];
            random.nextBytes(page);
            for (int w = 0; w < 256; w++) {
                System.arraycopy(page, 8 * random.nextInt(8), page, 2048 + 8 * w, 8);
            }
            pages[i] = page;
        }
        try (SnapshotStore store = SnapshotStore.open(Path.of(arguments[0]), "speed", 0)) {
            for (int round = 0; round < 3; round++) {
                for (byte[] page : pages) {
                    page[0]++;
                }
                long t = now();
                SnapshotWriter writer = store.begin(null);
                for (int i = 0; i < count; i++) {
                    writer.put("ram", i, pages[i]);
                }
                rate("put new", count, t);
                t = now();
                long id = writer.commit(Pages.image(1, 100_000), "", Map.of()).id();
                System.out.printf("commit %d ms CPU, %d bytes for each page%n", (now() - t) / 1_000_000, store.fileBytes() / count / (round + 1));
                t = now();
                writer = store.begin(null);
                for (int i = 0; i < count; i++) {
                    writer.put("ram", i, pages[i]);
                }
                rate("put again", count, t);
                writer.close();
                byte[] into = new byte[4096];
                try (Tables tables = store.tables(id)) {
                    t = now();
                    for (int i = 0; i < count; i++) {
                        store.read(tables.table("ram").id(i), into);
                    }
                    rate("read", count, t);
                    t = now();
                    for (int i = 0; i < count; i++) {
                        store.read(tables.table("ram").id(random.nextInt(count)), into);
                    }
                    rate("read at random", count, t);
                }
            }
            long t = now();
            store.delete(2);
            System.out.printf("delete %d ms CPU, %d bytes%n", (now() - t) / 1_000_000, store.fileBytes());
            t = now();
            store.compact(60_000);
            System.out.printf("compact %d ms CPU, %d bytes%n", (now() - t) / 1_000_000, store.fileBytes());
        }
        long t = now();
        try (SnapshotStore store = SnapshotStore.open(Path.of(arguments[0]), "speed", 0)) {
            System.out.printf("open %d ms CPU%n", (now() - t) / 1_000_000);
            store.begin(null).close();
            System.out.printf("first begin after %d ms CPU%n", (now() - t) / 1_000_000);
        }
    }

    /** CPU time: others may use the machine too. */
    private static long now() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private static void rate(String what, int count, long since) {
        System.out.printf("%s: %,d pages for a second of CPU%n", what, (long) (count * 1e9 / (now() - since)));
    }
}
