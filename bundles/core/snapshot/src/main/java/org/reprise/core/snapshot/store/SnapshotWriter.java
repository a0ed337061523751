package org.reprise.core.snapshot.store;

import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.reprise.api.travel.MachineImage;

/** One snapshot that is being written: pages, then {@link #commit}. One thread; closing it without a commit leaves the store as it was. */
public final class SnapshotWriter implements AutoCloseable {
    private final SnapshotStore store;
    private final Tables base;
    private final Map<String, PageTable.Editor> editors = new TreeMap<>();
    private final PageCodec codec = new PageCodec();
    private long[] used = new long[1024];
    private int usedCount;
    private volatile boolean ended;

    SnapshotWriter(SnapshotStore store, Tables base) {
        this.store = store;
        this.base = base;
    }

    private PageTable.Editor editor(String space) throws IOException {
        check();
        return editors.computeIfAbsent(space, s -> new PageTable.Editor(base == null ? PageTable.EMPTY : base.table(s)));
    }

    /**
     * Says what a page is. Pages for which nothing is said are the base's.
     *
     * @param space its name
     * @param page from 0 to {@link PageTable#MAX_PAGES} - 1
     * @param bytes 4096 bytes; they are copied
     * @throws IOException naming the store when it cannot be written; the snapshot is given up then
     */
    public void put(String space, int page, byte[] bytes) throws IOException {
        PageTable.Editor editor = editor(space);
        if (bytes.length < PageCodec.PAGE) {
            throw new IllegalArgumentException("a page has " + PageCodec.PAGE + " bytes, not " + bytes.length);
        }
        if (PageCodec.isZero(bytes)) {
            editor.set(page, PageTable.ZERO);
            return;
        }
        if (usedCount == used.length) {
            used = Arrays.copyOf(used, 2 * usedCount);
        }
        long id = store.putPage(this, codec, bytes);
        used[usedCount++] = id;
        editor.set(page, id);
    }

    /** Says that a page was never written. @param page as in {@link #put} */
    public void clear(String space, int page) throws IOException {
        editor(space).set(page, PageTable.NEVER);
    }

    /**
     * Finishes the snapshot. When this returns, it is on disk; when it fails, the store has what it had before.
     *
     * @param name not used yet; empty for an automatic one
     * @param metadata anything small, to be found in {@link StoredSnapshot#metadata}
     * @throws IllegalArgumentException when the name is used
     * @throws IOException naming the store when it cannot be written
     */
    public StoredSnapshot commit(MachineImage image, String name, Map<String, String> metadata) throws IOException {
        check();
        Map<String, PageTable> tables = new TreeMap<>();
        if (base != null) {
            base.spaces().forEach(s -> tables.put(s, base.table(s)));
        }
        editors.forEach((space, editor) -> tables.put(space, editor.done()));
        editors.clear();
        return store.commit(this, image, name, metadata, tables);
    }

    /** @throws IOException when this has ended: the store may have given it up after an error */
    void check() throws IOException {
        if (ended) {
            throw new IOException("this snapshot was finished or given up: begin another");
        }
    }

    Tables base() {
        return base;
    }

    /** Ids of the pages put, each once for each time. */
    long[] used() {
        return Arrays.copyOf(used, usedCount);
    }

    /** The store calls it when all is done. */
    void end() {
        ended = true;
        used = new long[1];
        usedCount = 0;
    }

    /** Gives the snapshot up unless it was committed. */
    @Override
    public void close() {
        if (!ended) {
            store.abort(this);
        }
    }
}
