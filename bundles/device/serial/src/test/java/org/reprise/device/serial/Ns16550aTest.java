package org.reprise.device.serial;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.reprise.api.device.Device;
import org.reprise.tools.devicekit.FakeDeviceContext;
import org.reprise.tools.devicekit.RecordedTree;
import org.reprise.tools.devicekit.SavedState;

class Ns16550aTest {
    private static final long BASE = 0x1000_0000L;
    private static final String LINE = "plic:10";
    private static final int DATA = 0;
    private static final int IER = 1;
    private static final int IIR = 2;
    private static final int FCR = 2;
    private static final int LCR = 3;
    private static final int MCR = 4;
    private static final int LSR = 5;
    private static final int MSR = 6;
    private static final int SCR = 7;
    /** Four characters of 10 bits at 115200 baud. */
    private static final long TIMEOUT = 4 * 10 * 16 * 2 * 1_000_000_000L / 3_686_400;

    private final FakeDeviceContext context = new FakeDeviceContext("uart0", "address", "0x10000000", "interrupt", LINE);
    private Device uart;

    @BeforeEach
    void powerOn() {
        uart = new Ns16550aModel().create(context);
        uart.reset();
        set(LCR, 0x83);
        set(DATA, 2);
        set(IER, 0);
        set(LCR, 0x03);
    }

    private int get(int register) {
        return (int) context.memory().read(BASE + register, 1);
    }

    private void set(int register, int value) {
        context.memory().write(BASE + register, 1, value);
    }

    private boolean line() {
        return context.line(LINE);
    }

    @Test
    void resetValuesAreThoseOfTheDataSheet() {
        uart.reset();
        assertEquals(0, get(IER));
        assertEquals(0x01, get(IIR));
        assertEquals(0, get(LCR));
        assertEquals(0, get(MCR));
        assertEquals(0x60, get(LSR));
        assertEquals(0, get(MSR) & 0x0f);
        assertFalse(line());
    }

    @Test
    void sendsAtOnce() {
        for (char c : "Hello\n".toCharArray()) {
            assertEquals(0x60, get(LSR));
            set(DATA, c);
        }
        set(LCR, 0);
        set(DATA, 0xff);
        assertEquals("Hello\n\u00ff", context.output(), "programs that never set the word length are heard all the same");
    }

    @Test
    void divisorLatchHidesDataAndInterruptEnable() {
        set(IER, 5);
        set(LCR, 0x80);
        set(DATA, 0x34);
        set(IER, 0x12);
        assertEquals(0x34, get(DATA));
        assertEquals(0x12, get(IER));
        set(LCR, 0x03);
        assertEquals(5, get(IER));
        assertEquals("", context.output());
        set(SCR, 0xa5);
        assertEquals(0xa5, get(SCR));
    }

    @Test
    void transmitterEmptyInterruptIsRaisedByEnablingAndWritingAndClearedByReadingItsCause() {
        set(IER, 2);
        assertTrue(line());
        assertEquals(0x02, get(IIR));
        assertFalse(line());
        assertEquals(0x01, get(IIR));
        set(DATA, 'x');
        assertTrue(line());
        assertEquals(0x02, get(IIR));
        set(IER, 2);
        assertFalse(line(), "enabling what is enabled is no event");
        set(IER, 0);
        set(IER, 2);
        assertTrue(line());
    }

    @Test
    void withoutFifoOneByteIsTaken() {
        set(IER, 1);
        assertEquals(1, context.input((byte) 'a', (byte) 'b'));
        assertTrue(line());
        assertEquals(0x04, get(IIR));
        assertEquals(0x61, get(LSR));
        assertEquals(0, context.input((byte) 'b'));
        assertEquals('a', get(DATA));
        assertFalse(line());
        assertEquals(0x60, get(LSR));
    }

    @Test
    void fifoInterruptsAtItsTriggerLevel() {
        set(FCR, 0x87);
        set(IER, 1);
        assertEquals(0xc1, get(IIR));
        for (int i = 0; i < 7; i++) {
            context.input((byte) i);
        }
        assertFalse(line());
        context.input((byte) 7);
        assertTrue(line());
        assertEquals(0xc4, get(IIR));
        assertEquals(8, context.input(new byte[20]));
        for (int i = 0; i < 8; i++) {
            assertEquals(i, get(DATA));
        }
        get(DATA);
        assertFalse(line(), "below the trigger level");
    }

    @Test
    void receiveTimeoutComesAfterFourCharacterTimes() {
        set(FCR, 0xc1);
        set(IER, 1);
        context.input((byte) 'k');
        context.advance(TIMEOUT - 1);
        assertFalse(line());
        context.input((byte) 'l');
        context.advance(TIMEOUT - 1);
        assertFalse(line(), "a byte that arrives starts the time anew");
        context.advance(1);
        assertTrue(line());
        assertEquals(0xcc, get(IIR));
        assertEquals('k', get(DATA));
        assertFalse(line(), "and so does one that is read");
        context.advance(TIMEOUT);
        assertTrue(line());
        assertEquals('l', get(DATA));
        assertEquals(0xc1, get(IIR));
        context.advance(10 * TIMEOUT);
        assertFalse(line(), "an empty FIFO has no time-out");
    }

