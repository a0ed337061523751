package org.reprise.block.qcow2.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.reprise.block.qcow2.image.CheckReport.Repair;

/**
 * Counts what refers to each cluster and compares with the refcounts; repairs them. Each table is read once however often it is
 * referred to, so a loop or a table in many places costs nothing.
 */
final class Checker {
    private static final int MOST_MESSAGES = 20;
    private static final int BITMAP_ENTRY = 24;

    private final Tables tables;
    private final Storage file;
    private final Header header;
    private final int clusterBits;
    private final int clusterSize;
    private final List<String> messages = new ArrayList<>();
    private ClusterCounts counts;
    /** Entries that refer to no place: no refcount can make them right. */
    private long broken;
    /** Refcounts that are too low, and clusters that would be written although they are shared. */
    private long wrong;
    /** Refcounts that are too high, and bits that cost a copy. */
    private long leaks;
    /** The refcount table or a block cannot be used. */
    private boolean rebuild;

    Checker(Tables tables) {
        this.tables = tables;
        file = tables.file;
        header = tables.header;
        clusterBits = header.clusterBits();
        clusterSize = header.clusterSize();
    }

    CheckReport run(Repair repair) throws IOException {
        examine();
        long wrongBefore = wrong;
        long leaksBefore = leaks;
        List<String> found = new ArrayList<>(messages);
        boolean changes = repair == Repair.ALL && wrong > 0 || repair != Repair.NONE && leaks > 0;
        if (changes && !(repair == Repair.LEAKS && rebuild)) {
            if (rebuild) {
                rebuildRefcounts();
            }
            setRefcounts(repair == Repair.ALL);
            if (broken == 0 && (repair == Repair.ALL || wrong == 0)) {
                tables.reconstructCopied();
            }
            tables.finish();
            examine();
        }
        if (repair == Repair.ALL && broken + wrong == 0 && (header.incompatible() & (Header.DIRTY | Header.CORRUPT)) != 0) {
            file.force();
            header.setIncompatible(file, header.incompatible() & ~(Header.DIRTY | Header.CORRUPT));
            file.force();
        }
        return new CheckReport(broken + wrong, leaks, Math.max(0, wrongBefore - wrong), Math.max(0, leaksBefore - leaks),
                counts.clusters(), found);
    }

    private void say(String message) {
        if (messages.size() < MOST_MESSAGES) {
            messages.add(message);
        } else if (messages.size() == MOST_MESSAGES) {
            messages.add("and more");
        }
    }

    private void broken(String message) {
        broken++;
        say("ERROR " + message);
    }

    // ---- counting ---------------------------------------------------------------------------------------------------------------------

    private void examine() throws IOException {
        messages.clear();
        broken = 0;
        wrong = 0;
        leaks = 0;
        rebuild = false;
        counts = new ClusterCounts(header, tables.clusters(file.size()));
        claim("the header", 0, 1, 1);
        claim("the L1 table", header.l1Offset() >>> clusterBits, tables.clusters(header.l1Size() * 8L), 1);
        Map<Long, Integer> l2 = new LinkedHashMap<>();
        Set<Long> active = new HashSet<>();
        l1("L1 entry ", tables.l1(), l2, active);
        snapshots(l2);
        bitmaps();
        for (Map.Entry<Long, Integer> e : l2.entrySet()) {
            l2(e.getKey(), e.getValue());
        }
        refcountStructure();
        compare();
        if (broken == 0) {
            copied(active);
        }
    }

    /** A use of clusters by something. */
    private void claim(String what, long first, long count, int uses) throws IOException {
        for (long c = first; c < first + count; c++) {
            if (c < 0 || c >= counts.clusters()) {
                broken(what + ": cluster " + c + " is behind the file's end");
                return;
            }
            counts.add(c, uses);
        }
    }

    private void l1(String what, long[] l1, Map<Long, Integer> l2, Set<Long> seen) throws IOException {
        for (int i = 0; i < l1.length; i++) {
            if ((l1[i] & Tables.RESERVED_L1) != 0) {
                broken(what + i + " has reserved bits set: 0x" + Long.toHexString(l1[i]));
            }
            long offset = l1[i] & Tables.OFFSET;
            if (offset == 0) {
                continue;
            }
            String problem = tables.problem(offset);
            if (problem != null) {
                broken(what + i + ": " + offset + " " + problem);
                continue;
            }
            if (!seen.add(offset)) {
                wrong++;
                say("ERROR " + what + i + ": the L2 table at " + offset + " is used by another entry, too");
            }
            l2.merge(offset, 1, Integer::sum);
        }
    }

