package org.reprise.block.qcow2.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * A file of the host. One that is written is locked against all other processes, one that is read against those that would write it.
 */
final class FileStorage implements Storage {
    private final Path file;
    private final FileChannel channel;
    private boolean unforced;

    private FileStorage(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /** Opens an existing file. @throws IOException naming file, problem and remedy */
    static FileStorage open(Path file, boolean writable) throws IOException {
        if (!Files.exists(file)) {
            throw new IOException("disk image " + file + " does not exist");
        }
        if (!Files.isRegularFile(file)) {
            throw new IOException("disk image " + file + " is not a regular file");
        }
        if (!Files.isReadable(file) || writable && !Files.isWritable(file)) {
            throw new IOException("disk image " + file + " cannot be " + (writable ? "written" : "read")
                    + " by this user; change its permissions" + (writable ? ", or open it for reading only" : ""));
        }
        FileChannel channel = writable ? FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)
                : FileChannel.open(file, StandardOpenOption.READ);
        return locked(file, channel, writable);
    }

    /** Makes a new, empty file. @throws IOException when there is one already */
    static FileStorage create(Path file) throws IOException {
        try {
            return locked(file, FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.SPARSE, StandardOpenOption.READ,
                    StandardOpenOption.WRITE), true);
        } catch (FileAlreadyExistsException e) {
            throw new IOException("file " + file + " exists already; remove it or choose another name", e);
        }
    }

    private static FileStorage locked(Path file, FileChannel channel, boolean writable) throws IOException {
        boolean got;
        try {
            got = channel.tryLock(0, Long.MAX_VALUE, !writable) != null;
        } catch (OverlappingFileLockException e) {
            // this process has it open: readers share it, a writer must be alone
            got = !writable;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
        if (!got) {
            channel.close();
            throw new IOException("disk image " + file + " is in use by another machine or process that "
                    + (writable ? "uses" : "writes") + " it; stop that one first");
        }
        return new FileStorage(file, channel);
    }

    @Override
    public String name() {
        return file.toString();
    }

    @Override
    public long size() throws IOException {
        return channel.size();
    }

    @Override
    public void read(long position, byte[] into, int offset, int count) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(into, offset, count);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, position + count - buffer.remaining()) < 0) {
                Arrays.fill(into, offset + count - buffer.remaining(), offset + count, (byte) 0);
                return;
            }
        }
    }

    @Override
    public void write(long position, byte[] from, int offset, int count) throws IOException {
        unforced = true;
        ByteBuffer buffer = ByteBuffer.wrap(from, offset, count);
        while (buffer.hasRemaining()) {
            channel.write(buffer, position + count - buffer.remaining());
        }
    }

    @Override
    public void resize(long size) throws IOException {
        unforced = true;
        if (size < channel.size()) {
            channel.truncate(size);
        } else if (size > channel.size()) {
            write(size - 1, new byte[1], 0, 1);
        }
    }

    @Override
    public void force() throws IOException {
        if (unforced) {
            channel.force(false);
            unforced = false;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
