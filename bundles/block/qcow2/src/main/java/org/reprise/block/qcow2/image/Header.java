package org.reprise.block.qcow2.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * The header of an image (specification, Header and Header extensions): checked when read; what is not understood is kept when a field
 * is changed.
 */
final class Header {
    static final int MAGIC = 0x514649fb;
    static final int LENGTH_2 = 72;
    static final int LENGTH_3 = 104;
    static final int LENGTH_WITH_COMPRESSION = 112;
    static final int MIN_CLUSTER_BITS = 9;
    static final int MAX_CLUSTER_BITS = 21;
    static final int MAX_NAME = 1023;
    /** Limits on tables that are held in memory: those of the reference emulator. */
    static final long MAX_L1_BYTES = 32L << 20;
    static final long MAX_REFCOUNT_TABLE_BYTES = 8L << 20;
    static final int MAX_SNAPSHOTS = 65_536;

    static final long DIRTY = 1;
    static final long CORRUPT = 1 << 1;
    static final long EXTERNAL_DATA = 1 << 2;
    static final long COMPRESSION = 1 << 3;
    static final long EXTENDED_L2 = 1 << 4;
    static final long LAZY_REFCOUNTS = 1;

    static final int EXTENSION_END = 0;
    static final int EXTENSION_BACKING_FORMAT = 0xe2792aca;
    static final int EXTENSION_FEATURES = 0x6803f857;
    static final int EXTENSION_BITMAPS = 0x23852875;
    private static final int FEATURE_ENTRY = 48;

    private static final int AT_SIZE = 24;
    private static final int AT_L1_SIZE = 36;
    private static final int AT_L1 = 40;
    private static final int AT_REFCOUNTS = 48;
    private static final int AT_REFCOUNT_CLUSTERS = 56;
    private static final int AT_SNAPSHOTS = 60;
    private static final int AT_SNAPSHOT_TABLE = 64;
    private static final int AT_INCOMPATIBLE = 72;
    private static final int AT_AUTOCLEAR = 88;

    private final String name;
    private ByteBuffer raw;
    private String backingFile;
    private String backingFormat;
    private byte[] bitmaps;
    private final Map<String, String> featureNames = new TreeMap<>();

    private Header(String name) {
        this.name = name;
    }

    /** True when the bytes begin as a qcow2 image does. */
    static boolean looksLike(byte[] start) {
        return start.length >= 4 && ByteBuffer.wrap(start).getInt(0) == MAGIC;
    }

    /** Reads and checks. @throws IOException naming file, field, value and remedy */
    static Header read(Storage file) throws IOException {
        Header h = new Header(file.name());
        byte[] fixed = new byte[LENGTH_WITH_COMPRESSION];
        file.read(0, fixed, 0, fixed.length);
        h.raw = ByteBuffer.wrap(fixed);
        if (!looksLike(fixed)) {
            throw h.bad("it does not begin as a qcow2 image does; if it is a raw image, set the driver or format to raw");
        }
        if (file.size() < LENGTH_2) {
            throw h.bad("its " + file.size() + " bytes are too few for a header: it was cut off");
        }
        h.fixedFields();
        byte[] first = new byte[h.clusterSize()];
        file.read(0, first, 0, first.length);
        h.raw = ByteBuffer.wrap(Arrays.copyOf(first, h.headerLength()));
        h.extensions(ByteBuffer.wrap(first));
        h.features();
        h.tables(file.size());
        h.backing(ByteBuffer.wrap(first));
        return h;
    }

    private void fixedFields() throws IOException {
        int version = version();
        if (version != 2 && version != 3) {
            throw bad("version " + Integer.toUnsignedString(version) + " is not known; versions 2 and 3 are");
        }
        if (clusterBits() < MIN_CLUSTER_BITS || clusterBits() > MAX_CLUSTER_BITS) {
            throw bad("cluster_bits " + Integer.toUnsignedString(clusterBits()) + " is not between " + MIN_CLUSTER_BITS + " and "
                    + MAX_CLUSTER_BITS + " (512 bytes to 2 MiB)");
        }
        int length = headerLength();
        if (length < (version == 2 ? LENGTH_2 : LENGTH_3) || length % 8 != 0 || length > clusterSize()) {
            throw bad("header_length " + Integer.toUnsignedString(length) + " is not a multiple of 8 between " + LENGTH_3 + " and "
                    + clusterSize());
        }
        if (refcountOrder() < 0 || refcountOrder() > 6) {
            throw bad("refcount_order " + Integer.toUnsignedString(refcountOrder()) + " is not between 0 and 6");
        }
        int encryption = raw.getInt(32);
        if (encryption != 0) {
            throw bad("it is encrypted (crypt_method " + Integer.toUnsignedString(encryption)
                    + "), which is not supported; decrypt it with qemu-img convert -O qcow2");
        }
    }

