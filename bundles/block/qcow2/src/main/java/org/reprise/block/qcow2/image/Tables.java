package org.reprise.block.qcow2.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * The metadata of an open image: L1 table, L2 tables, refcounts, and the order in which they reach the disk. An image is consistent at
 * any moment, leaks at worst, because {@link #commit} writes in this order, each step durable before the next: data and raised
 * refcounts; new entries of the refcount table; L2 tables; L1 entries. Refcounts are lowered, and clusters used again, only after that.
 */
final class Tables {
    static final String REPAIR = "the image is damaged: see reprise image check, and reprise image check -r all to repair it";
    /** Refcount is exactly one. */
    static final long COPIED = 1L << 63;
    static final long COMPRESSED = 1L << 62;
    static final long ZERO = 1;
    static final long OFFSET = (1L << 56) - 512;
    /** Bits that must be 0 in an L1 entry, and in the L2 entry of a standard cluster. */
    static final long RESERVED_L1 = ~(COPIED | OFFSET);
    static final long RESERVED_L2 = ~(COPIED | OFFSET | ZERO);
    private static final int MOST_FREED = 1 << 16;

    final Storage file;
    final Header header;
    final Refcounts refcounts;
    final Occupied occupied = new Occupied();
    private final int clusterBits;
    private final int clusterSize;
    private final int entriesBits;
    private final TableCache l2;
    private long[] l1;
    private int l1From = Integer.MAX_VALUE;
    private int l1To;
    /** Clusters that lose a use when the tables that referred to them are written. */
    private final ArrayDeque<Long> freed = new ArrayDeque<>();
    /** Where the next compressed cluster goes; 0: to a new cluster. */
    private long packAt;
    private String refused;

    /** @param writable false: refcounts are not even read */
    Tables(Storage file, Header header, boolean writable) throws IOException {
        this.file = file;
        this.header = header;
        clusterBits = header.clusterBits();
        clusterSize = header.clusterSize();
        entriesBits = clusterBits - 3;
        l2 = new TableCache(file, clusterSize, this::commit);
        l1 = readL1(header.l1Offset(), header.l1Size());
        refcounts = writable ? new Refcounts(file, header, occupied) : null;
    }

    /** Reads an L1 table that lies within the file. */
    long[] readL1(long offset, int entries) throws IOException {
        byte[] bytes = new byte[entries * 8];
        file.read(offset, bytes, 0, bytes.length);
        long[] table = new long[entries];
        ByteBuffer.wrap(bytes).asLongBuffer().get(table);
        return table;
    }

    /** Learns where metadata is. @return null, or what overlaps: then nothing must be written */
    String occupy() throws IOException {
        occupied.addRange(0, 1);
        if (!occupied.addRange(header.refcountTableOffset() >>> clusterBits, header.refcountTableClusters())) {
            return "the refcount table overlaps other metadata";
        }
        if (!occupied.addRange(header.l1Offset() >>> clusterBits, clusters(header.l1Size() * 8L))) {
            return "the L1 table overlaps other metadata";
        }
        long[] table = refcounts.table();
        for (int i = 0; i < table.length; i++) {
            String problem = table[i] == 0 ? null : refcounts.problem(table[i]);
            if (problem == null && table[i] != 0 && !occupied.add(table[i] >>> clusterBits)) {
                problem = "overlaps other metadata";
            }
            if (problem != null) {
                return "refcount table entry " + i + ": " + Long.toUnsignedString(table[i]) + " " + problem;
            }
        }
        for (long entry : l1) {
            long offset = entry & OFFSET;
            if (offset != 0) {
                // one that is there twice has two uses and is copied before it is written
                occupied.add(offset >>> clusterBits);
            }
        }
        return null;
    }

    long clusters(long bytes) {
        return bytes + clusterSize - 1 >>> clusterBits;
    }

    int entriesPerTable() {
        return 1 << entriesBits;
    }

    long[] l1() {
        return l1;
    }

    // ---- looking up -------------------------------------------------------------------------------------------------------------------

    /** The L2 entry of a cluster of the guest; 0 where there is no table. */
    long entry(long guestCluster) throws IOException {
        Table t = table(guestCluster);
        return t == null ? 0 : t.getLong(index(guestCluster));
    }

    int index(long guestCluster) {
        return (int) guestCluster & (1 << entriesBits) - 1;
    }

    private Table table(long guestCluster) throws IOException {
        long at = guestCluster >>> entriesBits;
        long offset = at < l1.length ? l1[(int) at] & OFFSET : 0;
        return offset == 0 ? null : l2At(offset, "L1 entry " + at);
    }

    /** True when a whole L2 table is missing: the entries from the cluster to the table's end are 0. */
    boolean noTable(long guestCluster) {
        long at = guestCluster >>> entriesBits;
        return at >= l1.length || (l1[(int) at] & OFFSET) == 0;
    }

    /** An L2 table of this image, or of one of its snapshots. */
    Table l2At(long offset, String from) throws IOException {
        Table known = l2.cached(offset);
        if (known != null) {
            return known;
        }
        String problem = problem(offset);
        if (problem != null) {
            throw header.bad(from + ": " + offset + " " + problem + "; " + REPAIR);
        }
        return l2.get(offset);
    }

    /** What is wrong with a cluster's offset, or null. */
    String problem(long offset) throws IOException {
        if ((offset & clusterSize - 1) != 0) {
            return "is no cluster's begin";
        }
        if (offset < clusterSize) {
            return "is the header";
        }
        if (offset >= file.size()) {
            return "is behind the file's end";
        }
        return null;
    }

    // ---- changing ---------------------------------------------------------------------------------------------------------------------

    void checkWritable() throws IOException {
        if (refused != null) {
            throw header.bad(refused);
        }
    }

    /** From now on nothing is written; the image says so to those who open it later. @return what to throw */
    IOException damaged(String problem) {
        refused = problem + "; it is not written any more: " + REPAIR;
        if (header.version() > 2) {
            try {
                header.setIncompatible(file, header.incompatible() | Header.CORRUPT);
                file.force();
            } catch (IOException e) {
                refused += " (marking it as corrupt failed: " + e.getMessage() + ")";
            }
        }
        return header.bad(refused);
    }

    /** The table with a guest cluster's entry, made or copied so that it may be changed. Nothing else is loaded while it is used. */
    Table tableForWrite(long guestCluster) throws IOException {
        int at = (int) (guestCluster >>> entriesBits);
        long entry = l1[at];
        long offset = entry & OFFSET;
        if (offset == 0) {
            return newTable(at, null);
        }
        Table old = l2At(offset, "L1 entry " + at);
        long uses = refcounts.get(offset >>> clusterBits);
        if (uses == 0) {
            throw damaged("L1 entry " + at + ": the L2 table at " + offset + " has refcount 0");
        }
        if (uses == 1 && (entry & COPIED) != 0) {
            return old;
        }
        Table copy = newTable(at, old);
        occupied.remove(offset >>> clusterBits);
        free(offset >>> clusterBits, 1);
        return copy;
    }

    private Table newTable(int at, Table content) throws IOException {
        long cluster = refcounts.allocate(1);
        Table t;
        try {
            t = l2.create(cluster << clusterBits);
        } catch (IOException e) {
            refcounts.release(cluster, 1);
            throw e;
        }
        if (content != null) {
            System.arraycopy(content.bytes(), 0, t.bytes(), 0, clusterSize);
        }
        occupied.add(cluster);
        setL1(at, cluster << clusterBits | COPIED);
        return t;
    }

    void setL1(int at, long entry) {
        l1[at] = entry;
        l1From = Math.min(l1From, at);
        l1To = Math.max(l1To, at + 1);
    }

    /** Clusters lose a use once the tables that referred to them are written. */
    void free(long first, long count) {
        for (long c = first; c < first + count; c++) {
            freed.add(c);
        }
    }

    /** What an L2 entry refers to loses a use. */
    void freeEntry(long entry) {
        if ((entry & COMPRESSED) != 0) {
            long at = compressedOffset(entry);
            free(at >>> clusterBits, (at + compressedLength(entry) - 1 >>> clusterBits) - (at >>> clusterBits) + 1);
        } else if ((entry & OFFSET) != 0) {
            free((entry & OFFSET) >>> clusterBits, 1);
        }
    }

    /** Called between two operations. */
    void settle() throws IOException {
        if (freed.size() > MOST_FREED) {
            commit();
        }
    }

    // ---- compressed clusters ----------------------------------------------------------------------------------------------------------

    private int sectorsAt() {
        return 62 - (clusterBits - 8);
    }

    long compressedOffset(long entry) {
        return entry & (1L << sectorsAt()) - 1;
    }

    /** Bytes from the offset to the end of the last sector. */
    int compressedLength(long entry) {
        int sectors = (int) ((entry & COMPRESSED - 1) >>> sectorsAt()) + 1;
        return sectors * 512 - (int) (compressedOffset(entry) & 511);
    }

    /** The entry for packed bytes. */
    long compressedEntry(long at, int length) {
        return COMPRESSED | (at + length - 1 >>> 9) - (at >>> 9) << sectorsAt() | at;
    }

    /** Room for packed bytes, with the refcounts of the clusters that they lie in. */
    long allocatePacked(int length) throws IOException {
        long cluster = packAt >>> clusterBits;
        int room = (int) (packAt == 0 ? 0 : clusterSize - (packAt & clusterSize - 1));
        long at;
        if (length <= room && refcounts.get(cluster) < refcounts.most()) {
            refcounts.increment(cluster, 1);
            at = packAt;
        } else {
            long next = refcounts.allocate(1);
            if (room > 0 && next == cluster + 1 && refcounts.get(cluster) < refcounts.most()) {
                refcounts.increment(cluster, 1);
                at = packAt;
            } else {
                at = next << clusterBits;
            }
        }
        if (at >>> Math.min(56, sectorsAt()) != 0) {
            throw header.bad("compressed clusters cannot lie at " + at);
        }
        packAt = at + length;
        if ((packAt & clusterSize - 1) == 0) {
            packAt = 0;
        }
        return at;
    }

    // ---- writing ----------------------------------------------------------------------------------------------------------------------

    /** Makes all that was written durable, metadata in its order. When it fails, the image is consistent, and it can be tried again. */
    void commit() throws IOException {
        checkWritable();
        refcounts.writeBlocks();
        file.force();
        if (refcounts.dirtyTable()) {
            refcounts.writeTable();
            file.force();
        }
        l2.write();
        if (l1To > l1From) {
            file.force();
            writeL1();
        }
        file.force();
        while (!freed.isEmpty()) {
            release(freed.peek());
            freed.poll();
        }
    }

    private void release(long cluster) throws IOException {
        long uses = refcounts.get(cluster);
        if (uses == 0 || uses == 1 && occupied.contains(cluster)) {
            freed.clear();
            throw damaged("cluster " + cluster + (uses == 0 ? " was in use with refcount 0" : " was in use for data and metadata"));
        }
        refcounts.set(cluster, uses - 1);
        if (uses == 1) {
            l2.forget(cluster << clusterBits);
            if (packAt >>> clusterBits == cluster) {
                packAt = 0;
            }
        }
    }

    private void writeL1() throws IOException {
        byte[] bytes = new byte[(l1To - l1From) * 8];
        ByteBuffer.wrap(bytes).asLongBuffer().put(l1, l1From, l1To - l1From);
        file.write(header.l1Offset() + l1From * 8L, bytes, 0, bytes.length);
        l1From = Integer.MAX_VALUE;
        l1To = 0;
    }

    /** Writes what remains: counts that were lowered, and the file's last sector as a whole. */
    void finish() throws IOException {
        if (refused != null) {
            return;
        }
        commit();
        refcounts.writeBlocks();
        long size = file.size();
        if ((size & 511) != 0) {
            file.resize(size + 511 & ~511L);
        }
        file.force();
    }

    /** Writes a contiguous table to new clusters. @return its offset; nothing refers to it yet */
    long writeNew(byte[] bytes) throws IOException {
        int count = (int) Math.max(1, clusters(bytes.length));
        long first = refcounts.allocate(count);
        file.write(first << clusterBits, Arrays.copyOf(bytes, count << clusterBits), 0, count << clusterBits);
        return first << clusterBits;
    }

    /** Makes another L1 table the active one, which the guest sees. The old one's clusters lose a use. */
    void replaceL1(long[] entries, long size) throws IOException {
        long oldFirst = header.l1Offset() >>> clusterBits;
        long oldCount = clusters(l1.length * 8L);
        ByteBuffer bytes = ByteBuffer.allocate(entries.length * 8);
        bytes.asLongBuffer().put(entries);
        long offset = writeNew(bytes.array());
        commit();
        header.setL1(file, offset, entries.length, size);
        file.force();
        for (long entry : l1) {
            occupied.remove((entry & OFFSET) >>> clusterBits);
        }
        occupied.removeRange(oldFirst);
        occupied.addRange(offset >>> clusterBits, Math.max(1, clusters(entries.length * 8L)));
        for (long entry : entries) {
            if ((entry & OFFSET) != 0) {
                occupied.add((entry & OFFSET) >>> clusterBits);
            }
        }
        l1 = entries.clone();
        l1From = Integer.MAX_VALUE;
        l1To = 0;
        packAt = 0;
        free(oldFirst, oldCount);
    }

    /** Sets bit 63 of all active entries as the refcounts have it. */
    void reconstructCopied() throws IOException {
        for (int i = 0; i < l1.length; i++) {
            long offset = l1[i] & OFFSET;
            if (offset == 0) {
                continue;
            }
            boolean own = refcounts.get(offset >>> clusterBits) == 1;
            if (own != ((l1[i] & COPIED) != 0)) {
                setL1(i, l1[i] ^ COPIED);
            }
            Table t = l2At(offset, "L1 entry " + i);
            for (int j = 0; j < entriesPerTable(); j++) {
                long entry = t.getLong(j);
                if ((entry & COMPRESSED) != 0 || (entry & OFFSET) == 0) {
                    continue;
                }
                boolean single = refcounts.get((entry & OFFSET) >>> clusterBits) == 1;
                if (single != ((entry & COPIED) != 0)) {
                    t.putLong(j, entry ^ COPIED);
                }
            }
        }
        commit();
    }
}
