package org.reprise.core.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reprise.api.memory.BusErrorException;
import org.reprise.api.memory.MemoryListener;
import org.reprise.api.memory.MemoryRange;
import org.reprise.api.memory.MmioHandler;

class PhysicalMemoryTest {
    private static final long BASE = 0x80000000L;

    private final PhysicalMemory memory = new PhysicalMemory();
    private final List<String> told = new ArrayList<>();

    private final class Log implements MemoryListener {
        @Override
        public void writeTagsRevoked() {
            told.add("all");
        }

        @Override
        public void writeTagRevoked(long page) {
            told.add("one " + Long.toHexString(page));
        }

        @Override
        public void codeWritten(long page) {
            told.add("code " + Long.toHexString(page));
        }

        @Override
        public void mapChanged() {
            told.add("map");
        }
    }

    private static final class Registers implements MmioHandler {
        long last;

        @Override
        public long read(long offset, int size) {
            return -1L - offset;
        }

        @Override
        public void write(long offset, int size, long value) {
            last = offset << 32 | value;
        }
    }

    private void ram() {
        memory.addRam("ram", BASE, 0x4000);
        memory.addListener(new Log());
    }

    @AfterEach
    void close() {
        memory.close();
    }

    @Test
    void accessesOfEverySizeAreLittleEndianAndMayCrossPages() {
        ram();
        memory.write(BASE + 0xffd, 8, 0x1122334455667788L);
        assertEquals(0x1122334455667788L, memory.read(BASE + 0xffd, 8));
        assertEquals(0x88, memory.read(BASE + 0xffd, 1));
        assertEquals(0x5566, memory.read(BASE + 0xfff, 2));
        assertEquals(0x11223344L, memory.read(BASE + 0x1001, 4));
        byte[] b = new byte[8];
        memory.readBytes(BASE + 0xffd, b, 0, 8);
        assertArrayEquals(new byte[] {(byte) 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11}, b);
    }

    @Test
    void nothingMappedReadOnlyAndRegistersRefuseWithTheAddress() {
        ram();
        memory.addRom("rom", 0x1000, new byte[] {1, 2, 3});
        Registers r = new Registers();
        memory.addMmio("regs", 0x10000000L, 0x100, r);
        assertTrue(assertThrows(BusErrorException.class, () -> memory.read(0x5000, 4)).getMessage().contains("0x5000"));
        assertEquals(BASE + 0x4000, assertThrows(BusErrorException.class, () -> memory.read(BASE + 0x3ffe, 4)).address());
        assertTrue(assertThrows(BusErrorException.class, () -> memory.write(0x1000, 1, 0)).getMessage().contains("rom"));
        assertThrows(BusErrorException.class, () -> memory.writeBytes(0x10000000L, new byte[4], 0, 4));
        assertEquals(0x0302_01L, memory.read(0x1000, 4));
        assertEquals(0xfffffffbL, memory.read(0x10000004L, 4));
        memory.write(0x10000008L, 2, 0x1ffff);
        assertEquals(8L << 32 | 0xffff, r.last);
        assertEquals(-1, memory.hostAddress(0x10000000L));
    }

    @Test
    void overlapsNameBothRegions() {
        ram();
        String m = assertThrows(IllegalArgumentException.class, () -> memory.addMmio("regs", BASE + 0x3fff, 2, new Registers())).getMessage();
        assertTrue(m.contains("regs") && m.contains("ram"), m);
    }

    @Test
    void rangesAreListedByAddress() {
        memory.addRam("ram", BASE, 8192);
        memory.addMmio("timer", 0x2000000, 0x10, new MmioHandler() {
            @Override
            public long read(long offset, int size) {
                throw new AssertionError("read while looking");
            }

            @Override
            public void write(long offset, int size, long value) {
                throw new AssertionError("written while looking");
            }
        });
        memory.addRom("boot", 0x1000, new byte[12]);
        assertEquals(List.of(new MemoryRange("boot", 0x1000, 4096, MemoryRange.Kind.ROM),
                new MemoryRange("timer", 0x2000000, 0x10, MemoryRange.Kind.REGISTERS),
                new MemoryRange("ram", BASE, 8192, MemoryRange.Kind.RAM)), memory.ranges());
    }

