package org.reprise.block.qcow2.image;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.reprise.api.block.BlockNode;

/** A raw image below an overlay, or one that is converted: of any length; what a short last sector lacks reads as zeros. */
final class RawLayer implements BlockNode {
    private final Path path;
    private final Storage file;
    private final long length;
    private final boolean writable;

    RawLayer(Path path, boolean writable) throws IOException {
        this.path = path;
        this.writable = writable;
        file = FileStorage.open(path, writable);
        length = file.size() + 511 & ~511L;
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public boolean readOnly() {
        return !writable;
    }

    @Override
    public void read(long position, byte[] into, int offset, int count) throws IOException {
        check(position, count);
        file.read(position, into, offset, count);
    }

    @Override
    public void write(long position, byte[] from, int offset, int count) throws IOException {
        check(position, count);
        file.write(position, from, offset, count);
    }

    @Override
    public void flush() throws IOException {
        file.force();
    }

    @Override
    public void discard(long position, long count) throws IOException {
        check(position, count);
        byte[] zeros = new byte[(int) Math.min(1 << 16, count)];
        for (long done = 0; done < count; done += zeros.length) {
            file.write(position + done, zeros, 0, (int) Math.min(zeros.length, count - done));
        }
    }

    @Override
    public List<Path> sources() {
        return List.of(path);
    }

    @Override
    public String describe() {
        return "raw " + path + ", " + length + " bytes";
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    private void check(long position, long count) throws IOException {
        if (position < 0 || count < 0 || position > length - count) {
            throw new IOException(path + ": bytes " + position + " to " + (position + count) + " are not within its " + length);
        }
    }
}
