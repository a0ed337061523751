package org.reprise.device.virtio;

import java.util.Locale;
import org.reprise.api.device.Device;
import org.reprise.api.device.DeviceContext;
import org.reprise.api.device.DeviceTreeNode;
import org.reprise.api.device.InterruptLine;
import org.reprise.api.device.PartConfig;
import org.reprise.api.state.State;
import org.reprise.core.registers.Register;
import org.reprise.core.registers.RegisterMap;

/**
 * The memory-mapped transport, version 2 (virtio 1.2, section 4.2), of one {@link VirtioFunction}; without one an empty slot, which
 * answers device ID 0 (section 4.2.2).
 *
 * <p>Keys: {@code address}, {@code interrupt}.
 */
final class VirtioMmio implements Device {
    private static final long REGION = 0x1000;
    private static final long TREE_REGION = 0x1000;
    private static final long MAGIC = 0x7472_6976;
    private static final long VERSION = 2;
    /** {@code RPRS}. */
    private static final long VENDOR = 0x5352_5052;
    private static final long CONFIG = 0x100;
    private static final long ABSENT_SHARED_MEMORY = 0xffff_ffffL;
    private static final long LOW = 0xffff_ffffL;

    private static final long FEATURE_INDIRECT = 1L << 28;
    private static final long FEATURE_EVENT_INDEX = 1L << 29;
    private static final long FEATURE_VERSION_1 = 1L << 32;

    private static final int STATUS_DRIVER_OK = 4;
    private static final int STATUS_FEATURES_OK = 8;
    private static final int STATUS_NEEDS_RESET = 64;
    private static final int STATUS_WRITABLE = 1 | 2 | STATUS_DRIVER_OK | STATUS_FEATURES_OK | 128;

    private static final int INTERRUPT_USED_BUFFER = 1;
    private static final int INTERRUPT_CONFIGURATION = 2;

    private final DeviceContext context;
    private final String name;
    private final long address;
    private final String interruptReference;
    private final VirtioFunction function;
    private final long offered;
    private final RegisterMap map;
    private final Register deviceFeaturesSelect;
    private final Register driverFeaturesSelect;
    private final Register queueSelect;
    private final InterruptLine line;
    private final VirtQueue[] queues;

    private int status;
    private int interruptStatus;
    private long driverFeatures;

    /** @param makeFunction makes the function, given a way to report broken drivers; null for an empty slot */
    VirtioMmio(DeviceContext context, VirtioFunctionFactory makeFunction) {
        this.context = context;
        PartConfig config = context.config();
        name = config.name();
        address = config.number("address");
        interruptReference = config.text("interrupt");
        function = makeFunction == null ? null : makeFunction.create(this);
        offered = function == null ? 0 : function.features() | FEATURE_INDIRECT | FEATURE_EVENT_INDEX | FEATURE_VERSION_1;
        queues = new VirtQueue[function == null ? 0 : function.queues()];
        for (int i = 0; i < queues.length; i++) {
            queues[i] = new VirtQueue(context.memory(), i, function.queueSize(), () -> interrupt(INTERRUPT_USED_BUFFER));
        }
        map = new RegisterMap(name, REGION, context::guestError);
        map.register("MagicValue", 0x000, 4).read(() -> MAGIC);
        map.register("Version", 0x004, 4).read(() -> VERSION);
        map.register("DeviceID", 0x008, 4).read(() -> function == null ? 0 : function.deviceId());
        map.register("VendorID", 0x00c, 4).read(() -> VENDOR);
        deviceFeaturesSelect = map.register("DeviceFeaturesSel", 0x014, 4).writeOnly();
        driverFeaturesSelect = map.register("DriverFeaturesSel", 0x024, 4).writeOnly();
        queueSelect = map.register("QueueSel", 0x030, 4).writeOnly();
        if (function != null) {
            declareRegisters();
        }
        context.map(name, address, REGION, map);
        line = context.interrupt(interruptReference);
    }

    /** Makes a function for its transport. */
    @FunctionalInterface
    interface VirtioFunctionFactory {
        VirtioFunction create(VirtioMmio transport);
    }

