package org.reprise.core.snapshot.store;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collection;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.zip.CRC32C;
import java.util.zip.ZipOutputStream;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.RandomAccessStore;
import org.h2.mvstore.SFChunk;

/**
 * The file under the library's trees. Each block of {@value #DATA} bytes is followed by the CRC-32C of its number and its bytes, so that the library,
 * which checks little of what it reads, never acts upon damaged bytes. Whoever opens it keeps others away. No channels: an interrupt of a reader would
 * close them.
 */
class CheckedFileStore extends RandomAccessStore {
    /** The library's block: it writes whole ones only. */
    static final int DATA = 4096;
    /** A block in the file. */
    static final int BLOCK = DATA + 4;
    private static final int BLOCKS_AT_ONCE = 64;
    /** Blocks at the end that are moved first. */
    private static final int TAIL = 512;
    private static final double SPARSE = 0.6;

    private RandomAccessFile writer;
    private final byte[] written = new byte[BLOCKS_AT_ONCE * BLOCK];
    /** Open files that no reader has at the moment. */
    private final Queue<RandomAccessFile> readers = new ConcurrentLinkedQueue<>();
    private volatile boolean closed;
    private final boolean thorough;

    /** @param thorough see {@link #readStoreHeader} */
    CheckedFileStore(Map<String, Object> config, boolean thorough) {
        super(config);
        this.thorough = thorough;
    }

    /**
     * Finds the newest commit. After a crash the library follows a chain of parts from the one that its header names; when a part of the chain was freed and
     * written over meanwhile, it stops at an old commit, though newer ones are whole. A thorough search looks at all blocks of the file. (The library's own
     * recovery mode does that, too, but from then on takes what cannot be read for empty.)
     */
    @Override
    protected void readStoreHeader(boolean recoveryMode) {
        super.readStoreHeader(thorough);
    }

    /** @throws IOException when the file cannot be opened for writing */
    void openFile(String name) throws IOException {
        init(name, false);
        writer = new RandomAccessFile(name, "rw");
        setSize(writer.length() / BLOCK * DATA);
        setRetentionTime(0);
    }

    @Override
    public ByteBuffer readFully(SFChunk chunk, long pos, int length) {
        if (pos < 0 || length < 0 || pos + length > size()) {
            throw DataUtils.newMVStoreException(DataUtils.ERROR_READING_FAILED, "{0} ends before byte {1} + {2}", getFileName(), pos, length);
        }
        long first = pos / DATA;
        int count = (int) ((pos + length + DATA - 1) / DATA - first);
        byte[] raw = new byte[count * BLOCK];
        RandomAccessFile file = null;
        try {
            file = reader();
            file.seek(first * BLOCK);
            file.readFully(raw);
        } catch (IOException e) {
            throw DataUtils.newMVStoreException(DataUtils.ERROR_READING_FAILED, "{0}: {1}", getFileName(), e, e);
        } finally {
            giveBack(file);
        }
        ByteBuffer checks = ByteBuffer.wrap(raw).order(ByteOrder.LITTLE_ENDIAN);
        CRC32C crc = new CRC32C();
        for (int i = 0; i < count; i++) {
            // headers and footers (no chunk) are checked by the library, which has a second one; between chunks there may be anything
            if (chunk != null && check(crc, first + i, raw, i * BLOCK) != checks.getInt(i * BLOCK + DATA)) {
                throw DataUtils.newMVStoreException(DataUtils.ERROR_FILE_CORRUPT, "{0}: block {1} is damaged", getFileName(), first + i);
            }
            System.arraycopy(raw, i * BLOCK, raw, i * DATA, DATA);
        }
        return ByteBuffer.wrap(raw, (int) (pos - first * DATA), length).slice();
    }

    private RandomAccessFile reader() throws IOException {
        RandomAccessFile file = readers.poll();
        return file == null ? new RandomAccessFile(getFileName(), "r") : file;
    }

    private void giveBack(RandomAccessFile file) {
        if (file != null) {
            readers.add(file);
            if (closed) {
                closeReaders();
            }
        }
    }