    private void snapshots(Map<Long, Integer> l2) throws IOException {
        List<Snapshots.Entry> entries;
        try {
            entries = new Snapshots(tables).entries();
        } catch (IOException e) {
            broken(e.getMessage());
            return;
        }
        long bytes = 0;
        for (Snapshots.Entry e : entries) {
            bytes += e.bytes().length;
            String what = "snapshot " + e.snapshot().id() + ": ";
            claim(what + "its L1 table", e.l1Offset() >>> clusterBits, tables.clusters(e.l1Size() * 8L), 1);
            l1(what + "L1 entry ", tables.readL1(e.l1Offset(), e.l1Size()), l2, new HashSet<>());
        }
        claim("the snapshot table", header.snapshotTableOffset() >>> clusterBits, tables.clusters(bytes), 1);
    }

    private void l2(long offset, int uses) throws IOException {
        claim("the L2 table at " + offset, offset >>> clusterBits, 1, uses);
        Table t = tables.l2At(offset, "L2 table");
        for (int i = 0; i < tables.entriesPerTable(); i++) {
            long entry = t.getLong(i);
            if (entry == 0) {
                continue;
            }
            String what = "L2 table at " + offset + ", entry " + i;
            if ((entry & Tables.COMPRESSED) != 0) {
                long at = tables.compressedOffset(entry);
                if ((entry & Tables.COPIED) != 0) {
                    broken(what + " is compressed and has bit 63 set");
                }
                if (at < clusterSize || at >= file.size()) {
                    broken(what + ": its compressed data at " + at + " is not within the file");
                    continue;
                }
                long first = at >>> clusterBits;
                long last = Math.min(at + tables.compressedLength(entry) - 1 >>> clusterBits, counts.clusters() - 1);
                claim(what, first, last - first + 1, uses);
                continue;
            }
            long reserved = header.version() == 2 ? Tables.RESERVED_L2 | Tables.ZERO : Tables.RESERVED_L2;
            if ((entry & reserved) != 0) {
                broken(what + " has reserved bits set: 0x" + Long.toHexString(entry));
            }
            long data = entry & Tables.OFFSET;
            if (data == 0) {
                continue;
            }
            String problem = tables.problem(data);
            if (problem != null) {
                broken(what + ": " + data + " " + problem);
            } else {
                claim(what, data >>> clusterBits, 1, uses);
            }
        }
    }

    /** Persistent bitmaps (specification, Bitmaps): we do not use them, but they are in the file. */
    private void bitmaps() throws IOException {
        byte[] extension = header.bitmaps();
        if (extension == null || extension.length < 24) {
            return;
        }
        ByteBuffer b = ByteBuffer.wrap(extension);
        long count = Integer.toUnsignedLong(b.getInt(0));
        long size = b.getLong(8);
        long start = b.getLong(16);
        if (size < 0 || size > 64L << 20 || start < clusterSize || start > file.size() - size) {
            broken("the bitmap directory at " + Long.toUnsignedString(start) + " is not within the file");
            return;
        }
        claim("the bitmap directory", start >>> clusterBits, tables.clusters(size), 1);
        byte[] directory = new byte[(int) size];
        file.read(start, directory, 0, directory.length);
        b = ByteBuffer.wrap(directory);
        int at = 0;
        for (long i = 0; i < count; i++) {
            if (at + BITMAP_ENTRY > directory.length) {
                broken("bitmap " + i + " is not within the directory");
                return;
            }
            long table = b.getLong(at);
            long entries = Integer.toUnsignedLong(b.getInt(at + 8));
            if (entries * 8 > Header.MAX_L1_BYTES || table < clusterSize || table > file.size() - entries * 8) {
                broken("the table of bitmap " + i + " at " + Long.toUnsignedString(table) + " is not within the file");
            } else {
                claim("the table of bitmap " + i, table >>> clusterBits, tables.clusters(entries * 8), 1);
                for (long entry : tables.readL1(table, (int) entries)) {
                    if ((entry & Tables.OFFSET) != 0) {
                        claim("bitmap " + i, (entry & Tables.OFFSET) >>> clusterBits, 1, 1);
                    }
                }
            }
            long length = BITMAP_ENTRY + Integer.toUnsignedLong(b.getInt(at + 20)) + Short.toUnsignedLong(b.getShort(at + 18)) + 7 & ~7L;
            if (length > directory.length - at) {
                broken("bitmap " + i + " is not within the directory");
                return;
            }
            at += (int) length;
        }
    }