    private void declareRegisters() {
        map.register("DeviceFeatures", 0x010, 4).read(this::readDeviceFeatures);
        map.register("DriverFeatures", 0x020, 4).write(this::writeDriverFeatures);
        map.register("QueueNumMax", 0x034, 4).read(() -> selected() == null ? 0 : selected().maxSize());
        map.register("QueueNum", 0x038, 4).write(value -> guarded(() -> selectedForSetup().setSize(value)));
        map.register("QueueReady", 0x044, 4).read(() -> selected() != null && selected().ready() ? 1 : 0)
                .write(value -> guarded(() -> writeQueueReady(value)));
        map.register("QueueNotify", 0x050, 4).write(this::notifyQueue);
        map.register("InterruptStatus", 0x060, 4).read(() -> interruptStatus);
        map.register("InterruptACK", 0x064, 4).write(this::acknowledge);
        map.register("Status", 0x070, 4).read(() -> status).write(this::writeStatus);
        map.register("QueueDescLow", 0x080, 4).write(value -> guarded(() -> selectedForSetup().setDescriptors(LOW, value)));
        map.register("QueueDescHigh", 0x084, 4).write(value -> guarded(() -> selectedForSetup().setDescriptors(~LOW, value << 32)));
        map.register("QueueDriverLow", 0x090, 4).write(value -> guarded(() -> selectedForSetup().setAvailable(LOW, value)));
        map.register("QueueDriverHigh", 0x094, 4).write(value -> guarded(() -> selectedForSetup().setAvailable(~LOW, value << 32)));
        map.register("QueueDeviceLow", 0x0a0, 4).write(value -> guarded(() -> selectedForSetup().setUsed(LOW, value)));
        map.register("QueueDeviceHigh", 0x0a4, 4).write(value -> guarded(() -> selectedForSetup().setUsed(~LOW, value << 32)));
        map.register("SHMSel", 0x0ac, 4).write(value -> { });
        map.register("SHMLenLow", 0x0b0, 4).read(() -> ABSENT_SHARED_MEMORY);
        map.register("SHMLenHigh", 0x0b4, 4).read(() -> ABSENT_SHARED_MEMORY);
        map.register("SHMBaseLow", 0x0b8, 4).read(() -> ABSENT_SHARED_MEMORY);
        map.register("SHMBaseHigh", 0x0bc, 4).read(() -> ABSENT_SHARED_MEMORY);
        map.register("ConfigGeneration", 0x0fc, 4).read(() -> function.configGeneration() & 0xff);
        int words = (function.configLength() + 7) / 8;
        if (words > 0) {
            map.bank("Config", CONFIG, 8, words, 8).accessSizes(1, 2, 4, 8).readIndexed(this::readConfig);
        }
    }

    @Override
    public void reset() {
        map.reset();
        resetFunction();
    }

    @Override
    public void restored() {
        if (function != null) {
            function.restored();
        }
    }

    @Override
    public void state(State s) {
        map.state(s);
        status = s.int32("status", status);
        interruptStatus = s.int32("interruptStatus", interruptStatus);
        driverFeatures = s.int64("driverFeatures", driverFeatures);
        for (VirtQueue queue : queues) {
            s.nested("queue" + queue.index(), queue);
        }
        if (function != null) {
            s.nested("function", function);
        }
    }

    @Override
    public void describe(DeviceTreeNode parent) {
        parent.child("virtio_mmio@" + Long.toHexString(address)).standsFor(name)
                .property("compatible", "virtio,mmio").reg(address, TREE_REGION).interrupt(interruptReference);
    }

    /** The part's name. */
    String name() {
        return name;
    }

    /** The context of the part. */
    DeviceContext context() {
        return context;
    }

    /** True when the driver has accepted all of these features. */
    boolean negotiated(long features) {
        return (driverFeatures & features) == features;
    }

    /** The driver broke the rules: it is told so and nothing more is done for it until it resets the device (section 2.1.2). */
    void broken(VirtioException problem) {
        context.guestError(name + ": " + problem.getMessage() + "; the device needs a reset");
        if ((status & STATUS_NEEDS_RESET) == 0) {
            status |= STATUS_NEEDS_RESET;
            if ((status & STATUS_DRIVER_OK) != 0) {
                interrupt(INTERRUPT_CONFIGURATION);
            }
        }
    }

