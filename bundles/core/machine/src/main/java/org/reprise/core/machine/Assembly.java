package org.reprise.core.machine;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.reprise.api.character.CharacterPort;
import org.reprise.api.character.CharacterReceiver;
import org.reprise.api.cpu.Cpu;
import org.reprise.api.cpu.WatchListener;
import org.reprise.api.cpu.Watchpoint;
import org.reprise.api.device.Device;
import org.reprise.api.device.DeviceModel;
import org.reprise.api.device.DeviceTreeNode;
import org.reprise.api.device.InterruptSink;
import org.reprise.api.device.MachineDescription;
import org.reprise.api.net.NetworkPort;
import org.reprise.api.net.NetworkReceiver;
import org.reprise.api.random.RandomBackend;
import org.reprise.api.state.State;
import org.reprise.core.machine.MachineConfiguration.Kind;
import org.reprise.core.machine.MachineConfiguration.Part;
import org.reprise.core.machine.PartCatalog.Provider;
import org.reprise.core.memory.PhysicalMemory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A machine put together: its parts, wired in the declared order and in no other. Machine's thread only. */
final class Assembly implements MachineDescription {
    private static final Logger LOG = LoggerFactory.getLogger(Assembly.class);

    private final MachineConfiguration configuration;
    private final Sources sources;
    private final Owner owner;
    private final EventQueue queue;
    private final Guard guard;
    private final VirtualClock clock;
    private final Timers timers;
    private final BottomHalves halves;
    private boolean replay;
    private final Function<String, ConsolePort> consoleOf;
    private final PhysicalMemory memory = new PhysicalMemory();
    private final DeviceWrites deviceWrites = new DeviceWrites(this);
    private final Map<String, Cpu> cpus = new LinkedHashMap<>();
    private final Map<String, Device> devices = new LinkedHashMap<>();
    private final Map<String, Drive> drives = new LinkedHashMap<>();
    private final Map<String, Cable> cables = new LinkedHashMap<>();
    private final Map<Integer, ConsolePort> consoles = new TreeMap<>();
    private final Map<String, ImageFile> images = new LinkedHashMap<>();
    private final Map<String, String> imagePaths = new LinkedHashMap<>();
    private final List<CheckedLine> lines = new ArrayList<>();
    private final Map<String, PartContexts.OfDevice> contexts = new LinkedHashMap<>();
    /** Parts plugged into the running machine, in that order, and the plugged ones among them that are devices. */
    private final Map<String, Part> attached = new LinkedHashMap<>();
    private volatile List<Part> attachedNow = List.of();
    private final Map<String, Device> pluggedDevices = new LinkedHashMap<>();
    private final Map<String, Object> shared;
    private final Plugging plugging;
    /** Null with a fixed shift. */
    private final AutoShift autoShift;
    private CpuRotation rotation;
    private RandomBackend random;
    private Outside outside;
    private long externalNow = Long.MIN_VALUE;

    private Assembly(MachineConfiguration configuration, Sources sources, Owner owner, EventQueue queue, boolean replay,
            Function<String, ConsolePort> consoleOf, Map<String, Object> shared) {
        this.configuration = configuration;
        this.sources = sources;
        this.owner = owner;
        this.queue = queue;
        this.replay = replay;
        this.consoleOf = consoleOf;
        this.shared = shared;
        plugging = new Plugging(this, sources.catalog());
        guard = new Guard(configuration.name());
        clock = new VirtualClock(configuration.shift());
        autoShift = configuration.autoShift() ? new AutoShift() : null;
        timers = new Timers(clock, owner, guard);
        halves = new BottomHalves(clock, owner, guard, queue);
    }