    private void features() throws IOException {
        long bits = incompatible();
        if ((bits & EXTERNAL_DATA) != 0) {
            throw bad("its data is in an external file (incompatible feature bit 2), which is not supported; put it into one file with "
                    + "qemu-img convert -O qcow2");
        }
        if ((bits & EXTENDED_L2) != 0) {
            throw bad("it has extended L2 entries (incompatible feature bit 4), which are not supported; make one without them with "
                    + "qemu-img convert -O qcow2 -o extended_l2=off");
        }
        long unknown = bits & ~(DIRTY | CORRUPT | COMPRESSION);
        if (unknown != 0) {
            List<String> named = new ArrayList<>();
            for (int bit = 0; bit < 64; bit++) {
                if ((unknown >>> bit & 1) != 0) {
                    named.add("bit " + bit + " (" + featureNames.getOrDefault("0." + bit, "not named by the image") + ")");
                }
            }
            throw bad("it needs unknown features: incompatible feature " + String.join(", ", named)
                    + "; convert it with the program that made it");
        }
        boolean flagged = (bits & COMPRESSION) != 0;
        if (flagged != (compression() != 0)) {
            throw bad("compression_type " + compression() + " does not go with incompatible feature bit 3 = " + (flagged ? 1 : 0));
        }
        if (compression() > 1) {
            throw bad("compression_type " + compression() + " is not known; 0 (zlib) and 1 (zstd) are");
        }
    }

    private void extensions(ByteBuffer first) throws IOException {
        int at = headerLength();
        while (at + 8 <= first.capacity()) {
            int type = first.getInt(at);
            long length = Integer.toUnsignedLong(first.getInt(at + 4));
            if (type == EXTENSION_END) {
                return;
            }
            if (length > first.capacity() - at - 8) {
                if (version() == 2) {
                    // images older than the extensions have anything there
                    return;
                }
                throw bad("header extension 0x" + Integer.toHexString(type) + " at byte " + at + " has " + length
                        + " bytes, more than the first cluster");
            }
            byte[] data = new byte[(int) length];
            first.get(at + 8, data);
            switch (type) {
                case EXTENSION_BACKING_FORMAT -> backingFormat = new String(data, StandardCharsets.UTF_8);
                case EXTENSION_FEATURES -> {
                    for (int i = 0; i + FEATURE_ENTRY <= data.length; i += FEATURE_ENTRY) {
                        String text = new String(data, i + 2, FEATURE_ENTRY - 2, StandardCharsets.UTF_8);
                        int end = text.indexOf(0);
                        featureNames.put(data[i] + "." + data[i + 1], Text.printable(end < 0 ? text : text.substring(0, end)));
                    }
                }
                case EXTENSION_BITMAPS -> bitmaps = data;
                default -> {
                    // can be ignored
                }
            }
            at += 8 + (int) (length + 7 & ~7);
        }
    }

    private void tables(long fileSize) throws IOException {
        if (size() < 0) {
            throw bad("size " + Long.toUnsignedString(size()) + " is absurd");
        }
        long l1Bytes = Integer.toUnsignedLong(raw.getInt(AT_L1_SIZE)) * 8;
        if (l1Bytes > MAX_L1_BYTES) {
            throw bad("l1_size " + l1Bytes / 8 + " is more than " + MAX_L1_BYTES / 8);
        }
        if (l1Needed(size()) > l1Bytes / 8) {
            throw bad("l1_size " + l1Bytes / 8 + " is too small for its size of " + size() + " bytes, which needs " + l1Needed(size()));
        }
        table("l1_table_offset", l1Offset(), l1Bytes, fileSize);
        long refcountBytes = Integer.toUnsignedLong(raw.getInt(AT_REFCOUNT_CLUSTERS)) << clusterBits();
        if (refcountBytes > MAX_REFCOUNT_TABLE_BYTES || refcountBytes == 0) {
            throw bad("refcount_table_clusters " + (refcountBytes >> clusterBits()) + " is not between 1 and "
                    + (MAX_REFCOUNT_TABLE_BYTES >> clusterBits()));
        }
        table("refcount_table_offset", refcountTableOffset(), 1, fileSize);
        if (Integer.toUnsignedLong(raw.getInt(AT_SNAPSHOTS)) > MAX_SNAPSHOTS) {
            throw bad("nb_snapshots " + Integer.toUnsignedString(raw.getInt(AT_SNAPSHOTS)) + " is more than " + MAX_SNAPSHOTS);
        }
        if (snapshotCount() > 0) {
            table("snapshots_offset", snapshotTableOffset(), 1, fileSize);
        }
    }

