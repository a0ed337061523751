package org.reprise.device.irq;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.reprise.api.device.Device;
import org.reprise.api.device.DeviceContext;
import org.reprise.api.device.DeviceTreeNode;
import org.reprise.api.device.InterruptLine;
import org.reprise.api.device.InterruptSink;
import org.reprise.api.device.PartConfig;
import org.reprise.api.state.State;
import org.reprise.core.registers.RegisterMap;

/**
 * The platform-level interrupt controller of the RISC-V PLIC specification 1.0.0. All sources are level-triggered: the gateway (its
 * section 4) forwards one request while the line is high, and the next one only after completion, if the line is high still.
 *
 * <p>Keys: {@code address}; {@code sources} (1..1023, default 95); {@code priorities} (number of priority levels above 0: 1, 3, 7, …,
 * default 7); {@code contexts}, the hart inputs in the order of contexts, for example {@code cpu0:MEI,cpu0:SEI} (default: MEI and SEI
 * of each CPU). Inputs are named by source number.
 */
final class Plic implements Device, InterruptSink {
    private static final long REGION = 0x600000;
    private static final long PRIORITY = 0x0;
    private static final long PENDING = 0x1000;
    private static final long ENABLE = 0x2000;
    private static final int ENABLE_STRIDE = 0x80;
    private static final long CONTEXT = 0x200000;
    private static final int CONTEXT_STRIDE = 0x1000;
    private static final long CLAIM = 4;
    private static final int MAX_SOURCE = 1023;
    private static final int MAX_CONTEXTS = 992;

    private final String name;
    private final long address;
    private final int sources;
    private final int words;
    private final int priorityMask;
    private final List<String> contexts;
    private final RegisterMap map;
    private final InterruptLine[] outputs;
    private final Input[] inputs;

    private final int[] priority;
    private final int[] level;
    private final int[] pending;
    private final int[] inService;
    private final int[] enable;
    private final int[] threshold;

    Plic(DeviceContext context) {
        PartConfig config = context.config();
        name = config.name();
        address = config.number("address");
        sources = (int) checked("sources", config.number("sources", 95), 1, MAX_SOURCE);
        priorityMask = (int) checked("priorities", config.number("priorities", 7), 1, Integer.MAX_VALUE);
        if ((priorityMask & priorityMask + 1) != 0) {
            throw new IllegalArgumentException(name + ": priorities " + priorityMask
                    + " is not one less than a power of two (1, 3, 7, 15, ...)");
        }
        contexts = config.has("contexts") ? config.list("contexts") : defaultContexts(context.machine().cpus());
        checked("number of contexts", contexts.size(), 1, MAX_CONTEXTS);
        words = sources / 32 + 1;
        priority = new int[sources + 1];
        level = new int[words];
        pending = new int[words];
        inService = new int[words];
        enable = new int[contexts.size() * words];
        threshold = new int[contexts.size()];
        inputs = new Input[sources + 1];
        outputs = new InterruptLine[contexts.size()];

        map = new RegisterMap(name, REGION, context::guestError);
        map.bank("priority", PRIORITY, 4, sources + 1, 4).readIndexed(source -> priority[source]).writeIndexed(this::writePriority);
        map.bank("pending", PENDING, 4, words, 4).readIndexed(word -> pending[word] & 0xffff_ffffL);
        for (int c = 0; c < contexts.size(); c++) {
            int number = c;
            long base = CONTEXT + (long) c * CONTEXT_STRIDE;
            map.bank("enable" + c, ENABLE + (long) c * ENABLE_STRIDE, 4, words, 4)
                    .readIndexed(word -> enable[number * words + word] & 0xffff_ffffL)
                    .writeIndexed((word, value) -> writeEnable(number, word, (int) value));
            map.register("threshold" + c, base, 4).read(() -> threshold[number]).write(value -> writeThreshold(number, (int) value));
            map.register("claim" + c, base + CLAIM, 4).read(() -> claim(number)).write(value -> complete(number, value));
            outputs[c] = context.interrupt(contexts.get(c));
        }
        context.map(name, address, REGION, map);
    }

    private static List<String> defaultContexts(List<String> cpus) {
        List<String> all = new ArrayList<>();
        for (String cpu : cpus) {
            all.add(cpu + ":MEI");
            all.add(cpu + ":SEI");
        }
        return all;
    }

