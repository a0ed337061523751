package org.reprise.block.qcow2.image;

import java.io.IOException;
import java.util.Arrays;
import org.reprise.api.block.BlockNode;
import org.reprise.block.qcow2.image.Qcow2Image.Extent;
import org.reprise.block.qcow2.image.Qcow2Image.Kind;

/** The guest's bytes: cluster by cluster through the tables (specification, Cluster mapping). Ranges were checked. */
final class ClusterIo implements AutoCloseable {
    private final Tables tables;
    private final Storage file;
    private final Header header;
    /** Null when there is none: what is not in this image is zeros. */
    private final BlockNode below;
    private final int clusterBits;
    private final int clusterSize;
    private final boolean zeroFlag;
    private final Compression compression;
    private final byte[] whole;
    /** No compressed cluster has this entry: its bit for that is 0. All ones, on the other hand, may stand in a damaged image. */
    private static final long NOTHING = 0;
    /** The entry of the cluster unpacked last. */
    private long unpackedEntry = NOTHING;
    private byte[] unpacked;
    private byte[] packed;

    ClusterIo(Tables tables, BlockNode below) {
        this.tables = tables;
        this.file = tables.file;
        this.header = tables.header;
        this.below = below;
        clusterBits = header.clusterBits();
        clusterSize = header.clusterSize();
        zeroFlag = header.version() > 2;
        compression = new Compression(header.zstd(), clusterSize);
        whole = new byte[clusterSize];
    }

    private boolean zero(long entry) {
        return zeroFlag && (entry & Tables.ZERO) != 0;
    }

    private Kind kind(long entry) {
        if ((entry & Tables.COMPRESSED) != 0) {
            return Kind.DATA;
        }
        if (zero(entry)) {
            return Kind.ZERO;
        }
        return (entry & Tables.OFFSET) == 0 ? Kind.BELOW : Kind.DATA;
    }

    /** What this image has from a position on, up to so many bytes. */
    Extent extent(long position, long limit) throws IOException {
        Kind kind = null;
        long at = position;
        while (at < position + limit) {
            long cluster = at >>> clusterBits;
            long next;
            Kind here;
            if (tables.noTable(cluster)) {
                here = Kind.BELOW;
                next = (cluster | tables.entriesPerTable() - 1) + 1 << clusterBits;
            } else {
                here = kind(tables.entry(cluster));
                next = cluster + 1 << clusterBits;
            }
            if (kind != null && here != kind) {
                break;
            }
            kind = here;
            at = next < 0 ? Long.MAX_VALUE : next;
        }
        return new Extent(kind, Math.min(at - position, limit));
    }

    // ---- reading ----------------------------------------------------------------------------------------------------------------------

    void read(long position, byte[] into, int offset, int count) throws IOException {
        int done = 0;
        while (done < count) {
            long at = position + done;
            int part = part(at, count - done);
            readCluster(tables.entry(at >>> clusterBits), at, into, offset + done, part);
            done += part;
        }
    }

    private void readCluster(long entry, long at, byte[] into, int offset, int count) throws IOException {
        int within = (int) (at & clusterSize - 1);
        if ((entry & Tables.COMPRESSED) != 0) {
            unpack(entry, at >>> clusterBits);
            System.arraycopy(unpacked, within, into, offset, count);
        } else if (zero(entry)) {
            Arrays.fill(into, offset, offset + count, (byte) 0);
        } else if ((entry & Tables.OFFSET) == 0) {
            readBelow(at, into, offset, count);
        } else {
            file.read(host(entry, at >>> clusterBits) + within, into, offset, count);
        }
    }

    private void readBelow(long at, byte[] into, int offset, int count) throws IOException {
        int there = below == null ? 0 : (int) Math.max(0, Math.min(count, below.length() - at));
        if (there > 0) {
            below.read(at, into, offset, there);
        }
        Arrays.fill(into, offset + there, offset + count, (byte) 0);
    }

    /** The offset of a standard cluster that has one. */
    private long host(long entry, long cluster) throws IOException {
        long offset = entry & Tables.OFFSET;
        String problem = tables.problem(offset);
        if (problem != null) {
            throw header.bad("the entry of guest cluster " + cluster + ": " + offset + " " + problem + "; " + Tables.REPAIR);
        }
        return offset;
    }

    private void unpack(long entry, long cluster) throws IOException {
        if (entry == unpackedEntry) {
            return;
        }
        if (unpacked == null) {
            unpacked = new byte[clusterSize];
            packed = new byte[2 * clusterSize];
        }
        unpackedEntry = NOTHING;
        long at = tables.compressedOffset(entry);
        int length = Math.min(tables.compressedLength(entry), packed.length);
        if (at < clusterSize || at >>> 56 != 0 || at >= file.size()) {
            throw header.bad("guest cluster " + cluster + ": its compressed data at " + at + " is not within the file; " + Tables.REPAIR);
        }
        file.read(at, packed, 0, length);
        try {
            compression.unpack(packed, length, unpacked);
        } catch (IOException e) {
            throw new IOException(header.bad("guest cluster " + cluster + " at " + at + ": " + e.getMessage()).getMessage()
                    + "; restore the image from a copy", e);
        }
        unpackedEntry = entry;
    }

    // ---- writing ----------------------------------------------------------------------------------------------------------------------

    void write(long position, byte[] from, int offset, int count) throws IOException {
        tables.checkWritable();
        int done = 0;
        while (done < count) {
            long at = position + done;
            int part = part(at, count - done);
            writeCluster(at, from, offset + done, part);
            done += part;
        }
        tables.settle();
    }