    /**
     * Puts a machine together.
     *
     * @param replay no back end is opened, and every drive that can be written gets an overlay
     * @param consoleOf the console of a port, kept over power cycles
     * @param shared what CPUs share, those of machines like this one included
     * @throws IllegalArgumentException naming part, key and value of what does not fit
     */
    static Assembly build(MachineConfiguration configuration, Sources sources, Owner owner, EventQueue queue, boolean replay,
            Function<String, ConsolePort> consoleOf, Map<String, Object> shared) {
        configuration.validate();
        Assembly assembly = new Assembly(configuration, sources, owner, queue, replay, consoleOf, shared);
        try {
            assembly.build();
            return assembly;
        } catch (RuntimeException | Error e) {
            assembly.close();
            throw e;
        }
    }

    private void build() {
        try {
            memory.addRam("ram", configuration.ramBase(), configuration.ram());
        } catch (OutOfMemoryError e) {
            throw configuration.settings().bad("ram", configuration.settings().text("ram"), "does not fit into the host's memory");
        }
        if (configuration.random() != null) {
            random = sources.random(configuration.random());
        }
        for (Part part : configuration.parts()) {
            switch (part.kind()) {
                case CPU -> {
                    PartContexts.OfCpu context = new PartContexts.OfCpu(this, part, cpus.size());
                    cpus.put(part.name(), sources.cpu(part.type()).create(context));
                    context.assembled();
                }
                case DRIVE -> openDrive(part);
                case NETWORK -> openCable(part);
                case DEVICE -> devices.put(part.name(), create(part));
                default -> throw new IllegalStateException(part.toString());
            }
        }
        lines.forEach(this::wire);
        rotation = new CpuRotation(cpuList());
    }

    private Device create(Part part) {
        Provider<DeviceModel> provider = sources.device(part.type());
        PartContexts.OfDevice context = new PartContexts.OfDevice(this, part, provider);
        contexts.put(part.name(), context);
        Device device = provider.service().create(context);
        context.assembled();
        return device;
    }

    /** Adds parts to the running machine and resets the new device. The caller detaches them when it fails. */
    void attach(List<Part> companions, Part device) {
        companions.forEach(part -> attached.put(part.name(), part));
        attached.put(device.name(), device);
        attachedNow = List.copyOf(attached.values());
        int wired = lines.size();
        Device made = create(device);
        List.copyOf(lines.subList(wired, lines.size())).forEach(this::wire);
        pluggedDevices.put(device.name(), made);
        made.reset();
    }

    /** Takes a part out of the running machine, however far it had come. */
    void detach(Part part) {
        attached.remove(part.name());
        attachedNow = List.copyOf(attached.values());
        pluggedDevices.remove(part.name());
        PartContexts.OfDevice context = contexts.remove(part.name());
        if (context != null) {
            context.takeOffMap();
        }
        timers.remove(part.name());
        halves.remove(part.index());
        lines.stream().filter(line -> line.part().equals(part.name())).forEach(CheckedLine::cut);
        lines.removeIf(line -> line.part().equals(part.name()));
        ConsolePort console = consoles.remove(part.index());
        if (console != null) {
            console.disconnect();
        }
        Drive drive = drives.remove(part.name());
        if (drive != null) {
            drive.close();
        }
        Cable cable = cables.remove(part.name());
        if (cable != null) {
            cable.close();
        }
        if (context != null && !sameModelIsUsed(part)) {
            sources.release(context.provider());
        }
    }

    private boolean sameModelIsUsed(Part part) {
        return configuration.parts(Kind.DEVICE).stream().anyMatch(other -> other.type().equals(part.type()))
                || attached.values().stream().anyMatch(other -> other.kind() == Kind.DEVICE && other.type().equals(part.type()));
    }

    /** All parts that are plugged in, companions before their devices. Any thread: a moment's picture. */
    List<Part> attachedParts() {
        return attachedNow;
    }

    /** Parts of these names that were attached. */
    List<Part> attached(List<String> names) {
        return names.stream().map(attached::get).filter(Objects::nonNull).toList();
    }

    /** Takes an empty slot's registers off the map: a device takes its place. */
    void vacate(String slot) {
        contexts.get(slot).takeOffMap();
    }

