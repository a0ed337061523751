package org.reprise.debug.gdb.protocol;

/** The checksum of {@code qCRC}: CRC-32 with the polynomial 0x04c11db7, most significant bit first, from all ones, not inverted. */
public final class MemoryCrc {
    /** The checksum of no bytes. */
    public static final int START = -1;
    private static final int[] TABLE = new int[256];

    static {
        for (int i = 0; i < 256; i++) {
            int c = i << 24;
            for (int k = 0; k < 8; k++) {
                c = c < 0 ? c << 1 ^ 0x04c11db7 : c << 1;
            }
            TABLE[i] = c;
        }
    }

    private MemoryCrc() {
    }

    /** The checksum of what {@code crc} stands for, followed by these bytes. */
    public static int update(int crc, byte[] bytes) {
        int c = crc;
        for (byte b : bytes) {
            c = c << 8 ^ TABLE[(c >>> 24 ^ b) & 0xff];
        }
        return c;
    }
}
