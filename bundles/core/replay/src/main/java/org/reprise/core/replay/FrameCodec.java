package org.reprise.core.replay;

import io.airlift.compress.MalformedInputException;
import io.airlift.compress.lz4.Lz4Compressor;
import io.airlift.compress.lz4.Lz4Decompressor;
import java.io.IOException;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * Packs payloads of frames, and back: with DEFLATE as long as there is time for that, which is always in a log that grows slowly, else with
 * LZ4 (LZ4 Block Format Description, doc/lz4_Block_format.md of its sources), which takes a fifth of the time and packs less, as long as
 * there is time for that. Which one it was depends on the host, and nothing but the log's length depends on that. One thread.
 */
final class FrameCodec implements AutoCloseable {
    /** Below this a frame does not get smaller. */
    private static final int WORTH_BYTES = 96;
    private static final int HEADER = LogFormat.FRAME_HEADER_BYTES;
    /** A frame that is larger is not for DEFLATE: it would take half a second. */
    private static final int MOST_SLOW = 1 << 20;
    /** Bytes of a frame that are looked at for whether it is worth to pack it, and how many stand together. */
    private static final int SAMPLE = 4096;
    private static final int SAMPLE_RUN = 64;
    /** A byte of an LZ4 block makes at most so many: it is a piece of a match's length. */
    private static final long LZ4_RATIO = 255;

    /** Whether this JVM lets the library work, which needs {@code sun.misc.Unsafe}. Found out when it is first of interest. */
    private static final class Lz4 {
        static final boolean WORKS = works();

        private static boolean works() {
            try {
                byte[] to = new byte[2 * WORTH_BYTES];
                return new Lz4Compressor().compress(new byte[WORTH_BYTES], 0, WORTH_BYTES, to, 0, to.length) > 0;
            } catch (LinkageError | RuntimeException e) {
                return false;
            }
        }
    }

    private final PackingBudget budget;
    private final boolean mayLz4;
    private final Deflater thorough = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
    /** For frames that are mostly packets: thoroughness would cost more than it saves. */
    private final Deflater fast = new Deflater(Deflater.BEST_SPEED, true);
    /** Most logs never need it. */
    private Lz4Compressor lz4;
    private byte[] packed = new byte[HEADER + LogFormat.FRAME_BYTES];
    private int packedLength;

    /** @param required the log's features; without {@link LogFormat#FEATURE_LZ4} what DEFLATE has no time for stays as it is */
    FrameCodec(int required, PackingBudget budget) {
        this.budget = budget;
        mayLz4 = (required & LogFormat.FEATURE_LZ4) != 0;
    }

    /**
     * Packs a payload if that makes it smaller.
     *
     * @param raw the payload, behind room for the frame's header
     * @param length of the payload
     * @param bulk it is mostly data of events, which thoroughness gains little from
     * @return the codec; {@link LogFormat#CODEC_NONE}: the payload is to be written as it is, else as {@link #packed} says
     */
    int pack(byte[] raw, int length, boolean bulk) {
        if (length < WORTH_BYTES || looksRandom(raw, length)) {
            return LogFormat.CODEC_NONE;
        }
        budget.begin();
        int codec;
        if (length <= MOST_SLOW && budget.forSlow()) {
            codec = LogFormat.CODEC_DEFLATE;
            packedLength = deflate(bulk ? fast : thorough, raw, length);
        } else if (budget.forFast() && mayLz4 && lz4Works()) {
            codec = LogFormat.CODEC_LZ4;
            packedLength = lz4(raw, length);
        } else {
            return LogFormat.CODEC_NONE;
        }
        budget.end();
        return packedLength < length ? codec : LogFormat.CODEC_NONE;
    }

    /** False when this JVM can neither pack with LZ4 nor unpack it. */
    static boolean lz4Works() {
        return Lz4.WORKS;
    }

    /** What was packed last, {@link #packedLength} bytes behind room for the frame's header; good until the next time. */
    byte[] packed() {
        return packed;
    }

    int packedLength() {
        return packedLength;
    }

