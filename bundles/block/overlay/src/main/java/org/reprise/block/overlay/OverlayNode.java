package org.reprise.block.overlay;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.BitSet;
import org.reprise.api.block.BlockNode;

/**
 * Copy on write in clusters of 64 KiB. A cluster is below (not touched), in the file (at its own position: the file is sparse), or
 * all zeros. What it reads depends on the sequence of writes only.
 */
final class OverlayNode implements BlockNode {
    private static final int CLUSTER_SHIFT = 16;
    private static final int CLUSTER = 1 << CLUSTER_SHIFT;

    private final BlockNode below;
    private final Path file;
    private final FileChannel channel;
    private final boolean readOnly;
    private final long length;
    private final BitSet inFile = new BitSet();
    private final BitSet zero = new BitSet();
    private final byte[] cluster = new byte[CLUSTER];

    OverlayNode(BlockNode below, Path folder, boolean readOnly) throws IOException {
        this.below = below;
        this.readOnly = readOnly;
        length = below.length();
        if (length >>> CLUSTER_SHIFT >= Integer.MAX_VALUE) {
            throw new IOException("overlay: a drive of " + length + " bytes is too large; it can be up to 128 TiB");
        }
        file = Files.createTempFile(folder, "reprise-overlay", ".img");
        Files.delete(file);
        channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.SPARSE, StandardOpenOption.READ,
                StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE);
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public boolean readOnly() {
        return readOnly;
    }

    @Override
    public void read(long position, byte[] into, int offset, int count) throws IOException {
        check(position, count);
        int done = 0;
        while (done < count) {
            long at = position + done;
            int part = part(at, count - done);
            int index = (int) (at >>> CLUSTER_SHIFT);
            if (inFile.get(index)) {
                readFile(at, into, offset + done, part);
            } else if (zero.get(index)) {
                Arrays.fill(into, offset + done, offset + done + part, (byte) 0);
            } else {
                below.read(at, into, offset + done, part);
            }
            done += part;
        }
    }

    @Override
    public void write(long position, byte[] from, int offset, int count) throws IOException {
        checkWritable();
        check(position, count);
        int done = 0;
        while (done < count) {
            long at = position + done;
            int part = part(at, count - done);
            writeCluster(at, from, offset + done, part);
            done += part;
        }
    }

    @Override
    public void flush() {
        // Nothing to promise: a temporary layer does not outlive the process.
    }

    @Override
    public void discard(long position, long count) throws IOException {
        checkWritable();
        check(position, count);
        byte[] zeros = null;
        long done = 0;
        while (done < count) {
            long at = position + done;
            int part = part(at, count - done);
            int index = (int) (at >>> CLUSTER_SHIFT);
            if (part == clusterLength(index)) {
                inFile.clear(index);
                zero.set(index);
            } else if (!zero.get(index)) {
                zeros = zeros == null ? new byte[CLUSTER] : zeros;
                writeCluster(at, zeros, 0, part);
            }
            done += part;
        }
    }

    @Override
    public String describe() {
        return "temporary overlay (" + inFile.cardinality() + " clusters of 64 KiB written) on " + below.describe();
    }

    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            below.close();
        }
    }

    private void writeCluster(long at, byte[] from, int offset, int count) throws IOException {
        int index = (int) (at >>> CLUSTER_SHIFT);
        if (!inFile.get(index) && count != clusterLength(index)) {
            long start = (long) index << CLUSTER_SHIFT;
            int whole = clusterLength(index);
            read(start, cluster, 0, whole);
            System.arraycopy(from, offset, cluster, (int) (at - start), count);
            writeFile(start, cluster, 0, whole);
        } else {
            writeFile(at, from, offset, count);
        }
        // Only now: a failed write (disk full) leaves the cluster as it was.
        inFile.set(index);
        zero.clear(index);
    }

    private void readFile(long position, byte[] into, int offset, int count) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(into, offset, count);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, position + count - buffer.remaining()) < 0) {
                throw new EOFException("overlay file " + file + " was shortened while in use");
            }
        }
    }

    private void writeFile(long position, byte[] from, int offset, int count) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(from, offset, count);
        while (buffer.hasRemaining()) {
            channel.write(buffer, position + count - buffer.remaining());
        }
    }

    private int part(long at, int count) {
        return Math.min(count, CLUSTER - (int) (at & CLUSTER - 1));
    }

    private int part(long at, long count) {
        return (int) Math.min(count, CLUSTER - (at & CLUSTER - 1));
    }

    private int clusterLength(int index) {
        return (int) Math.min(CLUSTER, length - ((long) index << CLUSTER_SHIFT));
    }

    private void checkWritable() throws IOException {
        if (readOnly) {
            throw new IOException("the drive is read-only");
        }
    }

    private void check(long position, long count) throws IOException {
        if (position < 0 || count < 0 || position > length - count) {
            throw new IOException("bytes " + position + " to " + (position + count) + " are not within the drive's " + length);
        }
    }
}
