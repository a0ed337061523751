package org.reprise.tools.fuzz;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import org.reprise.api.device.Device;
import org.reprise.api.device.DeviceModel;
import org.reprise.tools.devicekit.FakeDeviceContext;
import org.reprise.tools.devicekit.FakeDrive;
import org.reprise.tools.devicekit.SavedState;

/**
 * One device in a machine of its own, just reset. After {@link #fork} there is a second machine that was restored from the first one's
 * saved state; from then on both are driven alike, and must do alike: a field that a device forgets to save is found like that.
 */
final class Rig {
    static final long RAM = 0x8000_0000L;
    static final int RAM_BYTES = 1 << 17;
    private static final int DRIVE_BYTES = 1 << 17;

    /**
     * What is built.
     *
     * @param base where its registers are
     * @param registers offsets of registers that there are
     * @param width bytes in which they are usually accessed
     * @param advance most time that goes by at once is {@code 1 << advance} ns
     * @param settings keys and values in turn
     */
    record Part(DeviceModel model, long base, long[] registers, int width, int advance, String... settings) {
    }

    final FakeDeviceContext context;
    final Device device;
    final FakeDrive drive;
    private final Part part;
    private final long size;
    private Rig twin;

    Rig(Part part) {
        this.part = part;
        context = new FakeDeviceContext(RAM, RAM_BYTES, "dev", part.settings()).cpus("cpu0", "cpu1");
        drive = new FakeDrive(new byte[DRIVE_BYTES], List.of(part.settings()).contains("read-only"));
        context.drive("drive", drive);
        device = part.model().create(context);
        device.reset();
        size = context.memory().sizeOfRegionAt(part.base());
    }

    Part part() {
        return part;
    }

    /** Length of the registers' region. */
    long size() {
        return size;
    }

    /** Does something with the device, and with the restored one, within bounds, and compares what both answer. */
    <T> T ask(Function<Rig, T> operation) {
        T answer = bounded(operation);
        if (twin != null) {
            same("answers", answer, twin.bounded(operation));
            same("output", context.output(), twin.context.output());
            same("frames sent", context.sent().size(), twin.context.sent().size());
            same("requests", context.requests(), twin.context.requests());
            same("lines", context.lines(), twin.context.lines());
            twin.context.forget();
        }
        context.forget();
        return answer;
    }

    void act(Consumer<Rig> operation) {
        ask(rig -> {
            operation.accept(rig);
            return null;
        });
    }

    private <T> T bounded(Function<Rig, T> operation) {
        Effort effort = new Effort(context.memory());
        T answer = operation.apply(this);
        effort.check();
        return answer;
    }

    long read(long offset, int bytes) {
        return ask(rig -> rig.context.memory().read(part.base() + offset, bytes));
    }

    void write(long offset, int bytes, long value) {
        act(rig -> rig.context.memory().write(part.base() + offset, bytes, value));
    }

    /** Writes guest memory as the guest's CPU does; what does not fit into RAM is left out. */
    void poke(long address, byte... bytes) {
        if (context.memory().isRam(address, bytes.length)) {
            act(rig -> rig.context.memory().writeBytes(address, bytes, 0, bytes.length));
        }
    }

    /** Saves the device, restores it in a second machine, and saves that one: both must be equal. */
    void fork() {
        act(rig -> rig.context.runBottomHalves());
        Rig second = new Rig(part);
        second.context.continueFrom(context);
        SavedState saved = SavedState.of(device);
        saved.restore(second.device);
        same("state after saving and restoring", saved, SavedState.of(second.device));
        same("state after being saved", saved, SavedState.of(device));
        // requests that a drive works on are not started again by restoring (docs/writing-a-device.md)
        if (twin == null && drive.waiting().isEmpty()) {
            System.arraycopy(drive.content(), 0, second.drive.content(), 0, DRIVE_BYTES);
            // restoring may not set lines or timers: the machine saves those itself
            second.context.continueFrom(context);
            second.context.forget();
            twin = second;
        }
    }

    /** Compares the two machines as a whole, once all is done. */
    void end() {
        SavedState.of(device);
        if (twin != null) {
            same("final state", SavedState.of(device), SavedState.of(twin.device));
            same("memory", true, Arrays.equals(context.memory().ram(), twin.context.memory().ram()));
            same("drive", true, Arrays.equals(drive.content(), twin.drive.content()));
        }
    }

    private static void same(String what, Object first, Object second) {
        if (!Objects.equals(first, second)) {
            throw new AssertionError(what + " of the device and of the one restored from it differ: " + first + " and " + second);
        }
    }
}
