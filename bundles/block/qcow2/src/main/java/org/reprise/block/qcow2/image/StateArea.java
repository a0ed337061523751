package org.reprise.block.qcow2.image;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Where a snapshot keeps a machine's state: like the guest's clusters, from the first L1 entry on that describes none of the disk
 * (specification, Snapshots). Nothing in the image refers to it until the snapshot's L1 table does.
 */
final class StateArea extends OutputStream {
    private final Tables tables;
    private final int clusterSize;
    private final long first;
    private final byte[] cluster;
    private final List<Long> entries = new ArrayList<>();
    private final List<Long> allocated = new ArrayList<>();
    private ByteBuffer table;
    private int within;
    private int filled;
    private long size;

    /** @param first index of the first L1 entry of the area */
    StateArea(Tables tables, long first) {
        this.tables = tables;
        this.first = first;
        clusterSize = tables.header.clusterSize();
        cluster = new byte[clusterSize];
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] from, int offset, int count) throws IOException {
        int done = 0;
        while (done < count) {
            int part = Math.min(count - done, clusterSize - filled);
            System.arraycopy(from, offset + done, cluster, filled, part);
            filled += part;
            done += part;
            size += part;
            if (filled == clusterSize) {
                put();
            }
        }
    }

    private long put(byte[] bytes) throws IOException {
        long number = tables.refcounts.allocate(1);
        allocated.add(number);
        long offset = number * clusterSize;
        tables.file.write(offset, bytes, 0, clusterSize);
        return offset;
    }

    private void put() throws IOException {
        if (table == null) {
            if ((first + entries.size() + 1) * 8 > Header.MAX_L1_BYTES) {
                throw tables.header.bad("a state of " + size + " bytes is too much for its clusters of " + clusterSize
                        + " bytes; keep it in an image with larger ones");
            }
            table = ByteBuffer.allocate(clusterSize);
        }
        Arrays.fill(cluster, filled, clusterSize, (byte) 0);
        table.putLong(within++ * 8, put(cluster));
        filled = 0;
        if (within == tables.entriesPerTable()) {
            putTable();
        }
    }

    private void putTable() throws IOException {
        entries.add(put(table.array()));
        table = null;
        within = 0;
    }

    /** All was written. @return the L1 table with the area added */
    long[] finish(long[] l1) throws IOException {
        if (filled > 0) {
            put();
        }
        if (table != null) {
            putTable();
        }
        long[] all = Arrays.copyOf(l1, (int) first + entries.size());
        for (int i = 0; i < entries.size(); i++) {
            all[(int) first + i] = entries.get(i);
        }
        return all;
    }

    /** Bytes written. */
    long size() {
        return size;
    }

    /** Gives all clusters back. */
    void release() throws IOException {
        for (long number : allocated) {
            tables.refcounts.release(number, 1);
        }
    }

    /** Reads an area. @param first as above @param title of the snapshot, for messages */
    static InputStream reader(Tables tables, long[] l1, long first, long size, String title) {
        return new Reader(tables, l1, first, size, title);
    }

    private static final class Reader extends InputStream {
        private final Tables tables;
        private final long[] l1;
        private final long first;
        private final long size;
        private final String title;
        private final byte[] cluster;
        private long position;

        Reader(Tables tables, long[] l1, long first, long size, String title) {
            this.tables = tables;
            this.l1 = l1;
            this.first = first;
            this.size = size;
            this.title = title;
            cluster = new byte[tables.header.clusterSize()];
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int count) throws IOException {
            if (position >= size) {
                return -1;
            }
            int at = (int) (position % cluster.length);
            if (at == 0) {
                load(position / cluster.length);
            }
            int part = (int) Math.min(Math.min(count, cluster.length - at), size - position);
            System.arraycopy(cluster, at, into, offset, part);
            position += part;
            return part;
        }

        private void load(long number) throws IOException {
            long index = first + number / tables.entriesPerTable();
            long offset = index < l1.length ? l1[(int) index] & Tables.OFFSET : 0;
            long entry = offset == 0 ? 0 : tables.l2At(offset, title + ", L1 entry " + index).getLong(tables.index(number));
            if ((entry & Tables.COMPRESSED) != 0) {
                throw bad(number, "is compressed");
            }
            offset = entry & Tables.OFFSET;
            if (offset == 0 || tables.header.version() > 2 && (entry & Tables.ZERO) != 0) {
                Arrays.fill(cluster, (byte) 0);
                return;
            }
            String problem = tables.problem(offset);
            if (problem != null) {
                throw bad(number, "at " + offset + " " + problem);
            }
            tables.file.read(offset, cluster, 0, cluster.length);
        }

        private IOException bad(long number, String problem) {
            return tables.header.bad(title + ": cluster " + number + " of its machine state " + problem + "; " + Tables.REPAIR);
        }
    }
}
