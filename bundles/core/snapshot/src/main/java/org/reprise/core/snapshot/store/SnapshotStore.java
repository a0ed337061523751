package org.reprise.core.snapshot.store;

import java.io.DataInputStream;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.reprise.api.travel.MachineImage;
import org.reprise.core.snapshot.store.PageTable.Chunk;
import org.reprise.core.snapshot.store.Volume.Kind;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Snapshots of one machine in a folder. Pages of 4096 bytes are kept once each whatever number of snapshots has them. One {@link SnapshotWriter} at a time;
 * everything else by any thread at any time, reads while a snapshot is written included.
 */
public final class SnapshotStore implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotStore.class);
    static final String FILE = "snapshots.mv";
    private static final long HEADERS = 2L * CheckedFileStore.BLOCK;
    /** Bytes that are written at once; the library has them in memory until then. */
    private static final int PENDING = 4 << 20;
    private static final int COMPACT_MS = 100;
    private static final int MAX_IDENTITY = 4096;

    private final Path folder;
    private final StoreLock lock;
    private final Volume volume;
    private final Catalog catalog;
    private final PageCache cache;
    private final Holds holds = new Holds();
    private final ThreadLocal<PageCodec> codecs = ThreadLocal.withInitial(PageCodec::new);
    private final Map<Long, WeakReference<Chunk>> chunks = new HashMap<>();

    /** Guards all changes, and what follows. */
    private final Object changes = new Object();
    /** Null: to be loaded. */
    private Ledger ledger;
    private SnapshotWriter writer;
    private int pending;
    /** Numbers that were given by ledgers before this one. */
    private long pageFloor;
    private long chunkFloor;
    private volatile boolean closed;

    private SnapshotStore(Path folder, StoreLock lock, Volume volume, Catalog catalog, long cacheBytes) {
        this.folder = folder;
        this.lock = lock;
        this.volume = volume;
        this.catalog = catalog;
        cache = new PageCache(cacheBytes);
    }

    /**
     * Opens a store; makes it when the folder has none.
     *
     * @param folder it is made when it is missing
     * @param identity what the snapshots belong to, for example a checksum of the recording's manifest; at most 4096 characters
     * @param cacheBytes memory for uncompressed pages that were read last; 0: none
     * @throws IOException naming the folder and the remedy: it belongs to something else, is in use, or damaged as a whole. Nothing in it is deleted.
     */
    public static SnapshotStore open(Path folder, String identity, long cacheBytes) throws IOException {
        return open(folder, identity, cacheBytes, CheckedFileStore::new);
    }

    static SnapshotStore open(Path folder, String identity, long cacheBytes, Volume.Blocks blocks) throws IOException {
        if (identity.isEmpty() || identity.length() > MAX_IDENTITY) {
            throw new IllegalArgumentException("the identity of a snapshot store has " + identity.length() + " characters: 1 to " + MAX_IDENTITY
                + " are allowed");
        }
        Files.createDirectories(folder);
        StoreLock lock = new StoreLock(folder);
        Volume volume = null;
        boolean done = false;
        try {
            PageCodec codec = new PageCodec();
            Witness witness = witness(codec, folder);
            if (witness != null) {
                checkIdentity(folder, witness.identity(), identity);
                checkFile(folder, witness);
            }
            Path file = folder.resolve(FILE);
            boolean fresh = !Files.exists(file) || Files.size(file) < HEADERS && Files.notExists(folder.resolve(Witness.FILE));
            if (fresh) {
                // its maker was killed before there was anything in it, or else there would be a witness, though it may be damaged
                Files.write(file, new byte[0]);
            }
            volume = new Volume(file, blocks);
            byte[] kept = volume.get(Kind.ROOT, 0);
            if (kept == null && witness == null && volume.last(Kind.SNAPSHOTS) == 0) {
                // new, or its maker was killed
                kept = new Records.Root(identity, 1, 1).encode(codec);
                volume.put(Kind.ROOT, 0, kept);
                volume.commit();
            }
            Records.Root root = newest(codec, volume, file, witness == null ? 0 : witness.generation());
            checkIdentity(folder, root.identity(), identity);
            if (witness == null && !fresh && root.generation() > 1) {
                LOG.warn("{}: the file {} is missing or damaged and made again: if snapshots were lost by damage before, nobody can tell", folder,
                    Witness.FILE);
            }
            Catalog catalog = Catalog.read(folder, codec, volume, root, witness);
            catalog.write();
            done = true;
            return new SnapshotStore(folder, lock, volume, catalog, cacheBytes);
        } finally {
            if (!done) {
                if (volume != null) {
                    volume.close();
                }
                lock.close();
            }
        }
    }

    /**
     * What the volume has first of all, of its newest commit.
     *
     * @param generation that it is known to have reached: the whole file is searched when it seems to have not
     */
    private static Records.Root newest(PageCodec codec, Volume volume, Path file, long generation) throws IOException {
        byte[] kept = volume.get(Kind.ROOT, 0);
        Records.Root root = kept == null && generation > 0 ? null : root(codec, file, kept);
        if (root != null && root.generation() >= generation) {
            return root;
        }
        volume.reopen(true);
        return root(codec, file, volume.get(Kind.ROOT, 0));
    }

    private static Witness witness(PageCodec codec, Path folder) {
        try {
            return Witness.read(codec, folder);
        } catch (IOException e) {
            LOG.warn("{}: the file {} is damaged: {}", folder, Witness.FILE, e.getMessage());
            return null;
        }
    }

    private static void checkIdentity(Path folder, String has, String wanted) throws IOException {
        if (!has.equals(wanted)) {
            throw new IOException("the snapshots in " + folder + " belong to something else: to '" + has + "', not to '" + wanted
                + "'. Move the folder away, or bring back what they belong to");
        }
    }

    /** The library takes a file that is empty for a new one. */
    private static void checkFile(Path folder, Witness witness) throws IOException {
        Path file = folder.resolve(FILE);
        long size = Files.exists(file) ? Files.size(file) : 0;
        if (size < HEADERS) {
            throw new IOException("the snapshots in " + file + " are gone: it has " + size + " bytes, " + witness.snapshots().size()
                + " snapshots were in it. Restore it from a copy, or move the folder away to begin a new store");
        }
    }

    private static Records.Root root(PageCodec codec, Path file, byte[] kept) throws IOException {
        try {
            return Records.Root.decode(codec, kept);
        } catch (IOException e) {
            throw new IOException("the snapshots in " + file + " cannot be opened, the file is damaged: its first record: " + e.getMessage()
                + "; nothing in it was deleted. Restore it from a copy, or move the folder away to begin a new store", e);
        }
    }

    /** All snapshots by icount, damaged and lost ones included. */
    public List<StoredSnapshot> list() {
        return catalog.list();
    }

    /** A snapshot by name, or by id when none has that name. */
    public Optional<StoredSnapshot> find(String which) {
        Optional<StoredSnapshot> named = catalog.stream().filter(s -> s.name().equals(which) && !which.isEmpty()).findFirst();
        return named.isPresent() ? named : catalog.stream().filter(s -> Long.toString(s.id()).equals(which)).findFirst();
    }

    /** The last one at or before this place that is not known to be damaged; of several there, the newest. */
    public Optional<StoredSnapshot> before(long icount) {
        List<StoredSnapshot> there = catalog.list().stream().filter(s -> s.icount() <= icount && !s.damaged()).toList();
        return there.isEmpty() ? Optional.empty() : Optional.of(there.get(there.size() - 1));
    }

    private StoredSnapshot known(long id) throws IOException {
        StoredSnapshot s = catalog.get(id);
        if (s == null) {
            throw new IOException("there is no snapshot " + id + " in " + folder);
        }
        if (catalog.isLost(id)) {
            throw new DamagedSnapshotException(s.title() + " in " + folder + " is damaged: " + s.damage() + "; use an earlier one", null);
        }
        return s;
    }

    private DamagedSnapshotException damaged(StoredSnapshot s, IOException e) throws IOException {
        if (closed) {
            throw e;
        }
        catalog.damage(s.id(), e.getMessage());
        return new DamagedSnapshotException(s.title() + " in " + folder + " is damaged: " + e.getMessage() + "; use an earlier one", e);
    }

    /**
     * The parts of a snapshot.
     *
     * @throws DamagedSnapshotException naming it, when it is damaged
     * @throws IOException when there is none, or the store is closed
     */
    public MachineImage image(long id) throws IOException {
        return read(id, s -> {
            DataInputStream in = Records.decode(codecs.get(), Kind.STATES, id, volume.get(Kind.STATES, id));
            return new MachineImage(s.icount(), s.virtual(), s.events(), in.readAllBytes());
        });
    }

    private interface Reading<T> {
        T read(StoredSnapshot s) throws IOException;
    }

    /** Reads records of a snapshot. One that is missing may be that of a snapshot being deleted: that is known when no change is under way. */
    private <T> T read(long id, Reading<T> reading) throws IOException {
        try {
            return reading.read(known(id));
        } catch (DamagedSnapshotException e) {
            throw e;
        } catch (IOException e) {
            synchronized (changes) {
                StoredSnapshot s = known(id);
                try {
                    return reading.read(s);
                } catch (IOException again) {
                    throw damaged(s, again);
                }
            }
        }
    }

    /**
     * The pages of a snapshot; to be closed when they are not read any more.
     *
     * @throws DamagedSnapshotException naming it, when its tables are damaged
     * @throws IOException when there is none, or the store is closed
     */
    public Tables tables(long id) throws IOException {
        synchronized (changes) {
            // nobody deletes it before it is held
            known(id);
            holds.hold(id);
        }
        boolean done = false;
        try {
            Map<String, PageTable> spaces = read(id, s -> readTables(id));
            done = true;
            return new Tables(this, id, spaces);
        } finally {
            if (!done) {
                holds.release(id);
            }
        }
    }

    private Map<String, PageTable> readTables(long id) throws IOException {
        Map<String, PageTable> spaces = new TreeMap<>();
        for (var space : Records.tables(codecs.get(), id, volume.get(Kind.TABLES, id)).entrySet()) {
            SortedMap<Integer, Chunk> made = new TreeMap<>();
            for (Map.Entry<Integer, Long> e : space.getValue().entrySet()) {
                made.put(e.getKey(), chunk(e.getValue()));
            }
            spaces.put(space.getKey(), PageTable.of(made));
        }
        return spaces;
    }

    private Chunk chunk(long number) throws IOException {
        synchronized (chunks) {
            WeakReference<Chunk> known = chunks.get(number);
            Chunk chunk = known == null ? null : known.get();
            if (chunk != null) {
                return chunk;
            }
        }
        Chunk read;
        try {
            read = Records.chunk(codecs.get(), number, volume.get(Kind.CHUNKS, number));
        } catch (IOException e) {
            throw new IOException("part " + number + " of its tables: " + e.getMessage(), e);
        }
        return share(read);
    }

    private Chunk share(Chunk chunk) {
        synchronized (chunks) {
            WeakReference<Chunk> known = chunks.get(chunk.number);
            Chunk other = known == null ? null : known.get();
            if (other != null) {
                return other;
            }
            if ((chunks.size() & 0xfff) == 0xfff) {
                chunks.values().removeIf(r -> r.get() == null);
            }
            chunks.put(chunk.number, new WeakReference<>(chunk));
            return chunk;
        }
    }

    void released(long snapshot) {
        holds.release(snapshot);
    }

    /**
     * Copies a page. Fast when it is among those read last.
     *
     * @param id from the table of a snapshot that is there, or whose {@link Tables} are open
     * @param into 4096 bytes
     * @return false for {@link PageTable#NEVER}; nothing is copied then
     * @throws IOException naming store and page, when it is damaged or missing
     */
    public boolean read(long id, byte[] into) throws IOException {
        if (id == PageTable.NEVER) {
            return false;
        }
        if (id == PageTable.ZERO) {
            Arrays.fill(into, 0, PageCodec.PAGE, (byte) 0);
            return true;
        }
        if (cache.read(id, into)) {
            return true;
        }
        readStored(codecs.get(), id, into);
        cache.add(id, into);
        return true;
    }

    private void readStored(PageCodec codec, long id, byte[] into) throws IOException {
        try {
            codec.unpack(volume.get(Kind.PAGES, id), into);
        } catch (IOException e) {
            if (!closed) {
                synchronized (changes) {
                    if (ledger != null) {
                        ledger.distrust(id);
                    }
                }
            }
            throw new IOException("page " + id + " of the snapshots in " + folder + " is damaged: " + e.getMessage(), e);
        }
    }

    /**
     * Reads all of a snapshot and checks it.
     *
     * @return it, with its damage when it has any
     * @throws IOException when there is none
     */
    public StoredSnapshot verify(long id) throws IOException {
        if (catalog.isLost(id)) {
            return catalog.get(id);
        }
        StoredSnapshot s = known(id);
        PageCodec codec = codecs.get();
        byte[] page = new byte[PageCodec.PAGE];
        try (Tables tables = tables(id)) {
            image(id);
            for (String space : tables.spaces()) {
                for (Chunk chunk : tables.table(space).chunks().values()) {
                    for (long pageId : chunk.ids) {
                        if (pageId > PageTable.ZERO) {
                            readStored(codec, pageId, page);
                        }
                    }
                }
            }
        } catch (DamagedSnapshotException e) {
            return catalog.get(id);
        } catch (IOException e) {
            damaged(s, e);
            return catalog.get(id);
        }
        return catalog.get(id);
    }

    /**
     * Begins a snapshot.
     *
     * @param base pages that are not put are as in these tables of this store; null: never written. They may be closed meanwhile.
     * @throws IllegalStateException when another one is being written
     * @throws IOException naming what hinders it
     */
    public SnapshotWriter begin(Tables base) throws IOException {
        if (base != null && (base.store() != this || base.isClosed())) {
            throw new IllegalArgumentException("the base must be open tables of this store");
        }
        synchronized (changes) {
            if (writer != null) {
                throw new IllegalStateException("a snapshot is being written in " + folder + ": one at a time");
            }
            ledger();
            if (base != null) {
                holds.hold(base.snapshot());
            }
            writer = new SnapshotWriter(this, base);
            return writer;
        }
    }

    private Ledger ledger() throws IOException {
        if (closed) {
            throw new IOException("the snapshot store " + folder + " is closed");
        }
        if (ledger == null) {
            volume.ensureOpen();
            List<Collection<Long>> named = new ArrayList<>(holds.left());
            boolean complete = true;
            for (StoredSnapshot s : catalog.list()) {
                if (!catalog.isLost(s.id())) {
                    try {
                        named.add(chunksOf(s.id()));
                    } catch (IOException e) {
                        complete = false;
                    }
                } else {
                    // what it had may be there in part; who deletes it lets that go
                    complete = false;
                }
            }
            ledger = Ledger.load(volume, new PageCodec(), named, complete);
            ledger.atLeast(pageFloor, chunkFloor);
        }
        return ledger;
    }

    private Collection<Long> chunksOf(long id) throws IOException {
        List<Long> all = new ArrayList<>();
        Records.tables(codecs.get(), id, volume.get(Kind.TABLES, id)).values().forEach(space -> all.addAll(space.values()));
        return all;
    }

    long putPage(SnapshotWriter by, PageCodec codec, byte[] page) throws IOException {
        byte[] hash = codec.hash(page, PageCodec.PAGE);
        ByteBuffer bits = ByteBuffer.wrap(hash);
        long high = bits.getLong();
        long low = bits.getLong();
        try {
            synchronized (changes) {
                by.check();
                long id = ledger().find(high, low);
                if (id != 0) {
                    return id;
                }
            }
            byte[] kept = codec.pack(page, hash);
            synchronized (changes) {
                by.check();
                long id = ledger().add(high, low, kept);
                pending += kept.length;
                if (pending >= PENDING) {
                    flush();
                }
                return id;
            }
        } catch (IOException e) {
            throw recover(e);
        }
    }

    private void flush() throws IOException {
        ledger.save();
        volume.commit();
        pending = 0;
    }

    /** After a failure: back to what is on disk. @return what to throw */
    private IOException recover(IOException e) {
        synchronized (changes) {
            if (ledger != null) {
                pageFloor = Math.max(pageFloor, ledger.next());
                chunkFloor = Math.max(chunkFloor, ledger.nextChunk());
            }
            ledger = null;
            pending = 0;
            IOException told = new IOException("the snapshots in " + folder + " cannot be changed: " + e.getMessage(), e);
            if (writer != null) {
                finish(writer);
            }
            try {
                volume.reopen(false);
                newest(codecs.get(), volume, folder.resolve(FILE), catalog.generation());
            } catch (IOException again) {
                told.addSuppressed(again);
            }
            return told;
        }
    }

    private void finish(SnapshotWriter ending) {
        ending.end();
        if (writer == ending) {
            writer = null;
            if (ending.base() != null) {
                holds.release(ending.base().snapshot());
            }
        }
    }

    StoredSnapshot commit(SnapshotWriter by, MachineImage image, String name, Map<String, String> metadata, Map<String, PageTable> tables)
            throws IOException {
        Records.checkMetadata(name, metadata);
        synchronized (changes) {
            by.check();
            if (!name.isEmpty() && catalog.stream().anyMatch(s -> s.name().equals(name))) {
                throw new IllegalArgumentException("there is a snapshot '" + name + "' already: delete it first, or take another name");
            }
            try {
                return commitPages(by, new StoredSnapshot(catalog.next(), name, image.icount(), image.virtual(), image.events(), Map.copyOf(metadata), ""),
                    image.state(), tables);
            } catch (IOException e) {
                throw recover(e);
            }
        }
    }

    private StoredSnapshot commitPages(SnapshotWriter by, StoredSnapshot s, byte[] state, Map<String, PageTable> tables) throws IOException {
        collect();
        Map<Chunk, Long> fresh = new IdentityHashMap<>();
        Map<String, SortedMap<Integer, Long>> numbers = new TreeMap<>();
        for (Map.Entry<String, PageTable> space : tables.entrySet()) {
            SortedMap<Integer, Long> places = new TreeMap<>();
            numbers.put(space.getKey(), places);
            for (Map.Entry<Integer, Chunk> e : space.getValue().chunks().entrySet()) {
                long number = e.getValue().number;
                if (number == 0) {
                    number = ledger().addChunk(e.getValue());
                    fresh.put(e.getValue(), number);
                }
                ledger().useChunk(number);
                places.put(e.getKey(), number);
            }
        }
        for (long page : by.used()) {
            ledger.letGo(page);
        }
        // what the snapshot consists of is on disk before anything says that it is there
        flush();
        PageCodec codec = codecs.get();
        volume.put(Kind.STATES, s.id(), Records.encode(codec, Kind.STATES, s.id(), out -> out.write(state)));
        volume.put(Kind.TABLES, s.id(), Records.tables(codec, s.id(), numbers));
        volume.put(Kind.SNAPSHOTS, s.id(), Records.snapshot(codec, s));
        Records.Root root = catalog.rootAfter(true);
        volume.put(Kind.ROOT, 0, root.encode(codec));
        volume.commit();
        fresh.forEach((chunk, number) -> {
            chunk.number = number;
            share(chunk);
        });
        catalog.committed(root, s, 0);
        finish(by);
        return s;
    }

    void abort(SnapshotWriter by) {
        synchronized (changes) {
            try {
                if (ledger != null && writer == by) {
                    for (long page : by.used()) {
                        ledger.letGo(page);
                    }
                }
            } catch (IOException e) {
                LOG.warn("{}: {}", folder, recover(e).getMessage());
            }
            finish(by);
        }
    }

    /** Lets go what was deleted while it was used. */
    private void collect() throws IOException {
        ledger();
        for (Collection<Long> unused : holds.unused()) {
            for (long number : unused) {
                ledger.letChunkGo(number);
            }
        }
    }

    /**
     * Deletes a snapshot; when this returns, on disk. Pages that no other one has, and that nobody holds by {@link Tables}, are removed; the file shrinks
     * with this and the following calls.
     *
     * @throws IOException when there is none, or the store cannot be written: it is as before then
     */
    public void delete(long id) throws IOException {
        synchronized (changes) {
            if (catalog.get(id) == null) {
                throw new IOException("there is no snapshot " + id + " in " + folder);
            }
            if (catalog.isLost(id)) {
                catalog.forget(id);
                return;
            }
            try {
                collect();
                remove(id);
            } catch (IOException e) {
                holds.unleave(id);
                throw recover(e);
            }
            compact(COMPACT_MS);
        }
    }

    private void remove(long id) throws IOException {
        Collection<Long> numbers;
        try {
            numbers = chunksOf(id);
        } catch (IOException e) {
            // damaged: what it had is found without a user when the ledger is loaded next
            numbers = List.of();
        }
        if (!holds.leave(id, numbers)) {
            for (long number : numbers) {
                ledger.letChunkGo(number);
            }
        }
        for (Kind kind : List.of(Kind.STATES, Kind.TABLES, Kind.SNAPSHOTS)) {
            volume.put(kind, id, null);
        }
        Records.Root root = catalog.rootAfter(false);
        volume.put(Kind.ROOT, 0, root.encode(codecs.get()));
        flush();
        catalog.committed(root, null, id);
    }

    /**
     * Gives back space on the disk that deleted snapshots had.
     *
     * @param milliseconds how long it may take, roughly
     */
    public void compact(int milliseconds) {
        synchronized (changes) {
            if (closed) {
                return;
            }
            try {
                if (ledger != null) {
                    collect();
                    flush();
                }
                volume.compact(milliseconds);
            } catch (IOException e) {
                // a part is damaged, or the disk is full: what there is stays as it is
                LOG.warn("{}", recover(e).getMessage());
            }
        }
    }

    /** Bytes that the snapshots need on disk, roughly: falls with each {@link #delete} at once, unless somebody holds the pages. */
    public long bytes() {
        return volume.needed();
    }

    /** Bytes of the file: {@link #bytes}, and what deleted snapshots left, which the next ones take, or {@link #compact}; mostly up to a third. */
    public long fileBytes() {
        return volume.bytes();
    }

    /**
     * What deleting a snapshot would free, roughly: what only it has.
     *
     * @return bytes; 0 for a damaged one
     * @throws IOException when the store cannot be read
     */
    public long freeable(long id) throws IOException {
        synchronized (changes) {
            ledger();
            if (catalog.get(id) == null || catalog.isLost(id)) {
                return 0;
            }
            try {
                byte[] state = volume.get(Kind.STATES, id);
                return ledger.exclusive(chunksOf(id)) + (state == null ? 0 : state.length);
            } catch (IOException e) {
                if (closed) {
                    throw e;
                }
                return 0;
            }
        }
    }

    /** Closes the store. A snapshot that is being written is given up. */
    @Override
    public void close() throws IOException {
        synchronized (changes) {
            if (closed) {
                return;
            }
            if (writer != null) {
                finish(writer);
            }
            closed = true;
            try {
                volume.close();
            } finally {
                lock.close();
            }
        }
    }
}
