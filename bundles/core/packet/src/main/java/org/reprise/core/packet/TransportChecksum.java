package org.reprise.core.packet;

/** Checks the checksum of a TCP segment or UDP datagram in a frame. */
public final class TransportChecksum {
    private static final int IP = 14;
    private static final int IPV4 = 0x0800;
    private static final int IPV6 = 0x86dd;
    private static final int TCP = 6;
    private static final int UDP = 17;

    private TransportChecksum() {
    }

    /**
     * True when the frame is a whole TCP segment or UDP datagram over IPv4 or IPv6 whose checksum is there and right. False for all else:
     * other protocols, tags, fragments, IPv6 with extension headers, lengths that do not fit.
     */
    public static boolean right(byte[] frame) {
        if (frame.length < IP + 20) {
            return false;
        }
        return switch (Bytes.get16(frame, 12)) {
            case IPV4 -> right4(frame);
            case IPV6 -> right6(frame);
            default -> false;
        };
    }

    private static boolean right4(byte[] frame) {
        int header = (Bytes.get8(frame, IP) & 0xf) * 4;
        int total = Bytes.get16(frame, IP + 2);
        // more fragments, or an offset
        boolean fragment = (Bytes.get16(frame, IP + 6) & 0x3fff) != 0;
        if (Bytes.get8(frame, IP) >>> 4 != 4 || header < 20 || total < header || IP + total > frame.length || fragment) {
            return false;
        }
        return right(frame, Bytes.get8(frame, IP + 9), IP + header, IP + total, Bytes.sum(frame, IP + 12, IP + 20, 0));
    }

    private static boolean right6(byte[] frame) {
        int from = IP + 40;
        if (frame.length < from || Bytes.get8(frame, IP) >>> 4 != 6 || from + Bytes.get16(frame, IP + 4) > frame.length) {
            return false;
        }
        return right(frame, Bytes.get8(frame, IP + 6), from, from + Bytes.get16(frame, IP + 4), Bytes.sum(frame, IP + 8, IP + 40, 0));
    }

    private static boolean right(byte[] frame, int protocol, int from, int to, long addresses) {
        int length = to - from;
        boolean whole = protocol == TCP ? length >= 20
                : protocol == UDP && length >= 8 && Bytes.get16(frame, from + 4) == length && Bytes.get16(frame, from + 6) != 0;
        return whole && Bytes.checksum(frame, from, to, addresses + protocol + length) == 0;
    }
}
