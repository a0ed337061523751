package org.reprise.tools.fuzz;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.reprise.api.device.DeviceModel;
import org.reprise.api.device.InterruptSink;
import org.reprise.api.net.NetworkFrame;
import org.reprise.api.net.NetworkReceiver;
import org.reprise.device.irq.AclintModel;
import org.reprise.device.irq.PlicModel;
import org.reprise.device.rtc.GoldfishRtcModel;
import org.reprise.device.serial.Ns16550aModel;
import org.reprise.device.system.SifiveTestModel;
import org.reprise.device.virtio.VirtioBlkModel;
import org.reprise.device.virtio.VirtioConsoleModel;
import org.reprise.device.virtio.VirtioMmioModel;
import org.reprise.device.virtio.VirtioNetModel;
import org.reprise.device.virtio.VirtioRngModel;
import org.reprise.device.watchdog.WatchdogModel;
import org.reprise.tools.fuzz.Rig.Part;

/** All targets by name; each is made when it is asked for, so that nothing of the others is loaded and instrumented. */
final class Targets {
    private static final String ADDRESS = "0x10001000";
    private static final long BASE = 0x1000_1000L;
    private static final long[] VIRTIO = {0x00, 0x08, 0x10, 0x14, 0x20, 0x24, 0x30, 0x34, 0x38, 0x44, 0x50, 0x60, 0x64, 0x70, 0x80, 0x84,
        0x90, 0x94, 0xa0, 0xa4, 0xac, 0xb0, 0xb4, 0xb8, 0xbc, 0xfc, 0x100, 0x104, 0x108, 0x10c};
    private static final long[] PLIC = {0, 4, 8, 12, 0x7c, 0x80, 0x17c, 0x1000, 0x1004, 0x1008, 0x2000, 0x2004, 0x2008, 0x2080, 0x2084,
        0x2180, 0x20_0000, 0x20_0004, 0x20_1000, 0x20_1004, 0x20_3004};
    private static final int[] FRAME_BYTES = {14, 15, 34, 54, 60, 74, 1514, 1515, 4096, 65_535, 65_550};
    /** Exponent of 34 seconds in ns. */
    private static final int SECONDS = 35;
    private static final Map<String, Supplier<Target>> ALL = new LinkedHashMap<>();

    static {
        devices();
        virtio();
        ALL.put("net-user", UserNetTarget::new);
        ALL.put("gdb", GdbTarget::new);
        FileTargets.all().forEach((name, target) -> ALL.put(name, () -> target));
    }

    private Targets() {
    }

    static List<String> names() {
        return List.copyOf(ALL.keySet());
    }

    /** @throws IllegalArgumentException when there is none */
    static Target named(String name) {
        Supplier<Target> target = ALL.get(name);
        if (target == null) {
            throw new IllegalArgumentException("no fuzz target '" + name + "': there are " + String.join(", ", ALL.keySet()));
        }
        return target.get();
    }

    private static Part part(DeviceModel model, long[] registers, int width, int advance, String... settings) {
        String[] all = Arrays.copyOf(settings, settings.length + 4);
        System.arraycopy(new String[] {"address", ADDRESS, "interrupt", "plic:1"}, 0, all, settings.length, 4);
        return new Part(model, BASE, registers, width, advance, all);
    }

    private static long[] every(int distance, int count) {
        long[] offsets = new long[count];
        Arrays.setAll(offsets, i -> (long) i * distance);
        return offsets;
    }

