package org.reprise.device.serial;

import org.reprise.api.character.CharacterPort;
import org.reprise.api.character.CharacterReceiver;
import org.reprise.api.device.ClockType;
import org.reprise.api.device.Device;
import org.reprise.api.device.DeviceContext;
import org.reprise.api.device.DeviceTreeNode;
import org.reprise.api.device.InterruptLine;
import org.reprise.api.device.PartConfig;
import org.reprise.api.device.Timer;
import org.reprise.api.state.State;
import org.reprise.core.registers.Register;
import org.reprise.core.registers.RegisterMap;

/**
 * A serial port as in National's PC16550D data sheet (June 1995), sections 8.1 to 8.6.
 *
 * <p>A byte written to THR is sent at once: the transmitter is always empty. Received bytes come when there is room, so that nothing
 * from outside is ever lost; an overrun can happen in loopback only. The receive time-out of section 8.5.1 (four character times
 * without a byte received or read) is a VIRTUAL timer. All eight bits are carried whatever the word length, which counts for that time
 * only. Parity and framing errors do not occur; a break condition is not sent.
 *
 * <p>Keys: {@code address}, {@code interrupt}, {@code clock-frequency} (input clock in Hz, 3686400),
 * {@code reg-shift} (0..3, 0), {@code reg-io-width} (1, 2 or 4, default 1).
 */
final class Ns16550a implements Device, CharacterReceiver {
    private static final int FIFO_SIZE = 16;
    private static final long REGION = 0x100;

    private static final int IER_RDA = 1;
    private static final int IER_THRE = 1 << 1;
    private static final int IER_LINE_STATUS = 1 << 2;
    private static final int IER_MODEM_STATUS = 1 << 3;

    private static final int IIR_NONE = 0x1;
    private static final int IIR_MODEM_STATUS = 0x0;
    private static final int IIR_THRE = 0x2;
    private static final int IIR_RDA = 0x4;
    private static final int IIR_LINE_STATUS = 0x6;
    private static final int IIR_TIMEOUT = 0xc;
    private static final int IIR_FIFOS_ENABLED = 0xc0;

    private static final int FCR_ENABLE = 1;
    private static final int FCR_RESET_RECEIVER = 1 << 1;
    private static final int FCR_DMA_MODE = 1 << 3;
    private static final int FCR_TRIGGER_SHIFT = 6;
    private static final int[] TRIGGER_LEVELS = {1, 4, 8, 14};

    private static final int LCR_WORD_LENGTH = 3;
    private static final int LCR_STOP = 1 << 2;
    private static final int LCR_PARITY = 1 << 3;
    private static final int LCR_DLAB = 1 << 7;

    private static final int MCR_DTR = 1;
    private static final int MCR_RTS = 1 << 1;
    private static final int MCR_OUT1 = 1 << 2;
    private static final int MCR_OUT2 = 1 << 3;
    private static final int MCR_LOOP = 1 << 4;

    private static final int LSR_DATA_READY = 1;
    private static final int LSR_OVERRUN = 1 << 1;
    private static final int LSR_THR_EMPTY = 1 << 5;
    private static final int LSR_TRANSMITTER_EMPTY = 1 << 6;

    private static final int MSR_DELTA_CTS = 1;
    private static final int MSR_DELTA_DSR = 1 << 1;
    private static final int MSR_TRAILING_RI = 1 << 2;
    private static final int MSR_DELTA_DCD = 1 << 3;
    private static final int MSR_CTS = 1 << 4;
    private static final int MSR_DSR = 1 << 5;
    private static final int MSR_RI = 1 << 6;
    private static final int MSR_DCD = 1 << 7;
    /** Outside of loopback a terminal is there and ready. */
    private static final int MSR_CONNECTED = MSR_CTS | MSR_DSR | MSR_DCD;

    private final DeviceContext context;
    private final String name;
    private final long address;
    private final String interruptReference;
    private final long clock;
    private final int shift;
    private final int ioWidth;
    private final RegisterMap map;
    private final Register lcr;
    private final Register mcr;
    private final InterruptLine line;
    private final CharacterPort port;
    private final Timer timeout;

    private int ier;
    private int fcr;
    private int divisor;
    private final int[] fifo = new int[FIFO_SIZE];
    private int head;
    private int count;
    private boolean overrun;
    private boolean thrEmptyPending;
    private boolean timeoutPending;
    private int msr;

