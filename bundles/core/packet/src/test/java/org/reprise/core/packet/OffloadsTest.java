package org.reprise.core.packet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.reprise.api.net.NetworkFrame;
import org.reprise.api.net.NetworkFrame.Segmentation;

class OffloadsTest {
    private static List<NetworkFrame> finish(NetworkFrame frame) {
        List<NetworkFrame> pieces = new ArrayList<>();
        Offloads.finish(frame, pieces::add);
        pieces.forEach(piece -> assertFalse(piece.unfinished()));
        return pieces;
    }

    /** The example of RFC 1071, section 3. */
    @Test
    void sumsAsTheExampleOfTheRfc() {
        byte[] b = {0x00, 0x01, (byte) 0xf2, 0x03, (byte) 0xf4, (byte) 0xf5, (byte) 0xf6, (byte) 0xf7};
        assertEquals(0xddf2, Bytes.fold(Bytes.sum(b, 0, b.length, 0)));
        assertEquals(0x1234 + 0x5600, Bytes.fold(Bytes.sum(new byte[] {0x12, 0x34, 0x56}, 0, 3, 0)));
    }

    @Test
    void aCompleteFramePassesAsItIs() {
        NetworkFrame frame = NetworkFrame.complete(new byte[60]);
        assertSame(frame, finish(frame).get(0));
    }

    private static byte[] tcp(boolean four, byte[] payload, int flags) {
        int tcp = four ? 34 : 54;
        byte[] b = new byte[tcp + 24 + payload.length];
        Bytes.put16(b, 12, four ? 0x800 : 0x86dd);
        if (four) {
            Bytes.put8(b, 14, 0x45);
            Bytes.put16(b, 16, b.length - 14);
            Bytes.put16(b, 18, 0xfffe);
            Bytes.put8(b, 23, 6);
            Bytes.put32(b, 26, 0x0a00020f);
            Bytes.put32(b, 30, 0x0a000202);
        } else {
            Bytes.put8(b, 14, 0x60);
            Bytes.put16(b, 18, b.length - 54);
            Bytes.put8(b, 20, 6);
            for (int i = 0; i < 32; i++) {
                b[22 + i] = (byte) (i * 37);
            }
        }
        Bytes.put32(b, tcp + 4, 0xffff_ff00);
        Bytes.put8(b, tcp + 12, 6 << 4);
        Bytes.put8(b, tcp + 13, flags);
        System.arraycopy(payload, 0, b, tcp + 24, payload.length);
        return b;
    }

    /** Sum over pseudo header and segment: all ones when the checksum is right. */
    private static int verify(byte[] b, boolean four) {
        int tcp = four ? 34 : 54;
        return Bytes.fold(Bytes.sum(b, tcp, b.length, Bytes.sum(b, four ? 26 : 22, four ? 34 : 54, 6 + b.length - tcp)));
    }

    @Test
    void largeSegmentsAreCutInOrderWithRightHeadersAndChecksums() {
        for (boolean four : new boolean[] {true, false}) {
            byte[] payload = new byte[10_001];
            new Random(1).nextBytes(payload);
            int tcp = four ? 34 : 54;
            NetworkFrame frame = new NetworkFrame(tcp(four, payload, 0x99), tcp, 16, four ? Segmentation.TCP4 : Segmentation.TCP6, 1448);
            List<NetworkFrame> pieces = finish(frame);
            assertEquals(7, pieces.size());
            ByteArrayOutputStream got = new ByteArrayOutputStream();
            for (int i = 0; i < pieces.size(); i++) {
                byte[] b = pieces.get(i).bytes();
                assertEquals(0xffff_ff00 + got.size(), Bytes.get32(b, tcp + 4));
                assertEquals(0x10 | (i == 6 ? 0x09 : 0) | (i == 0 ? 0x80 : 0), Bytes.get8(b, tcp + 13));
                assertEquals(0xffff, verify(b, four));
                if (four) {
                    assertEquals(b.length - 14, Bytes.get16(b, 16));
                    assertEquals(0xfffe + i & 0xffff, Bytes.get16(b, 18));
                    assertEquals(0xffff, Bytes.fold(Bytes.sum(b, 14, 34, 0)));
                } else {
                    assertEquals(b.length - 54, Bytes.get16(b, 18));
                }
                got.write(b, tcp + 24, b.length - tcp - 24);
            }
            assertArrayEquals(payload, got.toByteArray());
        }
    }

    @Test
    void aChecksumIsFilledInFromThePseudoHeadersSum() {
        byte[] b = tcp(true, new byte[] {1, 2, 3}, 0x10);
        Bytes.put16(b, 50, Bytes.fold(Bytes.sum(b, 26, 34, 6 + b.length - 34)));
        byte[] done = finish(new NetworkFrame(b, 34, 16, Segmentation.NONE, 0)).get(0).bytes();
        assertEquals(0xffff, verify(done, true));
    }

    @Test
    void headersThatMakeNoSenseDoNoHarm() {
        Random random = new Random(2);
        for (int i = 0; i < 20_000; i++) {
            byte[] b = new byte[14 + random.nextInt(200)];
            random.nextBytes(b);
            long flags = random.nextInt(b.length + 4) | (long) random.nextInt(40) << 16 | (long) random.nextInt(400) << 32
                    | (long) random.nextInt(4) << 48;
            NetworkFrame frame;
            try {
                frame = NetworkFrame.of(b, flags);
            } catch (IllegalArgumentException e) {
                continue;
            }
            assertEquals(flags, frame.flags());
            assertTrue(finish(frame).size() <= b.length);
        }
    }
}
