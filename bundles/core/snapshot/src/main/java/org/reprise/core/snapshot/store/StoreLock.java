package org.reprise.core.snapshot.store;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** One user at a time of a store: others in this process, and other processes, are refused. It ends with the process, however that ends. */
final class StoreLock implements AutoCloseable {
    private static final String FILE = "lock";
    /** Folders that this process has open: a lock of the system is lost when any file is closed that the process has opened under the same name. */
    private static final Set<Path> MINE = ConcurrentHashMap.newKeySet();

    private final Path folder;
    private final RandomAccessFile file;
    private final FileLock lock;

    /** @throws IOException naming the folder when somebody has it open */
    StoreLock(Path folder) throws IOException {
        this.folder = folder.toRealPath();
        if (!MINE.add(this.folder)) {
            throw new IOException("the snapshot store " + folder + " is open already in this process: close it there first");
        }
        RandomAccessFile opened = null;
        FileLock got = null;
        try {
            opened = new RandomAccessFile(folder.resolve(FILE).toFile(), "rw");
            got = opened.getChannel().tryLock();
            if (got == null) {
                throw new IOException("the snapshot store " + folder + " is in use by another process: end that first, or copy the recording");
            }
        } finally {
            if (got == null) {
                if (opened != null) {
                    opened.close();
                }
                MINE.remove(this.folder);
            }
        }
        file = opened;
        lock = got;
    }

    @Override
    public void close() throws IOException {
        try {
            lock.release();
            file.close();
        } finally {
            MINE.remove(folder);
        }
    }
}
