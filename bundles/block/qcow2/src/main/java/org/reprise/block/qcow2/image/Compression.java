package org.reprise.block.qcow2.image;

import io.airlift.compress.zstd.ZstdCompressor;
import io.airlift.compress.zstd.ZstdDecompressor;
import java.io.IOException;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/** Packing of clusters: raw deflate without a zlib header, or zstd frames. Packed bytes may be followed by anything. */
final class Compression implements AutoCloseable {
    private final boolean zstd;
    private final int clusterSize;
    private Inflater inflater;
    private Deflater deflater;

    Compression(boolean zstd, int clusterSize) {
        this.zstd = zstd;
        this.clusterSize = clusterSize;
    }

    /** Unpacks exactly one cluster. @throws IOException when that is not what the bytes are */
    void unpack(byte[] packed, int length, byte[] into) throws IOException {
        if (zstd) {
            unpackZstd(packed, length, into);
            return;
        }
        if (inflater == null) {
            inflater = new Inflater(true);
        }
        inflater.reset();
        inflater.setInput(packed, 0, length);
        try {
            int done = 0;
            while (done < clusterSize) {
                int n = inflater.inflate(into, done, clusterSize - done);
                if (n == 0) {
                    throw new IOException("its zlib data ends after " + done + " bytes of " + clusterSize);
                }
                done += n;
            }
        } catch (DataFormatException e) {
            throw new IOException("its zlib data is damaged: " + e.getMessage(), e);
        }
    }

    private void unpackZstd(byte[] packed, int length, byte[] into) throws IOException {
        int at = 0;
        int done = 0;
        try {
            while (done < clusterSize) {
                int frame = frameLength(packed, at, length);
                done += new ZstdDecompressor().decompress(packed, at, frame, into, done, clusterSize - done);
                at += frame;
            }
        } catch (RuntimeException e) {
            // the library's way to say that its input is malformed
            throw new IOException("its zstd data is damaged: " + e.getMessage(), e);
        }
    }

    /** Where a frame ends (RFC 8878, section 3.1.1): the library wants to know, and no length is stored. */
    private static int frameLength(byte[] packed, int from, int end) throws IOException {
        int at = from + 5;
        if (at > end || packed[from] != 0x28 || packed[from + 1] != (byte) 0xb5 || packed[from + 2] != 0x2f || packed[from + 3] != (byte) 0xfd) {
            throw new IOException("its zstd data has no frame at byte " + from);
        }
        int descriptor = packed[from + 4];
        boolean single = (descriptor & 0x20) != 0;
        int sizeBytes = new int[] {single ? 1 : 0, 2, 4, 8}[descriptor >> 6 & 3];
        at += (single ? 0 : 1) + new int[] {0, 1, 2, 4}[descriptor & 3] + sizeBytes;
        boolean last = false;
        while (!last && at + 3 <= end) {
            int block = Byte.toUnsignedInt(packed[at]) | Byte.toUnsignedInt(packed[at + 1]) << 8 | Byte.toUnsignedInt(packed[at + 2]) << 16;
            last = (block & 1) != 0;
            at += 3 + ((block >> 1 & 3) == 1 ? 1 : block >>> 3);
        }
        at += (descriptor & 4) != 0 ? 4 : 0;
        if (!last || at > end) {
            throw new IOException("its zstd data ends within a frame");
        }
        return at - from;
    }

    /** Packs a cluster. @return the bytes, or null when they are not fewer */
    byte[] pack(byte[] cluster) {
        byte[] packed;
        int length;
        if (zstd) {
            ZstdCompressor compressor = new ZstdCompressor();
            packed = new byte[compressor.maxCompressedLength(clusterSize)];
            length = compressor.compress(cluster, 0, clusterSize, packed, 0, packed.length);
        } else {
            if (deflater == null) {
                deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
            }
            deflater.reset();
            deflater.setInput(cluster, 0, clusterSize);
            deflater.finish();
            packed = new byte[clusterSize];
            length = deflater.deflate(packed);
            if (!deflater.finished()) {
                return null;
            }
        }
        return length < clusterSize ? Arrays.copyOf(packed, length) : null;
    }

    @Override
    public void close() {
        if (inflater != null) {
            inflater.end();
        }
        if (deflater != null) {
            deflater.end();
        }
    }
}
