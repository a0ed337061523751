package org.reprise.net.user;

import org.reprise.core.packet.Bytes;

/**
 * A TCP segment of the guest (RFC 9293, section 3.1), checked.
 *
 * @param window as it stands, not scaled
 * @param mss most bytes of a segment, or 0 when it does not say
 * @param scale shift of the window (RFC 7323, section 2), or -1 when it does not say
 * @param start where the payload begins in the datagram's bytes
 * @param end where it ends
 */
record TcpSegment(int sourcePort, int targetPort, int sequence, int acknowledged, int flags, int window, int mss, int scale, byte[] bytes,
        int start, int end) {
    static final int HEADER = 20;
    static final int CHECKSUM = 16;
    static final int FIN = 1;
    static final int SYN = 2;
    static final int RST = 4;
    static final int PSH = 8;
    static final int ACK = 16;
    private static final int MOST_SCALE = 14;

    /** Reads a segment. @return null when it is none, or is damaged */
    static TcpSegment parse(Datagram d) {
        byte[] b = d.bytes();
        int at = d.start();
        if (d.length() < HEADER) {
            return null;
        }
        int start = at + (Bytes.get8(b, at + 12) >>> 4) * 4;
        if (start < at + HEADER || start > d.end() || !d.checksumRight()) {
            return null;
        }
        int flags = Bytes.get8(b, at + 13);
        int mss = 0;
        int scale = -1;
        if ((flags & SYN) != 0) {
            for (int option = at + HEADER; option < start && b[option] != 0;) {
                if (b[option] == 1) {
                    option++;
                    continue;
                }
                int length = option + 1 < start ? Bytes.get8(b, option + 1) : 0;
                if (length < 2 || option + length > start) {
                    break;
                }
                if (b[option] == 2 && length == 4) {
                    mss = Bytes.get16(b, option + 2);
                } else if (b[option] == 3 && length == 3) {
                    scale = Math.min(MOST_SCALE, Bytes.get8(b, option + 2));
                }
                option += length;
            }
        }
        return new TcpSegment(Bytes.get16(b, at), Bytes.get16(b, at + 2), Bytes.get32(b, at + 4), Bytes.get32(b, at + 8), flags,
                Bytes.get16(b, at + 14), mss, scale, b, start, d.end());
    }

    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    int data() {
        return end - start;
    }

    /** Sequence numbers that it takes. */
    int length() {
        return data() + (has(SYN) ? 1 : 0) + (has(FIN) ? 1 : 0);
    }
}
