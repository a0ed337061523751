package org.reprise.debug.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.reprise.api.memory.MemoryRange;
import org.reprise.api.travel.Capture;
import org.reprise.api.travel.PageSource;
import org.reprise.debug.export.PageTables.Mapping;

/** What a guest's page tables map. */
class PageTablesTest {
    private static final long BASE = 0x80000000L;
    private static final int PAGES = 64;
    private static final MemoryRange RAM = new MemoryRange("ram", BASE, PAGES * 4096L, MemoryRange.Kind.RAM);
    private final ByteBuffer memory = ByteBuffer.allocate(PAGES * Capture.PAGE).order(ByteOrder.LITTLE_ENDIAN);

    private final PageSource pages = new PageSource() {
        @Override
        public int[] different(String space) {
            return new int[0];
        }

        @Override
        public int[] written(String space) {
            return new int[0];
        }

        @Override
        public boolean read(String space, int page, byte[] into) {
            memory.get(page * Capture.PAGE, into);
            return true;
        }
    };

    private void wide(int table, int entry, int page, int flags) {
        memory.putLong(table * 4096 + entry * 8, (BASE >> 12) + page << 10 | flags);
    }

    private List<Mapping> found(long satp, boolean wide) {
        return new PageTables(RAM, pages).mappings(new long[] {satp, satp}, wide);
    }

    @Test
    void pagesInARowAreOneMappingAndAddressesAreSignExtended() {
        wide(1, 511, 2, 1);
        wide(2, 0, 3, 1);
        wide(3, 4, 10, 0xf);
        wide(3, 5, 11, 0xf);
        wide(3, 7, 12, 3);
        wide(3, 8, 13, 0xe);
        assertEquals(List.of(new Mapping(0xffffffffc0004000L, BASE + 10 * 4096, 8192), new Mapping(0xffffffffc0007000L, BASE + 12 * 4096, 4096)),
            found(8L << 60 | (BASE >> 12) + 1, true));
    }

    @Test
    void aLargePageIsCutToWhatIsRam() {
        // 2 MiB at the beginning of RAM, of which there are 256 KiB
        wide(1, 0, 2, 1);
        wide(2, 1, 0, 0xf);
        assertEquals(List.of(new Mapping(0x200000, BASE, PAGES * 4096L)), found(8L << 60 | (BASE >> 12) + 1, true));
    }

    @Test
    void thirtyTwoBitsHaveTwoLevels() {
        memory.putInt(4096 + 768 * 4, (int) ((BASE >> 12) + 2 << 10 | 1));
        memory.putInt(2 * 4096, (int) ((BASE >> 12) + 5 << 10 | 0xf));
        assertEquals(List.of(new Mapping(0xc0000000L, BASE + 5 * 4096, 4096)), found(1L << 31 | (BASE >> 12) + 1, false));
    }

    @Test
    void tablesThatPointToThemselvesAndOutOfRamComeToAnEnd() {
        for (int i = 0; i < 512; i++) {
            wide(1, i, 1, 1);
        }
        memory.putLong(4096, -1L >>> 10);
        assertTrue(found(9L << 60 | (BASE >> 12) + 1, true).size() <= PageTables.MOST);
        assertEquals(List.of(), found(8L << 60 | 3, true), "tables that are not in RAM");
        assertEquals(List.of(), found(0, true), "no translation");
    }
}
