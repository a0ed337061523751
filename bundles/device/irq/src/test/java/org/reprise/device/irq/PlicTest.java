package org.reprise.device.irq;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.reprise.api.device.Device;
import org.reprise.api.device.InterruptSink;
import org.reprise.tools.devicekit.FakeDeviceContext;
import org.reprise.tools.devicekit.RecordedTree;
import org.reprise.tools.devicekit.SavedState;

class PlicTest {
    private static final long BASE = 0xc00_0000L;
    private static final String MACHINE = "cpu0:MEI";
    private static final String SUPERVISOR = "cpu0:SEI";

    private final FakeDeviceContext context = new FakeDeviceContext("plic", "address", "0xc000000");
    private Device device;
    private InterruptSink plic;

    @BeforeEach
    void powerOn() {
        device = new PlicModel().create(context);
        plic = (InterruptSink) device;
        device.reset();
    }

    private long get(long offset) {
        return context.memory().read(BASE + offset, 4);
    }

    private void set(long offset, long value) {
        context.memory().write(BASE + offset, 4, value);
    }

    private void enable(int contextNumber, int source, int priority) {
        set(4L * source, priority);
        long word = 0x2000 + 0x80L * contextNumber + 4L * (source / 32);
        set(word, get(word) | 1L << source % 32);
    }

    private long claim(int contextNumber) {
        return get(0x20_0004 + 0x1000L * contextNumber);
    }

    private void complete(int contextNumber, long source) {
        set(0x20_0004 + 0x1000L * contextNumber, source);
    }

    private void raise(int source) {
        plic.input(Integer.toString(source)).set(true);
    }

    private void lower(int source) {
        plic.input(Integer.toString(source)).set(false);
    }

    @Test
    void requestGoesToTheContextThatEnabledIt() {
        enable(1, 10, 1);
        raise(10);
        assertTrue(context.line(SUPERVISOR));
        assertFalse(context.line(MACHINE));
        assertEquals(1 << 10, get(0x1000));
        assertEquals(0, claim(0));
        assertEquals(10, claim(1));
        assertFalse(context.line(SUPERVISOR));
        assertEquals(0, get(0x1000));
        assertEquals(0, claim(1));
    }

    @Test
    void highLineAsksAgainOnlyAfterCompletion() {
        enable(0, 3, 1);
        raise(3);
        assertEquals(3, claim(0));
        lower(3);
        raise(3);
        assertFalse(context.line(MACHINE), "in service: the gateway holds further requests back");
        complete(0, 3);
        assertTrue(context.line(MACHINE));
        assertEquals(3, claim(0));
        lower(3);
        complete(0, 3);
        assertFalse(context.line(MACHINE));
    }

    @Test
    void forwardedRequestStaysWhenTheLineFalls() {
        enable(0, 3, 1);
        raise(3);
        lower(3);
        assertTrue(context.line(MACHINE));
        assertEquals(3, claim(0));
    }

    @Test
    void highestPriorityFirstThenLowestNumber() {
        enable(0, 40, 2);
        enable(0, 7, 5);
        enable(0, 8, 5);
        enable(0, 95, 7);
        for (int source : new int[] {40, 8, 7, 95}) {
            raise(source);
        }
        assertEquals(95, claim(0));
        assertEquals(7, claim(0));
        assertEquals(8, claim(0));
        assertEquals(40, claim(0));
        assertEquals(0, claim(0));
    }

    @Test
    void thresholdMasksTheLineButNotTheClaim() {
        enable(0, 5, 3);
        set(0x20_0000, 3);
        raise(5);
        assertFalse(context.line(MACHINE));
        set(0x20_0000, 2);
        assertTrue(context.line(MACHINE));
        set(0x20_0000, 7);
        assertEquals(5, claim(0));
    }

    @Test
    void priorityZeroNeverInterrupts() {
        enable(0, 5, 0);
        raise(5);
        assertFalse(context.line(MACHINE));
        assertEquals(0, claim(0));
        set(4 * 5, 1);
        assertTrue(context.line(MACHINE));
    }