    @Test
    void prioritiesAreLineStatusThenDataThenTransmitterThenModem() {
        set(MCR, 0x10);
        set(MCR, 0x13);
        set(DATA, 1);
        set(DATA, 2);
        set(IER, 0x0f);
        assertEquals(0x06, get(IIR));
        assertEquals(0x63, get(LSR), "data ready and overrun");
        assertEquals(0x04, get(IIR));
        assertEquals(2, get(DATA), "without FIFO the new byte replaces the old one");
        assertEquals(0x02, get(IIR));
        assertEquals(0x00, get(IIR));
        get(MSR);
        assertEquals(0x01, get(IIR));
        assertFalse(line());
    }

    @Test
    void loopbackConnectsModemLines() {
        assertEquals(0xb0, get(MSR));
        set(MCR, 0x10);
        assertEquals(0x0b, get(MSR), "all lines fell, RI was low before");
        set(MCR, 0x1f);
        assertEquals(0xfb, get(MSR));
        set(MCR, 0x1b);
        assertEquals(0xb4, get(MSR), "trailing edge of RI");
        set(MCR, 0x1a);
        assertEquals(0x92, get(MSR), "DTR is DSR");
        set(MCR, 0x10);
        get(MSR);
        set(FCR, 1);
        assertEquals(0, context.input((byte) 'x'), "nothing comes from outside");
        for (int i = 0; i < 17; i++) {
            set(DATA, i);
        }
        assertEquals("", context.output());
        assertEquals(0x63, get(LSR));
        assertEquals(0x61, get(LSR), "reading clears the overrun");
        for (int i = 0; i < 16; i++) {
            assertEquals(i, get(DATA));
        }
    }

    @Test
    void fifoControlClearsTheReceiver() {
        set(FCR, 1);
        context.input((byte) 1, (byte) 2);
        set(FCR, 3);
        assertEquals(0x60, get(LSR));
        context.input((byte) 3);
        set(FCR, 0);
        assertEquals(0x60, get(LSR));
        assertEquals(0x01, get(IIR));
        set(FCR, 0xc0);
        set(FCR, 0x01);
        set(IER, 1);
        context.input((byte) 4);
        assertTrue(line(), "the trigger level is not programmed while the FIFOs are off");
    }

    @Test
    void registersCanBeWideAndApart() {
        FakeDeviceContext wide = new FakeDeviceContext("uart1", "address", "0x10000000", "interrupt", LINE, "reg-shift", "2",
                "reg-io-width", "4");
        new Ns16550aModel().create(wide).reset();
        wide.memory().write(BASE, 4, 'w');
        assertEquals("w", wide.output());
        assertEquals(0x60, wide.memory().read(BASE + 4 * LSR, 4));
        assertEquals(0x60, wide.memory().read(BASE + 4 * LSR, 1));
        assertEquals(0, wide.guestErrors().size());
        wide.memory().read(BASE + 4 * 8, 4);
        assertEquals(1, wide.guestErrors().size());
    }

    @Test
    void badConfigurationIsRefusedByName() {
        for (String[] bad : new String[][] {{"reg-shift", "4"}, {"reg-io-width", "4"}, {"reg-io-width", "3"}, {"clock-frequency", "0"}}) {
            FakeDeviceContext other = new FakeDeviceContext("uart9", "address", "0x1000", "interrupt", LINE, bad[0], bad[1]);
            String refused = assertThrows(IllegalArgumentException.class, () -> new Ns16550aModel().create(other)).getMessage();
            assertTrue(refused.contains("uart9") && refused.contains(bad[0] + " " + bad[1]), refused);
        }
    }

    @Test
    void restoredDeviceGoesOnLikeTheSavedOne() {
        set(FCR, 0x41);
        set(IER, 0x0f);
        set(MCR, 0x0b);
        set(SCR, 0x77);
        context.input((byte) 9, (byte) 8);
        get(DATA);
        SavedState saved = SavedState.of(uart);
        uart.reset();
        saved.restore(uart);
        assertEquals(saved, SavedState.of(uart));
        assertEquals(8, get(DATA));
        assertEquals(0x77, get(SCR));
    }

    @Test
    void describesItselfAsDriversExpect() {
        RecordedTree soc = new RecordedTree();
        uart.describe(soc);
        RecordedTree node = soc.child("serial@10000000");
        assertEquals("uart0", node.part());
        assertEquals("{compatible=ns16550a, reg=<10000000 100>, clock-frequency=<384000>}", node.properties().toString());
        assertEquals("[plic:10]", node.interrupts().toString());
        RecordedTree wide = new RecordedTree();
        new Ns16550aModel().create(new FakeDeviceContext("uart1", "address", "0x2000", "interrupt", LINE, "reg-shift", "2",
                "reg-io-width", "4"))
                .describe(wide);
        assertEquals("<2>", wide.child("serial@2000").properties().get("reg-shift"));
        assertEquals("<4>", wide.child("serial@2000").properties().get("reg-io-width"));
    }
}
