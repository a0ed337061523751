package org.reprise.block.nulldrive;

import java.io.IOException;
import java.util.Arrays;
import org.osgi.service.component.annotations.Component;
import org.reprise.api.block.BlockDriver;
import org.reprise.api.block.BlockNode;
import org.reprise.api.device.PartConfig;

/**
 * The driver {@code null}: reads zeros, drops what is written. For guests that must have a drive, and to measure everything but the host's
 * disk.
 *
 * <p>Keys: {@code size} (bytes, a positive multiple of 512; suffixes K, M, G); {@code read-only} (default off).
 */
@Component(service = BlockDriver.class, property = BlockDriver.DRIVER + "=null")
public final class NullDriver implements BlockDriver {
    @Override
    public BlockNode open(PartConfig config, BlockNode below) throws IOException {
        String drive = "drive " + config.name() + ": ";
        if (below != null) {
            throw new IOException(drive + "null cannot stand on another layer; set driver to it only");
        }
        if (config.has("file") && !config.text("file").isBlank()) {
            throw new IOException(drive + "null has no file; remove file, or set driver to raw or qcow2");
        }
        long size = config.number("size");
        if (size <= 0 || size % 512 != 0) {
            throw new IOException(drive + "size = " + size + " is not a positive multiple of 512");
        }
        return new Node(size, config.flag("read-only", false));
    }

    private record Node(long length, boolean readOnly) implements BlockNode {
        @Override
        public void read(long position, byte[] into, int offset, int count) throws IOException {
            check(position, count);
            Arrays.fill(into, offset, offset + count, (byte) 0);
        }

        @Override
        public void write(long position, byte[] from, int offset, int count) throws IOException {
            checkWritable();
            check(position, count);
        }

        @Override
        public void flush() {
            // there is nothing to keep
        }

        @Override
        public void discard(long position, long count) throws IOException {
            checkWritable();
            check(position, count);
        }

        @Override
        public String describe() {
            return "null, " + length + " bytes" + (readOnly ? ", read-only" : "");
        }

        @Override
        public void close() {
            // it holds nothing
        }

        private void checkWritable() throws IOException {
            if (readOnly) {
                throw new IOException("the drive is read-only");
            }
        }

        private void check(long position, long count) throws IOException {
            if (position < 0 || count < 0 || position > length - count) {
                throw new IOException("bytes " + position + " to " + (position + count) + " are not within the drive's " + length);
            }
        }
    }
}
