package org.reprise.block.qcow2.image;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Makes new, empty images. */
public final class ImageCreator {
    /**
     * What an image is to be.
     *
     * @param size bytes, rounded up to 512
     * @param version 2 or 3
     * @param clusterSize a power of two from 512 to 2 MiB
     * @param zstd version 3: clusters are compressed with zstd, not zlib
     * @param backingFile as the image will name it: relative names are relative to its folder; null: none
     * @param backingFormat {@code raw} or {@code qcow2}; null without a backing file
     */
    public record Options(long size, int version, int clusterSize, boolean zstd, String backingFile, String backingFormat) {
        /** Usual clusters of 64 KiB, version 3. */
        public static Options ofSize(long size) {
            return new Options(size, 3, 1 << 16, false, null, null);
        }

        /** The same on a backing file. */
        public Options on(String file, String format) {
            return new Options(size, version, clusterSize, zstd, file, format);
        }
    }

    private static final int REFCOUNT_BITS = 16;
    private static final String[] FEATURES = {"dirty bit", "corrupt bit", "external data file", "compression type", "extended L2 entries"};

    private ImageCreator() {
    }

    /** Makes an image. @throws IOException naming file, value and remedy; then there is no file */
    public static void create(Path path, Options options) throws IOException {
        check(path, options);
        FileStorage file = FileStorage.create(path);
        try (file) {
            write(file, options);
            if (options.backingFile() != null) {
                // as it will be opened: a wrong name or format shows now
                Header header = Header.read(file);
                var below = BackingChain.open(path, header, List.of(path), Map.of());
                below.close();
            }
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(path);
            throw e;
        }
    }

    private static void check(Path path, Options o) throws IOException {
        String image = "image " + path + ": ";
        if (o.version() != 2 && o.version() != 3) {
            throw new IOException(image + "version " + o.version() + " is not known; use 2 or 3");
        }
        if (Integer.bitCount(o.clusterSize()) != 1 || o.clusterSize() < 1 << Header.MIN_CLUSTER_BITS
                || o.clusterSize() > 1 << Header.MAX_CLUSTER_BITS) {
            throw new IOException(image + "clusters of " + o.clusterSize() + " bytes are not possible; use a power of two from 512 to 2M");
        }
        if (o.zstd() && o.version() == 2) {
            throw new IOException(image + "version 2 has no zstd compression; use version 3");
        }
        if (o.size() < 0 || l1Entries(o) * 8 > Header.MAX_L1_BYTES) {
            throw new IOException(image + "a size of " + o.size() + " bytes is too large for clusters of " + o.clusterSize()
                    + " bytes; use larger clusters");
        }
        if (o.backingFile() != null && o.backingFormat() == null) {
            throw new IOException(image + "the format of the backing file " + o.backingFile() + " must be stated: raw or qcow2");
        }
    }

    private static long l1Entries(Options o) {
        long covered = (long) o.clusterSize() * (o.clusterSize() / 8);
        return Math.max(1, o.size() / covered + (o.size() % covered == 0 ? 0 : 1));
    }

    /** Header, refcount table, refcount blocks, L1 table, in this order. */
    static void write(Storage file, Options o) throws IOException {
        int cluster = o.clusterSize();
        long l1 = l1Entries(o);
        long l1Clusters = (l1 * 8 + cluster - 1) / cluster;
        long perBlock = (long) cluster * 8 / REFCOUNT_BITS;
        long tableClusters = 1;
        long blocks = 1;
        while (true) {
            long total = 1 + tableClusters + blocks + l1Clusters;
            long needBlocks = (total + perBlock - 1) / perBlock;
            long needTable = (needBlocks * 8 + cluster - 1) / cluster;
            if (needBlocks == blocks && needTable == tableClusters) {
                break;
            }
            blocks = needBlocks;
            tableClusters = needTable;
        }
        long total = 1 + tableClusters + blocks + l1Clusters;
        ByteBuffer table = ByteBuffer.allocate((int) (tableClusters * cluster));
        ByteBuffer counts = ByteBuffer.allocate((int) (blocks * cluster));
        for (int i = 0; i < blocks; i++) {
            table.putLong(i * 8, (1 + tableClusters + i) * cluster);
        }
        for (int i = 0; i < total; i++) {
            counts.putShort(i * 2, (short) 1);
        }
        byte[] header = header(file.name(), o, l1, (1 + tableClusters + blocks) * cluster, tableClusters);
        file.write(0, header, 0, cluster);
        file.write(cluster, table.array(), 0, table.capacity());
        file.write((1 + tableClusters) * cluster, counts.array(), 0, counts.capacity());
        file.write((1 + tableClusters + blocks) * cluster, new byte[(int) (l1Clusters * cluster)], 0, (int) (l1Clusters * cluster));
        file.force();
    }

    private static byte[] header(String name, Options o, long l1Entries, long l1Offset, long tableClusters) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        byte[] backing = o.backingFile() == null ? new byte[0] : o.backingFile().getBytes(StandardCharsets.UTF_8);
        byte[] extensions = extensions(o);
        int fixed = o.version() == 2 ? Header.LENGTH_2 : Header.LENGTH_WITH_COMPRESSION;
        int backingAt = fixed + extensions.length;
        if (backing.length > Header.MAX_NAME || backingAt + backing.length > o.clusterSize()) {
            throw new IOException("image " + name + ": the backing file's name of " + backing.length + " bytes does not fit into the header; use "
                    + "a shorter one, or larger clusters");
        }
        out.writeInt(Header.MAGIC);
        out.writeInt(o.version());
        out.writeLong(backing.length == 0 ? 0 : backingAt);
        out.writeInt(backing.length);
        out.writeInt(Integer.numberOfTrailingZeros(o.clusterSize()));
        out.writeLong(o.size() + 511 & ~511L);
        out.writeInt(0);
        out.writeInt((int) l1Entries);
        out.writeLong(l1Offset);
        out.writeLong(o.clusterSize());
        out.writeInt((int) tableClusters);
        out.writeInt(0);
        out.writeLong(0);
        if (o.version() > 2) {
            out.writeLong(o.zstd() ? Header.COMPRESSION : 0);
            out.writeLong(0);
            out.writeLong(0);
            out.writeInt(4);
            out.writeInt(fixed);
            out.writeByte(o.zstd() ? 1 : 0);
            out.write(new byte[7]);
        }
        out.write(extensions);
        out.write(backing);
        return Arrays.copyOf(bytes.toByteArray(), o.clusterSize());
    }

    private static byte[] extensions(Options o) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        if (o.backingFormat() != null) {
            byte[] format = o.backingFormat().getBytes(StandardCharsets.UTF_8);
            out.writeInt(Header.EXTENSION_BACKING_FORMAT);
            out.writeInt(format.length);
            out.write(Arrays.copyOf(format, format.length + 7 & ~7));
        }
        int table = 48 * (FEATURES.length + 1);
        // a header of 512 bytes has no room for names of features beside that of a file
        if (o.version() > 2 && o.clusterSize() >= 2048) {
            out.writeInt(Header.EXTENSION_FEATURES);
            out.writeInt(table);
            for (int i = 0; i < FEATURES.length; i++) {
                feature(out, 0, i, FEATURES[i]);
            }
            feature(out, 1, 0, "lazy refcounts");
        }
        out.writeLong(0);
        return bytes.toByteArray();
    }

    private static void feature(DataOutputStream out, int type, int bit, String name) throws IOException {
        out.writeByte(type);
        out.writeByte(bit);
        out.write(Arrays.copyOf(name.getBytes(StandardCharsets.US_ASCII), 46));
    }
}
