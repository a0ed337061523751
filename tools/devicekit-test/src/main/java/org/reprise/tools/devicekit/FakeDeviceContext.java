package org.reprise.tools.devicekit;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.reprise.api.block.BlockQueue;
import org.reprise.api.character.CharacterPort;
import org.reprise.api.character.CharacterReceiver;
import org.reprise.api.device.BottomHalf;
import org.reprise.api.device.ClockType;
import org.reprise.api.device.DeviceContext;
import org.reprise.api.device.DeviceTreeNode;
import org.reprise.api.device.Image;
import org.reprise.api.device.InterruptLine;
import org.reprise.api.device.MachineDescription;
import org.reprise.api.device.PartConfig;
import org.reprise.api.device.Timer;
import org.reprise.api.machine.ShutdownCause;
import org.reprise.api.memory.MmioHandler;
import org.reprise.api.net.NetworkFrame;
import org.reprise.api.net.NetworkPort;
import org.reprise.api.net.NetworkReceiver;

/**
 * A device context that a test drives by hand: clocks move when the test says so, everything the device does is recorded, and nothing
 * happens by itself.
 */
public final class FakeDeviceContext implements DeviceContext {
    private final FakePartConfig config;
    private final FakeMemory memory;
    private final long ramBase;
    private final int ramSize;
    private final Map<String, Boolean> lines = new LinkedHashMap<>();
    private final Map<String, InterruptLine> connections = new HashMap<>();
    private final List<FakeTimer> timers = new ArrayList<>();
    private final List<Runnable> bottomHalves = new ArrayList<>();
    private final List<String> guestErrors = new ArrayList<>();
    private final List<String> requests = new ArrayList<>();
    private final List<Integer> randomRequests = new ArrayList<>();
    private final Map<String, byte[]> images = new HashMap<>();
    private final Map<String, BlockQueue> drives = new HashMap<>();
    private final Map<String, String> settings = new HashMap<>();
    private final ByteArrayOutputStream output = new ByteArrayOutputStream();
    private List<String> cpus = List.of("cpu0");
    private BiConsumer<DeviceTreeNode, DeviceTreeNode> describer = (cpuNodes, soc) -> { };
    private final List<NetworkFrame> sent = new ArrayList<>();
    private CharacterReceiver receiver;
    private NetworkReceiver networkReceiver;
    private long virtualTime;
    private long hostTime = 1_700_000_000_000_000_000L;
    private int hostReads;
    private byte nextRandom = 1;

    /** A context for the part of that name, in a machine with 1 MiB of RAM at 0x80000000. @param settings keys and values in turn */
    public FakeDeviceContext(String name, String... settings) {
        this(0x8000_0000L, 1 << 20, name, settings);
    }

    /** A context in a machine with that RAM. */
    public FakeDeviceContext(long ramBase, int ramSize, String name, String... settings) {
        Map<String, String> values = new LinkedHashMap<>();
        for (int i = 0; i < settings.length; i += 2) {
            values.put(settings[i], settings[i + 1]);
        }
        this.ramBase = ramBase;
        this.ramSize = ramSize;
        config = new FakePartConfig(name, values);
        memory = new FakeMemory(ramBase, ramSize);
    }

    /** Names of the machine's CPUs; {@code cpu0} otherwise. */
    public FakeDeviceContext cpus(String... names) {
        cpus = List.of(names);
        return this;
    }

    /** The image under a key. */
    public FakeDeviceContext image(String key, byte[] content) {
        images.put(key, content);
        return this;
    }

    /** The drive under a key. */
    public FakeDeviceContext drive(String key, BlockQueue drive) {
        drives.put(key, drive);
        return this;
    }

    /** A setting of the machine. */
    public FakeDeviceContext setting(String key, String value) {
        settings.put(key, value);
        return this;
    }

    /** What the machine's description adds to a device tree. */
    public FakeDeviceContext describedBy(BiConsumer<DeviceTreeNode, DeviceTreeNode> description) {
        describer = description;
        return this;
    }

    /** Frames that the device sent and that were not taken yet, in order. */
    public List<NetworkFrame> sent() {
        return sent;
    }