    private void table(String field, long offset, long bytes, long fileSize) throws IOException {
        if (bytes == 0) {
            return;
        }
        if (offset <= 0 || (offset & clusterSize() - 1) != 0) {
            throw bad(field + " " + Long.toUnsignedString(offset) + " is no cluster's begin");
        }
        if (offset > fileSize - bytes) {
            throw bad(field + ": the " + bytes + " bytes at " + offset + " are not within the file's " + fileSize
                    + "; it was cut off, restore it from a copy");
        }
    }

    private void backing(ByteBuffer first) throws IOException {
        long at = raw.getLong(8);
        if (at == 0) {
            return;
        }
        long length = Integer.toUnsignedLong(raw.getInt(16));
        if (length == 0 || length > MAX_NAME) {
            throw bad("backing_file_size " + length + " is not between 1 and " + MAX_NAME);
        }
        if (at < headerLength() || at > first.capacity() - length) {
            throw bad("backing_file_offset " + Long.toUnsignedString(at) + ": the " + length + " bytes there are not within the first cluster");
        }
        byte[] text = new byte[(int) length];
        first.get((int) at, text);
        backingFile = new String(text, StandardCharsets.UTF_8);
    }

    /** The exception for this image. */
    IOException bad(String problem) {
        return new IOException("qcow2 image " + name + ": " + problem);
    }

    int version() {
        return raw.getInt(4);
    }

    int clusterBits() {
        return raw.getInt(20);
    }

    int clusterSize() {
        return 1 << clusterBits();
    }

    /** Virtual size in bytes. */
    long size() {
        return raw.getLong(AT_SIZE);
    }

    int l1Size() {
        return raw.getInt(AT_L1_SIZE);
    }

    long l1Offset() {
        return raw.getLong(AT_L1);
    }

    /** L1 entries for a virtual size. */
    long l1Needed(long bytes) {
        int covered = 2 * clusterBits() - 3;
        return (bytes >>> covered) + ((bytes & (1L << covered) - 1) == 0 ? 0 : 1);
    }

    long refcountTableOffset() {
        return raw.getLong(AT_REFCOUNTS);
    }

    int refcountTableClusters() {
        return raw.getInt(AT_REFCOUNT_CLUSTERS);
    }

    int snapshotCount() {
        return raw.getInt(AT_SNAPSHOTS);
    }

    long snapshotTableOffset() {
        return raw.getLong(AT_SNAPSHOT_TABLE);
    }

    long incompatible() {
        return version() == 2 ? 0 : raw.getLong(AT_INCOMPATIBLE);
    }

    boolean lazyRefcounts() {
        return version() > 2 && (raw.getLong(80) & LAZY_REFCOUNTS) != 0;
    }

    int refcountOrder() {
        return version() == 2 ? 4 : raw.getInt(96);
    }

    int headerLength() {
        return version() == 2 ? LENGTH_2 : raw.getInt(100);
    }

    /** 0 zlib, 1 zstd. */
    int compression() {
        return headerLength() > LENGTH_3 ? Byte.toUnsignedInt(raw.get(LENGTH_3)) : 0;
    }

    boolean zstd() {
        return compression() == 1;
    }

    String backingFile() {
        return backingFile;
    }

    String backingFormat() {
        return backingFormat;
    }

    /** Data of the bitmaps extension, or null. */
    byte[] bitmaps() {
        return bitmaps;
    }

    // ---- changes: each is one write of the header ---------------------------------------------------------------------------------

    private void change(Storage file, Consumer<ByteBuffer> change) throws IOException {
        ByteBuffer copy = ByteBuffer.wrap(raw.array().clone());
        change.accept(copy);
        file.write(0, copy.array(), 0, copy.capacity());
        raw = copy;
    }

    void setIncompatible(Storage file, long bits) throws IOException {
        change(file, b -> b.putLong(AT_INCOMPATIBLE, bits));
    }

    /** Whoever writes and does not know a feature of this kind clears its bit; what it described is then known to be out of date. */
    void clearAutoclear(Storage file) throws IOException {
        if (version() > 2 && raw.getLong(AT_AUTOCLEAR) != 0) {
            change(file, b -> b.putLong(AT_AUTOCLEAR, 0));
            file.force();
        }
    }

    void setL1(Storage file, long offset, int entries, long size) throws IOException {
        change(file, b -> b.putLong(AT_SIZE, size).putInt(AT_L1_SIZE, entries).putLong(AT_L1, offset));
    }

    void setRefcountTable(Storage file, long offset, int clusters) throws IOException {
        change(file, b -> b.putLong(AT_REFCOUNTS, offset).putInt(AT_REFCOUNT_CLUSTERS, clusters));
    }

    void setSnapshots(Storage file, long offset, int count) throws IOException {
        change(file, b -> b.putInt(AT_SNAPSHOTS, count).putLong(AT_SNAPSHOT_TABLE, offset));
    }
}
