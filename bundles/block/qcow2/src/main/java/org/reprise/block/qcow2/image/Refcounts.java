package org.reprise.block.qcow2.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Reference counts of the file's clusters, and with them which are free (specification, Host cluster management). Changes stay in memory
 * until {@link #writeBlocks} and then {@link #writeTable}: whoever calls them sees to the order.
 */
final class Refcounts {
    private final Storage file;
    private final Header header;
    private final Occupied occupied;
    private final int clusterBits;
    private final int clusterSize;
    private final int order;
    private final long perBlock;
    private final TableCache blocks;
    /** Offsets of the refcount blocks, 0 where there is none: the file's table, zeros at its end included. */
    private long[] table;
    private int tableFrom = Integer.MAX_VALUE;
    private int tableTo;
    /** No cluster below is free. */
    private long hint;
    /** Clusters of the file as it was opened. One of these whose block is missing is not taken to be free: the image may be damaged. */
    private final long present;
    /** The file may or may not refer to a moved table: nothing may be taken for free any more. */
    private boolean uncertain;

    Refcounts(Storage file, Header header, Occupied occupied) throws IOException {
        this.file = file;
        this.header = header;
        this.occupied = occupied;
        clusterBits = header.clusterBits();
        clusterSize = header.clusterSize();
        order = header.refcountOrder();
        perBlock = (long) clusterSize * 8 >> order;
        blocks = new TableCache(file, clusterSize, this::writeBlocks);
        present = file.size() + clusterSize - 1 >>> clusterBits;
        load();
    }

    private void load() throws IOException {
        byte[] bytes = new byte[header.refcountTableClusters() << clusterBits];
        file.read(header.refcountTableOffset(), bytes, 0, bytes.length);
        use(bytes);
    }

    /** Takes another table, the header's or one that it will refer to. */
    void use(byte[] bytes) {
        table = new long[bytes.length / 8];
        ByteBuffer.wrap(bytes).asLongBuffer().get(table);
        tableFrom = Integer.MAX_VALUE;
        tableTo = 0;
        hint = 0;
        blocks.forgetAll();
    }

    /** The table's entries: offsets of blocks as the file has them, unchecked. */
    long[] table() {
        return table;
    }

    long perBlock() {
        return perBlock;
    }

    /** The largest count. */
    long most() {
        return order == 6 ? Long.MAX_VALUE : (1L << (1 << order)) - 1;
    }

    /** What is wrong with an entry of the table that is not 0, or null. */
    String problem(long entry) throws IOException {
        if ((entry & clusterSize - 1) != 0) {
            return "is no cluster's begin";
        }
        if (entry < 0 || entry >= file.size()) {
            return "is behind the file's end";
        }
        return null;
    }

    private Table block(long index) throws IOException {
        long entry = index < table.length ? table[(int) index] : 0;
        if (entry == 0) {
            return null;
        }
        Table known = blocks.cached(entry);
        if (known != null) {
            return known;
        }
        String problem = problem(entry);
        if (problem != null) {
            throw header.bad("refcount table entry " + index + ": " + Long.toUnsignedString(entry) + " " + problem + "; "
                    + Tables.REPAIR);
        }
        return blocks.get(entry);
    }

    /** The count of a cluster; 0 beyond all blocks. */
    long get(long cluster) throws IOException {
        Table block = block(cluster / perBlock);
        if (block == null) {
            return 0;
        }
        return get(block, (int) (cluster % perBlock));
    }

    private long get(Table block, int index) {
        return switch (order) {
            case 0, 1, 2 -> {
                int bits = 1 << order;
                int perByte = 8 >> order;
                yield block.getByte(index / perByte) >> index % perByte * bits & (1 << bits) - 1;
            }
            case 3 -> block.getByte(index);
            case 4 -> block.getByte(2 * index) << 8 | block.getByte(2 * index + 1);
            case 5 -> (long) block.getByte(4 * index) << 24 | block.getByte(4 * index + 1) << 16 | block.getByte(4 * index + 2) << 8
                    | block.getByte(4 * index + 3);
            default -> block.getLong(index) < 0 ? Long.MAX_VALUE : block.getLong(index);
        };
    }

    private void put(Table block, int index, long value) {
        switch (order) {
            case 0, 1, 2 -> {
                int bits = 1 << order;
                int perByte = 8 >> order;
                int shift = index % perByte * bits;
                int mask = (1 << bits) - 1 << shift;
                int at = index / perByte;
                block.putByte(at, block.getByte(at) & ~mask | (int) value << shift & mask);
            }
            case 6 -> block.putLong(index, value);
            default -> {
                int bytes = 1 << order - 3;
                for (int i = 0; i < bytes; i++) {
                    block.putByte(bytes * index + i, (int) (value >>> 8 * (bytes - 1 - i)));
                }
            }
        }
    }

    /** Sets a count. @throws IOException also when the cluster's block is missing */
    void set(long cluster, long value) throws IOException {
        if (uncertain) {
            throw header.bad("its header could not be written; open it again");
        }
        Table block = block(cluster / perBlock);
        if (block == null) {
            throw header.bad("cluster " + cluster + " is in use and has no refcount block; " + Tables.REPAIR);
        }
        put(block, (int) (cluster % perBlock), value);
        if (value == 0) {
            hint = Math.min(hint, cluster);
        }
    }

    /** One more use of a cluster. */
    void increment(long cluster, long by) throws IOException {
        long now = get(cluster);
        if (now == 0) {
            throw header.bad("cluster " + cluster + " is in use but its refcount is 0; " + Tables.REPAIR);
        }
        if (by > most() - now) {
            throw header.bad("cluster " + cluster + " cannot have more than " + most() + " uses (refcount_order " + order
                    + "); delete snapshots, or convert it to an image with 16-bit refcounts");
        }
        set(cluster, now + by);
    }

    // ---- allocation -----------------------------------------------------------------------------------------------------------------

    /** Takes adjacent free clusters. @return the first of them, each with count 1 */
    long allocate(int count) throws IOException {
        if (count >= perBlock) {
            return allocateBehind(count);
        }
        int run = 0;
        long cluster = hint;
        while (run < count) {
            if (cluster >>> 56 - clusterBits != 0) {
                throw header.bad("it has no room: offsets end at 64 PiB");
            }
            long index = cluster / perBlock;
            if (index >= table.length || table[(int) index] == 0) {
                run = 0;
                if (index * perBlock < present) {
                    cluster = (index + 1) * perBlock;
                } else {
                    makeBlock(index);
                }
                continue;
            }
            run = get(cluster) == 0 ? run + 1 : 0;
            if (run > 0 && occupied.contains(cluster)) {
                throw header.bad("cluster " + cluster + " holds metadata but its refcount is 0; " + Tables.REPAIR);
            }
            cluster++;
        }
        long first = cluster - count;
        for (long c = first; c < cluster; c++) {
            set(c, 1);
        }
        if (count == 1) {
            hint = cluster;
        }
        return first;
    }

    /** Gives back clusters that nothing refers to, in memory or in the file. */
    void release(long first, int count) throws IOException {
        for (long c = first; c < first + count; c++) {
            set(c, 0);
        }
    }

    /** A block for clusters of which none is in use: it takes the first of them. */
    private void makeBlock(long index) throws IOException {
        if (index >= table.length) {
            growTable(index + 1);
            return;
        }
        long cluster = index * perBlock;
        put(takeBlock((int) index, cluster), 0, 1);
    }

    private Table takeBlock(int index, long cluster) throws IOException {
        if (!occupied.add(cluster)) {
            throw header.bad("cluster " + cluster + " holds metadata but has no refcount; " + Tables.REPAIR);
        }
        Table block = blocks.create(cluster << clusterBits);
        table[index] = cluster << clusterBits;
        tableFrom = Math.min(tableFrom, index);
        tableTo = Math.max(tableTo, index + 1);
        return block;
    }

    /** The first index from which on no block is there and no cluster of the file. */
    private long behind() throws IOException {
        int last = table.length;
        while (last > 0 && table[last - 1] == 0) {
            last--;
        }
        long clusters = file.size() + clusterSize - 1 >>> clusterBits;
        return Math.max(last, (clusters + perBlock - 1) / perBlock);
    }

    /** A long run: behind everything, after blocks of its own. */
    private long allocateBehind(int count) throws IOException {
        int own = blocksFor(count);
        if (behind() + own > table.length) {
            growTable(behind() + 2L * own);
        }
        int index = (int) behind();
        long first = index * perBlock;
        for (int i = 0; i < own; i++) {
            takeBlock(index + i, first + i);
        }
        for (long c = first; c < first + own + count; c++) {
            set(c, 1);
        }
        return first + own;
    }

    /** Blocks that cover themselves and so many clusters. */
    private int blocksFor(long count) {
        int own = 1;
        while (own * perBlock < own + count) {
            own++;
        }
        return own;
    }

    /** Moves the table behind everything, longer. What it refers to is written before, and it before the header refers to it. */
    private void growTable(long needed) throws IOException {
        long index = behind();
        long entries = Math.max(needed, Math.max(index, table.length)) * 3 / 2 + 1;
        int clusters = (int) (entries * 8 + clusterSize - 1 >>> clusterBits);
        int own = blocksFor(clusters);
        while (((long) clusters << clusterBits) / 8 < index + own) {
            clusters++;
            own = blocksFor(clusters);
        }
        if ((long) clusters << clusterBits > Header.MAX_REFCOUNT_TABLE_BYTES) {
            throw header.bad("it cannot become larger with clusters of " + clusterSize + " bytes; convert it to larger ones");
        }
        long[] old = table;
        long oldFirst = header.refcountTableOffset() >>> clusterBits;
        int oldClusters = header.refcountTableClusters();
        long first = index * perBlock;
        table = Arrays.copyOf(old, (clusters << clusterBits) / 8);
        try {
            for (int i = 0; i < own; i++) {
                takeBlock((int) index + i, first + i);
            }
            for (long c = first; c < first + own + clusters; c++) {
                set(c, 1);
            }
            occupied.addRange(first + own, clusters);
            writeBlocks();
            byte[] bytes = new byte[clusters << clusterBits];
            ByteBuffer.wrap(bytes).asLongBuffer().put(table);
            file.write(first + own << clusterBits, bytes, 0, bytes.length);
            file.force();
        } catch (IOException e) {
            // as before: what was written is behind the end and nothing refers to it
            table = old;
            for (int i = 0; i < own; i++) {
                blocks.forget(first + i << clusterBits);
                occupied.remove(first + i);
            }
            occupied.removeRange(first + own);
            throw e;
        }
        uncertain = true;
        header.setRefcountTable(file, first + own << clusterBits, clusters);
        file.force();
        uncertain = false;
        tableFrom = Integer.MAX_VALUE;
        tableTo = 0;
        occupied.removeRange(oldFirst);
        for (long c = oldFirst; c < oldFirst + oldClusters; c++) {
            set(c, Math.max(0, get(c) - 1));
        }
    }

    // ---- writing --------------------------------------------------------------------------------------------------------------------

    boolean dirtyBlocks() {
        return blocks.dirty();
    }

    void writeBlocks() throws IOException {
        blocks.write();
    }

    boolean dirtyTable() {
        return tableTo > tableFrom;
    }

    void writeTable() throws IOException {
        if (dirtyTable()) {
            byte[] bytes = new byte[(tableTo - tableFrom) * 8];
            ByteBuffer.wrap(bytes).asLongBuffer().put(table, tableFrom, tableTo - tableFrom);
            file.write(header.refcountTableOffset() + tableFrom * 8L, bytes, 0, bytes.length);
            tableFrom = Integer.MAX_VALUE;
            tableTo = 0;
        }
    }
}
