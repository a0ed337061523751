package org.reprise.block.qcow2.image;

import java.io.Closeable;
import java.io.IOException;

/** The bytes of an image file. One thread at a time. */
interface Storage extends Closeable {
    /** The file's name, for messages. */
    String name();

    /** Present length in bytes. */
    long size() throws IOException;

    /** Reads; what lies beyond the end is zeros. */
    void read(long position, byte[] into, int offset, int count) throws IOException;

    /** Writes; lengthens the file as needed. */
    void write(long position, byte[] from, int offset, int count) throws IOException;

    /** Sets the length. */
    void resize(long size) throws IOException;

    /** Makes everything written so far durable; nothing to do when nothing was written since. */
    void force() throws IOException;
}