    private void refcountStructure() throws IOException {
        Set<Long> seen = new HashSet<>();
        long[] table = tables.refcounts.table();
        for (int i = 0; i < table.length; i++) {
            if (table[i] == 0) {
                continue;
            }
            String problem = tables.refcounts.problem(table[i]);
            if (problem == null && !seen.add(table[i])) {
                problem = "is used by another entry, too";
            }
            long ofTable = (table[i] >>> clusterBits) - (header.refcountTableOffset() >>> clusterBits);
            if (problem == null && (counts.get(table[i] >>> clusterBits) > 0 || ofTable >= 0 && ofTable < header.refcountTableClusters())) {
                problem = "holds something else";
            }
            if (problem != null) {
                wrong++;
                rebuild = true;
                say("ERROR refcount table entry " + i + ": " + Long.toUnsignedString(table[i]) + " " + problem);
            }
        }
        for (long c = 0; c < header.refcountTableClusters(); c++) {
            long cluster = (header.refcountTableOffset() >>> clusterBits) + c;
            if (cluster < counts.clusters() && counts.get(cluster) > 0) {
                wrong++;
                rebuild = true;
                say("ERROR the refcount table's cluster " + cluster + " holds something else");
            }
        }
        if (!rebuild) {
            long first = header.refcountTableOffset() >>> clusterBits;
            // its end may be behind the file's: it was never written there
            claim("the refcount table", first, Math.min(header.refcountTableClusters(), counts.clusters() - first), 1);
            for (long offset : seen) {
                claim("the refcount block at " + offset, offset >>> clusterBits, 1, 1);
            }
        }
    }

    // ---- comparing --------------------------------------------------------------------------------------------------------------------

    private void compare() throws IOException {
        if (rebuild) {
            return;
        }
        Refcounts refcounts = tables.refcounts;
        long[] table = refcounts.table();
        for (int i = 0; i < table.length; i++) {
            long first = i * refcounts.perBlock();
            if (table[i] == 0 && first >= counts.clusters()) {
                continue;
            }
            long end = table[i] == 0 ? Math.min(first + refcounts.perBlock(), counts.clusters()) : first + refcounts.perBlock();
            for (long c = first; c < end; c++) {
                compare(c, counts.get(c), table[i] == 0 ? 0 : refcounts.get(c), table[i] == 0);
            }
        }
        for (long c = table.length * refcounts.perBlock(); c < counts.clusters(); c++) {
            compare(c, counts.get(c), 0, true);
        }
    }

    private void compare(long cluster, long uses, long refcount, boolean noBlock) {
        if (refcount < uses) {
            wrong++;
            rebuild |= noBlock;
            say("ERROR cluster " + cluster + " has refcount " + refcount + " and " + uses + " uses");
        } else if (refcount > uses) {
            leaks++;
            say("leaked cluster " + cluster + ": refcount " + refcount + ", " + uses + " uses");
        }
    }

    /** Bit 63 of active entries: set when there is one use. */
    private void copied(Set<Long> active) throws IOException {
        long[] l1 = tables.l1();
        for (int i = 0; i < l1.length; i++) {
            long offset = l1[i] & Tables.OFFSET;
            if (offset != 0) {
                flag("L1 entry " + i, l1[i], offset);
            }
        }
        for (long offset : active) {
            Table t = tables.l2At(offset, "L2 table");
            for (int i = 0; i < tables.entriesPerTable(); i++) {
                long entry = t.getLong(i);
                if ((entry & Tables.COMPRESSED) == 0 && (entry & Tables.OFFSET) != 0) {
                    flag("L2 table at " + offset + ", entry " + i, entry, entry & Tables.OFFSET);
                }
            }
        }
    }

