package org.reprise.core.machine;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.reprise.api.block.BlockQueue;
import org.reprise.api.character.CharacterPort;
import org.reprise.api.character.CharacterReceiver;
import org.reprise.api.cpu.CpuContext;
import org.reprise.api.device.BottomHalf;
import org.reprise.api.device.ClockType;
import org.reprise.api.device.DeviceContext;
import org.reprise.api.device.DeviceModel;
import org.reprise.api.device.Image;
import org.reprise.api.device.InterruptLine;
import org.reprise.api.device.MachineDescription;
import org.reprise.api.device.PartConfig;
import org.reprise.api.device.Timer;
import org.reprise.api.machine.ShutdownCause;
import org.reprise.api.memory.AddressSpace;
import org.reprise.api.memory.MmioHandler;
import org.reprise.api.net.NetworkPort;
import org.reprise.api.net.NetworkReceiver;
import org.reprise.core.machine.MachineConfiguration.Part;
import org.reprise.core.machine.PartCatalog.Provider;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The contexts that CPUs and devices get: the only way out of a part, checked for thread and replayability. */
abstract class PartContexts {
    private static final Logger LOG = LoggerFactory.getLogger("org.reprise.guest");

    final Assembly assembly;
    final Part part;
    final String model;
    /** What the part has mapped, in order. */
    private final List<Mapping> mappings = new ArrayList<>();
    private final Set<String> timerNames = new HashSet<>();
    private boolean assembling = true;
    private int callbacks;

    private PartContexts(Assembly assembly, Part part, String model) {
        this.assembly = assembly;
        this.part = part;
        this.model = model;
    }

    /** Registers or memory that a part has on the map. @param handler null for read-only memory with that content */
    private record Mapping(String name, long base, long size, MmioHandler handler, byte[] content) {
    }

    final void map(Mapping mapping) {
        put(mapping);
        mappings.add(mapping);
    }

    private void put(Mapping m) {
        if (m.handler() != null) {
            assembly.memory().addMmio(m.name(), m.base(), m.size(), m.handler());
        } else {
            assembly.memory().addRom(m.name(), m.base(), m.content());
        }
    }

    /** Takes what the part has mapped off the map. */
    final void takeOffMap() {
        mappings.forEach(m -> assembly.memory().removeMmio(m.name()));
    }

    /** Puts it back. */
    final void putOnMap() {
        mappings.forEach(this::put);
    }

    /** The part is created: methods for assembly are refused from now on. */
    final void assembled() {
        assembling = false;
    }

    final void check() {
        assembly.owner().check(part.name());
    }

    final void checkAssembling(String what) {
        check();
        if (!assembling) {
            throw new IllegalStateException(part.settings().owner() + ": " + what + " is only possible while the part is created");
        }
    }

    /** Checks that guest state may be touched now. */
    final void touch(String what) {
        check();
        if (assembly.guard().restricted()) {
            assembly.guard().touch(part.name(), what);
        }
    }

    final Outside outside(String what) {
        touch(what);
        Outside outside = assembly.outside();
        if (outside == null) {
            throw new IllegalStateException(part.settings().owner() + ": " + what + " while the machine is assembled; do it in reset");
        }
        return outside;
    }

    final int nextCallback() {
        return callbacks++;
    }

    final MachineTimer newTimer(String name, ClockType clock, boolean external, Runnable callback) {
        checkAssembling("making timer " + name);
        if (clock != ClockType.VIRTUAL && clock != ClockType.HOST) {
            throw new IllegalArgumentException(part.settings().owner() + ": timer " + name + " asks for clock " + clock
                    + "; parts have VIRTUAL and HOST");
        }
        if (!timerNames.add(name)) {
            throw new IllegalArgumentException(part.settings().owner() + ": there are two timers named " + name);
        }
        MachineTimer timer = new MachineTimer(assembly.timers(), part.name(), model, name, clock, external, part.index(),
                clock == ClockType.HOST ? nextCallback() : -1, callback);
        assembly.timers().add(timer);
        return timer;
    }

    final long readClock(ClockType clock) {
        check();
        return switch (clock) {
            case VIRTUAL -> assembly.virtualNow();
            case HOST -> outside("HOST clock").hostClock(part.index(), part.name());
            default -> throw new IllegalArgumentException(part.settings().owner() + ": clock " + clock
                    + " cannot be read by a part; use VIRTUAL or HOST");
        };
    }

    final void requestShutdown(ShutdownCause cause, int exitCode) {
        if (exitCode < 0 || exitCode > 255) {
            throw new IllegalArgumentException(part.settings().owner() + ": exit code " + exitCode + " is not in 0..255");
        }
        outside("shutdown").shutdown(cause, exitCode);
    }

    /** A CPU's context. */
    static final class OfCpu extends PartContexts implements CpuContext {
        private final int index;