    @Test
    void completionOfWhatIsNotEnabledOrNotClaimedIsIgnored() {
        enable(0, 5, 1);
        raise(5);
        claim(0);
        complete(1, 5);
        complete(0, 6);
        complete(0, 0);
        complete(0, 96);
        complete(0, 0xffff_ffffL);
        assertFalse(context.line(MACHINE));
        complete(0, 5);
        assertTrue(context.line(MACHINE));
    }

    @Test
    void registersHoldWhatTheyCan() {
        set(4, 0xff);
        assertEquals(7, get(4), "three bits of priority");
        set(0, 1);
        assertEquals(0, get(0), "source 0 does not exist");
        set(0x2000, 0xffff_ffffL);
        set(0x2008, 0xffff_ffffL);
        assertEquals(0xffff_fffeL, get(0x2000));
        assertEquals(0xffff_ffffL, get(0x2008), "source 95 is the last");
        set(0x20_0000, 0x109);
        assertEquals(1, get(0x20_0000));
        assertEquals(0, context.guestErrors().size());
        set(0x1000, 1);
        assertTrue(context.guestErrors().get(0).contains("pending is read-only"));
    }

    @Test
    void unusedBitsOfTheLastEnableWordStayZero() {
        FakeDeviceContext other = new FakeDeviceContext("plic", "address", "0xc000000", "sources", "40", "contexts", "cpu0:MEI");
        new PlicModel().create(other).reset();
        other.memory().write(BASE + 0x2004, 4, 0xffff_ffffL);
        assertEquals(0x1ff, other.memory().read(BASE + 0x2004, 4));
    }

    @Test
    void inputsAreNamedByNumber() {
        assertSame(plic.input("95"), plic.input("95"));
        for (String bad : new String[] {"0", "96", "-1", "uart", ""}) {
            String refused = assertThrows(IllegalArgumentException.class, () -> plic.input(bad)).getMessage();
            assertTrue(refused.contains("plic") && refused.contains("1..95"), refused);
        }
    }

    @Test
    void badConfigurationIsRefused() {
        for (String[] bad : new String[][] {{"sources", "0"}, {"sources", "1024"}, {"priorities", "6"}, {"priorities", "0"}}) {
            FakeDeviceContext other = new FakeDeviceContext("plic", "address", "0xc000000", bad[0], bad[1]);
            String refused = assertThrows(IllegalArgumentException.class, () -> new PlicModel().create(other)).getMessage();
            assertTrue(refused.contains(bad[0] + " " + bad[1]), refused);
        }
    }

    @Test
    void resetForgetsClaimsButNotLevels() {
        enable(0, 5, 1);
        raise(5);
        claim(0);
        device.reset();
        assertFalse(context.line(MACHINE));
        enable(0, 5, 1);
        assertTrue(context.line(MACHINE));
    }

    @Test
    void restoredDeviceGoesOnLikeTheSavedOne() {
        enable(0, 5, 1);
        enable(1, 70, 4);
        raise(5);
        raise(70);
        claim(1);
        set(0x20_1000, 2);
        SavedState saved = SavedState.of(device);
        lower(5);
        lower(70);
        device.reset();
        saved.restore(device);
        assertEquals(saved, SavedState.of(device));
        assertEquals(5, claim(0));
        complete(1, 70);
        assertEquals(70, claim(1));
    }

    @Test
    void describesItselfAsDriversExpect() {
        RecordedTree soc = new RecordedTree();
        device.describe(soc);
        RecordedTree node = soc.child("plic@c000000");
        assertEquals("plic", node.part());
        assertEquals("{compatible=sifive,plic-1.0.0 | riscv,plic0, reg=<c000000 600000>, interrupt-controller=, #interrupt-cells=<1>,"
                + " #address-cells=<0>, riscv,ndev=<5f>}", node.properties().toString());
        assertEquals("[cpu0:MEI, cpu0:SEI]", node.interrupts().toString());
    }
}
