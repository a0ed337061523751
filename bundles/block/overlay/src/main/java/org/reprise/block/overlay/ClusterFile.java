package org.reprise.block.overlay;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;

/** A temporary file of slots of one size, used again when they are free. Any thread; a slot's content is its user's concern. */
final class ClusterFile implements Closeable {
    private final Path file;
    private final FileChannel channel;
    private final int size;
    private final BitSet used = new BitSet();

    ClusterFile(Path folder, int size) throws IOException {
        this.size = size;
        file = Files.createTempFile(folder, "reprise-overlay", ".img");
        Files.delete(file);
        channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.SPARSE, StandardOpenOption.READ,
                StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE);
    }

    synchronized int take() {
        int slot = used.nextClearBit(0);
        used.set(slot);
        return slot;
    }

    synchronized void free(int slot) {
        used.clear(slot);
    }

    void read(int slot, int at, byte[] into, int offset, int count) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(into, offset, count);
        long position = (long) slot * size + at;
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, position + count - buffer.remaining()) < 0) {
                throw new EOFException("overlay file " + file + " was shortened while in use");
            }
        }
    }

    void write(int slot, int at, byte[] from, int offset, int count) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(from, offset, count);
        long position = (long) slot * size + at;
        while (buffer.hasRemaining()) {
            channel.write(buffer, position + count - buffer.remaining());
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
