package org.reprise.core.packet;

/** Big-endian fields of packets, and the Internet checksum (RFC 1071). */
public final class Bytes {
    private Bytes() {
    }

    /** The unsigned byte at an offset. */
    public static int get8(byte[] b, int at) {
        return b[at] & 0xff;
    }

    /** The unsigned 16-bit number at an offset. */
    public static int get16(byte[] b, int at) {
        return (b[at] & 0xff) << 8 | b[at + 1] & 0xff;
    }

    /** The 32-bit number at an offset. */
    public static int get32(byte[] b, int at) {
        return get16(b, at) << 16 | get16(b, at + 2);
    }

    /** Sets a byte. */
    public static void put8(byte[] b, int at, int value) {
        b[at] = (byte) value;
    }

    /** Sets a 16-bit number. */
    public static void put16(byte[] b, int at, int value) {
        b[at] = (byte) (value >>> 8);
        b[at + 1] = (byte) value;
    }

    /** Sets a 32-bit number. */
    public static void put32(byte[] b, int at, int value) {
        put16(b, at, value >>> 16);
        put16(b, at + 2, value);
    }

    /** Adds the 16-bit numbers of a range to a sum, an odd last byte as the high half of one. */
    public static long sum(byte[] b, int from, int to, long sum) {
        long s = sum;
        int i = from;
        for (; i + 1 < to; i += 2) {
            s += get16(b, i);
        }
        return i < to ? s + (get8(b, i) << 8) : s;
    }

    /** The 16-bit ones' complement sum of what was added up. */
    public static int fold(long sum) {
        long s = sum;
        while (s >>> 16 != 0) {
            s = (s & 0xffff) + (s >>> 16);
        }
        return (int) s;
    }

    /** The checksum of a range: the complement of its sum. A range that holds its own right checksum gives 0. */
    public static int checksum(byte[] b, int from, int to, long sum) {
        return ~fold(sum(b, from, to, sum)) & 0xffff;
    }
}
