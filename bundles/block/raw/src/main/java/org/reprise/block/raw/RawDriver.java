package org.reprise.block.raw;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.osgi.service.component.annotations.Component;
import org.reprise.api.block.BlockDriver;
import org.reprise.api.block.BlockNode;
import org.reprise.api.device.PartConfig;

/**
 * The driver {@code raw}: an image file that holds the drive's bytes and nothing else.
 *
 * <p>Keys: {@code file}; {@code read-only} (default off); {@code overlay} (default {@code temporary}): unless it is {@code none} the
 * image is opened for reading only, since all writes go to the layer above. An image that is opened for writing is locked against
 * other processes.
 */
@Component(service = BlockDriver.class, property = BlockDriver.DRIVER + "=raw")
public final class RawDriver implements BlockDriver {
    private static final int SECTOR = 512;

    @Override
    public BlockNode open(PartConfig config, BlockNode below) throws IOException {
        if (below != null) {
            throw new IOException("drive " + config.name() + ": raw opens a file and cannot stand on another layer; set driver to it only");
        }
        Path file = Path.of(config.text("file"));
        String drive = "drive " + config.name() + ": disk image " + file;
        if (!Files.exists(file)) {
            throw new IOException(drive + " does not exist; set " + config.name()
                    + ".file to a raw image, or remove it for an empty drive");
        }
        if (!Files.isRegularFile(file)) {
            throw new IOException(drive + " is not a regular file");
        }
        boolean readOnly = config.flag("read-only", false);
        boolean writable = !readOnly && config.text("overlay", "temporary").equals("none");
        if (!Files.isReadable(file) || writable && !Files.isWritable(file)) {
            throw new IOException(drive + " cannot be " + (writable ? "written" : "read") + " by this user; change its permissions"
                    + (writable ? ", or use overlay=temporary or read-only=true" : ""));
        }
        FileChannel channel = writable ? FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)
                : FileChannel.open(file, StandardOpenOption.READ);
        try {
            long length = channel.size();
            if (length == 0 || length % SECTOR != 0) {
                throw new IOException(drive + " is " + length + " bytes long, which is not a positive multiple of " + SECTOR
                        + "; lengthen it to " + Math.max(SECTOR, (length + SECTOR - 1) / SECTOR * SECTOR) + " bytes (truncate -s)");
            }
            if (writable && !lock(channel)) {
                throw new IOException(drive + " is in use by another machine or process; stop that one, or use overlay=temporary");
            }
            return new RawNode(file, channel, length, !writable && readOnly);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static boolean lock(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }
}
