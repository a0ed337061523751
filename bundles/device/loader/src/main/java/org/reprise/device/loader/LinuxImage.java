package org.reprise.device.loader;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The header of a RISC-V Linux kernel Image (Linux, Documentation/riscv/boot-image-header): where it wants to lie and how much it
 * takes.
 */
final class LinuxImage {
    private static final int HEADER_BYTES = 64;
    private static final int TEXT_OFFSET_AT = 8;
    private static final int IMAGE_SIZE_AT = 16;
    private static final int FLAGS_AT = 24;
    private static final int MAGIC2_AT = 56;
    /** {@code RSC\x05}. */
    private static final int MAGIC2 = 0x0543_5352;
    private static final long BIG_ENDIAN = 1;

    private final long textOffset;
    private final long memoryBytes;

    static boolean isImage(byte[] content) {
        return content.length >= HEADER_BYTES && ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).getInt(MAGIC2_AT) == MAGIC2;
    }

    LinuxImage(String name, byte[] content) {
        ByteBuffer header = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
        textOffset = header.getLong(TEXT_OFFSET_AT);
        long size = header.getLong(IMAGE_SIZE_AT);
        if ((header.getLong(FLAGS_AT) & BIG_ENDIAN) != 0) {
            throw new IllegalArgumentException(name + " is a big-endian kernel; this machine is little-endian RISC-V");
        }
        if (textOffset < 0 || textOffset > 1L << 40 || size < 0 || size > 1L << 40) {
            throw new IllegalArgumentException(name + " has a damaged kernel header: text offset 0x" + Long.toHexString(textOffset)
                    + ", image size 0x" + Long.toHexString(size));
        }
        // Image sizes cover .bss, which is not in the file; very old kernels give 0.
        memoryBytes = Math.max(size, content.length);
    }

    long textOffset() {
        return textOffset;
    }

    long memoryBytes() {
        return memoryBytes;
    }
}
