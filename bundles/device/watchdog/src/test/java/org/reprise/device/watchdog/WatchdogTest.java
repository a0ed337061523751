package org.reprise.device.watchdog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.reprise.api.device.Device;
import org.reprise.tools.devicekit.FakeDeviceContext;
import org.reprise.tools.devicekit.RecordedTree;
import org.reprise.tools.devicekit.SavedState;

class WatchdogTest {
    private static final long BASE = 0x1001_0000L;
    private static final int LOAD = 0x0;
    private static final int VALUE = 0x4;
    private static final int CONTROL = 0x8;
    private static final int CLEAR = 0xc;
    private static final int RAW = 0x10;
    private static final int MASKED = 0x14;
    private static final int LOCK = 0xc00;
    private static final long TICK = 1000;

    private final FakeDeviceContext context = new FakeDeviceContext("wdt0", "address", "0x10010000", "interrupt", "plic:12");
    private Device device;

    @BeforeEach
    void powerOn() {
        device = new WatchdogModel().create(context);
        device.reset();
    }

    private long get(int offset) {
        return context.memory().read(BASE + offset, 4);
    }

    private void set(int offset, long value) {
        context.memory().write(BASE + offset, 4, value);
    }

    private boolean line() {
        return context.line("plic:12");
    }

    @Test
    void resetValuesAreThoseOfTheManual() {
        assertEquals(0xffff_ffffL, get(LOAD));
        assertEquals(0xffff_ffffL, get(VALUE));
        assertEquals(0, get(CONTROL));
        assertEquals(0, get(RAW));
        assertEquals(0, get(LOCK));
        int[] identification = {0x05, 0x18, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1};
        for (int i = 0; i < identification.length; i++) {
            assertEquals(identification[i], get(0xfe0 + 4 * i));
        }
    }

    @Test
    void countsDownWhileEnabled() {
        set(LOAD, 100);
        context.advance(50 * TICK);
        assertEquals(100, get(VALUE), "stands still until enabled");
        set(CONTROL, 1);
        context.advance(30 * TICK);
        assertEquals(70, get(VALUE));
        context.advance(1);
        assertEquals(70, get(VALUE), "a tick that has begun counts");
        set(CONTROL, 0);
        context.advance(1000 * TICK);
        assertEquals(70, get(VALUE));
        set(CONTROL, 1);
        assertEquals(100, get(VALUE), "enabling reloads");
    }

    @Test
    void firstExpiryInterruptsAndSecondResets() {
        set(LOAD, 100);
        set(CONTROL, 3);
        context.advance(100 * TICK - 1);
        assertFalse(line());
        context.advance(1);
        assertTrue(line());
        assertEquals(1, get(RAW));
        assertEquals(1, get(MASKED));
        context.advance(100 * TICK - 1);
        assertTrue(context.requests().isEmpty());
        context.advance(1);
        assertEquals(List.of("reset GUEST_RESET"), context.requests());
        context.advance(1_000_000 * TICK);
        assertEquals(1, context.requests().size());
    }

    @Test
    void refreshingInTimePreventsTheReset() {
        set(LOAD, 100);
        set(CONTROL, 3);
        for (int i = 0; i < 20; i++) {
            context.advance(150 * TICK);
            assertTrue(line());
            set(CLEAR, 1);
            assertFalse(line());
            assertEquals(100, get(VALUE));
        }
        assertTrue(context.requests().isEmpty());
    }

    @Test
    void withoutResetEnableItOnlyInterrupts() {
        set(LOAD, 10);
        set(CONTROL, 1);
        context.advance(1000 * TICK);
        assertTrue(line());
        assertTrue(context.requests().isEmpty());
        set(CONTROL, 0);
        assertFalse(line(), "the interrupt is gated");
        assertEquals(1, get(RAW));
        assertEquals(0, get(MASKED));
    }

    @Test
    void periodsDoNotDrift() {
        FakeDeviceContext odd = new FakeDeviceContext("wdt0", "address", "0x10010000", "interrupt", "plic:12", "clock-frequency", "32768");
        new WatchdogModel().create(odd).reset();
        odd.memory().write(BASE + LOAD, 4, 32768);
        odd.memory().write(BASE + CONTROL, 4, 1);
        odd.advance(10_500_000_000L);
        assertEquals(16384, odd.memory().read(BASE + VALUE, 4));
    }

    @Test
    void largestCountFitsTheClock() {
        FakeDeviceContext slow = new FakeDeviceContext("wdt0", "address", "0x10010000", "interrupt", "plic:12", "clock-frequency", "1");
        new WatchdogModel().create(slow).reset();
        slow.memory().write(BASE + CONTROL, 4, 1);
        assertEquals(0xffff_ffffL, slow.memory().read(BASE + VALUE, 4));
        slow.advance(0xffff_fffeL * 1_000_000_000L);
        assertEquals(1, slow.memory().read(BASE + VALUE, 4));
        slow.advance(1_000_000_000L);
        assertTrue(slow.line("plic:12"));
    }

    @Test
    void zeroLoadCountsAsOne() {
        set(LOAD, 0);
        set(CONTROL, 1);
        context.advance(TICK - 1);
        assertFalse(line());
        context.advance(1);
        assertTrue(line());
    }

    @Test
    void lockedRegistersKeepTheirValues() {
        set(LOCK, 1);
        assertEquals(1, get(LOCK));
        set(LOAD, 5);
        set(CONTROL, 1);
        assertEquals(0xffff_ffffL, get(LOAD));
        assertEquals(0, get(CONTROL));
        assertTrue(context.guestErrors().get(0).contains("wdt0") && context.guestErrors().get(0).contains("WdogLoad is locked"));
        set(LOCK, 0x1acc_e551L);
        assertEquals(0, get(LOCK));
        set(LOAD, 5);
        assertEquals(5, get(LOAD));
    }

    @Test
    void restoredDeviceGoesOnLikeTheSavedOne() {
        set(LOAD, 100);
        set(CONTROL, 3);
        context.advance(140 * TICK);
        set(LOCK, 1);
        SavedState saved = SavedState.of(device);
        long value = get(VALUE);
        device.reset();
        saved.restore(device);
        assertEquals(saved, SavedState.of(device));
        assertEquals(value, get(VALUE));
        assertEquals(1, get(MASKED));
    }

    @Test
    void impossibleClockIsRefused() {
        FakeDeviceContext other = new FakeDeviceContext("wdt9", "address", "0x10010000", "interrupt", "plic:12", "clock-frequency", "0");
        String refused = assertThrows(IllegalArgumentException.class, () -> new WatchdogModel().create(other)).getMessage();
        assertTrue(refused.contains("wdt9: clock-frequency 0 Hz"), refused);
    }

    @Test
    void describesItselfAsDriversExpect() {
        RecordedTree soc = new RecordedTree();
        device.describe(soc);
        RecordedTree node = soc.child("watchdog@10010000");
        assertEquals("wdt0", node.part());
        assertEquals("{compatible=arm,sp805 | arm,primecell, reg=<10010000 1000>, clocks=<1 1>, clock-names=wdog_clk | apb_pclk}",
                node.properties().toString());
        assertEquals("[plic:12]", node.interrupts().toString());
        assertEquals("<f4240>", soc.child("clock-wdt0").properties().get("clock-frequency"));
    }
}
