package org.reprise.core.snapshot.store;

import io.airlift.compress.MalformedInputException;
import io.airlift.compress.lz4.Lz4Compressor;
import io.airlift.compress.lz4.Lz4Decompressor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/** Bytes as they are kept: a hash of the content, whether it is packed, and the content, packed with LZ4 where that makes it smaller. One thread. */
public final class PageCodec {
    static final int PAGE = org.reprise.api.travel.Capture.PAGE;
    /** The first 128 bits of SHA-256: nobody finds two contents with the same. */
    static final int HASH = 16;
    private static final int HEAD = HASH + 1;
    private static final byte RAW = 0;
    private static final byte LZ4 = 1;
    private static final byte[] ZEROS = new byte[PAGE];

    private final MessageDigest sha;
    private final byte[] digest = new byte[32];
    private final Lz4Compressor compressor = new Lz4Compressor();
    private final Lz4Decompressor decompressor = new Lz4Decompressor();
    private final byte[] packed = new byte[HEAD + compressor.maxCompressedLength(PAGE)];

    /** With buffers of its own. */
    public PageCodec() {
        try {
            sha = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    static boolean isZero(byte[] page) {
        return Arrays.mismatch(page, 0, PAGE, ZEROS, 0, PAGE) < 0;
    }

    /** The hash of a page, in the first {@value #HASH} bytes; good until the next call. */
    byte[] hash(byte[] bytes, int length) {
        try {
            sha.update(bytes, 0, length);
            sha.digest(digest, 0, digest.length);
        } catch (DigestException e) {
            throw new IllegalStateException("32 bytes are enough for SHA-256", e);
        }
        return digest;
    }

    /** A page as it is kept. @param hash of it */
    byte[] pack(byte[] page, byte[] hash) {
        int length = compressor.compress(page, 0, PAGE, packed, HEAD, packed.length - HEAD);
        byte flag = LZ4;
        if (length >= PAGE) {
            length = PAGE;
            flag = RAW;
        }
        byte[] kept = new byte[HEAD + length];
        System.arraycopy(flag == RAW ? page : packed, flag == RAW ? 0 : HEAD, kept, HEAD, length);
        System.arraycopy(hash, 0, kept, 0, HASH);
        kept[HASH] = flag;
        return kept;
    }

    /** Back again. @param kept may be null @throws IOException when it is not what was packed */
    void unpack(byte[] kept, byte[] page) throws IOException {
        if (kept == null) {
            throw new IOException("it is missing");
        }
        int length = kept.length - HEAD;
        if (length < 0 || length > PAGE) {
            throw new IOException("it has " + kept.length + " bytes");
        }
        unpack(kept, kept[HASH], length, page, PAGE);
    }

    private void unpack(byte[] kept, byte flag, int length, byte[] into, int expected) throws IOException {
        if (flag == RAW && length == expected) {
            System.arraycopy(kept, kept.length - length, into, 0, length);
        } else if (flag != LZ4 || unpackLz4(kept, length, into, expected) != expected) {
            throw new IOException("its length is wrong");
        }
        if (!Arrays.equals(hash(into, expected), 0, HASH, kept, 0, HASH)) {
            throw new IOException("its checksum does not match");
        }
    }

    private int unpackLz4(byte[] kept, int length, byte[] into, int expected) throws IOException {
        try {
            return decompressor.decompress(kept, kept.length - length, length, into, 0, expected);
        } catch (MalformedInputException | IndexOutOfBoundsException | IllegalArgumentException e) {
            throw new IOException("its packed bytes are damaged: " + e.getMessage(), e);
        }
    }

    /** Any bytes, as they are kept: with their length and a hash. */
    public byte[] packBytes(byte[] bytes) {
        byte[] room = new byte[compressor.maxCompressedLength(bytes.length)];
        int length = compressor.compress(bytes, 0, bytes.length, room, 0, room.length);
        boolean raw = length >= bytes.length;
        byte[] content = raw ? bytes : room;
        length = raw ? bytes.length : length;
        ByteBuffer kept = ByteBuffer.allocate(HEAD + Integer.BYTES + length);
        return kept.put(hash(bytes, bytes.length), 0, HASH).put(raw ? RAW : LZ4).putInt(bytes.length).put(content, 0, length).array();
    }

    /** Back again. @throws IOException when it is not what was packed */
    public byte[] unpackBytes(byte[] kept) throws IOException {
        int length = kept.length - HEAD - Integer.BYTES;
        int expected = length < 0 ? -1 : ByteBuffer.wrap(kept).getInt(HEAD);
        // LZ4 packs 255 to 1 at best: a damaged length cannot ask for more memory than that
        if (expected < 0 || expected > 256L * length + 256) {
            throw new IOException("its length is wrong");
        }
        byte[] bytes = new byte[expected];
        unpack(kept, kept[HASH], length, bytes, expected);
        return bytes;
    }
}