    Ns16550a(DeviceContext context) {
        this.context = context;
        PartConfig config = context.config();
        name = config.name();
        address = config.number("address");
        interruptReference = config.text("interrupt");
        clock = within(config, "clock-frequency", 3_686_400, 16, 1L << 32);
        shift = (int) within(config, "reg-shift", 0, 0, 3);
        ioWidth = (int) within(config, "reg-io-width", 1, 1, 4);
        if (ioWidth == 3 || ioWidth > 1 << shift) {
            throw new IllegalArgumentException(name + ": reg-io-width " + ioWidth
                    + " is not 1, 2 or 4, or wider than the distance of registers, "
                    + (1 << shift) + " bytes; set reg-shift too");
        }
        map = new RegisterMap(name, REGION, context::guestError);
        register("RBR/THR/DLL", 0).read(this::readData).write(this::writeData);
        register("IER/DLM", 1).read(this::readInterruptEnable).write(this::writeInterruptEnable);
        register("IIR/FCR", 2).read(this::readInterruptIdent).write(this::writeFifoControl);
        lcr = register("LCR", 3).field("LCR", 0, 8);
        mcr = register("MCR", 4).field("DTR,RTS,OUT1,OUT2,LOOP", 0, 5).onWrite(value -> modemControlChanged());
        register("LSR", 5).read(this::readLineStatus);
        register("MSR", 6).read(this::readModemStatus);
        register("SCR", 7).field("SCR", 0, 8);
        context.map(name, address, REGION, map);
        line = context.interrupt(interruptReference);
        port = context.character(this);
        timeout = context.timer("receive-timeout", ClockType.VIRTUAL, this::timedOut);
    }

    private Register register(String registerName, int number) {
        Register register = map.register(registerName, (long) number << shift, ioWidth);
        return ioWidth == 1 ? register : ioWidth == 2 ? register.accessSizes(1, 2) : register.accessSizes(1, 2, 4);
    }

    private static long within(PartConfig config, String key, long defaultValue, long low, long high) {
        long value = config.number(key, defaultValue);
        if (value < low || value > high) {
            throw new IllegalArgumentException(config.name() + ": " + key + " " + value + " is not within " + low + ".." + high);
        }
        return value;
    }

    @Override
    public void reset() {
        map.reset();
        ier = 0;
        fcr = 0;
        divisor = 0;
        clearReceiver();
        overrun = false;
        thrEmptyPending = false;
        msr = MSR_CONNECTED;
        update();
        port.acceptInput();
    }

    @Override
    public void state(State s) {
        map.state(s);
        ier = s.int32("IER", ier);
        fcr = s.int32("FCR", fcr);
        divisor = s.int32("DL", divisor);
        s.int32s("fifo", fifo);
        head = s.int32("head", head);
        count = s.int32("count", count);
        overrun = s.bool("overrun", overrun);
        thrEmptyPending = s.bool("thrEmptyPending", thrEmptyPending);
        timeoutPending = s.bool("timeoutPending", timeoutPending);
        msr = s.int32("MSR", msr);
    }

    @Override
    public void describe(DeviceTreeNode parent) {
        DeviceTreeNode node = parent.child("serial@" + Long.toHexString(address)).standsFor(name);
        node.property("compatible", "ns16550a").reg(address, REGION).cells("clock-frequency", clock);
        if (shift != 0) {
            node.cells("reg-shift", shift);
        }
        if (ioWidth != 1) {
            node.cells("reg-io-width", ioWidth);
        }
        node.interrupt(interruptReference);
    }

    @Override
    public int canReceive() {
        return mcr.has(MCR_LOOP) ? 0 : capacity() - count;
    }

    @Override
    public void receive(byte[] bytes) {
        for (byte b : bytes) {
            arrive(b & 0xff);
        }
        update();
    }

    private boolean fifosEnabled() {
        return (fcr & FCR_ENABLE) != 0;
    }

    private int capacity() {
        return fifosEnabled() ? FIFO_SIZE : 1;
    }

    private int triggerLevel() {
        return fifosEnabled() ? TRIGGER_LEVELS[fcr >>> FCR_TRIGGER_SHIFT & 3] : 1;
    }

    private boolean divisorLatchAccess() {
        return lcr.has(LCR_DLAB);
    }

    private void arrive(int value) {
        if (count == capacity()) {
            overrun = true;
            if (!fifosEnabled()) {
                fifo[head] = value;
            }
            return;
        }
        fifo[(head + count) % FIFO_SIZE] = value;
        count++;
        restartTimeout();
    }

    private long readData() {
        if (divisorLatchAccess()) {
            return divisor & 0xff;
        }
        int value = fifo[head];
        if (count > 0) {
            count--;
            head = (head + 1) % FIFO_SIZE;
            restartTimeout();
            update();
            if (!mcr.has(MCR_LOOP)) {
                port.acceptInput();
            }
        }
        return value;
    }

    private void writeData(long value) {
        int data = (int) value & 0xff;
        if (divisorLatchAccess()) {
            divisor = divisor & 0xff00 | data;
            return;
        }
        if (mcr.has(MCR_LOOP)) {
            arrive(data);
        } else {
            port.write(data);
        }
        // Sent at once, so that THR is empty again, which is a new THRE event.
        thrEmptyPending = true;
        update();
    }

