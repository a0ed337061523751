package org.reprise.device.watchdog;

import org.reprise.api.device.ClockType;
import org.reprise.api.device.Device;
import org.reprise.api.device.DeviceContext;
import org.reprise.api.device.DeviceTreeNode;
import org.reprise.api.device.InterruptLine;
import org.reprise.api.device.PartConfig;
import org.reprise.api.device.Timer;
import org.reprise.api.machine.ShutdownCause;
import org.reprise.api.state.State;
import org.reprise.core.registers.Register;
import org.reprise.core.registers.RegisterMap;

/**
 * A watchdog as in ARM's "Watchdog Module (SP805) Technical Reference Manual" (DDI 0270B), chapter 3, without its integration test
 * registers. A counter runs down from LOAD at the clock's rate. When it reaches zero for the first time the interrupt is raised and the
 * counter starts anew; when it does so again with the interrupt not cleared, and RESEN set, the machine is reset (GUEST_RESET).
 *
 * <p>Nothing counts in here: the counter's value is derived from VIRTUAL and from the time at which it will reach zero.
 *
 * <p>Keys: {@code address}, {@code interrupt}, {@code clock-frequency} (Hz, 1..1000000000, default 1000000).
 */
final class Watchdog implements Device {
    private static final long REGION = 0x1000;
    private static final long NANOS = 1_000_000_000L;
    private static final long MAX_COUNT = 0xffff_ffffL;
    private static final long UNLOCK = 0x1acc_e551L;
    private static final int INTERRUPT_ENABLE = 1;
    private static final int RESET_ENABLE = 2;
    /** Part number 0x805, designer ARM (0x41), revision 1; then the PrimeCell signature (sections 3.3.11 and 3.3.12). */
    private static final int[] IDENTIFICATION = {0x05, 0x18, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

    private final DeviceContext context;
    private final String name;
    private final long address;
    private final String interruptReference;
    private final long clock;
    private final RegisterMap map;
    private final Register load;
    private final Register control;
    private final InterruptLine line;
    private final Timer expiry;

    private boolean running;
    /** VIRTUAL ns at which the counter reaches zero, while it runs. */
    private long zeroAt;
    /** The counter while it stands still. */
    private long frozen;
    private boolean interrupt;
    private boolean locked;

    Watchdog(DeviceContext context) {
        this.context = context;
        PartConfig config = context.config();
        name = config.name();
        address = config.number("address");
        interruptReference = config.text("interrupt");
        clock = config.number("clock-frequency", 1_000_000);
        if (clock < 1 || clock > NANOS) {
            throw new IllegalArgumentException(name + ": clock-frequency " + clock + " Hz is not within 1.." + NANOS);
        }
        map = new RegisterMap(name, REGION, context::guestError);
        load = map.register("WdogLoad", 0x000, 4).resetValue(MAX_COUNT).writableIf(this::unlocked, "locked").onWrite(value -> restart());
        map.register("WdogValue", 0x004, 4).read(this::count);
        control = map.register("WdogControl", 0x008, 4).field("INTEN", 0, 1).field("RESEN", 1, 1)
                .writableIf(this::unlocked, "locked").onWrite(value -> controlChanged());
        map.register("WdogIntClr", 0x00c, 4).writableIf(this::unlocked, "locked").write(value -> clearInterrupt());
        map.register("WdogRIS", 0x010, 4).read(() -> interrupt ? 1 : 0);
        map.register("WdogMIS", 0x014, 4).read(() -> asserted() ? 1 : 0);
        map.register("WdogLock", 0xc00, 4).read(() -> locked ? 1 : 0).write(value -> locked = value != UNLOCK);
        map.bank("WdogPeriphID, WdogPCellID", 0xfe0, 4, IDENTIFICATION.length, 4).readIndexed(index -> IDENTIFICATION[index]);
        context.map(name, address, REGION, map);
        line = context.interrupt(interruptReference);
        expiry = context.timer("expiry", ClockType.VIRTUAL, this::expired);
    }

    @Override
    public void reset() {
        map.reset();
        expiry.cancel();
        running = false;
        zeroAt = 0;
        frozen = MAX_COUNT;
        interrupt = false;
        locked = false;
        line.set(false);
    }

    @Override
    public void state(State s) {
        map.state(s);
        running = s.bool("running", running);
        zeroAt = s.int64("zeroAt", zeroAt);
        frozen = s.int64("frozen", frozen);
        interrupt = s.bool("interrupt", interrupt);
        locked = s.bool("locked", locked);
    }

    @Override
    public void describe(DeviceTreeNode parent) {
        String unit = Long.toHexString(address);
        int clockHandle = parent.child("clock-" + name).property("compatible", "fixed-clock").cells("#clock-cells", 0)
                .cells("clock-frequency", clock).phandle();
        parent.child("watchdog@" + unit).standsFor(name).property("compatible", "arm,sp805", "arm,primecell").reg(address, REGION)
                .cells("clocks", clockHandle, clockHandle).property("clock-names", "wdog_clk", "apb_pclk").interrupt(interruptReference);
    }

    private boolean unlocked() {
        return !locked;
    }

    private boolean asserted() {
        return interrupt && control.has(INTERRUPT_ENABLE);
    }

    /** The counter, rounded up: it shows 0 only when it has expired. */
    private long count() {
        if (!running) {
            return frozen;
        }
        long remaining = Math.max(zeroAt - context.clock(ClockType.VIRTUAL), 0);
        return (remaining * clock + NANOS - 1) / NANOS;
    }

    /** One run of the counter in ns. The smallest valid load value is 1 (section 3.3.1). */
    private long period() {
        return (Math.max(load.get(), 1) * NANOS + clock - 1) / clock;
    }

    private void restart() {
        if (running) {
            startAt(context.clock(ClockType.VIRTUAL));
        } else {
            frozen = load.get();
        }
    }

    private void startAt(long now) {
        zeroAt = now + period();
        expiry.set(zeroAt);
    }

    /** INTEN starts the counter, from LOAD, and stops it; it gates the interrupt as well (section 3.3.3). */
    private void controlChanged() {
        boolean run = control.has(INTERRUPT_ENABLE);
        if (run && !running) {
            running = true;
            startAt(context.clock(ClockType.VIRTUAL));
        } else if (!run && running) {
            frozen = count();
            running = false;
            expiry.cancel();
        }
        line.set(asserted());
    }

    private void clearInterrupt() {
        interrupt = false;
        restart();
        line.set(asserted());
    }

    private void expired() {
        if (interrupt && control.has(RESET_ENABLE)) {
            running = false;
            frozen = 0;
            context.reset(ShutdownCause.GUEST_RESET);
            return;
        }
        interrupt = true;
        // The next run begins at the deadline itself, however late this call is: no drift.
        startAt(zeroAt);
        line.set(asserted());
    }
}