    /** The device's end of its network port; null when it has none. */
    public NetworkReceiver networkReceiver() {
        return networkReceiver;
    }

    /** Leads the line of a reference to a device beside, for example an interrupt controller's input. */
    public FakeDeviceContext connect(String reference, InterruptLine line) {
        connections.put(reference, line);
        return this;
    }

    /** Level of the line of that reference. @throws IllegalArgumentException when the device never asked for it */
    public boolean line(String reference) {
        Boolean level = lines.get(reference);
        if (level == null) {
            throw new IllegalArgumentException("the device has no line " + reference + "; it has " + lines.keySet());
        }
        return level;
    }

    /** Levels of the lines that the device asked for, by reference. */
    public Map<String, Boolean> lines() {
        return lines;
    }

    /**
     * Makes what is around the device as it is around another one of the same model and configuration: RAM, clocks, timers, lines and the
     * next random bytes, all that the machine itself saves. The device's own state is {@link SavedState}'s.
     */
    public void continueFrom(FakeDeviceContext other) {
        System.arraycopy(other.memory.ram(), 0, memory.ram(), 0, ramSize);
        virtualTime = other.virtualTime;
        hostTime = other.hostTime;
        nextRandom = other.nextRandom;
        for (int i = 0; i < timers.size(); i++) {
            timers.get(i).deadline = other.timers.get(i).deadline;
        }
        bottomHalves.clear();
        if (!other.bottomHalves.isEmpty()) {
            throw new IllegalStateException("bottom halves wait: run them before");
        }
        lines.putAll(other.lines);
    }

    /** Forgets what the device has done so far: output, frames, guest errors, requests. */
    public void forget() {
        output.reset();
        sent.clear();
        guestErrors.clear();
        requests.clear();
        randomRequests.clear();
    }

    /** Moves VIRTUAL and HOST on, firing timers exactly at their deadlines. */
    public void advance(long nanos) {
        long end = virtualTime + nanos;
        while (true) {
            FakeTimer first = null;
            for (FakeTimer timer : timers) {
                if (timer.pending() && timer.remaining() <= end - virtualTime && (first == null || timer.remaining() < first.remaining())) {
                    first = timer;
                }
            }
            if (first == null) {
                break;
            }
            long step = first.remaining();
            virtualTime += step;
            hostTime += step;
            first.fire();
        }
        hostTime += end - virtualTime;
        virtualTime = end;
    }

    /** Runs the bottom halves that are scheduled. */
    public void runBottomHalves() {
        List<Runnable> due = List.copyOf(bottomHalves);
        bottomHalves.clear();
        due.forEach(Runnable::run);
    }

    /** Sets HOST, ns since 1970. */
    public void hostTime(long nanos) {
        hostTime = nanos;
    }

    /** How often HOST was read: each would be an event of a recording. */
    public int hostReads() {
        return hostReads;
    }

    /** Guest errors so far. */
    public List<String> guestErrors() {
        return guestErrors;
    }

    /** Requests to the machine so far: {@code shutdown CAUSE CODE} or {@code reset CAUSE}. */
    public List<String> requests() {
        return requests;
    }

    /** Lengths of the random requests so far. */
    public List<Integer> randomRequests() {
        return randomRequests;
    }

    /** What the device wrote to its character port. */
    public String output() {
        return output.toString(java.nio.charset.StandardCharsets.ISO_8859_1);
    }

    /** Offers input; as many bytes as the device takes are given to it. @return how many */
    public int input(byte... bytes) {
        int taken = Math.min(bytes.length, receiver.canReceive());
        if (taken > 0) {
            receiver.receive(Arrays.copyOf(bytes, taken));
        }
        return taken;
    }

    @Override
    public PartConfig config() {
        return config;
    }

    @Override
    public FakeMemory memory() {
        return memory;
    }

    @Override
    public MachineDescription machine() {
        return new Description();
    }

    @Override
    public void map(String name, long base, long size, MmioHandler handler) {
        memory.map(name, base, size, handler, null);
    }

    @Override
    public void mapRom(String name, long base, byte[] content) {
        memory.map(name, base, content.length, null, content.clone());
    }