    private long readInterruptEnable() {
        return divisorLatchAccess() ? divisor >>> 8 : ier;
    }

    private void writeInterruptEnable(long value) {
        if (divisorLatchAccess()) {
            divisor = divisor & 0xff | ((int) value & 0xff) << 8;
            return;
        }
        boolean wasEnabled = (ier & IER_THRE) != 0;
        ier = (int) value & 0xf;
        if (!wasEnabled && (ier & IER_THRE) != 0) {
            // Enabling the interrupt while THR is empty, as it always is here, raises it (section 8.6.3).
            thrEmptyPending = true;
        }
        update();
    }

    private int interruptIdent() {
        if (overrun && (ier & IER_LINE_STATUS) != 0) {
            return IIR_LINE_STATUS;
        }
        if ((ier & IER_RDA) != 0) {
            if (count >= triggerLevel()) {
                return IIR_RDA;
            }
            if (timeoutPending && count > 0) {
                return IIR_TIMEOUT;
            }
        }
        if (thrEmptyPending && (ier & IER_THRE) != 0) {
            return IIR_THRE;
        }
        if ((msr & 0xf) != 0 && (ier & IER_MODEM_STATUS) != 0) {
            return IIR_MODEM_STATUS;
        }
        return IIR_NONE;
    }

    private long readInterruptIdent() {
        int ident = interruptIdent();
        if (ident == IIR_THRE) {
            thrEmptyPending = false;
            update();
        }
        return ident | (fifosEnabled() ? IIR_FIFOS_ENABLED : 0);
    }

    private void writeFifoControl(long value) {
        int written = (int) value & 0xff;
        boolean enabled = (written & FCR_ENABLE) != 0;
        if (enabled != fifosEnabled() || enabled && (written & FCR_RESET_RECEIVER) != 0) {
            clearReceiver();
        }
        // The other bits are programmed only while the FIFOs are enabled (section 8.4); resetting the transmitter finds it empty.
        fcr = enabled ? written & (FCR_ENABLE | FCR_DMA_MODE | 3 << FCR_TRIGGER_SHIFT) : 0;
        update();
        if (!mcr.has(MCR_LOOP)) {
            port.acceptInput();
        }
    }

    private long readLineStatus() {
        int value = LSR_THR_EMPTY | LSR_TRANSMITTER_EMPTY;
        if (count > 0) {
            value |= LSR_DATA_READY;
        }
        if (overrun) {
            value |= LSR_OVERRUN;
            overrun = false;
            update();
        }
        return value;
    }

    private long readModemStatus() {
        int value = msr;
        msr &= ~0xf;
        update();
        return value;
    }

    private void modemControlChanged() {
        int before = msr;
        int lines = MSR_CONNECTED;
        if (mcr.has(MCR_LOOP)) {
            lines = (mcr.has(MCR_RTS) ? MSR_CTS : 0) | (mcr.has(MCR_DTR) ? MSR_DSR : 0) | (mcr.has(MCR_OUT1) ? MSR_RI : 0)
                    | (mcr.has(MCR_OUT2) ? MSR_DCD : 0);
        }
        int changed = before ^ lines;
        msr = before & 0xf | lines | ((changed & MSR_CTS) != 0 ? MSR_DELTA_CTS : 0) | ((changed & MSR_DSR) != 0 ? MSR_DELTA_DSR : 0)
                | ((changed & before & MSR_RI) != 0 ? MSR_TRAILING_RI : 0) | ((changed & MSR_DCD) != 0 ? MSR_DELTA_DCD : 0);
        update();
        if (!mcr.has(MCR_LOOP)) {
            port.acceptInput();
        }
    }

    private void clearReceiver() {
        head = 0;
        count = 0;
        fifo[0] = 0;
        timeoutPending = false;
        timeout.cancel();
    }

    /** A byte was received or read: the time-out begins anew while there is something to read. */
    private void restartTimeout() {
        timeoutPending = false;
        if (fifosEnabled() && count > 0) {
            timeout.set(context.clock(ClockType.VIRTUAL) + characterTime(4));
        } else {
            timeout.cancel();
        }
    }

    /** How long characters take on the line in ns: start, data, parity and stop bits at clock / (16 × divisor). */
    private long characterTime(int characters) {
        int bits = 1 + 5 + ((int) lcr.get() & LCR_WORD_LENGTH) + (lcr.has(LCR_PARITY) ? 1 : 0) + (lcr.has(LCR_STOP) ? 2 : 1);
        return characters * bits * 16L * Math.max(divisor, 1) * 1_000_000_000L / clock;
    }

    private void timedOut() {
        timeoutPending = count > 0;
        update();
    }

    private void update() {
        line.set(interruptIdent() != IIR_NONE);
    }
}