    private static int check(CRC32C crc, long block, byte[] bytes, int at) {
        crc.reset();
        for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
            crc.update((int) (block >>> shift));
        }
        crc.update(bytes, at, DATA);
        return (int) crc.getValue();
    }

    @Override
    protected void writeFully(SFChunk chunk, long pos, ByteBuffer source) {
        int length = source.remaining();
        if (pos % DATA != 0 || length % DATA != 0) {
            throw DataUtils.newMVStoreException(DataUtils.ERROR_INTERNAL, "{0} bytes at {1} are no whole blocks", length, pos);
        }
        try {
            writeBlocks(pos / DATA, source);
        } catch (IOException e) {
            throw DataUtils.newMVStoreException(DataUtils.ERROR_WRITING_FAILED, "{0}: {1}", getFileName(), e, e);
        }
        setSize(Math.max(size(), pos + length));
    }

    private synchronized void writeBlocks(long first, ByteBuffer source) throws IOException {
        ByteBuffer checks = ByteBuffer.wrap(written).order(ByteOrder.LITTLE_ENDIAN);
        CRC32C crc = new CRC32C();
        long block = first;
        while (source.hasRemaining()) {
            int count = Math.min(BLOCKS_AT_ONCE, source.remaining() / DATA);
            for (int i = 0; i < count; i++) {
                source.get(written, i * BLOCK, DATA);
                checks.putInt(i * BLOCK + DATA, check(crc, block + i, written, i * BLOCK));
            }
            write(writer, block * BLOCK, written, count * BLOCK);
            block += count;
        }
    }

    /** Every write to the file. */
    void write(RandomAccessFile file, long position, byte[] bytes, int length) throws IOException {
        file.seek(position);
        file.write(bytes, 0, length);
    }

    /** Every cut of the file. */
    void cut(RandomAccessFile file, long length) throws IOException {
        file.setLength(length);
    }

    /** Blocks that the pages in use would fill, roughly. */
    long neededBlocks() {
        double blocks = 2;
        for (SFChunk chunk : getChunks().values()) {
            blocks += neededBlocks(chunk);
        }
        return (long) blocks;
    }

    private static double neededBlocks(SFChunk chunk) {
        return chunk.maxLen <= 0 ? chunk.len : (double) chunk.len * chunk.maxLenLive / chunk.maxLen;
    }

    long blocks() {
        return size() / DATA;
    }

    /**
     * What is to be written anew to make the file smaller: parts of it with much that nobody uses, and those at its end. The library's own way, moving
     * parts as they are, trips over its assertions (2.4.240) and puts the file on disk too often.
     */
    @Override
    public Collection<SFChunk> getRewriteCandidates() {
        long end = getChunks().values().stream().mapToLong(c -> c.block + c.len).max().orElse(0) - TAIL;
        return getChunks().values().stream().filter(c -> c.block > 0 && (c.block + c.len > end || neededBlocks(c) < SPARSE * c.len)).toList();
    }

    @Override
    public void sync() {
        try {
            writer.getFD().sync();
        } catch (IOException e) {
            throw DataUtils.newMVStoreException(DataUtils.ERROR_WRITING_FAILED, "{0}: {1}", getFileName(), e, e);
        }
    }

    @Override
    protected void truncate(long size) {
        try {
            cut(writer, size / DATA * BLOCK);
        } catch (IOException e) {
            throw DataUtils.newMVStoreException(DataUtils.ERROR_WRITING_FAILED, "{0}: {1}", getFileName(), e, e);
        }
        setSize(Math.min(size(), size));
    }

    /** Closes the files; also when the library has not come to that. */
    void closeFile() {
        closed = true;
        try {
            writer.close();
        } catch (IOException e) {
            throw DataUtils.newMVStoreException(DataUtils.ERROR_WRITING_FAILED, "{0}: {1}", getFileName(), e, e);
        } finally {
            closeReaders();
        }
    }

    private void closeReaders() {
        RandomAccessFile file;
        while ((file = readers.poll()) != null) {
            try {
                file.close();
            } catch (IOException e) {
                // only read: nothing is lost
                continue;
            }
        }
    }

    @Override
    public void close() {
        try {
            closeFile();
        } finally {
            super.close();
        }
    }

    @Override
    public int getDefaultRetentionTime() {
        // each commit is on disk before the next one: nothing older is ever needed
        return 0;
    }

    @Override
    public String toString() {
        return getFileName();
    }

    @Override
    public void open(String name, boolean readOnly, char[] key) {
        throw new UnsupportedOperationException("opened by openFile");
    }

    @Override
    public CheckedFileStore open(String name, boolean readOnly) {
        throw new UnsupportedOperationException("opened by openFile");
    }

    @Override
    public void backup(ZipOutputStream out) {
        throw new UnsupportedOperationException("no backups");
    }
}
