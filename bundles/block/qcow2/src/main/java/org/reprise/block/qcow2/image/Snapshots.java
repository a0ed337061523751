package org.reprise.block.qcow2.image;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.reprise.api.block.SnapshotNode;

/**
 * Internal snapshots (specification, Snapshots): each an L1 table; everything that one of them and the active table reach has as many
 * uses. Every change is ordered so that the image is consistent at any moment, leaks at worst.
 */
final class Snapshots {
    private static final int FIXED = 40;
    private static final int EXTRA = 24;
    private static final int VM_STATE_32 = 32;
    private static final int MAX_EXTRA = 1024;
    private static final int MAX_NAME = 255;
    private static final long MAX_BYTES = 64L << 20;

    /** An entry of the table: what we understand, and all its bytes. */
    record Entry(Snapshot snapshot, long l1Offset, int l1Size, byte[] bytes) {
    }

    private final Tables tables;
    private final Storage file;
    private final Header header;
    private final int clusterBits;

    Snapshots(Tables tables) {
        this.tables = tables;
        file = tables.file;
        header = tables.header;
        clusterBits = header.clusterBits();
    }

    List<Snapshot> list() throws IOException {
        return entries().stream().map(Entry::snapshot).toList();
    }

    /** Reads the table. @throws IOException naming the entry that is damaged */
    List<Entry> entries() throws IOException {
        List<Entry> entries = new ArrayList<>();
        long start = header.snapshotTableOffset();
        long at = start;
        for (int i = 0; i < header.snapshotCount(); i++) {
            byte[] fixed = new byte[FIXED];
            file.read(at, fixed, 0, FIXED);
            ByteBuffer b = ByteBuffer.wrap(fixed);
            int idLength = Short.toUnsignedInt(b.getShort(12));
            int nameLength = Short.toUnsignedInt(b.getShort(14));
            long extra = Integer.toUnsignedLong(b.getInt(36));
            if (extra > MAX_EXTRA) {
                throw bad(i, "has " + extra + " bytes of extra data, more than " + MAX_EXTRA);
            }
            int length = (int) (FIXED + extra + idLength + nameLength + 7) & ~7;
            if (at + length - start > MAX_BYTES || at + FIXED + extra + idLength + nameLength > file.size()) {
                throw bad(i, "is not within the file");
            }
            byte[] bytes = new byte[length];
            file.read(at, bytes, 0, length);
            b = ByteBuffer.wrap(bytes);
            long offset = b.getLong(0);
            long l1Size = Integer.toUnsignedLong(b.getInt(8));
            if (l1Size * 8 > Header.MAX_L1_BYTES || (offset & header.clusterSize() - 1) != 0 || offset < 0
                    || offset < header.clusterSize() && l1Size > 0
                    || offset > file.size() - l1Size * 8) {
                throw bad(i, "has an L1 table of " + l1Size + " entries at " + Long.toUnsignedString(offset) + ", which is not within the file");
            }
            long vmState = extra >= 8 ? b.getLong(40) : Integer.toUnsignedLong(b.getInt(32));
            long diskSize = extra >= 16 ? b.getLong(48) : header.size();
            String id = new String(bytes, (int) (FIXED + extra), idLength, StandardCharsets.UTF_8);
            String name = new String(bytes, (int) (FIXED + extra) + idLength, nameLength, StandardCharsets.UTF_8);
            entries.add(new Entry(new Snapshot(Text.printable(id), Text.printable(name), Integer.toUnsignedLong(b.getInt(16)), b.getInt(20),
                    b.getLong(24), vmState, diskSize, extra >= 24 ? b.getLong(56) : Snapshot.NO_ICOUNT), offset, (int) l1Size, bytes));
            at += length;
        }
        return entries;
    }

    private IOException bad(int index, String problem) {
        return header.bad("entry " + index + " of the snapshot table " + problem + "; " + Tables.REPAIR);
    }

    /** Bytes of the table in the file. */
    private static int length(List<Entry> entries) {
        return entries.stream().mapToInt(e -> e.bytes().length).sum();
    }

    /** Learns where the metadata of snapshots is. */
    void occupy() throws IOException {
        List<Entry> entries = entries();
        if (entries.isEmpty()) {
            return;
        }
        boolean free = tables.occupied.addRange(header.snapshotTableOffset() >>> clusterBits, tables.clusters(length(entries)));
        for (Entry e : entries) {
            free &= tables.occupied.addRange(e.l1Offset() >>> clusterBits, tables.clusters(e.l1Size() * 8L));
        }
        if (!free) {
            throw header.bad("the tables of its snapshots overlap other metadata; it is not written: copy what can be read with "
                    + "reprise image convert");
        }
    }