        OfCpu(Assembly assembly, Part part, int index) {
            super(assembly, part, part.type());
            this.index = index;
        }

        @Override
        public PartConfig config() {
            return part.settings();
        }

        @Override
        public MachineDescription machine() {
            return assembly;
        }

        @Override
        public int index() {
            return index;
        }

        @Override
        public AddressSpace memory() {
            return assembly.memory();
        }

        @Override
        public long clock(ClockType clock) {
            return readClock(clock);
        }

        @Override
        public long icount() {
            check();
            return assembly.clock().icount();
        }

        @Override
        @SuppressWarnings("unchecked")
        public <T> T shared(String key, Supplier<T> maker) {
            check();
            return (T) assembly.shared().computeIfAbsent(key, k -> maker.get());
        }

        @Override
        public void yieldToOthers() {
            check();
            assembly.outside().yieldCpu();
        }

        @Override
        public Timer timer(String name, ClockType clock, Runnable callback) {
            return newTimer(name, clock, false, callback);
        }

        @Override
        public void shutdown(ShutdownCause cause, int exitCode) {
            requestShutdown(cause, exitCode);
        }
    }

    /** A device's context. */
    static final class OfDevice extends PartContexts implements DeviceContext {
        private final Provider<DeviceModel> provider;
        private final CheckedMemory memory;
        private final Set<String> halfNames = new HashSet<>();
        private long guestErrors;

        OfDevice(Assembly assembly, Part part, Provider<DeviceModel> provider) {
            super(assembly, part, part.type());
            this.provider = provider;
            this.memory = new CheckedMemory(assembly, part.name());
        }

        Provider<DeviceModel> provider() {
            return provider;
        }

        @Override
        public PartConfig config() {
            return part.settings();
        }

        @Override
        public MachineDescription machine() {
            return assembly;
        }

        @Override
        public AddressSpace memory() {
            return memory;
        }

        @Override
        public void map(String name, long base, long size, MmioHandler handler) {
            checkAssembling("mapping " + name);
            map(new Mapping(name, base, size, handler, null));
        }

        @Override
        public void mapRom(String name, long base, byte[] content) {
            checkAssembling("mapping " + name);
            map(new Mapping(name, base, content.length, null, content));
        }

        @Override
        public InterruptLine interrupt(String reference) {
            checkAssembling("wiring " + reference);
            CheckedLine line = new CheckedLine(assembly.owner(), assembly.guard(), assembly.clock().audience(), part.name(), reference);
            assembly.wireLater(line);
            return line;
        }

        @Override
        public Timer timer(String name, ClockType clock, Runnable callback) {
            return newTimer(name, clock, Declaration.holds(provider.properties().get(DeviceModel.TIMER_EXTERNAL), name, false), callback);
        }

        @Override
        public BottomHalf bottomHalf(String name, Runnable callback) {
            checkAssembling("making bottom half " + name);
            if (!halfNames.add(name)) {
                throw new IllegalArgumentException(part.settings().owner() + ": there are two bottom halves named " + name);
            }
            boolean replayable = Declaration.holds(provider.properties().get(DeviceModel.BH_REPLAYABLE), name, true);
            MachineBottomHalf half = new MachineBottomHalf(assembly.halves(), part.name(), model, name, replayable, part.index(),
                    nextCallback(), callback);
            assembly.halves().create(half);
            return half;
        }

        @Override
        public long clock(ClockType clock) {
            return readClock(clock);
        }

        @Override
        public void random(byte[] into) {
            outside("random bytes").random(part.index(), part.name(), into);
        }

        @Override
        public CharacterPort character(CharacterReceiver receiver) {
            checkAssembling("connecting a character port");
            return assembly.console(part, receiver);
        }

        @Override
        public Optional<BlockQueue> block(String configKey) {
            checkAssembling("connecting drive " + configKey);
            return assembly.drive(part, configKey).map(drive -> drive.queueFor(part.name()));
        }

        @Override
        public Optional<NetworkPort> network(String configKey, NetworkReceiver receiver) {
            checkAssembling("connecting network " + configKey);
            return assembly.network(part, configKey, receiver);
        }

        @Override
        public Optional<Image> image(String configKey) {
            checkAssembling("opening image " + configKey);
            return assembly.image(part, configKey).map(image -> image);
        }

        @Override
        public void shutdown(ShutdownCause cause, int exitCode) {
            requestShutdown(cause, exitCode);
        }

        @Override
        public void reset(ShutdownCause cause) {
            outside("reset").reset(cause);
        }

        @Override
        public void guestError(String message) {
            check();
            // The 1st to 10th, then every power of two: a guest that errs in a loop must not fill the host's log.
            if (++guestErrors <= 10 || Long.bitCount(guestErrors) == 1) {
                LOG.warn("{} at icount {}: guest error {}: {}", part.settings().owner(), assembly.clock().icount(), guestErrors, message);
            }
        }
    }
}
