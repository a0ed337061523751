package org.reprise.core.snapshot.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;
import org.h2.mvstore.type.ByteArrayDataType;
import org.h2.mvstore.type.LongDataType;

/**
 * The library's store: maps from numbers to bytes in one file. Reads by any thread; changes by one at a time. The library closes itself after an error in
 * writing; then this opens it again, with what was committed before.
 */
final class Volume {
    /** What the maps hold; {@link SnapshotStore} and {@link Ledger} say how. */
    enum Kind { ROOT, SNAPSHOTS, STATES, TABLES, CHUNKS, PAGES, HASHES }

    private static final int LEAF = 32 << 10;
    private static final int CACHE_MIB = 24;
    /** Blocks that are not worth the trouble. */
    private static final int MIN_WASTE = 64;
    /** Bytes written anew at once, more than a part of the file has, and how often before it is seen whether that helps. */
    private static final int REWRITE = 8 << 20;
    private static final int REWRITES = 4;
    /** Whatever the fill rate is. */
    private static final int ALWAYS = 101;

    /** Makes what is under the library's trees. */
    interface Blocks {
        CheckedFileStore make(Map<String, Object> config, boolean thorough);
    }

    private final Path file;
    private final Blocks maker;
    private final ReentrantReadWriteLock open = new ReentrantReadWriteLock();
    /** Null when it was closed, or could not be opened again. */
    private MVStore library;
    private CheckedFileStore blocks;
    private final Map<Kind, MVMap<Long, byte[]>> maps = new HashMap<>();

    /** @throws IOException naming the file and what to do when it cannot be opened */
    Volume(Path file, Blocks maker) throws IOException {
        this.file = file;
        this.maker = maker;
        open(false);
    }

    private void open(boolean thorough) throws IOException {
        Map<String, Object> config = new HashMap<>(Map.of("cacheSize", CACHE_MIB, "pageSplitSize", LEAF));
        CheckedFileStore made = maker.make(config, thorough);
        made.openFile(file.toString());
        MVStore opened = null;
        try {
            // no thread and no commit but ours; with 0 the library never writes by itself
            opened = new MVStore.Builder().adoptFileStore(made).autoCommitDisabled().autoCommitBufferSize(0).open();
            opened.setVersionsToKeep(0);
            for (Kind kind : Kind.values()) {
                maps.put(kind, opened.openMap(kind.name(), new MVMap.Builder<Long, byte[]>().keyType(LongDataType.INSTANCE)
                    .valueType(ByteArrayDataType.INSTANCE)));
            }
        } catch (RuntimeException | OutOfMemoryError e) {
            if (opened != null) {
                opened.closeImmediately();
            }
            made.closeFile();
            throw new IOException("the snapshots in " + file + " cannot be opened, the file is damaged: " + e.getMessage()
                + "; nothing in it was deleted. Restore it from a copy, or move it away together with the files beside it: its snapshots are gone then,"
                + " the recording itself is not concerned", e);
        }
        library = opened;
        blocks = made;
    }

    /**
     * The bytes under a number, or null.
     *
     * @throws IOException when they are damaged or cannot be read
     */
    byte[] get(Kind kind, long key) throws IOException {
        open.readLock().lock();
        try {
            MVStore store = opened();
            // what this version consists of is not written over meanwhile
            MVStore.TxCounter usage = store.registerVersionUsage();
            try {
                return maps.get(kind).get(key);
            } finally {
                store.deregisterVersionUsage(usage);
            }
        } catch (RuntimeException e) {
            throw failed(e);
        } finally {
            open.readLock().unlock();
        }
    }

    private MVStore opened() throws IOException {
        if (library == null) {
            throw new IOException("the snapshot store " + file + " is closed");
        }
        return library;
    }

    private IOException failed(RuntimeException e) {
        Throwable cause = e;
        while (cause.getCause() != null && !(cause instanceof IOException)) {
            cause = cause.getCause();
        }
        return new IOException(file + ": " + (cause instanceof IOException ? cause.getMessage() : e.getMessage()), e);
    }

    /** Receives entries. */
    interface Visitor {
        void visit(long key, byte[] value) throws IOException;
    }