    /** Puts an empty slot's registers back. */
    void restore(String slot) {
        contexts.get(slot).putOnMap();
    }

    private Part find(Kind kind, String name) {
        Part declared = configuration.parts(kind).stream().filter(part -> part.name().equals(name)).findFirst().orElse(null);
        Part added = attached.get(name);
        return declared != null || added == null || added.kind() != kind ? declared : added;
    }

    private void wire(CheckedLine line) {
        String where = "machine " + configuration.name() + ", part " + line.part() + ": interrupt \"" + line.reference() + "\"";
        int colon = line.reference().indexOf(':');
        if (colon <= 0) {
            throw new IllegalArgumentException(where + " is no reference; write part:input, for example plic:10");
        }
        String target = line.reference().substring(0, colon);
        Object sink = cpus.containsKey(target) ? cpus.get(target) : devices.get(target);
        if (sink == null) {
            throw new IllegalArgumentException(where + " names part " + target + ", which the machine does not have; its parts are "
                    + String.join(", ", configuration.partNames()));
        }
        if (!(sink instanceof InterruptSink inputs)) {
            throw new IllegalArgumentException(where + " names part " + target + ", which has no interrupt inputs");
        }
        try {
            line.wire(inputs.input(line.reference().substring(colon + 1)));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(where + " does not fit: " + e.getMessage(), e);
        }
    }

    private Cable openCable(Part part) {
        if (!cables.containsKey(part.name())) {
            cables.put(part.name(), Cable.open(part, this, queue));
        }
        return cables.get(part.name());
    }

    private Drive openDrive(Part part) {
        if (!drives.containsKey(part.name())) {
            drives.put(part.name(), Drive.open(part, configuration.name(), owner, guard, clock.audience(), queue, sources, replay));
            if (drives.get(part.name()) != null) {
                drives.get(part.name()).files().forEach((key, file) -> imagePaths.put(part.name() + "." + key, file.toString()));
            }
        }
        return drives.get(part.name());
    }

    // What contexts need.

    Owner owner() {
        return owner;
    }

    Guard guard() {
        return guard;
    }

    DeviceWrites deviceWrites() {
        return deviceWrites;
    }

    /** Watches accesses of all CPUs, and writes of devices. */
    void watch(List<Watchpoint> points, WatchListener listener) {
        cpus.values().forEach(cpu -> cpu.watch(points, listener));
        deviceWrites.watch(points, listener);
    }

    VirtualClock clock() {
        return clock;
    }

    Timers timers() {
        return timers;
    }

    BottomHalves halves() {
        return halves;
    }

    PhysicalMemory memory() {
        return memory;
    }

    Outside outside() {
        return outside;
    }

    void outside(Outside loop) {
        outside = loop;
    }

    void wireLater(CheckedLine line) {
        lines.add(line);
    }

    /** VIRTUAL as parts read it. EXTERNAL timers of an idle machine see it go on with the host, see {@link #externalNow}. */
    long virtualNow() {
        return guard.restricted() ? Math.max(externalNow, clock.virtual()) : clock.virtual();
    }

    /** What VIRTUAL would be now if the idle machine were woken; only EXTERNAL timers see it. */
    void externalNow(long virtual) {
        externalNow = virtual;
    }

    CharacterPort console(Part part, CharacterReceiver receiver) {
        if (consoles.containsKey(part.index())) {
            throw new IllegalArgumentException(part.settings().owner() + ": a part has one character port at most");
        }
        ConsolePort console = consoleOf.apply(part.name());
        console.connect(owner, guard, clock, part.index(), receiver);
        consoles.put(part.index(), console);
        openChannel(part, console);
        return console;
    }

    private void openChannel(Part part, ConsolePort console) {
        String backend = part.settings().text("backend", null);
        if (backend != null && !replay) {
            try {
                console.channel(sources.character(backend).open(part.settings(), console));
            } catch (IOException e) {
                throw part.settings().bad("backend", backend, "cannot be opened: " + e.getMessage());
            }
        }
    }