    private static void devices() {
        ALL.put("ns16550a", () -> new DeviceTarget(List.of(part(new Ns16550aModel(), every(1, 8), 1, SECONDS),
                part(new Ns16550aModel(), every(4, 8), 4, SECONDS, "reg-shift", "2", "reg-io-width", "4", "clock-frequency", "16")),
                List.of(Targets::typed)));
        ALL.put("plic", () -> new DeviceTarget(List.of(part(new PlicModel(), PLIC, 4, SECONDS),
                part(new PlicModel(), PLIC, 4, SECONDS, "sources", "31", "priorities", "1", "contexts", "cpu0:MEI,cpu1:MEI")),
                List.of(Targets::line)));
        ALL.put("aclint", () -> new DeviceTarget(List.of(part(new AclintModel(), new long[] {0, 4, 8, 0x4000, 0x4004, 0x4008, 0x400c,
                0xbff8, 0xbffc}, 4, SECONDS)), List.of()));
        ALL.put("goldfish-rtc", () -> new DeviceTarget(List.of(part(new GoldfishRtcModel(), every(4, 8), 4, SECONDS)), List.of()));
        ALL.put("sifive-test", () -> new DeviceTarget(List.of(part(new SifiveTestModel(), every(4, 2), 4, SECONDS)), List.of()));
        // one expiry per tick is what a guest can ask for: a clock of 1 kHz keeps a second cheap
        ALL.put("watchdog", () -> new DeviceTarget(List.of(part(new WatchdogModel(), new long[] {0, 4, 8, 0xc, 0x10, 0x14, 0xc00, 0xfe0,
                0xffc}, 4, SECONDS - 3, "clock-frequency", "1000")), List.of()));
    }

    private static void virtio() {
        ALL.put("virtio-mmio", () -> new VirtioTarget(List.of(part(new VirtioMmioModel(), VIRTIO, 4, SECONDS))));
        ALL.put("virtio-rng", () -> new VirtioTarget(List.of(part(new VirtioRngModel(), VIRTIO, 4, SECONDS))));
        ALL.put("virtio-blk", () -> new VirtioTarget(List.of(part(new VirtioBlkModel(), VIRTIO, 4, SECONDS, "drive", "disk0"),
                part(new VirtioBlkModel(), VIRTIO, 4, SECONDS, "drive", "read-only", "serial", "12345678901234567890")),
                Targets::complete, Targets::complete));
        ALL.put("virtio-net", () -> new VirtioTarget(List.of(part(new VirtioNetModel(), VIRTIO, 4, SECONDS, "network", "net0"),
                part(new VirtioNetModel(), VIRTIO, 4, SECONDS, "network", "net0", "mtu", "1500", "mac", "52:54:00:12:34:56"),
                part(new VirtioNetModel(), VIRTIO, 4, SECONDS)), Targets::frame, Targets::frame));
        ALL.put("virtio-console", () -> new VirtioTarget(List.of(part(new VirtioConsoleModel(), VIRTIO, 4, SECONDS)), Targets::typed));
    }

    private static void typed(Rig rig, Input in) {
        byte[] bytes = in.bytes(1 + (in.u8() & 0x1f));
        rig.ask(r -> r.context.input(bytes));
    }

    private static void line(Rig rig, Input in) {
        int source = 1 + in.below(31);
        boolean high = in.flag();
        rig.act(r -> ((InterruptSink) r.device).input(Integer.toString(source)).set(high));
    }

    /** Ends one of the requests that the drive works on, whichever, well or not. */
    private static void complete(Rig rig, Input in) {
        int waiting = rig.drive.waiting().size();
        if (waiting > 0) {
            int number = in.below(waiting);
            boolean fails = in.below(4) == 0;
            rig.act(r -> {
                if (fails) {
                    r.drive.fail(number, "the disk is broken");
                } else {
                    r.drive.complete(number);
                }
            });
        }
    }

    private static void frame(Rig rig, Input in) {
        byte[] bytes = new byte[FRAME_BYTES[in.below(FRAME_BYTES.length)]];
        byte[] start = in.bytes(in.u8() & 0x3f);
        System.arraycopy(start, 0, bytes, 0, Math.min(start.length, bytes.length));
        int begin = in.u8();
        long flags = begin == 0 ? 0 : begin | (long) in.u8() << 16 | (long) in.u16() << 32 | (long) in.below(3) << 48;
        rig.ask(r -> {
            NetworkReceiver card = r.context.networkReceiver();
            if (card == null || !card.canReceive()) {
                return false;
            }
            // a large segment goes to a guest that has agreed to take such only; a checksum may be left to any card
            NetworkFrame frame = made(bytes, card.takesUnfinished() ? flags : flags & 0xffff_ffffL);
            if (frame != null) {
                card.receive(frame);
            }
            return frame != null;
        });
    }

    /** A frame as a back end may make it, or null. */
    private static NetworkFrame made(byte[] bytes, long flags) {
        try {
            return NetworkFrame.of(bytes, flags);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
