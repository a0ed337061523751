package org.reprise.device.system;

import java.util.Locale;
import org.reprise.api.device.Device;
import org.reprise.api.device.DeviceContext;
import org.reprise.api.device.DeviceTreeNode;
import org.reprise.api.device.PartConfig;
import org.reprise.api.machine.ShutdownCause;
import org.reprise.api.state.State;
import org.reprise.core.registers.RegisterMap;

/**
 * The SiFive test finisher (binding {@code sifive,test0}): one register whose low half says how the machine ends and whose high half
 * is an exit code. 0x5555 powers off with exit code 0. 0x3333 powers off as failed with the exit code given, made to lie within
 * 1..255, so that a failure is never taken for success. 0x7777 resets. The device tree offers power-off and reboot by way of the
 * generic {@code syscon-poweroff} and {@code syscon-reboot} drivers too.
 *
 * <p>Keys: {@code address}.
 */
final class SifiveTest implements Device {
    private static final long REGION = 0x1000;
    private static final int PASS = 0x5555;
    private static final int FAIL = 0x3333;
    private static final int RESET = 0x7777;

    private final DeviceContext context;
    private final String name;
    private final long address;
    private final RegisterMap map;

    SifiveTest(DeviceContext context) {
        this.context = context;
        PartConfig config = context.config();
        name = config.name();
        address = config.number("address");
        map = new RegisterMap(name, REGION, context::guestError);
        // Firmware writes 16 bits for a plain power-off, drivers of a syscon 32.
        map.register("FINISHER", 0, 4).accessSizes(2, 4).read(() -> 0).write(this::finish);
        context.map(name, address, REGION, map);
    }

    @Override
    public void reset() {
        map.reset();
    }

    @Override
    public void state(State s) {
        map.state(s);
    }

    @Override
    public void describe(DeviceTreeNode parent) {
        DeviceTreeNode node = parent.child("test@" + Long.toHexString(address)).standsFor(name);
        node.property("compatible", "sifive,test1", "sifive,test0", "syscon").reg(address, REGION);
        syscon(parent.child("poweroff"), "syscon-poweroff", PASS, node);
        syscon(parent.child("reboot"), "syscon-reboot", RESET, node);
    }

    private static void syscon(DeviceTreeNode node, String compatible, int value, DeviceTreeNode regmap) {
        node.property("compatible", compatible).cells("regmap", regmap.phandle()).cells("offset", 0).cells("value", value);
    }

    private void finish(long value) {
        int code = (int) (value >>> 16) & 0xffff;
        switch ((int) value & 0xffff) {
            case PASS -> context.shutdown(ShutdownCause.GUEST_SHUTDOWN, 0);
            case FAIL -> context.shutdown(ShutdownCause.GUEST_PANIC, Math.min(Math.max(code, 1), 255));
            case RESET -> context.reset(ShutdownCause.GUEST_RESET);
            default -> context.guestError(String.format(Locale.ROOT, "%s: finisher value 0x%x is none of 0x5555, 0x3333, 0x7777", name,
                    value));
        }
    }
}
