package org.reprise.core.replay;

import java.io.Closeable;
import java.io.IOException;

/** Where a log is written to. */
interface LogSink extends Closeable {
    /** Appends the first {@code length} bytes. @throws IOException when fewer, or none, were written */
    void write(byte[] bytes, int length) throws IOException;

    /** Cuts off what a failed write left behind. */
    void truncate(long length) throws IOException;

    /** Brings everything to the disk. */
    void force() throws IOException;
}
