package org.reprise.core.machine;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.reprise.api.block.BlockNode;

/** A layer of a drive that passes everything on, for what tests change about it. */
class PassingNode implements BlockNode {
    private final BlockNode below;

    PassingNode(BlockNode below) {
        this.below = below;
    }

    @Override
    public long length() {
        return below.length();
    }

    @Override
    public boolean readOnly() {
        return below.readOnly();
    }

    @Override
    public void read(long position, byte[] into, int offset, int length) throws IOException {
        below.read(position, into, offset, length);
    }

    @Override
    public void write(long position, byte[] from, int offset, int length) throws IOException {
        below.write(position, from, offset, length);
    }

    @Override
    public void flush() throws IOException {
        below.flush();
    }

    @Override
    public void discard(long position, long length) throws IOException {
        below.discard(position, length);
    }

    @Override
    public List<Path> sources() {
        return below.sources();
    }

    @Override
    public String describe() {
        return below.describe();
    }

    @Override
    public void close() throws IOException {
        below.close();
    }
}
