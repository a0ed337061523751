package org.reprise.device.irq;

import java.util.Arrays;
import java.util.List;
import org.reprise.api.device.ClockType;
import org.reprise.api.device.Device;
import org.reprise.api.device.DeviceContext;
import org.reprise.api.device.DeviceTreeNode;
import org.reprise.api.device.InterruptLine;
import org.reprise.api.device.PartConfig;
import org.reprise.api.device.Timer;
import org.reprise.api.state.State;
import org.reprise.core.registers.RegisterMap;

/**
 * Machine-level software interrupts and timer: the MSWI and MTIMER devices of the RISC-V ACLINT specification 1.0-rc4, chapters 2 and
 * 3, at the offsets of the SiFive CLINT (chapter 1, backward compatibility).
 *
 * <p>{@code mtime} counts VIRTUAL at 10 MHz from power-on. It cannot be written here (the specification lets it be), because the
 * {@code time} CSR of the harts shows the same clock; writing it is a guest error. All harts of the machine are served, in order.
 *
 * <p>Keys: {@code address}.
 */
final class Aclint implements Device {
    private static final long REGION = 0x10000;
    private static final long MSIP = 0x0;
    private static final long MTIMECMP = 0x4000;
    private static final long MTIME = 0xbff8;
    private static final int MAX_HARTS = 4095;
    private static final long NANOS_PER_TICK = 100;
    private static final String SOFTWARE_INPUT = ":MSI";
    private static final String TIMER_INPUT = ":MTI";

    private final DeviceContext context;
    private final String name;
    private final long address;
    private final List<String> harts;
    private final RegisterMap map;
    private final InterruptLine[] software;
    private final InterruptLine[] timer;
    private final Timer[] compare;

    private final int[] msip;
    private final long[] mtimecmp;

    Aclint(DeviceContext context) {
        this.context = context;
        PartConfig config = context.config();
        name = config.name();
        address = config.number("address");
        harts = context.machine().cpus();
        int count = harts.size();
        if (count < 1 || count > MAX_HARTS) {
            throw new IllegalArgumentException(name + ": serves 1.." + MAX_HARTS + " harts, the machine has " + count);
        }
        msip = new int[count];
        mtimecmp = new long[count];
        map = new RegisterMap(name, REGION, context::guestError);
        map.bank("msip", MSIP, 4, count, 4).readIndexed(hart -> msip[hart]).writeIndexed(this::writeSoftware);
        map.bank("mtimecmp", MTIMECMP, 8, count, 8).accessSizes(4, 8)
                .readIndexed(hart -> mtimecmp[hart]).writeIndexed(this::writeCompare);
        map.register("mtime", MTIME, 8).accessSizes(4, 8).read(this::time);
        software = new InterruptLine[count];
        timer = new InterruptLine[count];
        compare = new Timer[count];
        for (int i = 0; i < count; i++) {
            int hart = i;
            software[i] = context.interrupt(harts.get(i) + SOFTWARE_INPUT);
            timer[i] = context.interrupt(harts.get(i) + TIMER_INPUT);
            compare[i] = context.timer("mtimecmp" + i, ClockType.VIRTUAL, () -> update(hart));
        }
        context.map(name, address, REGION, map);
    }

    @Override
    public void reset() {
        map.reset();
        Arrays.fill(msip, 0);
        // The specification leaves mtimecmp undefined after reset; all ones keeps the timer quiet.
        Arrays.fill(mtimecmp, -1);
        for (int hart = 0; hart < msip.length; hart++) {
            software[hart].set(false);
            update(hart);
        }
    }

    @Override
    public void state(State s) {
        map.state(s);
        s.int32s("msip", msip);
        s.int64s("mtimecmp", mtimecmp, mtimecmp.length);
    }

    @Override
    public void describe(DeviceTreeNode parent) {
        DeviceTreeNode node = parent.child("clint@" + Long.toHexString(address)).standsFor(name);
        node.property("compatible", "sifive,clint0", "riscv,clint0").reg(address, REGION);
        for (String hart : harts) {
            node.interrupt(hart + SOFTWARE_INPUT);
            node.interrupt(hart + TIMER_INPUT);
        }
    }

    private long time() {
        return context.clock(ClockType.VIRTUAL) / NANOS_PER_TICK;
    }

    private void writeSoftware(int hart, long value) {
        msip[hart] = (int) value & 1;
        software[hart].set(msip[hart] != 0);
    }

    private void writeCompare(int hart, long value) {
        mtimecmp[hart] = value;
        update(hart);
    }

    /** MTIP is pending while mtime >= mtimecmp, unsigned (section 3.1.2). */
    private void update(int hart) {
        boolean due = Long.compareUnsigned(time(), mtimecmp[hart]) >= 0;
        timer[hart].set(due);
        if (due || Long.compareUnsigned(mtimecmp[hart], Long.MAX_VALUE / NANOS_PER_TICK) >= 0) {
            compare[hart].cancel();
        } else {
            compare[hart].set(mtimecmp[hart] * NANOS_PER_TICK);
        }
    }
}
