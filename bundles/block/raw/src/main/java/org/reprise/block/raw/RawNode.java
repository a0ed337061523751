package org.reprise.block.raw;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.reprise.api.block.BlockNode;

/** An open raw image. */
final class RawNode implements BlockNode {
    private static final int ZEROS = 64 * 1024;

    private final Path file;
    private final FileChannel channel;
    private final long length;
    private final boolean readOnly;

    RawNode(Path file, FileChannel channel, long length, boolean readOnly) {
        this.file = file;
        this.channel = channel;
        this.length = length;
        this.readOnly = readOnly;
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
        ByteBuffer buffer = ByteBuffer.wrap(into, offset, count);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, position + count - buffer.remaining()) < 0) {
                throw new EOFException(file + " was shortened to " + channel.size() + " bytes while in use; it had " + length);
            }
        }
    }

    @Override
    public void write(long position, byte[] from, int offset, int count) throws IOException {
        check(position, count);
        ByteBuffer buffer = ByteBuffer.wrap(from, offset, count);
        while (buffer.hasRemaining()) {
            channel.write(buffer, position + count - buffer.remaining());
        }
    }

    @Override
    public void flush() throws IOException {
        channel.force(false);
    }

    @Override
    public void discard(long position, long count) throws IOException {
        check(position, count);
        byte[] zeros = new byte[(int) Math.min(ZEROS, count)];
        for (long done = 0; done < count; done += zeros.length) {
            write(position + done, zeros, 0, (int) Math.min(zeros.length, count - done));
        }
    }

    @Override
    public String describe() {
        return "raw " + file + ", " + length + " bytes" + (readOnly ? ", read-only" : "");
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private void check(long position, long count) throws IOException {
        if (position < 0 || count < 0 || position > length - count) {
            throw new IOException(file + ": bytes " + position + " to " + (position + count) + " are not within its " + length);
        }
    }
}
