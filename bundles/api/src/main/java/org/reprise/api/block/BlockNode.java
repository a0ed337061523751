package org.reprise.api.block;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/** One open layer of a drive: byte-addressed, synchronous. Called by one thread at a time: the drive's worker, in the order of requests. */
@ConsumerType
public interface BlockNode extends Closeable {
    /** Length in bytes, a multiple of 512. */
    long length();

    /** True when writes are refused. */
    boolean readOnly();

    /** Reads exactly {@code length} bytes. */
    void read(long position, byte[] into, int offset, int length) throws IOException;

    /** Writes exactly {@code length} bytes. */
    void write(long position, byte[] from, int offset, int length) throws IOException;

    /** Makes everything written durable as far as the layer promises that. */
    void flush() throws IOException;

    /** Declares the range unused; it reads as zeros afterwards. */
    void discard(long position, long length) throws IOException;

    /**
     * The files that the layer's content comes from: its own first, then those that it stands on, nearest first; empty when it has none.
     * The same from opening on; any thread.
     */
    default List<Path> sources() {
        return List.of();
    }

    /** One line for people, layers below included. */
    String describe();
}
