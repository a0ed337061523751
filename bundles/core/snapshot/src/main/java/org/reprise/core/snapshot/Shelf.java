package org.reprise.core.snapshot;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;
import org.reprise.api.replay.RecordReplay;
import org.reprise.api.replay.ReplayHost;
import org.reprise.api.travel.Capture;
import org.reprise.api.travel.MachineImage;
import org.reprise.api.travel.PageSource;
import org.reprise.api.travel.Snapshot;
import org.reprise.core.snapshot.store.PageTable;
import org.reprise.core.snapshot.store.SnapshotStore;
import org.reprise.core.snapshot.store.SnapshotWriter;
import org.reprise.core.snapshot.store.StoredSnapshot;
import org.reprise.core.snapshot.store.Tables;
import org.reprise.core.snapshot.vmstate.VmStateReader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The snapshots of one power cycle of a machine, in the recording's folder, or for a live machine in a temporary one; and which of them the machine's
 * pages are compared with. One thread at a time.
 */
final class Shelf implements AutoCloseable {
    /** The folder of a recording that has its snapshots. */
    static final String FOLDER = "snapshots";
    private static final long CACHE = 128L << 20;
    /** Beyond this distance from where the user works, snapshots are kept at even distances. */
    private static final long FAR = 300_000_000;
    private static final long CLOSE = 10_000;
    private static final Logger LOG = LoggerFactory.getLogger(Shelf.class);

    private final SnapshotStore store;
    private final Path folder;
    private final boolean temporary;
    /** Snapshots that turned out not to be usable. */
    private final Set<Long> avoided;
    /** It has the store from another one. */
    private final boolean beside;
    /** What the machine's pages were at the last capture or restored image; null: as after power-on, all never written. */
    private Tables base;
    /** What the machine was restored to: its drives still read from it. */
    private Tables restored;
    /** The snapshot being loaded. */
    private Tables loading;
    /** How many pages spaces have, as far as is known. */
    private final Map<String, Integer> sizes = new HashMap<>();
    /** What {@link #base} says cannot be relied on: a capture was lost. */
    private boolean lost;

    /** An image and its pages. */
    record Loaded(MachineImage image, PageSource pages) {
    }

    private Shelf(SnapshotStore store, Path folder, boolean temporary, boolean goesOn, Set<Long> avoided, boolean beside) {
        this.store = store;
        this.folder = folder;
        this.temporary = temporary;
        this.avoided = avoided;
        this.beside = beside;
        lost = goesOn;
    }

    private static Shelf of(SnapshotStore store, Path folder, boolean temporary, boolean goesOn) {
        return new Shelf(store, folder, temporary, goesOn, ConcurrentHashMap.newKeySet(), false);
    }

    /** The same snapshots for another machine, whose pages are others. To be closed before this one. */
    Shelf beside() {
        return new Shelf(store, folder, temporary, false, avoided, true);
    }

    /**
     * @param goesOn the machine has run before: what its pages were at the last capture is not known here
     * @throws MachineException when there is no place for snapshots
     */
    static Shelf open(ReplayHost host, RecordReplay recordReplay, boolean goesOn) {
        boolean live = host.status().mode().equals("live");
        Optional<Path> recording = live ? Optional.empty() : recordReplay.recording();
        String identity = "machine " + host.name() + recordReplay.identity().map(hash -> " " + hash).orElse("");
        try {
            if (recording.isPresent()) {
                Path folder = recording.get().resolve(FOLDER);
                try {
                    return of(SnapshotStore.open(folder, identity, CACHE), folder, false, goesOn);
                } catch (IOException e) {
                    LOG.warn("machine {}: snapshots cannot be kept with the recording, and will be gone when this program ends: {}", host.name(), e.getMessage());
                }
            }
            Path folder = Files.createTempDirectory("reprise-snapshots");
            return of(SnapshotStore.open(folder, identity, CACHE), folder, true, goesOn);
        } catch (IOException e) {
            throw new MachineException(ExitCode.RECORDING_IO, "machine " + host.name() + ": there is no place for snapshots: " + e.getMessage(), e);
        }
    }

    Path place() {
        return folder;
    }

    /** All, by icount. */
    List<StoredSnapshot> list() {
        return store.list();
    }

    /** For people; looks through tables for what deleting it would free. */
    Snapshot shown(StoredSnapshot s) {
        long freeable;
        try {
            freeable = store.freeable(s.id());
        } catch (IOException e) {
            // it is damaged, and takes room nevertheless
            freeable = 0;
        }
        return new Snapshot(s.id(), s.name(), s.icount(), s.virtual(), freeable);
    }

    StoredSnapshot find(String which) {
        return store.find(which).orElseThrow(() -> new MachineException(ExitCode.USAGE, "there is no snapshot " + which + "; there are "
            + list().stream().map(s -> s.name().isEmpty() ? String.valueOf(s.id()) : s.name()).toList()));
    }

    /** The last usable one at an icount or before. */
    Optional<StoredSnapshot> floor(long icount) {
        return store.list().stream().filter(s -> s.icount() <= icount && usable(s))
            .max(Comparator.comparingLong(StoredSnapshot::icount).thenComparingLong(StoredSnapshot::id));
    }

    /** The last usable one before a VIRTUAL time. */
    Optional<StoredSnapshot> before(long virtual) {
        return store.list().stream().filter(s -> s.virtual() < virtual && usable(s))
            .max(Comparator.comparingLong(StoredSnapshot::icount).thenComparingLong(StoredSnapshot::virtual).thenComparingLong(StoredSnapshot::id));
    }