    private void writeCluster(long at, byte[] from, int offset, int count) throws IOException {
        long cluster = at >>> clusterBits;
        int within = (int) (at & clusterSize - 1);
        Table table = tables.tableForWrite(cluster);
        int index = tables.index(cluster);
        long entry = table.getLong(index);
        boolean own = own(entry, cluster);
        if (own && !zero(entry)) {
            file.write((entry & Tables.OFFSET) + within, from, offset, count);
            return;
        }
        byte[] content = from;
        int contentAt = offset;
        if (count < clusterSize) {
            readCluster(entry, cluster << clusterBits, whole, 0, clusterSize);
            System.arraycopy(from, offset, whole, within, count);
            content = whole;
            contentAt = 0;
        }
        if (own) {
            // preallocated, reads as zeros until the entry says otherwise
            file.write(entry & Tables.OFFSET, content, contentAt, clusterSize);
            table.putLong(index, entry & ~Tables.ZERO);
            return;
        }
        long host = tables.refcounts.allocate(1);
        try {
            file.write(host << clusterBits, content, contentAt, clusterSize);
        } catch (IOException e) {
            tables.refcounts.release(host, 1);
            throw e;
        }
        table.putLong(index, host << clusterBits | Tables.COPIED);
        tables.freeEntry(entry);
    }

    /** True when an entry's cluster may be written where it is. */
    private boolean own(long entry, long cluster) throws IOException {
        if ((entry & Tables.COMPRESSED) != 0 || (entry & Tables.OFFSET) == 0) {
            return false;
        }
        long host = host(entry, cluster) >>> clusterBits;
        long uses = tables.refcounts.get(host);
        if (uses == 0) {
            throw tables.damaged("guest cluster " + cluster + " is at " + (host << clusterBits) + ", which has refcount 0");
        }
        if (uses > 1 || (entry & Tables.COPIED) == 0) {
            return false;
        }
        if (tables.occupied.contains(host)) {
            throw tables.damaged("guest cluster " + cluster + " is at " + (host << clusterBits) + ", which holds metadata");
        }
        return true;
    }

    /** Writes a whole cluster, packed if that makes it smaller. */
    void writePacked(long position, byte[] content) throws IOException {
        tables.checkWritable();
        unpackedEntry = NOTHING;
        byte[] bytes = compression.pack(content);
        if (bytes == null) {
            write(position, content, 0, (int) Math.min(clusterSize, header.size() - position));
            return;
        }
        long cluster = position >>> clusterBits;
        Table table = tables.tableForWrite(cluster);
        long old = table.getLong(tables.index(cluster));
        long at = tables.allocatePacked(bytes.length);
        // the last sector as a whole: what is left of it is the next one's
        file.write(at, Arrays.copyOf(bytes, bytes.length + (int) (-(at + bytes.length) & 511)), 0,
                bytes.length + (int) (-(at + bytes.length) & 511));
        table.putLong(tables.index(cluster), tables.compressedEntry(at, bytes.length));
        tables.freeEntry(old);
        tables.settle();
    }

    // ---- discarding -------------------------------------------------------------------------------------------------------------------

    void discard(long position, long count) throws IOException {
        tables.checkWritable();
        byte[] zeros = null;
        long at = position;
        long end = position + count;
        while (at < end) {
            long cluster = at >>> clusterBits;
            long next = Math.min(end, cluster + 1 << clusterBits);
            if (tables.noTable(cluster) && nothingBelow(cluster << clusterBits)) {
                long behind = (cluster | tables.entriesPerTable() - 1) + 1 << clusterBits;
                at = behind <= 0 ? end : Math.min(end, behind);
                continue;
            }
            boolean all = next - at == Math.min(clusterSize, header.size() - (cluster << clusterBits));
            if (!all || !zeroCluster(cluster)) {
                long entry = tables.entry(cluster);
                if (kind(entry) != Kind.ZERO && !(kind(entry) == Kind.BELOW && nothingBelow(at))) {
                    zeros = zeros == null ? new byte[clusterSize] : zeros;
                    writeCluster(at, zeros, 0, (int) (next - at));
                }
            }
            at = next;
        }
        tables.settle();
    }

    private boolean nothingBelow(long position) {
        return below == null || position >= below.length();
    }

    /** Lets a cluster read as zeros without one of the file. @return false when this version of the format cannot say so */
    private boolean zeroCluster(long cluster) throws IOException {
        boolean nothing = nothingBelow(cluster << clusterBits);
        if (!nothing && !zeroFlag) {
            return false;
        }
        long to = nothing ? 0 : Tables.ZERO;
        long before = tables.entry(cluster);
        if (before == to || kind(before) == Kind.ZERO && (before & Tables.OFFSET) == 0) {
            return true;
        }
        Table table = tables.tableForWrite(cluster);
        table.putLong(tables.index(cluster), to);
        tables.freeEntry(before);
        return true;
    }

    /** Gives up all that this image has of its own: what is below shows again. */
    void empty() throws IOException {
        tables.checkWritable();
        long clusters = header.size() + clusterSize - 1 >>> clusterBits;
        for (long cluster = 0; cluster < clusters; cluster++) {
            if (tables.noTable(cluster)) {
                cluster |= tables.entriesPerTable() - 1;
                continue;
            }
            long entry = tables.entry(cluster);
            if (entry != 0) {
                tables.tableForWrite(cluster).putLong(tables.index(cluster), 0);
                tables.freeEntry(entry);
                tables.settle();
            }
        }
        tables.commit();
    }

    private int part(long at, int count) {
        return Math.min(count, clusterSize - (int) (at & clusterSize - 1));
    }

    @Override
    public void close() {
        compression.close();
    }
}