    /**
     * Opens the back ends of a machine that was put together for a replay: it is a live one then, but its images stay unwritten.
     *
     * @throws IllegalArgumentException or MachineException naming what cannot be opened; the machine is as before then
     */
    void goLive() {
        replay = false;
        try {
            for (Cable cable : cables.values()) {
                cable.reopen();
            }
            List<Part> all = new ArrayList<>(configuration.parts());
            all.addAll(attached.values());
            for (Part part : all) {
                if (consoles.containsKey(part.index())) {
                    openChannel(part, consoles.get(part.index()));
                }
            }
        } catch (RuntimeException | Error e) {
            replay = true;
            cables.values().forEach(Cable::reopen);
            consoles.values().forEach(ConsolePort::closeChannel);
            throw e;
        }
    }

    Optional<Drive> drive(Part device, String key) {
        if (!device.settings().has(key)) {
            return Optional.empty();
        }
        String name = device.settings().text(key);
        Part part = find(Kind.DRIVE, name);
        if (part == null) {
            throw device.settings().bad(key, name, "is no drive of this machine; its drives are "
                    + configuration.parts(Kind.DRIVE).stream().map(Part::name).toList());
        }
        return Optional.ofNullable(openDrive(part));
    }

    Optional<NetworkPort> network(Part device, String key, NetworkReceiver receiver) {
        if (!device.settings().has(key)) {
            return Optional.empty();
        }
        String name = device.settings().text(key);
        Part part = find(Kind.NETWORK, name);
        if (part == null) {
            throw device.settings().bad(key, name, "is no network of this machine; its networks are "
                    + configuration.parts(Kind.NETWORK).stream().map(Part::name).toList());
        }
        return Optional.of(openCable(part).portFor(device.name(), receiver));
    }

    Optional<ImageFile> image(Part part, String key) {
        if (!part.settings().has(key) || part.settings().text(key).isBlank()) {
            return Optional.empty();
        }
        String name = part.name() + "." + key;
        imagePaths.put(name, part.settings().text(key));
        return Optional.of(images.computeIfAbsent(name, n -> ImageFile.open(part.settings(), key)));
    }

    // What the machine loop needs.

    MachineConfiguration configuration() {
        return configuration;
    }

    Sources sources() {
        return sources;
    }

    boolean forReplay() {
        return replay;
    }

    List<Cpu> cpuList() {
        return List.copyOf(cpus.values());
    }

    /** The CPUs by name, in the declared order. */
    Map<String, Cpu> cpusByName() {
        return cpus;
    }

    /** The devices by name: the declared ones in their order, then the plugged ones. */
    Map<String, Device> devicesByName() {
        Map<String, Device> all = new LinkedHashMap<>(devices);
        all.putAll(pluggedDevices);
        return all;
    }

    /** All drives that have a medium, in the order of their opening. */
    List<Drive> driveList() {
        return drives.values().stream().filter(Objects::nonNull).toList();
    }

    Plugging plugging() {
        return plugging;
    }

    /** What CPUs share, by key. */
    Map<String, Object> shared() {
        return shared;
    }

    AutoShift autoShift() {
        return autoShift;
    }

    CpuRotation rotation() {
        return rotation;
    }

    List<ConsolePort> consoles() {
        return List.copyOf(consoles.values());
    }

    ConsolePort console(int source) {
        return consoles.get(source);
    }

    /** All cables, in the order of their opening. */
    Collection<Cable> cables() {
        return cables.values();
    }

    /** The cable that is part number {@code source}, or null. */
    Cable cable(int source) {
        for (Cable cable : cables.values()) {
            if (cable.source() == source) {
                return cable;
            }
        }
        return null;
    }

    /** The drive of a part, or null when it has no medium. */
    Drive drive(Part part) {
        return drives.get(part.name());
    }

    /** The drive that is part number {@code source}, or null. */
    Drive drive(int source) {
        for (Drive drive : drives.values()) {
            if (drive != null && drive.source() == source) {
                return drive;
            }
        }
        return null;
    }