    /** Icounts behind the first instruction that have usable ones, ascending. */
    List<Long> places() {
        return store.list().stream().filter(s -> s.icount() > 0 && usable(s)).map(StoredSnapshot::icount).distinct().sorted().toList();
    }

    /** False when it is damaged, or has turned out not to fit. */
    boolean usable(StoredSnapshot snapshot) {
        return !snapshot.damaged() && !avoided.contains(snapshot.id());
    }

    void avoid(StoredSnapshot snapshot) {
        avoided.add(snapshot.id());
    }

    /** @throws MachineException when a user cannot give this name */
    void checkName(String name) {
        if (name.isBlank() || name.matches("\\d+")) {
            throw new MachineException(ExitCode.USAGE, "\"" + name + "\" is no name for a snapshot: give it one that is no number");
        }
        if (store.list().stream().anyMatch(s -> s.name().equals(name))) {
            throw new MachineException(ExitCode.USAGE, "there is a snapshot '" + name + "' already; delete it, or take another name");
        }
    }

    /** True when the next capture must be a whole one. */
    boolean baseUnknown() {
        return lost;
    }

    /** Puts a capture on disk. */
    StoredSnapshot save(Capture capture, String name) throws IOException {
        Tables before = lost ? null : base;
        lost = true;
        byte[] page = new byte[Capture.PAGE];
        try (SnapshotWriter writer = store.begin(before)) {
            for (Capture.Space space : capture.spaces()) {
                sizes.put(space.name(), space.pages());
                for (int number : space.changed()) {
                    if (space.read(number, page)) {
                        writer.put(space.name(), number, page);
                    } else {
                        writer.clear(space.name(), number);
                    }
                }
            }
            StoredSnapshot saved = writer.commit(capture.image(), name, Map.of());
            base(store.tables(saved.id()));
            lost = false;
            return saved;
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** Somebody else has captured the whole machine: pages that change from now on are not those that differ from {@link #base}. */
    void bypassed(Capture capture) {
        capture.spaces().forEach(space -> sizes.put(space.name(), space.pages()));
        lost = true;
    }

    /** Takes a state in as a snapshot, all of it checked. @param events as {@link MachineImage#events} */
    StoredSnapshot adopt(VmStateReader state, String name, long events, Map<String, String> metadata) throws IOException {
        state.header().spaces().forEach((space, pages) -> sizes.merge(space, pages, Math::max));
        try (SnapshotWriter writer = store.begin(null)) {
            MachineImage image = state.read(writer::put, events);
            return writer.commit(image, name, metadata);
        }
    }

    private void base(Tables now) {
        if (base != null) {
            base.close();
        }
        base = now;
    }

    /** A snapshot for {@link org.reprise.api.travel.TravelHost#restore}; call {@link #restored} or {@link #unused} afterwards. */
    Loaded load(StoredSnapshot snapshot) throws IOException {
        MachineImage image = store.image(snapshot.id());
        Tables tables = store.tables(snapshot.id());
        Tables before = base;
        boolean everything = lost;
        loading = tables;
        return new Loaded(image, new PageSource() {
            @Override
            public int[] different(String space) {
                return everything ? IntStream.range(0, sizes.getOrDefault(space, tables.table(space).limit())).toArray()
                    : tables.table(space).different(before == null ? PageTable.EMPTY : before.table(space));
            }

            @Override
            public int[] written(String space) {
                return tables.table(space).different(PageTable.EMPTY);
            }

            @Override
            public boolean read(String space, int page, byte[] into) {
                try {
                    return store.read(tables.table(space).id(page), into);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        });
    }

    /** What was loaded last will not be restored; the machine is as it was. */
    void unused() {
        loading.close();
        loading = null;
    }

    /** The machine was restored, or not, to what was loaded last. */
    void restored(boolean well) throws IOException {
        Tables now = loading;
        loading = null;
        base(null);
        if (restored != null) {
            restored.close();
        }
        restored = now;
        lost = !well;
        if (well) {
            base(store.tables(now.snapshot()));
        }
    }

    /** The machine was put together anew. */
    void restarted() {
        base(null);
        if (restored != null) {
            restored.close();
            restored = null;
        }
        lost = false;
    }

    void delete(StoredSnapshot snapshot) throws IOException {
        store.delete(snapshot.id());
    }

    /**
     * Removes automatic snapshots until they are within a budget: first those that leave the smallest gap, measured by the distance from where the user
     * works.
     *
     * @param bytes budget for the store
     * @param here icount where the user works
     */
    void thin(long bytes, long here) throws IOException {
        while (store.bytes() > bytes) {
            List<StoredSnapshot> all = store.list();
            TreeMap<Long, StoredSnapshot> byGap = new TreeMap<>();
            ToLongFunction<StoredSnapshot> distance = s -> Math.min(FAR, Math.abs(s.icount() - here)) + CLOSE;
            for (int i = 1; i + 1 < all.size(); i++) {
                if (all.get(i).name().isEmpty()) {
                    long gap = all.get(i + 1).icount() - all.get(i - 1).icount();
                    byGap.put(gap * 1000 / distance.applyAsLong(all.get(i)), all.get(i));
                }
            }
            if (byGap.isEmpty()) {
                return;
            }
            store.delete(byGap.firstEntry().getValue().id());
        }
    }

    @Override
    public void close() {
        restarted();
        if (beside) {
            return;
        }
        try {
            store.close();
            if (temporary) {
                try (Stream<Path> files = Files.walk(folder)) {
                    for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                        Files.deleteIfExists(file);
                    }
                }
            }
        } catch (IOException | UncheckedIOException e) {
            LOG.warn("snapshots in {}: {}", folder, e.getMessage());
        }
    }
}
