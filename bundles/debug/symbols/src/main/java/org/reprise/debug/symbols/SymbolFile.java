package org.reprise.debug.symbols;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file that is read piece by piece. Nothing in it is trusted: no piece lies outside of it, none is too great. */
final class SymbolFile implements AutoCloseable {
    /** Greatest piece, and greatest file that is read as a whole. */
    static final int MOST = 1 << 28;

    private final String name;
    private final FileChannel channel;
    private final long length;

    SymbolFile(Path path) throws IOException {
        name = path.toString();
        channel = FileChannel.open(path, StandardOpenOption.READ);
        length = channel.size();
    }

    String name() {
        return name;
    }

    long length() {
        return length;
    }

    /** @param what names the piece in messages */
    ByteBuffer piece(long offset, long bytes, String what) throws IOException {
        if (offset < 0 || bytes < 0 || offset > length || bytes > length - offset) {
            throw new BadSymbolsException(name + " is cut off or damaged: " + what + " (" + Long.toUnsignedString(bytes) + " bytes at "
                + Long.toUnsignedString(offset) + ") is not within its " + length + " bytes");
        }
        if (bytes > MOST) {
            throw new BadSymbolsException(name + ": " + what + " has " + bytes + " bytes, more than " + MOST
                + "; is it a file with symbols?");
        }
        ByteBuffer buffer = ByteBuffer.allocate((int) bytes);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, offset + buffer.position()) < 0) {
                throw new BadSymbolsException(name + " became shorter while it was read");
            }
        }
        return buffer.flip();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
