package org.reprise.core.replay;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;

/** A log in a file. Not a channel: an interrupt of the machine's thread would close it. */
final class FileSink implements LogSink {
    private final RandomAccessFile file;

    /** @throws IOException when the file exists already or cannot be created */
    FileSink(Path path) throws IOException {
        Files.createFile(path);
        file = new RandomAccessFile(path.toFile(), "rw");
    }

    @Override
    public void write(byte[] bytes, int length) throws IOException {
        file.write(bytes, 0, length);
    }

    @Override
    public void truncate(long length) throws IOException {
        file.setLength(length);
    }

    @Override
    public void force() throws IOException {
        file.getFD().sync();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