    /** True while the device works for its driver. */
    boolean running() {
        return (status & (STATUS_DRIVER_OK | STATUS_NEEDS_RESET)) == STATUS_DRIVER_OK;
    }

    VirtQueue queue(int index) {
        return queues[index];
    }

    private void resetFunction() {
        status = 0;
        interruptStatus = 0;
        driverFeatures = 0;
        for (VirtQueue queue : queues) {
            queue.reset();
        }
        if (function != null) {
            function.reset();
        }
        line.set(false);
    }

    private VirtQueue selected() {
        return queueSelect.get() < queues.length ? queues[(int) queueSelect.get()] : null;
    }

    private VirtQueue selectedForSetup() throws VirtioException {
        VirtQueue queue = selected();
        if (queue == null) {
            throw new VirtioException("queue " + queueSelect.get() + " does not exist");
        }
        if (queue.ready()) {
            throw new VirtioException("queue " + queue.index() + " is set up anew while it is ready");
        }
        return queue;
    }

    private void writeQueueReady(long value) throws VirtioException {
        VirtQueue queue = selected();
        if ((value & 1) == 0 && queue != null) {
            queue.disable();
        } else if (queue == null || !queue.ready()) {
            selectedForSetup().enable(negotiated(FEATURE_EVENT_INDEX), negotiated(FEATURE_INDIRECT));
        }
    }

    private void notifyQueue(long value) {
        if (value >= queues.length || !running()) {
            context.guestError(String.format(Locale.ROOT, "%s: notification of queue %d while there is none or the driver is not ready",
                    name,
                    value));
            return;
        }
        guarded(() -> function.notified(queues[(int) value]));
    }

    /** Something that a rule-breaking driver can make fail. */
    @FunctionalInterface
    interface Guarded {
        void run() throws VirtioException;
    }

    void guarded(Guarded action) {
        try {
            action.run();
        } catch (VirtioException e) {
            broken(e);
        }
    }

    private long readDeviceFeatures() {
        long select = deviceFeaturesSelect.get();
        return select == 0 ? offered & LOW : select == 1 ? offered >>> 32 : 0;
    }

    private void writeDriverFeatures(long value) {
        if ((status & STATUS_FEATURES_OK) != 0) {
            context.guestError(name + ": features are chosen anew after FEATURES_OK");
            return;
        }
        long select = driverFeaturesSelect.get();
        if (select == 0) {
            driverFeatures = driverFeatures & ~LOW | value;
        } else if (select == 1) {
            driverFeatures = driverFeatures & LOW | value << 32;
        } else if (value != 0) {
            context.guestError(name + ": feature bits above 63 are accepted but were not offered");
        }
    }

    private void writeStatus(long value) {
        if ((value & 0xff) == 0) {
            resetFunction();
            return;
        }
        int written = (int) value & STATUS_WRITABLE;
        if ((written & STATUS_FEATURES_OK) != 0 && (status & STATUS_FEATURES_OK) == 0
                && ((driverFeatures & ~offered) != 0 || !negotiated(FEATURE_VERSION_1))) {
            // Section 3.1.1, step 6: the driver sees that the bit did not stick.
            context.guestError(String.format(Locale.ROOT, "%s: refuses features 0x%x of 0x%x", name, driverFeatures, offered));
            written &= ~STATUS_FEATURES_OK;
        }
        boolean ran = running();
        status = status & STATUS_NEEDS_RESET | written;
        if (!ran && running() && function != null) {
            guarded(function::started);
        }
    }

    private long readConfig(int word) {
        long value = 0;
        for (int i = 0; i < 8; i++) {
            int offset = word * 8 + i;
            value |= offset < function.configLength() ? (long) (function.config(offset) & 0xff) << (8 * i) : 0;
        }
        return value;
    }

    private void interrupt(int cause) {
        interruptStatus |= cause;
        line.set(true);
    }

    private void acknowledge(long value) {
        interruptStatus &= (int) ~value;
        line.set(interruptStatus != 0);
    }
}
