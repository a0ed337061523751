package org.reprise.core.machine;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.reprise.api.block.BlockDriver;
import org.reprise.api.block.BlockFilter;
import org.reprise.api.character.CharacterBackend;
import org.reprise.api.cpu.Cpu;
import org.reprise.api.cpu.CpuArchitecture;
import org.reprise.api.cpu.CpuContext;
import org.reprise.api.cpu.InstructionSet;
import org.reprise.api.device.Device;
import org.reprise.api.device.DeviceContext;
import org.reprise.api.device.DeviceModel;
import org.reprise.api.net.NetworkBackend;
import org.reprise.api.net.NetworkFilter;
import org.reprise.api.random.RandomBackend;
import org.reprise.api.state.State;

/** A catalog that a test fills, and the machine made from it. */
final class TestParts implements PartCatalog {
    private final Map<String, Provider<?>> services = new LinkedHashMap<>();
    private final List<PartConfiguration> configurations = new ArrayList<>();
    private final List<String> order = new ArrayList<>();
    private final Map<String, Object> settings = new HashMap<>();
    private int registrations;

    TestParts() {
        set("ram", "64K");
        set("ram.base", "0x80000000");
    }

    /** A device whose reset, state and registers are given by closures. */
    static final class ClosureDevice implements Device {
        private final Runnable reset;
        private final Consumer<State> state;

        ClosureDevice(Runnable reset, Consumer<State> state) {
            this.reset = reset;
            this.state = state;
        }

        @Override
        public void reset() {
            reset.run();
        }

        @Override
        public void state(State s) {
            state.accept(s);
        }
    }

    /** Registers of a device at one address: reads and writes of any size and offset. */
    interface Read {
        long read(long offset);
    }

    interface Write {
        void write(long offset, long value);
    }

    static void map(DeviceContext context, long base, Read read, Write write) {
        context.map(context.config().name(), base, 0x1000, new org.reprise.api.memory.MmioHandler() {
            @Override
            public long read(long offset, int size) {
                return read.read(offset);
            }

            @Override
            public void write(long offset, int size, long value) {
                write.write(offset, value);
            }
        });
    }

    synchronized TestParts set(String key, Object value) {
        settings.put(key, value);
        return this;
    }

    /** Declares a part: appends it to the list of parts and configures it. @param values keys and values in turn */
    synchronized TestParts part(String factoryPid, String name, Object... values) {
        order.add(name);
        return configure(factoryPid, name, values);
    }

    synchronized TestParts configure(String factoryPid, String name, Object... values) {
        Map<String, Object> map = new HashMap<>();
        map.put("service.pid", factoryPid + "~" + name);
        map.put("machine", "vm");
        for (int i = 0; i < values.length; i += 2) {
            map.put((String) values[i], values[i + 1]);
        }
        configurations.add(new PartConfiguration(factoryPid + "~" + name, factoryPid, map));
        return this;
    }

    synchronized TestParts cpu(FakeCpu.Program program) {
        return cpu(program, true);
    }

    /** @param declared the part is new; else the program of the declared ones changes */
    synchronized TestParts cpu(FakeCpu.Program program, boolean declared) {
        if (declared) {
            part("org.reprise.cpu", "cpu0", "arch", "fake");
        }
        CpuArchitecture architecture = new CpuArchitecture() {
            @Override
            public Cpu create(CpuContext context) {
                return new FakeCpu(context, program);
            }

            @Override
            public InstructionSet instructions(String model) {
                throw new IllegalArgumentException(model);
            }
        };
        return provide("cpu fake", architecture);
    }

    /** A device part of a model of the same name. */
    synchronized TestParts device(String name, DeviceModel model, Object... values) {
        part("org.reprise.device." + name, name, values);
        return provide("device " + name, model);
    }

    /** Registers a service: the key is its kind, a space, and its name. @param properties keys and values in turn */
    synchronized TestParts provide(String key, Object service, Object... properties) {
        Map<String, Object> map = new HashMap<>();
        for (int i = 0; i < properties.length; i += 2) {
            map.put((String) properties[i], properties[i + 1]);
        }
        services.put(key, new Provider<>(service, map, "test.bundle 1.0", key + "#" + registrations++));
        return this;
    }

    /** Unregisters a service; returns its identity. */
    synchronized Object withdraw(String key) {
        return services.remove(key).identity();
    }

    MachineHost machine() {
        return machine(HostTime.SYSTEM);
    }

    synchronized MachineHost machine(HostTime time) {
        Map<String, Object> own = new HashMap<>(settings);
        own.putIfAbsent("parts", order.toArray(new String[0]));
        return new MachineHost("vm", new PartSettings("machine vm", "org.reprise.machine~vm", "vm", own), this, time, () -> { });
    }

    @SuppressWarnings("unchecked")
    private synchronized <T> Provider<T> find(String key) {
        return (Provider<T>) services.get(key);
    }

    @Override
    public Provider<DeviceModel> device(String type) {
        return find("device " + type);
    }

    @Override
    public Provider<CpuArchitecture> cpu(String arch) {
        return find("cpu " + arch);
    }

    @Override
    public Provider<BlockDriver> blockDriver(String name) {
        return find("driver " + name);
    }

    @Override
    public Provider<BlockFilter> blockFilter(String name) {
        return find("filter " + name);
    }

    @Override
    public Provider<NetworkBackend> networkBackend(String name) {
        return find("network " + name);
    }

    @Override
    public Provider<NetworkFilter> networkFilter(String name) {
        return find("network filter " + name);
    }

    @Override
    public Provider<RandomBackend> random(String name) {
        return find("random " + name);
    }

    @Override
    public Provider<CharacterBackend> character(String name) {
        return find("character " + name);
    }

    @Override
    public synchronized List<PartConfiguration> configurations(String machine) {
        return List.copyOf(configurations);
    }

    @Override
    public SortedMap<String, String> bundles(Collection<Provider<?>> providers) {
        SortedMap<String, String> bundles = new TreeMap<>();
        providers.forEach(provider -> bundles.put(provider.identity().toString(), provider.bundle()));
        return bundles;
    }
}