    @Test
    void theDigestDependsOnContentOnly() {
        ram();
        assertEquals(0, memory.digest());
        memory.write(BASE + 5, 1, 1);
        long one = memory.digest();
        assertNotEquals(0, one);
        memory.write(BASE + 0x2005, 1, 1);
        long two = memory.digest();
        memory.write(BASE + 5, 1, 0);
        memory.write(BASE + 0x2005, 1, 0);
        assertEquals(0, memory.digest());
        memory.write(BASE + 0x2005, 1, 1);
        assertNotEquals(one, memory.digest(), "the same byte on another page");
        memory.write(BASE + 5, 1, 1);
        assertEquals(two, memory.digest());
        memory.restore(new int[0], (page, into) -> false);
        assertEquals(0, memory.digest());
        assertEquals(0, memory.read(BASE + 5, 1));
    }

    @Test
    void directWritesAreSeenByTheDigestBecauseTheirRightEndsThere() {
        ram();
        assertTrue(memory.prepareWrite(BASE));
        HostMemory.putByte(memory.hostAddress(BASE) + 7, (byte) 9);
        long d = memory.digest();
        assertNotEquals(0, d);
        assertEquals(List.of("all"), told);
        assertTrue(memory.prepareWrite(BASE));
        HostMemory.putByte(memory.hostAddress(BASE) + 7, (byte) 0);
        assertEquals(0, memory.digest());
    }

    @Test
    void pagesWithCodeAreWatchedByGranule() {
        ram();
        memory.markCode(BASE + 0x1040, 8);
        assertEquals(List.of("one 80001000"), told);
        assertFalse(memory.prepareWrite(BASE + 0x1000));
        assertTrue(memory.containsCode(BASE + 0x107f, 1));
        assertFalse(memory.containsCode(BASE + 0x1080, 8));
        memory.write(BASE + 0x1080, 8, 1);
        assertEquals(1, told.size(), "data beside code");
        memory.writeBytes(BASE + 0x1000, new byte[0x80], 0, 0x80);
        assertEquals(List.of("one 80001000", "code 80001000"), told);
        assertTrue(memory.prepareWrite(BASE + 0x1000));
    }

    @Test
    void bothImplementationsOfHostMemoryAgree() {
        long a = UnsafeMemory.allocate(8192);
        long b = BufferMemory.allocate(8192);
        for (int i = 0; i < 8192; i += 8) {
            UnsafeMemory.putLong(a + i, 0);
            BufferMemory.putLong(b + i, 0);
        }
        Random r = new Random(5);
        for (int i = 0; i < 20_000; i++) {
            int at = r.nextInt(4096 - 8) + (r.nextBoolean() ? 4096 : 0);
            long v = r.nextLong();
            switch (r.nextInt(4)) {
                case 0 -> {
                    UnsafeMemory.putByte(a + at, (byte) v);
                    BufferMemory.putByte(b + at, (byte) v);
                }
                case 1 -> {
                    UnsafeMemory.putShort(a + at, (short) v);
                    BufferMemory.putShort(b + at, (short) v);
                }
                case 2 -> {
                    UnsafeMemory.putInt(a + at, (int) v);
                    BufferMemory.putInt(b + at, (int) v);
                }
                default -> {
                    UnsafeMemory.putLong(a + at, v);
                    BufferMemory.putLong(b + at, v);
                }
            }
            int from = r.nextInt(8184);
            assertEquals(UnsafeMemory.getLong(a + from), BufferMemory.getLong(b + from));
            assertEquals(UnsafeMemory.getInt(a + from), BufferMemory.getInt(b + from));
            assertEquals(UnsafeMemory.getShort(a + from), BufferMemory.getShort(b + from));
            assertEquals(UnsafeMemory.getByte(a + from), BufferMemory.getByte(b + from));
        }
        UnsafeMemory.free(a);
        BufferMemory.free(b, 8192);
    }

    /** Host memory is not zeroed when it is allocated: what the guest sees is, when it looks first, and again after a reset. */
    @Test
    void ramIsZeroWhenItIsUsedFirstAndWhenItIsRestoredToThat() {
        for (int round = 0; round < 3; round++) {
            try (PhysicalMemory memory = new PhysicalMemory()) {
                memory.addRam("ram", 0, 1 << 20);
                for (int use = 0; use < 2; use++) {
                    for (long at = 0; at < 1 << 20; at += 8) {
                        assertEquals(0, memory.read(at, 8), "at " + at);
                    }
                    assertEquals(0, memory.digest());
                    for (long at = 0; at < 1 << 20; at += 8) {
                        memory.write(at, 8, -1L - at);
                    }
                    memory.restore(new int[0], (page, into) -> false);
                }
            }
        }
    }
}
