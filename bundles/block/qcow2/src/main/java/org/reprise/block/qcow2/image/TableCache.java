package org.reprise.block.qcow2.image;

import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/** The tables used last: a fixed number, so that the memory for an image does not grow with it. Changes are written when asked. */
final class TableCache {
    /** What makes a changed table clean so that it can go; metadata has an order in which it may be written. */
    interface Cleaner {
        void clean() throws IOException;
    }

    private static final int BYTES = 4 << 20;
    private static final int FEWEST = 8;
    private static final int MOST = 1024;

    private final Storage file;
    private final int size;
    private final int most;
    private final Cleaner cleaner;
    private final LinkedHashMap<Long, Table> tables = new LinkedHashMap<>(16, 0.75f, true);
    /** The table used last: asked for again and again. */
    private Table last;

    TableCache(Storage file, int size, Cleaner cleaner) {
        this.file = file;
        this.size = size;
        this.most = Math.max(FEWEST, Math.min(MOST, BYTES / size));
        this.cleaner = cleaner;
    }

    /** The table at an offset, if it is here. */
    Table cached(long offset) {
        if (last == null || last.offset != offset) {
            Table t = tables.get(offset);
            if (t == null) {
                return null;
            }
            last = t;
        }
        return last;
    }

    /** The table at an offset that was checked. */
    Table get(long offset) throws IOException {
        Table t = cached(offset);
        if (t == null) {
            byte[] data = new byte[size];
            file.read(offset, data, 0, size);
            t = add(new Table(offset, data));
            last = t;
        }
        return t;
    }

    /** A new table, all zeros, to be written as a whole. */
    Table create(long offset) throws IOException {
        tables.remove(offset);
        Table t = add(new Table(offset, new byte[size]));
        t.changed(0, size);
        last = t;
        return t;
    }

    private Table add(Table t) throws IOException {
        while (tables.size() >= most) {
            Iterator<Table> oldest = tables.values().iterator();
            Table victim = oldest.next();
            if (victim.dirty()) {
                cleaner.clean();
                // the cleaner may have used other tables of this cache
                continue;
            }
            oldest.remove();
            if (victim == last) {
                last = null;
            }
        }
        tables.put(t.offset, t);
        return t;
    }

    /** Drops a table whose cluster is used for something else now. */
    void forget(long offset) {
        tables.remove(offset);
        if (last != null && last.offset == offset) {
            last = null;
        }
    }

    void forgetAll() {
        tables.clear();
        last = null;
    }

    boolean dirty() {
        for (Table t : tables.values()) {
            if (t.dirty()) {
                return true;
            }
        }
        return false;
    }

    /** Writes what was changed. A table whose writing fails stays changed. */
    void write() throws IOException {
        for (Map.Entry<Long, Table> e : tables.entrySet()) {
            Table t = e.getValue();
            if (t.dirty()) {
                file.write(t.offset + t.from(), t.bytes(), t.from(), t.to() - t.from());
                t.clean();
            }
        }
    }
}