    /**
     * A set bit lets a cluster be written where it is: damage when something else uses it, too. Any other difference from the refcount
     * costs a copy at worst; it remains when the power goes between the writing of one and the other.
     */
    private void flag(String what, long entry, long offset) throws IOException {
        int uses = counts.get(offset >>> clusterBits);
        boolean copied = (entry & Tables.COPIED) != 0;
        String difference = what + ": bit 63 is " + (entry >>> 63) + ", but cluster " + (offset >>> clusterBits) + " has " + uses + " uses";
        if (copied && uses > 1) {
            wrong++;
            say("ERROR " + difference);
        } else if (copied != (!rebuild && tables.refcounts.get(offset >>> clusterBits) == 1)) {
            leaks++;
            say(difference);
        }
    }

    // ---- repairing --------------------------------------------------------------------------------------------------------------------

    /** Counts that are too high are lowered, with {@code all} those too low are raised before. */
    private void setRefcounts(boolean all) throws IOException {
        Refcounts refcounts = tables.refcounts;
        for (boolean raise : new boolean[] {true, false}) {
            if (raise && !all) {
                continue;
            }
            long[] table = refcounts.table();
            for (int i = 0; i < table.length; i++) {
                if (table[i] == 0) {
                    continue;
                }
                long first = i * refcounts.perBlock();
                for (long c = first; c < first + refcounts.perBlock(); c++) {
                    long uses = counts.get(c);
                    long now = refcounts.get(c);
                    if (raise ? uses > now : uses < now) {
                        if (uses > refcounts.most()) {
                            throw header.bad("cluster " + c + " has " + uses + " uses, more than refcount_order " + header.refcountOrder()
                                    + " can hold; copy what can be read with reprise image convert");
                        }
                        refcounts.set(c, uses);
                    }
                }
            }
            tables.commit();
        }
    }

    /** Makes the refcount table and all blocks anew, behind the file's end. */
    private void rebuildRefcounts() throws IOException {
        Refcounts refcounts = tables.refcounts;
        long per = refcounts.perBlock();
        long behind = counts.clusters();
        long blocks = 0;
        long clusters = 0;
        for (long total = behind; ; total = behind + blocks + clusters) {
            long needBlocks = (total + per - 1) / per;
            long needClusters = tables.clusters((needBlocks + 1) * 8);
            if (needBlocks == blocks && needClusters == clusters) {
                break;
            }
            blocks = needBlocks;
            clusters = needClusters;
        }
        if (clusters << clusterBits > Header.MAX_REFCOUNT_TABLE_BYTES) {
            throw header.bad("its refcounts cannot be made anew: " + behind + " clusters are too many");
        }
        ByteBuffer table = ByteBuffer.allocate((int) (clusters << clusterBits));
        byte[] empty = new byte[clusterSize];
        for (int i = 0; i < blocks; i++) {
            file.write(behind + i << clusterBits, empty, 0, clusterSize);
            table.putLong(i * 8, behind + i << clusterBits);
        }
        file.write(behind + blocks << clusterBits, table.array(), 0, table.capacity());
        file.force();
        long to = behind + blocks << clusterBits;
        long old = header.refcountTableOffset();
        int oldClusters = header.refcountTableClusters();
        // while they are filled the header refers to the old ones still
        Refcounts fresh = tables.refcounts;
        fresh.use(table.array());
        ClusterCounts found = counts;
        counts = new ClusterCounts(header, behind + blocks + clusters);
        for (long c = 0; c < behind; c++) {
            if (found.get(c) > 0) {
                counts.add(c, found.get(c));
            }
        }
        claim("the new refcounts", behind, blocks + clusters, 1);
        for (long c = 0; c < counts.clusters(); c++) {
            if (counts.get(c) > 0) {
                fresh.set(c, Math.min(counts.get(c), fresh.most()));
            }
        }
        fresh.writeBlocks();
        file.force();
        header.setRefcountTable(file, to, (int) clusters);
        file.force();
        say("the refcount table of " + oldClusters + " clusters at " + old + " was replaced by one at " + to);
    }
}