    /** @return the packed length, or the length itself when it is no smaller */
    private int deflate(Deflater deflater, byte[] raw, int length) {
        room(length);
        deflater.reset();
        deflater.setInput(raw, HEADER, length);
        deflater.finish();
        int n = deflater.deflate(packed, HEADER, length);
        return deflater.finished() ? n : length;
    }

    private int lz4(byte[] raw, int length) {
        if (lz4 == null) {
            lz4 = new Lz4Compressor();
        }
        // it refuses to begin when there could be too little
        room(lz4.maxCompressedLength(length));
        return lz4.compress(raw, HEADER, length, packed, HEADER, packed.length - HEADER);
    }

    private void room(int bytes) {
        if (packed.length < HEADER + bytes) {
            packed = new byte[HEADER + bytes];
        }
    }

    /**
     * True when samples have all byte values about equally often, as compressed and encrypted data do, which do not get smaller: the sum of
     * the squares of the counts is at its least, up to chance.
     */
    private static boolean looksRandom(byte[] raw, int length) {
        if (length < 4 * SAMPLE) {
            return false;
        }
        int[] counts = new int[256];
        int step = length / (SAMPLE / SAMPLE_RUN);
        for (int from = HEADER, n = 0; n < SAMPLE; from += step, n += SAMPLE_RUN) {
            for (int i = from; i < from + SAMPLE_RUN; i++) {
                counts[raw[i] & 0xff]++;
            }
        }
        long squares = 0;
        for (int c : counts) {
            squares += (long) c * c;
        }
        long least = SAMPLE + (long) SAMPLE * SAMPLE / counts.length;
        return squares < least + least / 8;
    }

    /**
     * Back again. The bytes may come from a stranger. Not LZ4 unless {@link #lz4Works}.
     *
     * @param codec as the frame's header says
     * @param raw how long it was, as the header says, within what {@link LogReader} allows
     * @param required the log's features
     * @throws IOException when it is not what was packed
     */
    static byte[] unpack(byte[] payload, int codec, int raw, int required) throws IOException {
        switch (codec) {
            case LogFormat.CODEC_NONE:
                if (payload.length != raw) {
                    throw new IOException("its lengths " + payload.length + " and " + raw + " differ");
                }
                return payload;
            case LogFormat.CODEC_DEFLATE:
                return inflate(payload, raw);
            case LogFormat.CODEC_LZ4:
                if ((required & LogFormat.FEATURE_LZ4) == 0) {
                    throw new IOException("its codec " + codec + " is not among the log's features 0x" + Integer.toHexString(required));
                }
                return unpackLz4(payload, raw);
            default:
                throw new IOException("its codec " + codec + " is unknown");
        }
    }

    private static byte[] inflate(byte[] payload, int raw) throws IOException {
        Inflater inflater = new Inflater(true);
        try {
            inflater.setInput(payload);
            byte[] bytes = new byte[raw];
            int n = inflater.inflate(bytes);
            if (n != raw || !inflater.finished() && inflater.inflate(new byte[1]) != 0) {
                throw new IOException("it does not unpack to " + raw + " bytes");
            }
            return bytes;
        } catch (DataFormatException e) {
            throw new IOException("its packed bytes are damaged: " + e.getMessage(), e);
        } finally {
            inflater.end();
        }
    }

    private static byte[] unpackLz4(byte[] payload, int raw) throws IOException {
        if (raw > LZ4_RATIO * payload.length) {
            throw new IOException(payload.length + " bytes cannot unpack to " + raw);
        }
        // fresh ones: a damaged block must not show what was in them before
        byte[] bytes = new byte[raw];
        int n;
        try {
            n = new Lz4Decompressor().decompress(payload, 0, payload.length, bytes, 0, raw);
        } catch (MalformedInputException | IndexOutOfBoundsException | IllegalArgumentException e) {
            throw new IOException("its packed bytes are damaged: " + e.getMessage(), e);
        }
        if (n != raw) {
            throw new IOException("it does not unpack to " + raw + " bytes");
        }
        return bytes;
    }

    @Override
    public void close() {
        thorough.end();
        fast.end();
    }
}