    @Override
    public InterruptLine interrupt(String reference) {
        lines.put(reference, false);
        return level -> {
            lines.put(reference, level);
            if (connections.containsKey(reference)) {
                connections.get(reference).set(level);
            }
        };
    }

    @Override
    public Timer timer(String name, ClockType clock, Runnable callback) {
        FakeTimer timer = new FakeTimer(clock, callback);
        timers.add(timer);
        return timer;
    }

    @Override
    public BottomHalf bottomHalf(String name, Runnable callback) {
        return () -> {
            if (!bottomHalves.contains(callback)) {
                bottomHalves.add(callback);
            }
        };
    }

    @Override
    public long clock(ClockType clock) {
        return switch (clock) {
            case VIRTUAL -> virtualTime;
            case HOST -> {
                hostReads++;
                yield hostTime;
            }
            default -> throw new IllegalArgumentException("devices may not see " + clock);
        };
    }

    @Override
    public void random(byte[] into) {
        randomRequests.add(into.length);
        for (int i = 0; i < into.length; i++) {
            into[i] = nextRandom++;
        }
    }

    @Override
    public CharacterPort character(CharacterReceiver newReceiver) {
        receiver = newReceiver;
        return new CharacterPort() {
            @Override
            public void write(int value) {
                output.write(value);
            }

            @Override
            public void acceptInput() {
                // The test offers input by hand.
            }
        };
    }

    @Override
    public Optional<BlockQueue> block(String configKey) {
        return Optional.ofNullable(drives.get(configKey));
    }

    @Override
    public Optional<NetworkPort> network(String configKey, NetworkReceiver newReceiver) {
        if (!config.has(configKey)) {
            return Optional.empty();
        }
        networkReceiver = newReceiver;
        return Optional.of(new NetworkPort() {
            @Override
            public void send(NetworkFrame frame) {
                sent.add(frame);
            }

            @Override
            public void acceptInput() {
                // The test offers frames by hand.
            }
        });
    }

    @Override
    public Optional<Image> image(String configKey) {
        byte[] content = images.get(configKey);
        return content == null ? Optional.empty() : Optional.of(new FakeImage(configKey + ".img", content));
    }

    @Override
    public void shutdown(ShutdownCause cause, int exitCode) {
        requests.add("shutdown " + cause + " " + exitCode);
    }

    @Override
    public void reset(ShutdownCause cause) {
        requests.add("reset " + cause);
    }

    @Override
    public void guestError(String message) {
        guestErrors.add(message);
    }

    private record FakeImage(String name, byte[] content) implements Image {
        @Override
        public long length() {
            return content.length;
        }
    }

    private final class Description implements MachineDescription {
        @Override
        public String name() {
            return "test";
        }

        @Override
        public long ramBase() {
            return ramBase;
        }

        @Override
        public long ramSize() {
            return ramSize;
        }

        @Override
        public List<String> cpus() {
            return cpus;
        }

        @Override
        public int shift() {
            return 0;
        }

        @Override
        public void describe(DeviceTreeNode cpuNodes, DeviceTreeNode soc) {
            describer.accept(cpuNodes, soc);
        }

        @Override
        public String setting(String key, String defaultValue) {
            return settings.getOrDefault(key, defaultValue);
        }
    }

    private final class FakeTimer implements Timer {
        private final ClockType clock;
        private final Runnable callback;
        private long deadline = Long.MAX_VALUE;

        FakeTimer(ClockType clock, Runnable callback) {
            this.clock = clock;
            this.callback = callback;
        }

        long remaining() {
            long now = clock == ClockType.HOST ? hostTime : virtualTime;
            // a guest may choose a deadline so long ago that the difference is none
            return deadline <= now ? 0 : deadline - now;
        }

        void fire() {
            deadline = Long.MAX_VALUE;
            callback.run();
        }

        @Override
        public void set(long newDeadline) {
            deadline = newDeadline;
        }

        @Override
        public void cancel() {
            deadline = Long.MAX_VALUE;
        }

        @Override
        public boolean pending() {
            return deadline != Long.MAX_VALUE;
        }

        @Override
        public long deadline() {
            return deadline;
        }
    }
}
