package org.reprise.core.packet;

import java.util.Arrays;
import java.util.function.Consumer;
import org.reprise.api.net.NetworkFrame;
import org.reprise.api.net.NetworkFrame.Segmentation;

/** Does in software what an unfinished frame leaves to its receiver: checksums, cutting of large TCP segments. */
public final class Offloads {
    private static final int IP = NetworkFrame.MIN_BYTES;
    private static final int TCP_FIN_PSH = 0x09;
    private static final int TCP_CWR = 0x80;

    private Offloads() {
    }

    /**
     * Hands on the frame, or its pieces in order, complete. A frame whose headers do not fit what it asks for is handed on with the checksum filled
     * in and uncut: its receiver drops it, as it would on a cable.
     */
    public static void finish(NetworkFrame frame, Consumer<NetworkFrame> next) {
        if (!frame.unfinished()) {
            next.accept(frame);
        } else if (frame.segmentation() == Segmentation.NONE || !cut(frame, next)) {
            byte[] bytes = frame.bytes().clone();
            fill(bytes, frame.checksumStart(), frame.checksumOffset());
            next.accept(NetworkFrame.complete(bytes));
        }
    }

    /** The field holds the pseudo header's sum: the checksum over everything from the start on, the field included. */
    private static void fill(byte[] bytes, int start, int offset) {
        int checksum = Bytes.checksum(bytes, start, bytes.length, 0);
        // a UDP checksum of 0 would mean that there is none (RFC 768)
        Bytes.put16(bytes, start + offset, checksum == 0 ? 0xffff : checksum);
    }

    private static boolean cut(NetworkFrame frame, Consumer<NetworkFrame> next) {
        byte[] whole = frame.bytes();
        int tcp = frame.checksumStart();
        boolean four = frame.segmentation() == Segmentation.TCP4;
        if (tcp < IP + (four ? 20 : 40) || tcp + 20 > whole.length || frame.checksumOffset() != 16) {
            return false;
        }
        int header = tcp + (Bytes.get8(whole, tcp + 12) >>> 4) * 4;
        if (header < tcp + 20 || header > whole.length) {
            return false;
        }
        int sequence = Bytes.get32(whole, tcp + 4);
        int flags = Bytes.get8(whole, tcp + 13);
        int identification = Bytes.get16(whole, IP + 4);
        for (int from = header, n = 0; from < whole.length || n == 0; from += frame.segmentBytes(), n++) {
            int to = (int) Math.min(whole.length, (long) from + frame.segmentBytes());
            byte[] piece = Arrays.copyOf(whole, header + to - from);
            System.arraycopy(whole, from, piece, header, to - from);
            if (four) {
                Bytes.put16(piece, IP + 2, piece.length - IP);
                Bytes.put16(piece, IP + 4, identification + n);
                Bytes.put16(piece, IP + 10, 0);
                Bytes.put16(piece, IP + 10, Bytes.checksum(piece, IP, tcp, 0));
            } else {
                Bytes.put16(piece, IP + 4, piece.length - IP - 40);
            }
            Bytes.put32(piece, tcp + 4, sequence + from - header);
            // FIN and PSH belong to the last piece, CWR to the first (RFC 3168, section 6.1.2)
            Bytes.put8(piece, tcp + 13, flags & ~(to < whole.length ? TCP_FIN_PSH : 0) & ~(n > 0 ? TCP_CWR : 0));
            int addresses = four ? IP + 12 : IP + 8;
            long pseudo = Bytes.sum(piece, addresses, addresses + (four ? 8 : 32), 6 + piece.length - tcp);
            Bytes.put16(piece, tcp + 16, 0);
            Bytes.put16(piece, tcp + 16, Bytes.checksum(piece, tcp, piece.length, pseudo));
            next.accept(NetworkFrame.complete(piece));
        }
        return true;
    }
}