    /** All entries, ascending. @throws IOException when some cannot be read: those after them were not visited either */
    void each(Kind kind, Visitor visitor) throws IOException {
        open.readLock().lock();
        try {
            MVStore store = opened();
            MVStore.TxCounter usage = store.registerVersionUsage();
            try {
                Cursor<Long, byte[]> cursor = maps.get(kind).cursor(null);
                while (cursor.hasNext()) {
                    long key = cursor.next();
                    visitor.visit(key, cursor.getValue());
                }
            } finally {
                store.deregisterVersionUsage(usage);
            }
        } catch (RuntimeException e) {
            throw failed(e);
        } finally {
            open.readLock().unlock();
        }
    }

    /** The greatest key of all, or 0. */
    long last(Kind kind) throws IOException {
        open.readLock().lock();
        try {
            opened();
            Long key = maps.get(kind).lastKey();
            return key == null ? 0 : key;
        } catch (RuntimeException e) {
            throw failed(e);
        } finally {
            open.readLock().unlock();
        }
    }

    /** Changes an entry, on disk after the next commit. @param value null: removes it */
    void put(Kind kind, long key, byte[] value) throws IOException {
        open.readLock().lock();
        try {
            opened();
            if (value == null) {
                maps.get(kind).remove(key);
            } else {
                maps.get(kind).put(key, value);
            }
        } catch (RuntimeException e) {
            throw failed(e);
        } finally {
            open.readLock().unlock();
        }
    }

    /** Puts all changes on disk: all or none. @throws IOException when it has failed: {@link #reopen} then */
    void commit() throws IOException {
        open.readLock().lock();
        try {
            opened().commit();
            library.sync();
        } catch (RuntimeException | OutOfMemoryError e) {
            throw e instanceof RuntimeException r ? failed(r) : new IOException(file + ": " + e, e);
        } finally {
            open.readLock().unlock();
        }
    }

    /** Gives back space in the file, for about so many ms. @throws IOException as {@link #commit} */
    void compact(int milliseconds) throws IOException {
        open.readLock().lock();
        try {
            MVStore store = opened();
            MVMap<Long, byte[]> root = maps.get(Kind.ROOT);
            long until = System.nanoTime() + milliseconds * 1_000_000L;
            // as long as it helps: a third more than needed is good enough; what gets free is cut off two commits later
            for (int idle = 0; idle < 8 && wasteful() && System.nanoTime() < until;) {
                long before = blocks.blocks();
                for (int i = 0; i < REWRITES && store.compact(ALWAYS, REWRITE); i++) {
                    store.commit();
                    store.sync();
                }
                // what is in no use now is free for the next commit, and the end is cut off by it; there must be one, and the part written last is not
                // moved before there is another
                blocks.dropUnusedChunks();
                root.put(0L, root.get(0L));
                store.commit();
                store.sync();
                idle = blocks.blocks() < before ? 0 : idle + 1;
            }
        } catch (RuntimeException | OutOfMemoryError e) {
            throw e instanceof RuntimeException r ? failed(r) : new IOException(file + ": " + e, e);
        } finally {
            open.readLock().unlock();
        }
    }

    private boolean wasteful() {
        long needed = blocks.neededBlocks();
        return blocks.blocks() - needed > Math.max(MIN_WASTE, needed / 3);
    }

    /** Tries again when it could not be opened again. */
    void ensureOpen() throws IOException {
        open.writeLock().lock();
        try {
            if (library == null || library.isClosed()) {
                reopen(false);
            }
        } finally {
            open.writeLock().unlock();
        }
    }

    /** Forgets what was not committed. @param thorough the newest commit is looked for in the whole file */
    void reopen(boolean thorough) throws IOException {
        open.writeLock().lock();
        try {
            if (library != null) {
                MVStore old = library;
                library = null;
                old.closeImmediately();
                blocks.closeFile();
            }
            open(thorough);
        } finally {
            open.writeLock().unlock();
        }
    }

    /** Closes it; what was not committed is forgotten. */
    void close() throws IOException {
        open.writeLock().lock();
        try {
            MVStore old = library;
            library = null;
            if (old == null) {
                return;
            }
            try {
                if (old.hasUnsavedChanges()) {
                    old.closeImmediately();
                } else {
                    old.close();
                }
            } catch (MVStoreException e) {
                throw failed(e);
            } finally {
                blocks.closeFile();
            }
        } finally {
            open.writeLock().unlock();
        }
    }

    /** Bytes of it that are in use, roughly. */
    long needed() {
        return blocks.neededBlocks() * CheckedFileStore.BLOCK;
    }

    /** Bytes of the file. */
    long bytes() {
        return blocks.size() / CheckedFileStore.DATA * CheckedFileStore.BLOCK;
    }

    @Override
    public String toString() {
        return file.toString();
    }
}
