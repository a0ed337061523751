package org.reprise.block.qcow2.image;

import io.airlift.compress.zstd.ZstdCompressor;
import io.airlift.compress.zstd.ZstdInputStream;
import java.io.ByteArrayInputStream;
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
        try (ZstdInputStream in = new ZstdInputStream(new ByteArrayInputStream(packed, 0, length))) {
            int done = in.readNBytes(into, 0, clusterSize);
            if (done < clusterSize) {
                throw new IOException("its zstd data ends after " + done + " bytes of " + clusterSize);
            }
        } catch (RuntimeException e) {
            // the library's way to say that its input is malformed
            throw new IOException("its zstd data is damaged: " + e.getMessage(), e);
        }
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
