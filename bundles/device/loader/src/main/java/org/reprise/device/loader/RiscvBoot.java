package org.reprise.device.loader;

import java.util.Optional;
import org.reprise.api.device.Device;
import org.reprise.api.device.DeviceContext;
import org.reprise.api.device.Image;
import org.reprise.api.device.MachineDescription;
import org.reprise.api.device.PartConfig;
import org.reprise.api.state.State;

/**
 * Puts a RISC-V machine into the state in which its first program expects it: a reset ROM, and in RAM the flattened device tree,
 * firmware, kernel and initrd. At every reset all of it is written anew.
 *
 * <p>With firmware, the hart starts in it (M-mode) with a0 = hart id, a1 = device tree, a2 = {@code struct fw_dynamic_info} version 2
 * that names the kernel's entry and S-mode, as OpenSBI's {@code fw_dynamic} expects. Without firmware the kernel itself starts in
 * M-mode. The last part of a machine: it describes all others.
 *
 * <p>Keys: {@code firmware} (ELF, or raw at the start of RAM); {@code kernel} (ELF or RISC-V Image); {@code kernel.format} ({@code auto},
 * or {@code raw}: taken as it is, at the place of an Image, or at the start of RAM without firmware); {@code initrd}; {@code append}
 * (kernel command line); {@code xlen} (64 or 32, default 64); {@code address} (of the ROM, default 0x1000); {@code stdout} (the part, or the path
 * of a node, that {@code stdout-path} names; default: the first serial port).
 */
final class RiscvBoot implements Device {
    static final long TIMEBASE = 10_000_000;
    private static final int SEED_BYTES = 32;

    private final DeviceContext context;
    private final MachineDescription machine;
    private final String name;
    private final int xlen;
    private final String append;
    private final String stdout;
    private final BootPlan plan;

    RiscvBoot(DeviceContext context) {
        this.context = context;
        machine = context.machine();
        PartConfig config = context.config();
        name = config.name();
        xlen = (int) config.number("xlen", 64);
        if (xlen != 32 && xlen != 64) {
            throw new IllegalArgumentException(name + ": xlen " + xlen + " is neither 32 nor 64");
        }
        append = config.text("append", "");
        stdout = config.text("stdout", "");
        Optional<Image> firmware = context.image("firmware");
        Optional<Image> kernel = context.image("kernel");
        plan = new BootPlan(name, xlen, machine.ramBase(), machine.ramSize(), firmware.orElse(null), kernel.orElse(null),
                context.image("initrd").orElse(null), kernelFormat(config));
        long romBase = config.number("address", ResetRom.BASE);
        context.mapRom(name, romBase, ResetRom.build(xlen, plan.start(), plan.deviceTreeAddress(), plan.nextAddress()));
    }

    private static boolean kernelFormat(PartConfig config) {
        String format = config.text("kernel.format", "auto");
        if (!format.equals("auto") && !format.equals("raw")) {
            throw new IllegalArgumentException(config.name() + ": kernel.format " + format + " is neither auto nor raw");
        }
        return format.equals("raw");
    }

    @Override
    public void reset() {
        for (BootPlan.Piece piece : plan.pieces()) {
            piece.writeTo(context.memory());
        }
        byte[] tree = deviceTree();
        plan.checkDeviceTreeLength(tree.length);
        context.memory().writeBytes(plan.deviceTreeAddress(), tree, 0, tree.length);
    }

    @Override
    public void state(State s) {
        // What it does is done at reset; nothing is kept that the guest could change.
    }

    private byte[] deviceTree() {
        DeviceTree tree = new DeviceTree();
        TreeNode root = tree.root();
        root.cells("#address-cells", 2).cells("#size-cells", 2);
        root.property("compatible", machine.setting("dt.compatible", "riscv-virtio").split(",\\s+"));
        root.property("model", machine.setting("dt.model", "riscv-virtio"));
        TreeNode chosen = root.child("chosen");
        root.child("memory@" + Long.toHexString(machine.ramBase())).property("device_type", "memory")
                .reg(machine.ramBase(), machine.ramSize());
        TreeNode cpus = root.child("cpus");
        cpus.cells("#address-cells", 1).cells("#size-cells", 0).cells("timebase-frequency", TIMEBASE);
        TreeNode soc = root.child("soc");
        soc.cells("#address-cells", 2).cells("#size-cells", 2).property("compatible", "simple-bus").property("ranges");
        machine.describe(cpus, soc);
        checkXlen(cpus);
        if (!append.isEmpty()) {
            chosen.property("bootargs", append);
        }
        String console = stdout.startsWith("/") ? stdout : stdout.isEmpty() ? soc.pathOfFirst("serial@") : tree.pathOf(stdout);
        if (console != null) {
            chosen.property("stdout-path", console);
        }
        if (plan.initrdLength() > 0) {
            chosen.cells64("linux,initrd-start", plan.initrdAddress());
            chosen.cells64("linux,initrd-end", plan.initrdAddress() + plan.initrdLength());
        }
        byte[] seed = new byte[SEED_BYTES];
        context.random(seed);
        chosen.bytes("rng-seed", seed);
        return tree.flatten();
    }

    /** A kernel of the other width would fail in silence; the harts' description says what they are. */
    private void checkXlen(TreeNode cpus) {
        String isa = cpus.firstText("riscv,isa");
        if (isa != null && !isa.startsWith("rv" + xlen)) {
            throw new IllegalArgumentException(name + ": xlen is " + xlen + " but the CPU is " + isa + "; set " + name + ".xlen to "
                    + (xlen == 64 ? 32 : 64) + " or choose the other CPU model");
        }
    }
}
