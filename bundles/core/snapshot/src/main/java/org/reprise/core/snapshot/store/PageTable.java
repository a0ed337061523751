package org.reprise.core.snapshot.store;

import java.util.Arrays;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which page of the store each page of a space is: numbers from 0 to ids of {@link SnapshotStore#read}. Immutable; tables made from one another share
 * what is equal.
 */
public final class PageTable {
    /** The id of a page that was never written. */
    public static final long NEVER = 0;
    /** The id of a page of zeros. */
    public static final long ZERO = 1;
    /** Pages that a space can have: 8 TiB. */
    public static final int MAX_PAGES = Integer.MAX_VALUE & -512;
    /** The table of a space that was never written. */
    public static final PageTable EMPTY = new PageTable(new Chunk[0]);

    /** Entries of a chunk, the unit that tables share. */
    static final int CHUNK = 512;

    /** So many entries in a row; null stands for those never written. */
    static final class Chunk {
        final long[] ids;
        /** Its number in the store; 0: not there yet. Set by the store only. */
        volatile long number;

        Chunk(long[] ids, long number) {
            this.ids = ids;
            this.number = number;
        }
    }

    private final Chunk[] chunks;

    private PageTable(Chunk[] chunks) {
        this.chunks = chunks;
    }

    /** @param chunks by their place; there may be gaps */
    static PageTable of(SortedMap<Integer, Chunk> chunks) {
        Chunk[] all = new Chunk[chunks.isEmpty() ? 0 : chunks.lastKey() + 1];
        chunks.forEach((place, chunk) -> all[place] = chunk);
        return new PageTable(all);
    }

    /** The chunks that there are, by place. */
    SortedMap<Integer, Chunk> chunks() {
        SortedMap<Integer, Chunk> all = new TreeMap<>();
        for (int i = 0; i < chunks.length; i++) {
            if (chunks[i] != null) {
                all.put(i, chunks[i]);
            }
        }
        return all;
    }

    /** No page with this number or a greater one was ever written. */
    public int limit() {
        return chunks.length * CHUNK;
    }

    /** The id of a page, {@link #NEVER} for one that was never written. @param page 0 or more */
    public long id(int page) {
        int place = page / CHUNK;
        Chunk chunk = place < chunks.length ? chunks[place] : null;
        return chunk == null ? NEVER : chunk.ids[page % CHUNK];
    }

    /** This with other ids for some pages, by their numbers. */
    public PageTable with(Map<Integer, Long> changes) {
        Editor editor = new Editor(this);
        changes.forEach(editor::set);
        return editor.done();
    }

    /** Numbers of the pages whose ids differ, ascending: all others have the same content. Fast for tables made from one another. */
    public int[] different(PageTable other) {
        int[] found = new int[64];
        int count = 0;
        for (int place = 0; place < Math.max(chunks.length, other.chunks.length); place++) {
            Chunk a = place < chunks.length ? chunks[place] : null;
            Chunk b = place < other.chunks.length ? other.chunks[place] : null;
            if (a == b) {
                continue;
            }
            for (int i = 0; i < CHUNK; i++) {
                if ((a == null ? NEVER : a.ids[i]) != (b == null ? NEVER : b.ids[i])) {
                    if (count == found.length) {
                        found = Arrays.copyOf(found, 2 * count);
                    }
                    found[count++] = place * CHUNK + i;
                }
            }
        }
        return Arrays.copyOf(found, count);
    }

    /** Makes a table out of another one. One thread. */
    static final class Editor {
        private final PageTable base;
        private Chunk[] chunks;
        /** Which chunks are this editor's own. */
        private boolean[] own;

        Editor(PageTable base) {
            this.base = base;
            chunks = base.chunks.clone();
            own = new boolean[chunks.length];
        }

        long get(int page) {
            int place = page / CHUNK;
            return place >= chunks.length || chunks[place] == null ? NEVER : chunks[place].ids[page % CHUNK];
        }

        void set(int page, long id) {
            if (page < 0 || page >= MAX_PAGES) {
                throw new IllegalArgumentException("page " + page + ": pages are 0 to " + (MAX_PAGES - 1));
            }
            if (get(page) == id) {
                return;
            }
            int place = page / CHUNK;
            if (place >= chunks.length) {
                int length = Math.min(MAX_PAGES / CHUNK, Math.max(place + 1, chunks.length + chunks.length / 2));
                chunks = Arrays.copyOf(chunks, length);
                own = Arrays.copyOf(own, length);
            }
            if (!own[place]) {
                chunks[place] = new Chunk(chunks[place] == null ? new long[CHUNK] : chunks[place].ids.clone(), 0);
                own[place] = true;
            }
            chunks[place].ids[page % CHUNK] = id;
        }

        /** The table; chunks that came out as they were are the base's. The editor is not used any more. */
        PageTable done() {
            int length = 0;
            for (int i = 0; i < chunks.length; i++) {
                Chunk before = i < base.chunks.length ? base.chunks[i] : null;
                if (own[i]) {
                    if (before != null && Arrays.equals(before.ids, chunks[i].ids)) {
                        chunks[i] = before;
                    } else if (Arrays.mismatch(chunks[i].ids, new long[CHUNK]) < 0) {
                        chunks[i] = null;
                    }
                }
                if (chunks[i] != null) {
                    length = i + 1;
                }
            }
            return new PageTable(Arrays.copyOf(chunks, length));
        }
    }
}
