package org.reprise.debug.gdb.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PacketsTest {
    private static PacketReader.Item read(byte[] bytes) {
        PacketReader reader = new PacketReader();
        reader.feed(bytes, 0, bytes.length);
        return reader.next();
    }

    @Test
    void everyByteSurvivesFraming() {
        StringBuilder all = new StringBuilder();
        for (int c = 0; c < 256; c++) {
            all.append((char) c);
        }
        PacketReader.Item item = read(Packets.frame(all.toString()));
        assertEquals(PacketReader.Kind.PACKET, item.kind());
        assertEquals(all.toString(), item.payload());
    }

    @Test
    void packetsMayBeCutAnywhereAndStandBesideOtherThings() {
        byte[] bytes = "+noise$m80000000,4#00\u0003-$OK#9a".getBytes(StandardCharsets.ISO_8859_1);
        PacketReader reader = new PacketReader();
        StringBuilder seen = new StringBuilder();
        for (byte b : bytes) {
            reader.feed(new byte[] {b}, 0, 1);
            for (PacketReader.Item i = reader.next(); i != null; i = reader.next()) {
                seen.append(i.kind()).append(i.payload()).append(' ');
            }
        }
        assertEquals("ACK DAMAGED INTERRUPT NACK PACKETOK ", seen.toString());
    }

    @Test
    void runLengthsAreExpanded() {
        // "0* " is four zeros: the count is the character's code less 29
        assertEquals("0000", read("$0* #7a".getBytes(StandardCharsets.ISO_8859_1)).payload());
    }

    @Test
    void endlessAndRandomInputCostsBoundedMemoryAndNoException() {
        PacketReader reader = new PacketReader();
        byte[] a = new byte[1 << 16];
        java.util.Arrays.fill(a, (byte) 'a');
        reader.feed(new byte[] {'$'}, 0, 1);
        for (int i = 0; i < 100; i++) {
            reader.feed(a, 0, a.length);
            assertNull(reader.next());
        }
        reader.feed("#00".getBytes(StandardCharsets.ISO_8859_1), 0, 3);
        assertEquals(PacketReader.Kind.DAMAGED, reader.next().kind());
        SplittableRandom random = new SplittableRandom(5);
        int items = 0;
        for (int n = 0; n < 20_000; n++) {
            byte[] noise = new byte[random.nextInt(40)];
            for (int i = 0; i < noise.length; i++) {
                noise[i] = (byte) (random.nextInt(3) == 0 ? "$#}*+-\u0003".charAt(random.nextInt(7)) : random.nextInt(256));
            }
            reader.feed(noise, 0, noise.length);
            while (reader.next() != null) {
                items++;
            }
        }
        assertTrue(items > 1000, "items: " + items);
    }

    @Test
    void numbersThatAreNoneAreRefused() {
        assertEquals(0xffffffffffffffffL, Packets.number("ffffffffffffffff"));
        assertEquals(0x0807060504030201L, Packets.value("0102030405060708", 0, 16));
        for (String bad : new String[] {"", "g", "12345678123456781", "-1", "0x1"}) {
            assertThrows(IllegalArgumentException.class, () -> Packets.number(bad), bad);
        }
        assertThrows(IllegalArgumentException.class, () -> Packets.bytes("123"));
    }
}
