package org.reprise.core.packet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TransportChecksumTest {
    /** "ab" from 192.0.2.1:1 to 192.0.2.2:2 by UDP, padded to 60 bytes; sums computed apart, as RFC 768 says. */
    private static byte[] udp4() {
        return HexFormat.of().parseHex("525400000001" + "525400000002" + "0800" + "4500001e00000000401100" + "00" + "c0000201" + "c0000202"
                + "00010002000a1a71" + "6162" + "00".repeat(16));
    }

    /** The same by IPv6, from 2001:db8::1 to 2001:db8::2. */
    private static byte[] udp6() {
        return HexFormat.of().parseHex("525400000001" + "525400000002" + "86dd" + "60000000000a1140" + "20010db8000000000000000000000001"
                + "20010db8000000000000000000000002" + "00010002000a4300" + "6162");
    }

    @Test
    void aRightChecksumIsRightUntilABitIsFlipped() {
        for (byte[] frame : new byte[][] {udp4(), udp6()}) {
            int from = frame.length == 60 ? 34 : 54;
            assertTrue(TransportChecksum.right(frame));
            for (int bit = from * 8; bit < (from + 10) * 8; bit++) {
                frame[bit / 8] ^= 1 << bit % 8;
                assertFalse(TransportChecksum.right(frame), "bit " + bit);
                frame[bit / 8] ^= 1 << bit % 8;
            }
        }
    }

    @Test
    void fragmentsTagsAndMissingChecksumsAreNotRight() {
        byte[] frame = udp4();
        frame[20] = 0x20;
        assertFalse(TransportChecksum.right(frame), "more fragments");
        frame[20] = 0x40;
        assertTrue(TransportChecksum.right(frame), "do not fragment");
        frame[13] = 6;
        assertFalse(TransportChecksum.right(frame), "ARP");
        frame = udp4();
        frame[40] = 0;
        frame[41] = 0;
        assertFalse(TransportChecksum.right(frame), "no checksum");
        frame = udp4();
        frame[17] = (byte) 0xff;
        assertFalse(TransportChecksum.right(frame), "longer than the frame");
    }

    @Test
    void anyBytesDoNoHarm() {
        Random random = new Random(3);
        int right = 0;
        for (int i = 0; i < 50_000; i++) {
            byte[] frame = new byte[14 + random.nextInt(80)];
            random.nextBytes(frame);
            Bytes.put16(frame, 12, random.nextBoolean() ? 0x800 : 0x86dd);
            if (frame.length > 23) {
                frame[14] = (byte) (random.nextBoolean() ? 0x40 | random.nextInt(16) : 0x60);
                frame[23] = frame[20] = (byte) (random.nextBoolean() ? 6 : 17);
            }
            right += TransportChecksum.right(frame) ? 1 : 0;
        }
        assertEquals(0, right);
    }
}
