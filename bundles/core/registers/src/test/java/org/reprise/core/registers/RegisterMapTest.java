package org.reprise.core.registers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.reprise.tools.devicekit.SavedState;

class RegisterMapTest {
    private final List<String> errors = new ArrayList<>();
    private final RegisterMap map = new RegisterMap("dev0", 0x10000, errors::add);

    private void assertRefused(String... parts) {
        assertEquals(1, errors.size(), errors.toString());
        for (String part : parts) {
            assertTrue(errors.get(0).contains(part), errors.get(0));
        }
        errors.clear();
    }

    @Test
    void storedRegisterHoldsWhatIsWrittenAndResets() {
        Register scratch = map.register("SCR", 4, 4).resetValue(7);
        assertEquals(7, map.read(4, 4));
        map.write(4, 4, 0x1_dead_beefL);
        assertEquals(0xdead_beefL, map.read(4, 4));
        assertEquals(0xdead_beefL, scratch.get());
        map.reset();
        assertEquals(7, map.read(4, 4));
        assertTrue(errors.isEmpty());
    }

    @Test
    void fieldsDecideWhatAWriteChanges() {
        Register status = map.register("STATUS", 0, 4).field("A", 0, 2).fieldReadOnly("B", 4, 2).fieldClearedByOnes("C", 8, 4);
        status.set(0xf32);
        map.write(0, 4, 0x501);
        assertEquals(0xa31, map.read(0, 4), "A written, B kept, the ones of C cleared");
        assertTrue(errors.isEmpty());
        map.write(0, 4, 0x8000_0003L);
        assertEquals(0xa33, map.read(0, 4));
        assertRefused("dev0", "reserved bits 0x80000000", "STATUS");
    }

    @Test
    void callbacksSeeWholeValues() {
        List<Long> seen = new ArrayList<>();
        map.register("CMD", 0, 4).write(seen::add);
        map.register("LIMIT", 8, 8).accessSizes(4, 8).onWrite(seen::add);
        map.write(0, 4, 5);
        map.write(8, 8, 0x1111_2222_3333_4444L);
        map.write(12, 4, 0xaaaa_bbbbL);
        assertEquals(List.of(5L, 0x1111_2222_3333_4444L, 0xaaaa_bbbb_3333_4444L), seen);
        assertEquals(0xaaaa_bbbbL, map.read(12, 4));
        assertEquals(0x3333_4444L, map.read(8, 4));
    }

    @Test
    void partsOfComputedRegistersAreRead() {
        map.register("TIME", 0, 8).accessSizes(1, 2, 4, 8).read(() -> 0x8877_6655_4433_2211L);
        assertEquals(0x88, map.read(7, 1));
        assertEquals(0x6655, map.read(4, 2));
        assertEquals(0x8877_6655L, map.read(4, 4));
        assertEquals(0x8877_6655_4433_2211L, map.read(0, 8));
        assertEquals(0, map.read(1, 2));
        assertRefused("2-byte read", "0x1", "TIME");
    }

    @Test
    void refusesAndNamesWhatDoesNotFit() {
        map.register("RO", 0, 4).readOnly();
        map.register("WO", 4, 4).writeOnly();
        map.write(0, 4, 1);
        assertRefused("dev0", "4-byte write", "0x0", "RO is read-only");
        assertEquals(0, map.read(4, 4));
        assertRefused("WO is write-only");
        assertEquals(0, map.read(0, 1));
        assertRefused("1-byte read", "RO is not accessed like that");
        assertEquals(0, map.read(0, 8));
        assertRefused("8-byte read");
        assertEquals(0, map.read(8, 4));
        assertRefused("0x8", "no register there");
        map.write(0xfffc, 4, 1);
        assertRefused("0xfffc");
        assertEquals(0, map.read(0x1_0000_0000L, 4));
        assertRefused("no register there");
    }

    @Test
    void banksPassTheIndex() {
        long[] values = new long[20];
        map.bank("CTX", 0x2ff8, 4, 20, 0x1000 / 8).readIndexed(i -> values[i]).writeIndexed((i, v) -> values[i] = v);
        map.write(0x2ff8 + 3 * 0x200, 4, 33);
        assertEquals(33, values[3]);
        assertEquals(33, map.read(0x2ff8 + 3 * 0x200, 4));
        assertEquals(0, map.read(0x2ffc, 4));
        assertRefused("no register there");
    }

    @Test
    void closedGateRefusesWrites() {
        boolean[] open = {false};
        map.register("LOAD", 0, 4).writableIf(() -> open[0], "locked");
        map.write(0, 4, 9);
        assertEquals(0, map.read(0, 4));
        assertRefused("LOAD is locked");
        open[0] = true;
        map.write(0, 4, 9);
        assertEquals(9, map.read(0, 4));
    }

    @Test
    void stateIsTheStoredRegistersInOrder() {
        map.register("B", 0, 4).set(2);
        map.register("A", 4, 4).onWrite(v -> { }).set(1);
        map.register("COMPUTED", 8, 4).read(() -> 5);
        map.register("COMMAND", 12, 4).write(v -> { });
        map.register("STATUS", 16, 4).readOnly().set(4);
        map.bank("BANK", 32, 4, 2, 4).readIndexed(i -> i);
        SavedState saved = SavedState.of(map);
        assertEquals("[B=2, A=1, STATUS=4]", saved.values().entrySet().toString());
        map.reset();
        assertEquals(0, map.read(0, 4));
        saved.restore(map);
        assertEquals(saved, SavedState.of(map));
        assertEquals(4, map.read(16, 4));
    }

    @Test
    void mistakesInADeclarationAreFoundAtOnce() {
        map.register("ONE", 0, 4).field("F", 0, 4);
        for (Runnable mistake : List.<Runnable>of(
                () -> map.register("TWO", 2, 2),
                () -> map.register("ONE", 8, 4),
                () -> map.register("ODD", 9, 4),
                () -> map.register("WIDE", 8, 3),
                () -> map.register("FAR", 0x10000, 4),
                () -> map.bank("LONG", 0xfff8, 4, 3, 4),
                () -> map.register("FIELD", 16, 4).field("F", 30, 3),
                () -> map.register("FIELDS", 20, 4).field("F", 0, 3).fieldReadOnly("G", 2, 1),
                () -> map.register("SIZE", 24, 4).accessSizes(8))) {
            assertThrows(IllegalArgumentException.class, mistake::run);
        }
        assertThrows(IllegalArgumentException.class, () -> new RegisterMap("x", 0, errors::add));
    }
}
