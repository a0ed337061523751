package org.reprise.core.snapshot.store;

import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The pages of one snapshot. While this is open, its pages stay in the store, even when the snapshot is deleted meanwhile. Any thread.
 */
public final class Tables implements AutoCloseable {
    private final SnapshotStore store;
    private final long snapshot;
    private final Map<String, PageTable> spaces;
    private boolean closed;

    Tables(SnapshotStore store, long snapshot, Map<String, PageTable> spaces) {
        this.store = store;
        this.snapshot = snapshot;
        this.spaces = new TreeMap<>(spaces);
    }

    SnapshotStore store() {
        return store;
    }

    /** Id of the snapshot. */
    public long snapshot() {
        return snapshot;
    }

    /** Names of the spaces that have been written. */
    public SortedSet<String> spaces() {
        return new TreeSet<>(spaces.keySet());
    }

    /** The table of a space; an empty one when it is not known. */
    public PageTable table(String space) {
        return spaces.getOrDefault(space, PageTable.EMPTY);
    }

    synchronized boolean isClosed() {
        return closed;
    }

    /** Lets the pages go; repeated calls do nothing. Pages that nobody needs any more are removed at once or with the next change of the store. */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        store.released(snapshot);
    }
}