    private long checked(String key, long value, long low, long high) {
        if (value < low || value > high) {
            throw new IllegalArgumentException(name + ": " + key + " " + value + " is not within " + low + ".." + high);
        }
        return value;
    }

    @Override
    public void reset() {
        map.reset();
        Arrays.fill(priority, 0);
        Arrays.fill(pending, 0);
        Arrays.fill(inService, 0);
        Arrays.fill(enable, 0);
        Arrays.fill(threshold, 0);
        // Levels are the devices', which are reset on their own; a line that is high now is a new request.
        for (int word = 0; word < words; word++) {
            pending[word] = level[word];
        }
        update();
    }

    @Override
    public void state(State s) {
        map.state(s);
        s.int32s("priority", priority);
        s.int32s("level", level);
        s.int32s("pending", pending);
        s.int32s("inService", inService);
        s.int32s("enable", enable);
        s.int32s("threshold", threshold);
    }

    @Override
    public void describe(DeviceTreeNode parent) {
        DeviceTreeNode node = parent.child("plic@" + Long.toHexString(address)).standsFor(name);
        node.property("compatible", "sifive,plic-1.0.0", "riscv,plic0").reg(address, REGION);
        node.property("interrupt-controller").cells("#interrupt-cells", 1).cells("#address-cells", 0).cells("riscv,ndev", sources);
        for (String context : contexts) {
            node.interrupt(context);
        }
    }

    @Override
    public InterruptLine input(String input) {
        int source = -1;
        try {
            source = Integer.parseInt(input);
        } catch (NumberFormatException e) {
            // Reported with the range below, like a number outside of it.
        }
        if (source < 1 || source > sources) {
            throw new IllegalArgumentException(name + ": no input " + input + "; there are the sources 1.." + sources);
        }
        if (inputs[source] == null) {
            inputs[source] = new Input(source);
        }
        return inputs[source];
    }

    /** The gateway of one source. */
    private final class Input implements InterruptLine {
        private final int word;
        private final int bit;

        Input(int source) {
            word = source >>> 5;
            bit = 1 << (source & 31);
        }

        @Override
        public void set(boolean high) {
            if (high == ((level[word] & bit) != 0)) {
                return;
            }
            level[word] ^= bit;
            // A request that was forwarded stays pending when the line falls.
            if (high && (inService[word] & bit) == 0 && (pending[word] & bit) == 0) {
                pending[word] |= bit;
                update();
            }
        }
    }

    private void writePriority(int source, long value) {
        if (source > 0) {
            priority[source] = (int) value & priorityMask;
            update();
        }
    }

    private void writeEnable(int context, int word, int value) {
        int mask = -1;
        if (word == 0) {
            mask &= ~1;
        }
        if (word == words - 1 && (sources & 31) != 31) {
            mask &= (1 << (sources & 31) + 1) - 1;
        }
        enable[context * words + word] = value & mask;
        update();
    }

    private void writeThreshold(int context, int value) {
        threshold[context] = value & priorityMask;
        update();
    }

    /** Section 9: the pending enabled source of highest priority, the lowest number among equals; 0 when there is none. */
    private int best(int context) {
        int found = 0;
        int highest = 0;
        for (int word = 0; word < words; word++) {
            int bits = pending[word] & enable[context * words + word];
            while (bits != 0) {
                int source = word * 32 + Integer.numberOfTrailingZeros(bits);
                bits &= bits - 1;
                if (priority[source] > highest) {
                    highest = priority[source];
                    found = source;
                }
            }
        }
        return found;
    }

    private long claim(int context) {
        int source = best(context);
        if (source != 0) {
            pending[source >>> 5] &= ~(1 << (source & 31));
            inService[source >>> 5] |= 1 << (source & 31);
            update();
        }
        return source;
    }

    private void complete(int context, long value) {
        // Section 10: a completion for a source that is not enabled for the context is silently ignored.
        if (value < 1 || value > sources) {
            return;
        }
        int word = (int) value >>> 5;
        int bit = 1 << ((int) value & 31);
        if ((enable[context * words + word] & bit) == 0 || (inService[word] & bit) == 0) {
            return;
        }
        inService[word] &= ~bit;
        pending[word] |= level[word] & bit;
        update();
    }

    private void update() {
        for (int context = 0; context < outputs.length; context++) {
            int source = best(context);
            outputs[context].set(source != 0 && priority[source] > threshold[context]);
        }
    }
}