    private Entry find(List<Entry> entries, String which) throws IOException {
        for (Entry e : entries) {
            if (e.snapshot().name().equals(which)) {
                return e;
            }
        }
        for (Entry e : entries) {
            if (e.snapshot().id().equals(which)) {
                return e;
            }
        }
        throw header.bad("it has no snapshot \"" + which + "\"; it has "
                + (entries.isEmpty() ? "none" : String.join(", ", entries.stream().map(e -> e.snapshot().name()).toList())));
    }

    // ---- create -----------------------------------------------------------------------------------------------------------------------

    /** @param state of a machine, or null */
    Snapshot create(String name, SnapshotNode.Moment when, SnapshotNode.StateBytes state) throws IOException {
        tables.checkWritable();
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        if (text.length == 0 || text.length > MAX_NAME) {
            throw header.bad("a snapshot's name has 1 to " + MAX_NAME + " bytes, not " + text.length);
        }
        List<Entry> entries = entries();
        if (entries.size() >= Header.MAX_SNAPSHOTS) {
            throw header.bad("it has " + entries.size() + " snapshots already; delete some");
        }
        long next = 1;
        for (Entry e : entries) {
            if (e.snapshot().name().equals(name)) {
                throw header.bad("it has a snapshot \"" + name + "\" already; delete it or choose another name");
            }
            if (e.snapshot().id().matches("\\d{1,9}")) {
                next = Math.max(next, Long.parseLong(e.snapshot().id()) + 1);
            }
        }
        String id = Long.toString(next);
        tables.commit();
        // what the table has behind the disk is another snapshot's state
        long[] disk = state == null ? tables.l1().clone() : Arrays.copyOf(tables.l1(), (int) header.l1Needed(header.size()));
        StateArea area = new StateArea(tables, disk.length);
        long[] table;
        boolean added = false;
        try {
            if (state != null) {
                state.to(area);
            }
            table = area.finish(disk);
            addUses(disk);
            added = true;
            ByteBuffer l1 = ByteBuffer.allocate(table.length * 8);
            l1.asLongBuffer().put(table);
            long offset = tables.writeNew(l1.array());
            ByteBuffer b = ByteBuffer.allocate(FIXED + EXTRA + id.length() + text.length + 7 & ~7);
            b.putLong(0, offset).putInt(8, table.length).putShort(12, (short) id.length()).putShort(14, (short) text.length);
            b.putInt(16, (int) when.seconds()).putInt(20, when.nanos()).putLong(24, when.virtual()).putInt(36, EXTRA);
            b.putInt(VM_STATE_32, (int) Math.min(area.size(), 0xffff_ffffL)).putLong(40, area.size()).putLong(48, header.size()).putLong(56, when.icount());
            b.position(FIXED + EXTRA).put(id.getBytes(StandardCharsets.US_ASCII)).put(text);
            Snapshot snapshot = new Snapshot(id, Text.printable(name), when.seconds(), when.nanos(), when.virtual(), area.size(), header.size(),
                    when.icount());
            List<Entry> more = new ArrayList<>(entries);
            more.add(new Entry(snapshot, offset, table.length, b.array()));
            // raised refcounts and entries that are no longer the only ones, before there is a snapshot
            tables.reconstructCopied();
            replace(entries, more);
            tables.occupied.addRange(offset >>> clusterBits, tables.clusters(table.length * 8L));
            tables.commit();
            return snapshot;
        } catch (IOException | RuntimeException e) {
            undo(area, added ? disk : new long[0], header.snapshotCount() > entries.size(), e);
            throw e;
        }
    }

    /** A snapshot that was not made gives up its room. */
    private void undo(StateArea area, long[] used, boolean made, Exception why) {
        if (made) {
            return;
        }
        try {
            area.release();
            walk(used, this::free);
            tables.commit();
            tables.reconstructCopied();
        } catch (IOException e) {
            // its clusters leak
            why.addSuppressed(e);
        }
    }

    /** The machine's state of a snapshot. */
    InputStream state(String which) throws IOException {
        Entry entry = find(entries(), which);
        Snapshot snapshot = entry.snapshot();
        long first = header.l1Needed(snapshot.diskSize());
        long most = Math.max(0, entry.l1Size() - first) * tables.entriesPerTable() * header.clusterSize();
        if (snapshot.vmState() <= 0) {
            throw header.bad("its snapshot \"" + snapshot.name() + "\" has no machine state, only the disk");
        }
        if (snapshot.diskSize() < 0 || snapshot.vmState() > most) {
            throw header.bad("its snapshot \"" + snapshot.name() + "\" has a machine state of " + snapshot.vmState() + " bytes, of which its L1 table "
                    + "has " + most + "; " + Tables.REPAIR);
        }
        return StateArea.reader(tables, tables.readL1(entry.l1Offset(), entry.l1Size()), first, snapshot.vmState(),
                "snapshot \"" + snapshot.name() + "\"");
    }

