package org.reprise.core.snapshot.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a file system of a few MiB, in a name space of its own. */
class FullDiskTest {
    @TempDir
    Path folder;

    @Test
    void aFullDiskEndsASnapshotAndNothingElse() throws Exception {
        Path small = Files.createDirectory(folder.resolve("small"));
        List<String> line = new ArrayList<>(List.of("unshare", "--map-root-user", "--mount", "bash", "-c",
            "mount -t tmpfs -o size=8m tmpfs " + small + " && exec \"$@\"", "bash"));
        line.addAll(Children.command(Saver.class, small.toString()));
        assertEquals("all was well", Children.output(line));
    }

    static final class Saver {
        private static void require(boolean condition, String what) {
            if (!condition) {
                throw new IllegalStateException(what);
            }
        }

        public static void main(String[] arguments) throws IOException {
            Path disk = Path.of(arguments[0]);
            Path folder = disk.resolve("store");
            int failures = 0;
            Path room = disk.resolve("room");
            Files.write(room, new byte[1 << 20]);
            try (SnapshotStore store = Pages.open(folder)) {
                long base = Pages.save(store, 0, "first", 1, Pages.range(0, 400, 1000));
                for (int i = 0; failures < 5; i++) {
                    require(i < 100, "the disk is never full");
                    try {
                        base = Pages.save(store, base, "", 2 + i, Pages.range(0, 300 + 100 * (i % 3), 10_000L * (1 + i)));
                    } catch (IOException e) {
                        failures++;
                        require(e.getMessage().contains(folder.toString()) && e.getMessage().contains("No space left"), e.getMessage());
                        intact(store, base);
                    }
                }
                // with a little room, what is deleted makes more of it
                Files.delete(room);
                for (StoredSnapshot s : store.list()) {
                    if (s.id() != base && !s.name().equals("first")) {
                        store.delete(s.id());
                    }
                }
                base = Pages.save(store, base, "last", 1000, Pages.range(0, 100, 5));
                intact(store, base);
            }
            // full to the last byte while the store is open
            try (SnapshotStore store = Pages.open(folder)) {
                intact(store, store.find("last").orElseThrow().id());
                fill(disk.resolve("filler"));
                try {
                    Pages.save(store, 0, "", 2000, Map.of(1, 3L));
                } catch (IOException e) {
                    require(e.getMessage().contains("No space left"), e.getMessage());
                }
                intact(store, store.find("last").orElseThrow().id());
            }
            // and when it is opened
            try (SnapshotStore store = Pages.open(folder)) {
                intact(store, store.find("last").orElseThrow().id());
                Files.delete(disk.resolve("filler"));
                Pages.save(store, 0, "after", 3000, Map.of(1, 3L));
                intact(store, store.find("after").orElseThrow().id());
            }
            System.out.print("all was well");
        }

        private static void fill(Path file) throws IOException {
            byte[] bytes = new byte[4096];
            try (var out = Files.newOutputStream(file)) {
                while (true) {
                    out.write(bytes);
                }
            } catch (IOException e) {
                require(e.getMessage().contains("No space left"), e.toString());
            }
        }

        private static void intact(SnapshotStore store, long last) throws IOException {
            require(!store.list().isEmpty() && store.list().stream().anyMatch(s -> s.id() == last), "the last one is gone");
            for (StoredSnapshot s : store.list()) {
                require(!store.verify(s.id()).damaged(), s + ": " + store.verify(s.id()).damage());
            }
        }
    }
}
