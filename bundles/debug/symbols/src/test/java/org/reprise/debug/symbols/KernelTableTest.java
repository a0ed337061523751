package org.reprise.debug.symbols;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.reprise.debug.symbols.KernelTables.Layout;
import org.reprise.debug.symbols.KernelTables.Name;

class KernelTableTest {
    private static final long BASE = 0xffffffff80000000L;

    private static List<String> text(List<Name> names) {
        return names.stream().map(n -> Long.toHexString(n.address()) + " " + ("tTW".indexOf(n.type()) >= 0) + " " + n.name()).toList();
    }

    private static List<String> decoded(byte[] image) {
        return new KernelTable("kernel", image).symbols().stream()
            .map(e -> Long.toHexString(e.address()) + " " + e.function() + " " + e.name()).toList();
    }

    @ParameterizedTest
    @CsvSource({"SINCE_6_4,LITTLE_ENDIAN,8", "SINCE_6_4,BIG_ENDIAN,8", "SINCE_6_4,LITTLE_ENDIAN,4", "SINCE_6_4,BIG_ENDIAN,4",
        "SINCE_6_2,LITTLE_ENDIAN,8", "SINCE_6_2,LITTLE_ENDIAN,4", "SINCE_4_20,LITTLE_ENDIAN,8", "SINCE_4_20,BIG_ENDIAN,4",
        "ABSOLUTE,LITTLE_ENDIAN,8", "ABSOLUTE,BIG_ENDIAN,4"})
    void findsTheTableOfKernelsOfAllAges(Layout layout, String order, int word) {
        ByteOrder endian = order.equals("BIG_ENDIAN") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        long base = word == 8 ? BASE : 0xc0000000L;
        for (int count : new int[] {64, 255, 256, 257, 3000}) {
            Random random = new Random(count);
            List<Name> names = KernelTables.names(count, base, random);
            List<String> expected = text(names);
            List<String> actual = decoded(KernelTables.image(names, layout, endian, word, base, false, random));
            assertEquals(expected.size(), actual.size(), layout + " of " + count);
            for (int i = 0; i < count; i++) {
                assertEquals(expected.get(i), actual.get(i), layout + " of " + count + ", number " + i);
            }
        }
    }

    @Test
    void aKernelThatFillsItsBaseInWhenItStartsIsKnownWhereRiscvKernelsRun() {
        Random random = new Random(1);
        List<Name> names = KernelTables.names(500, BASE, random);
        byte[] image = KernelTables.image(names, Layout.SINCE_6_4, ByteOrder.LITTLE_ENDIAN, 8, BASE, true, random);
        KernelTable table = new KernelTable("kernel", image);
        assertEquals(500, table.symbols().size());
        assertEquals(BASE, table.base());
    }

    @Test
    void addressesThatAreNotWhereTheyShouldBeAreSaidToBeSo() {
        Random random = new Random(2);
        List<Name> names = KernelTables.names(500, BASE, random);
        byte[] image = KernelTables.image(names, Layout.SINCE_6_4, ByteOrder.LITTLE_ENDIAN, 8, BASE, false, random);
        int end = image.length - 2000 - 1500 - 8 - 2000;
        random.nextBytes(new byte[1]);
        for (int i = end; i < end + 1900; i++) {
            image[i] = (byte) (i * 77);
        }
        BadSymbolsException e = assertThrows(BadSymbolsException.class, () -> decoded(image));
        assertTrue(e.getMessage().contains("System.map"), e.getMessage());
    }

    @Test
    void cutAndFlippedKernelsGiveSymbolsOrAnErrorAndNothingElse() {
        Random random = new Random(3);
        List<Name> names = KernelTables.names(1500, BASE, random);
        byte[] whole = KernelTables.image(names, Layout.SINCE_6_4, ByteOrder.LITTLE_ENDIAN, 8, BASE, false, random);
        int refused = 0;
        for (int i = 0; i < 400; i++) {
            byte[] image = i % 2 == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length)) : whole.clone();
            for (int j = random.nextInt(4); j >= 0 && image.length > 0; j--) {
                image[random.nextInt(image.length)] ^= (byte) (1 << random.nextInt(8));
            }
            try {
                refused += new KernelTable("kernel", image).symbols().isEmpty() ? 1 : 0;
            } catch (BadSymbolsException e) {
                refused++;
            }
        }
        assertTrue(refused > 100 && refused < 400, refused + " of 400");
    }

    @Test
    void aFileMadeToLookLikeManyKernelsIsGivenUp() {
        Random random = new Random(4);
        List<Name> names = KernelTables.names(64, BASE, random);
        byte[] one = KernelTables.image(names, Layout.SINCE_6_4, ByteOrder.LITTLE_ENDIAN, 8, BASE, false, random);
        // every place says that a hundred thousand names follow, and all of them have a type
        byte[] image = new byte[1 << 23];
        for (int i = 0; i < image.length - one.length; i += 8) {
            image[i] = (byte) 0xa0;
            image[i + 1] = (byte) 0x86;
            image[i + 2] = 1;
            image[i + 4] = 2;
            image[i + 5] = 't';
            image[i + 6] = 'a';
        }
        Arrays.fill(one, 0, 1500, (byte) 0);
        System.arraycopy(one, 0, image, image.length - one.length, one.length);
        try {
            assertEquals(List.of(), decoded(image));
        } catch (BadSymbolsException e) {
            assertTrue(e.getMessage().contains("too many places"), e.getMessage());
        }
    }
}