    /** One more use for all that an L1 table reaches. First looks whether all counts can hold it. */
    private void addUses(long[] l1) throws IOException {
        for (boolean really : new boolean[] {false, true}) {
            walk(l1, (first, count) -> {
                for (long c = first; c < first + count; c++) {
                    long uses = tables.refcounts.get(c);
                    if (uses == 0) {
                        throw tables.damaged("cluster " + c + " is in use with refcount 0");
                    }
                    if (uses >= tables.refcounts.most()) {
                        throw header.bad("cluster " + c + " cannot have more than " + tables.refcounts.most() + " uses (refcount_order "
                                + header.refcountOrder() + "); delete snapshots, or convert it to an image with 16-bit refcounts");
                    }
                    if (really) {
                        tables.refcounts.increment(c, 1);
                    }
                }
            });
        }
    }

    /** What is told of clusters in use. */
    private interface Use {
        void of(long first, long count) throws IOException;
    }

    private void walk(long[] l1, Use use) throws IOException {
        for (int i = 0; i < l1.length; i++) {
            long offset = l1[i] & Tables.OFFSET;
            if (offset == 0) {
                continue;
            }
            use.of(offset >>> clusterBits, 1);
            Table t = tables.l2At(offset, "L1 entry " + i);
            for (int j = 0; j < tables.entriesPerTable(); j++) {
                long entry = t.getLong(j);
                if ((entry & Tables.COMPRESSED) != 0) {
                    long at = tables.compressedOffset(entry);
                    long first = at >>> clusterBits;
                    use.of(first, (at + tables.compressedLength(entry) - 1 >>> clusterBits) - first + 1);
                } else if ((entry & Tables.OFFSET) != 0) {
                    use.of((entry & Tables.OFFSET) >>> clusterBits, 1);
                }
            }
        }
    }

    // ---- apply, delete ----------------------------------------------------------------------------------------------------------------

    void apply(String which) throws IOException {
        tables.checkWritable();
        Entry entry = find(entries(), which);
        long size = entry.snapshot().diskSize();
        long[] l1 = tables.readL1(entry.l1Offset(), entry.l1Size());
        if (size < 0 || header.l1Needed(size) > l1.length) {
            throw header.bad("snapshot \"" + entry.snapshot().name() + "\" is of a disk of " + Long.toUnsignedString(size)
                    + " bytes, for which its L1 table is too small; " + Tables.REPAIR);
        }
        // a machine's state behind it stays the snapshot's alone
        l1 = Arrays.copyOf(l1, (int) header.l1Needed(size));
        tables.commit();
        addUses(l1);
        long[] old = tables.l1().clone();
        tables.replaceL1(l1, size);
        walk(old, this::free);
        tables.commit();
        tables.reconstructCopied();
    }

    void delete(String which) throws IOException {
        tables.checkWritable();
        List<Entry> entries = entries();
        Entry entry = find(entries, which);
        List<Entry> fewer = new ArrayList<>(entries);
        fewer.remove(entry);
        tables.commit();
        long[] l1 = tables.readL1(entry.l1Offset(), entry.l1Size());
        replace(entries, fewer);
        tables.occupied.removeRange(entry.l1Offset() >>> clusterBits);
        walk(l1, this::free);
        tables.free(entry.l1Offset() >>> clusterBits, Math.max(1, tables.clusters(entry.l1Size() * 8L)));
        tables.commit();
        tables.reconstructCopied();
    }

    /** Nothing in the file refers to it any more. */
    private void free(long first, long count) throws IOException {
        tables.free(first, count);
        tables.settle();
    }

    /** Writes another table and lets the header refer to it. The old one's clusters lose their use. */
    private void replace(List<Entry> old, List<Entry> entries) throws IOException {
        long offset = 0;
        if (!entries.isEmpty()) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            entries.forEach(e -> bytes.writeBytes(e.bytes()));
            offset = tables.writeNew(bytes.toByteArray());
        }
        tables.commit();
        long before = header.snapshotTableOffset();
        header.setSnapshots(file, offset, entries.size());
        file.force();
        if (!old.isEmpty()) {
            tables.occupied.removeRange(before >>> clusterBits);
            tables.free(before >>> clusterBits, tables.clusters(length(old)));
        }
        if (offset != 0) {
            tables.occupied.addRange(offset >>> clusterBits, tables.clusters(length(entries)));
        }
    }
}
