package org.reprise.device.irq;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.reprise.api.device.Device;
import org.reprise.tools.devicekit.FakeDeviceContext;
import org.reprise.tools.devicekit.RecordedTree;
import org.reprise.tools.devicekit.SavedState;

class AclintTest {
    private static final long BASE = 0x200_0000L;
    private final FakeDeviceContext context = new FakeDeviceContext("clint", "address", "0x2000000").cpus("cpu0", "cpu1");
    private Device device;

    @BeforeEach
    void powerOn() {
        device = new AclintModel().create(context);
        device.reset();
    }

    private long get(long offset, int size) {
        return context.memory().read(BASE + offset, size);
    }

    private void set(long offset, int size, long value) {
        context.memory().write(BASE + offset, size, value);
    }

    @Test
    void timeRunsAtTenMegahertz() {
        context.advance(12_345_678_999L);
        assertEquals(123_456_789, get(0xbff8, 8));
        assertEquals(123_456_789, get(0xbff8, 4));
        assertEquals(0, get(0xbffc, 4));
        set(0xbff8, 8, 0);
        assertTrue(context.guestErrors().get(0).contains("mtime is read-only"));
    }

    @Test
    void compareRaisesTheTimerExactlyInTime() {
        set(0x4008, 8, 50);
        context.advance(4999);
        assertFalse(context.line("cpu1:MTI"));
        context.advance(1);
        assertTrue(context.line("cpu1:MTI"));
        assertFalse(context.line("cpu0:MTI"));
        set(0x4008, 8, 60);
        assertFalse(context.line("cpu1:MTI"));
        context.advance(1000);
        assertTrue(context.line("cpu1:MTI"));
    }

    @Test
    void compareInThePastIsDueAtOnceAndAllOnesNever() {
        context.advance(10_000);
        set(0x4000, 8, 100);
        assertTrue(context.line("cpu0:MTI"));
        set(0x4000, 8, -1);
        assertFalse(context.line("cpu0:MTI"));
        context.advance(Long.MAX_VALUE / 4);
        assertFalse(context.line("cpu0:MTI"));
        set(0x4000, 8, Long.MAX_VALUE / 100 + 1);
        assertFalse(context.line("cpu0:MTI"), "a deadline beyond the clock's range");
    }

    @Test
    void halvesOfCompareCanBeWrittenApart() {
        set(0x4004, 4, 0xffff_ffffL);
        set(0x4000, 4, 20);
        assertFalse(context.line("cpu0:MTI"));
        set(0x4004, 4, 0);
        assertEquals(20, get(0x4000, 8));
        context.advance(2000);
        assertTrue(context.line("cpu0:MTI"));
    }

    @Test
    void softwareInterruptHasOneBit() {
        set(0x4, 4, 0xffff_ffffL);
        assertEquals(1, get(0x4, 4));
        assertTrue(context.line("cpu1:MSI"));
        assertFalse(context.line("cpu0:MSI"));
        set(0x4, 4, 0xfffe);
        assertFalse(context.line("cpu1:MSI"));
        get(0x8, 4);
        assertEquals(1, context.guestErrors().size(), "there is no third hart");
    }

    @Test
    void resetIsQuiet() {
        set(0x0, 4, 1);
        set(0x4000, 8, 0);
        device.reset();
        assertFalse(context.line("cpu0:MSI"));
        assertFalse(context.line("cpu0:MTI"));
        assertEquals(-1, get(0x4000, 8));
    }

    @Test
    void restoredDeviceEqualsTheSavedOne() {
        set(0x0, 4, 1);
        set(0x4008, 8, 77);
        SavedState saved = SavedState.of(device);
        device.reset();
        saved.restore(device);
        assertEquals(saved, SavedState.of(device));
        assertEquals(77, get(0x4008, 8));
        assertEquals(1, get(0, 4));
    }

    @Test
    void describesItselfAsDriversExpect() {
        RecordedTree soc = new RecordedTree();
        device.describe(soc);
        RecordedTree node = soc.child("clint@2000000");
        assertEquals("{compatible=sifive,clint0 | riscv,clint0, reg=<2000000 10000>}", node.properties().toString());
        assertEquals("[cpu0:MSI, cpu0:MTI, cpu1:MSI, cpu1:MTI]", node.interrupts().toString());
    }
}
