package org.reprise.device.rtc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.reprise.api.device.Device;
import org.reprise.tools.devicekit.FakeDeviceContext;
import org.reprise.tools.devicekit.RecordedTree;
import org.reprise.tools.devicekit.SavedState;

class GoldfishRtcTest {
    private static final long BASE = 0x10_1000L;
    private static final long NOW = 0x1800_0000_ffff_fff0L;
    private final FakeDeviceContext context = new FakeDeviceContext("rtc0", "address", "0x101000", "interrupt", "plic:11");
    private Device device;

    @BeforeEach
    void powerOn() {
        device = new GoldfishRtcModel().create(context);
        device.reset();
        context.hostTime(NOW);
    }

    private long get(int offset) {
        return context.memory().read(BASE + offset, 4);
    }

    private void set(int offset, long value) {
        context.memory().write(BASE + offset, 4, value);
    }

    private long time() {
        long low = get(0x00);
        return get(0x04) << 32 | low;
    }

    private void alarm(long at) {
        set(0x0c, at >>> 32);
        set(0x08, at & 0xffff_ffffL);
    }

    @Test
    void lowHalfLatchesTheHighHalf() {
        assertEquals(0xffff_fff0L, get(0x00));
        context.advance(0x100);
        assertEquals(0x1800_0000L, get(0x04), "the high half of the moment at which the low half was read");
        assertEquals(NOW + 0x100, time());
        assertEquals(2, context.hostReads(), "one event of the recording for each reading of the time");
    }

    @Test
    void timeCanBeSetAndSurvivesReset() {
        set(0x04, 0x10);
        set(0x00, 0x20);
        context.advance(5);
        assertEquals(0x10_0000_0025L, time());
        device.reset();
        assertEquals(0x10_0000_0025L, time());
    }

    @Test
    void alarmGoesOffOnceWhenEnabled() {
        set(0x10, 1);
        alarm(NOW + 1000);
        assertEquals(1, get(0x18));
        context.advance(999);
        assertFalse(context.line("plic:11"));
        context.advance(1);
        assertTrue(context.line("plic:11"));
        assertEquals(0, get(0x18));
        set(0x1c, 0);
        assertFalse(context.line("plic:11"));
        context.advance(1_000_000);
        assertFalse(context.line("plic:11"));
        assertEquals(0, context.hostReads(), "setting an alarm reads no clock");
    }

    @Test
    void disabledAlarmWaitsForItsEnable() {
        alarm(NOW + 10);
        context.advance(10);
        assertFalse(context.line("plic:11"));
        set(0x10, 1);
        assertTrue(context.line("plic:11"));
    }

    @Test
    void alarmCanBeClearedAndFollowsTheTimeThatIsSet() {
        set(0x10, 1);
        alarm(NOW + 10);
        set(0x14, 0);
        assertEquals(0, get(0x18));
        context.advance(100);
        assertFalse(context.line("plic:11"));
        set(0x04, 0);
        set(0x00, 0);
        alarm(1000);
        context.advance(999);
        assertFalse(context.line("plic:11"));
        context.advance(1);
        assertTrue(context.line("plic:11"));
    }

    @Test
    void restoredDeviceEqualsTheSavedOne() {
        set(0x10, 1);
        set(0x04, 3);
        set(0x00, 4);
        alarm(5);
        context.advance(10);
        SavedState saved = SavedState.of(device);
        device.reset();
        saved.restore(device);
        assertEquals(saved, SavedState.of(device));
        assertEquals(1, get(0x10));
    }

    @Test
    void describesItselfAsDriversExpect() {
        RecordedTree soc = new RecordedTree();
        device.describe(soc);
        RecordedTree node = soc.child("rtc@101000");
        assertEquals("{compatible=google,goldfish-rtc, reg=<101000 1000>}", node.properties().toString());
        assertEquals("[plic:11]", node.interrupts().toString());
    }
}