    /** Name of part number {@code source}, for messages. */
    String partName(int source) {
        List<Part> parts = configuration.parts();
        return source >= 0 && source < parts.size() ? parts.get(source).name()
                : attached.values().stream().filter(part -> part.index() == source).map(Part::name).findFirst().orElse("number " + source);
    }

    RandomBackend random() {
        return random;
    }

    /** Images by PART.KEY, in the order of their opening. */
    Map<String, ImageFile> images() {
        return images;
    }

    /** Paths of images and disk images by PART.KEY. */
    Map<String, String> imagePaths() {
        return imagePaths;
    }

    /** Power-on and system reset: all parts in the declared order. RAM keeps its content over a system reset. */
    void reset() {
        timers.disarmGuest();
        halves.clear();
        rotation.reset();
        for (Part part : configuration.parts()) {
            switch (part.kind()) {
                case CPU -> cpus.get(part.name()).reset();
                case DEVICE -> devices.get(part.name()).reset();
                default -> {
                    // A drive has no state of its own that a reset changes.
                }
            }
        }
        pluggedDevices.values().forEach(Device::reset);
    }

    /** Digests by component in the order of {@link MachineConfiguration#digestComponents}; then those of plugged devices. */
    Map<String, Long> digests() {
        Map<String, Long> digests = new LinkedHashMap<>();
        cpus.forEach((name, cpu) -> digests.put(name, HashState.digest(cpu)));
        digests.put("ram", memory.digest());
        devices.forEach((name, device) -> digests.put(name, HashState.digest(device)));
        digests.put("timers", HashState.digest(this::timerState));
        pluggedDevices.forEach((name, device) -> digests.put(name, HashState.digest(device)));
        return digests;
    }

    private void timerState(State s) {
        s.int64("virtual.bias", clock.bias());
        timers.state(s);
        if (autoShift != null) {
            s.int32("virtual.shift", clock.shift());
            s.nested("virtual.auto", autoShift);
        }
        if (cpus.size() > 1) {
            s.nested("rotation", rotation);
        }
        for (Drive drive : drives.values()) {
            if (drive != null) {
                s.int64(drive.name() + ".requests", drive.requests());
                s.int32(drive.name() + ".in-flight", drive.requestsInFlight());
            }
        }
    }

    void flushConsoles() {
        for (ConsolePort console : consoles.values()) {
            console.flush();
        }
    }

    /** Takes the machine apart; harmless when it is only half built. */
    void close() {
        for (Cpu cpu : cpus.values()) {
            try {
                cpu.close();
            } catch (RuntimeException e) {
                LOG.warn("machine {}: a CPU failed to close", name(), e);
            }
        }
        for (Drive drive : drives.values()) {
            if (drive != null) {
                drive.close();
            }
        }
        cables.values().forEach(Cable::close);
        consoles.values().forEach(ConsolePort::disconnect);
        queue.clearEvents();
        memory.close();
    }

    // What parts may know.

    @Override
    public String name() {
        return configuration.name();
    }

    @Override
    public long ramBase() {
        return configuration.ramBase();
    }

    @Override
    public long ramSize() {
        return configuration.ram();
    }

    @Override
    public List<String> cpus() {
        return configuration.parts(Kind.CPU).stream().map(Part::name).toList();
    }

    @Override
    public int shift() {
        return configuration.shift();
    }

    @Override
    public void describe(DeviceTreeNode cpuNodes, DeviceTreeNode soc) {
        for (Part part : configuration.parts()) {
            switch (part.kind()) {
                case CPU -> cpus.get(part.name()).describe(cpuNodes);
                case DEVICE -> devices.get(part.name()).describe(soc);
                default -> {
                    // The device that uses a drive describes itself.
                }
            }
        }
    }

    @Override
    public String setting(String key, String defaultValue) {
        return configuration.settings().text(key, defaultValue);
    }
}
