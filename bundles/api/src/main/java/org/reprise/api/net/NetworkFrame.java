package org.reprise.api.net;

import java.util.Objects;

/**
 * One Ethernet frame without preamble and frame check sequence, and what is left to do to it: a checksum to fill in, a large segment to cut.
 * The fields are those of the header of virtio-net (virtio 1.2, section 5.1.6). Immutable by agreement: nobody writes the array once the frame
 * is made.
 *
 * @param bytes the frame, {@value #MIN_BYTES}..{@value #MAX_BYTES} bytes
 * @param checksumStart byte where the checksummed part begins, or 0 when the checksum is complete
 * @param checksumOffset where the 16-bit checksum stands, counted from {@code checksumStart}; it holds the pseudo header's sum then
 * @param segmentation how the frame is to be cut when it goes to somebody who takes no large ones
 * @param segmentBytes payload bytes of each piece, 1..65535, or 0 without segmentation
 */
public record NetworkFrame(byte[] bytes, int checksumStart, int checksumOffset, Segmentation segmentation, int segmentBytes) {
    /** Bytes of an Ethernet header. */
    public static final int MIN_BYTES = 14;
    /** A TCP segment of 64 KiB with its headers. */
    public static final int MAX_BYTES = 65_550;

    /** What a large frame is cut into. */
    public enum Segmentation {
        /** The frame goes as it is. */
        NONE,
        /** TCP over IPv4. */
        TCP4,
        /** TCP over IPv6. */
        TCP6
    }

    /** Checks the ranges. @throws IllegalArgumentException naming what is out of range */
    public NetworkFrame {
        Objects.requireNonNull(segmentation);
        if (bytes.length < MIN_BYTES || bytes.length > MAX_BYTES) {
            throw new IllegalArgumentException("a frame of " + bytes.length + " bytes is not within " + MIN_BYTES + ".." + MAX_BYTES);
        }
        if (checksumStart != 0 && (checksumStart < MIN_BYTES || checksumOffset < 0 || checksumStart + checksumOffset + 2 > bytes.length)) {
            throw new IllegalArgumentException("a checksum at " + checksumStart + " + " + checksumOffset + " is not inside the frame of "
                    + bytes.length + " bytes");
        }
        if (segmentation != Segmentation.NONE ? segmentBytes < 1 || segmentBytes > 0xffff || checksumStart == 0 : segmentBytes != 0) {
            throw new IllegalArgumentException("segments of " + segmentBytes + " bytes do not fit segmentation " + segmentation);
        }
    }

    /** A frame to which nothing is left to do. */
    public static NetworkFrame complete(byte[] bytes) {
        return new NetworkFrame(bytes, 0, 0, Segmentation.NONE, 0);
    }

    /** True when a checksum or a segmentation is left to do. */
    public boolean unfinished() {
        return checksumStart != 0;
    }

    /** What is left to do, in one number, for the log: see {@link #of(byte[], long)}. */
    public long flags() {
        return checksumStart | (long) checksumOffset << 16 | (long) segmentBytes << 32 | (long) segmentation.ordinal() << 48;
    }

    /** The frame of these bytes and {@link #flags}. @throws IllegalArgumentException naming what is out of range */
    public static NetworkFrame of(byte[] bytes, long flags) {
        long segmentation = flags >>> 48;
        if (segmentation >= Segmentation.values().length) {
            throw new IllegalArgumentException("flags 0x" + Long.toHexString(flags) + " name no segmentation");
        }
        return new NetworkFrame(bytes, (int) flags & 0xffff, (int) (flags >>> 16) & 0xffff, Segmentation.values()[(int) segmentation],
                (int) (flags >>> 32) & 0xffff);
    }
}
