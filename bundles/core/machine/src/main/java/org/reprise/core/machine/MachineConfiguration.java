package org.reprise.core.machine;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.reprise.api.device.DeviceModel;
import org.reprise.api.machine.Machine;
import org.reprise.api.machine.PartInfo;
import org.reprise.core.machine.PartCatalog.PartConfiguration;
import org.reprise.core.machine.PartCatalog.Provider;

/** A machine's configuration and those of its parts, read at one moment; parts stand in the declared order. Immutable. */
final class MachineConfiguration {
    /** What a part is. */
    enum Kind {
        CPU, DEVICE, DRIVE, NETWORK;

        String text() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /**
     * One declared part.
     *
     * @param index position in the list of parts: the source of its events
     * @param kind what it is, or null when it has no configuration
     * @param type architecture, device type or driver, or null when it is not known
     * @param settings its configuration, or null
     */
    record Part(int index, String name, Kind kind, String type, PartSettings settings) {
        /** For people. */
        PartInfo shown(PartCatalog catalog) {
            if (kind == null) {
                return new PartInfo(name, "", "", "", Map.of());
            }
            Provider<?> provider = type == null ? null : switch (kind) {
                case CPU -> catalog.cpu(type);
                case DEVICE -> catalog.device(type);
                case DRIVE -> catalog.blockDriver(type);
                case NETWORK -> catalog.networkBackend(type);
            };
            return new PartInfo(name, kind.text(), type == null ? "" : type, provider == null ? "" : provider.bundle(), new LinkedHashMap<>(settings.asText()));
        }

        /** Why this device cannot be recorded, or null. */
        String blocker(PartCatalog catalog) {
            Provider<DeviceModel> provider = catalog.device(type);
            String reason = provider == null ? null : Declaration.unsupported(provider.properties().get(DeviceModel.REPLAY_SUPPORTED));
            return reason == null ? null : "part " + name + " (model " + type + "): " + reason;
        }
    }

    private final String name;
    private final PartSettings settings;
    private final List<Part> parts;
    private final Set<String> copies;

    private MachineConfiguration(String name, PartSettings settings, List<Part> parts, Set<String> copies) {
        this.name = name;
        this.settings = settings;
        this.parts = parts;
        this.copies = copies;
    }

    /** Reads it. @throws IllegalArgumentException naming key and value when the list of parts is wrong */
    static MachineConfiguration read(String name, PartSettings settings, List<PartConfiguration> configurations) {
        Map<String, PartConfiguration> byName = new LinkedHashMap<>();
        for (PartConfiguration configuration : configurations) {
            if (kind(configuration) == null) {
                continue;
            }
            PartConfiguration twin = byName.put(configuration.name(), configuration);
            if (twin != null && !twin.pid().equals(configuration.pid())) {
                throw new IllegalArgumentException("machine " + name + ": part " + configuration.name() + " is configured twice, by "
                        + min(twin.pid(), configuration.pid()) + " and " + max(twin.pid(), configuration.pid()) + "; remove one of them");
            }
        }
        List<String> names = settings.list("parts");
        if (names.isEmpty()) {
            throw new IllegalArgumentException(settings.owner() + ": key parts is missing; list the parts in the order of their assembly");
        }
        CpuParts cpus = new CpuParts(name, settings);
        names = cpus.expand(names, byName);
        Set<String> seen = new HashSet<>();
        List<Part> parts = new ArrayList<>();
        for (String part : names) {
            if (!seen.add(part)) {
                throw settings.bad("parts", String.join(",", names), "names " + part + " twice");
            }
            parts.add(part(name, parts.size(), part, byName.get(part)));
        }
        return new MachineConfiguration(name, settings, List.copyOf(parts), cpus.copies());
    }

    private static Part part(String machine, int index, String name, PartConfiguration configuration) {
        if (configuration == null) {
            return new Part(index, name, null, null, null);
        }
        String owner = "machine " + machine + ", part " + name;
        PartSettings settings = new PartSettings(owner, configuration.pid(), name, configuration.values());
        Kind kind = kind(configuration);
        String type = switch (kind) {
            case CPU -> settings.text("arch", null);
            case DRIVE -> settings.text("driver", "raw");
            case NETWORK -> Cable.backend(settings);
            case DEVICE -> configuration.factoryPid().substring(Machine.DEVICE_PID_PREFIX.length());
        };
        return new Part(index, name, kind, type, settings);
    }

    private static Kind kind(PartConfiguration configuration) {
        String factory = configuration.factoryPid();
        if (factory.equals(Machine.CPU_PID)) {
            return Kind.CPU;
        }
        if (factory.equals(Machine.DRIVE_PID)) {
            return Kind.DRIVE;
        }
        if (factory.equals(Machine.NETWORK_PID)) {
            return Kind.NETWORK;
        }
        return factory.startsWith(Machine.DEVICE_PID_PREFIX) ? Kind.DEVICE : null;
    }

    private static String min(String a, String b) {
        return a.compareTo(b) <= 0 ? a : b;
    }

    private static String max(String a, String b) {
        return a.compareTo(b) <= 0 ? b : a;
    }

    String name() {
        return name;
    }

    PartSettings settings() {
        return settings;
    }

    List<Part> parts() {
        return parts;
    }

    /** The declared part of that name. */
    Part part(String partName) {
        return parts.stream().filter(part -> part.name().equals(partName)).findFirst().orElseThrow();
    }

    List<Part> parts(Kind kind) {
        return parts.stream().filter(part -> part.kind() == kind).toList();
    }

    /** True for a CPU that follows from the key {@code cpus}, see {@link CpuParts}. */
    boolean copied(Part part) {
        return copies.contains(part.name());
    }

    List<String> partNames() {
        return parts.stream().map(Part::name).toList();
    }

    /** Digest components: CPUs, RAM, devices in the declared order, timers. */
    List<String> digestComponents() {
        List<String> components = new ArrayList<>();
        parts(Kind.CPU).forEach(part -> components.add(part.name()));
        components.add("ram");
        parts(Kind.DEVICE).forEach(part -> components.add(part.name()));
        components.add("timers");
        return components;
    }

    /** Bytes of main RAM. */
    long ram() {
        long size = settings.number("ram");
        if (size < 4096 || size % 4096 != 0 || size > 1L << 40) {
            throw settings.bad("ram", settings.text("ram"), "is not a RAM size; use a multiple of 4K up to 1024G");
        }
        return size;
    }

    long ramBase() {
        long base = settings.number("ram.base", 0);
        if (base < 0 || base % 4096 != 0) {
            throw settings.bad("ram.base", settings.text("ram.base"), "is not an address of RAM; use a multiple of 4K");
        }
        return base;
    }

    /** True when the nanoseconds per instruction follow the host. */
    boolean autoShift() {
        return settings.text("shift", "0").trim().equals("auto");
    }

    /** Nanoseconds per instruction, as a shift; the first one of {@link #autoShift}. */
    int shift() {
        if (autoShift()) {
            if (!sleep()) {
                throw settings.bad("shift", "auto", "follows the host's time, which sleep = off does without; use sleep = on, or shift = 0..10");
            }
            return AutoShift.FIRST;
        }
        long shift = settings.number("shift", 0);
        if (shift < 0 || shift > 10) {
            throw settings.bad("shift", settings.text("shift"), "is out of range; use 0..10 (2^shift ns per instruction), or auto");
        }
        return (int) shift;
    }

    /** True when an idle machine waits in real time. */
    boolean sleep() {
        return settings.flag("sleep", true);
    }

    /** Name of the random back end, or null. */
    String random() {
        return settings.text("random", null);
    }

    /** Instructions between two digests of a recording; 0: only at its end. */
    long digestInterval() {
        long interval = settings.number("rr.digest-interval", 50_000_000);
        if (interval < 0) {
            throw settings.bad("rr.digest-interval", settings.text("rr.digest-interval"),
                    "is negative; use a number of instructions, or 0");
        }
        return interval;
    }

    /** Instructions in one slice at most: bounds the latency of input and requests; invisible to the guest. */
    long sliceCap() {
        long cap = settings.number("slice-cap", 250_000);
        if (cap < 1) {
            throw settings.bad("slice-cap", settings.text("slice-cap"), "is not positive; use a number of instructions");
        }
        return cap;
    }

    /** Checks every machine-wide value. */
    void validate() {
        ram();
        ramBase();
        shift();
        sleep();
        digestInterval();
        sliceCap();
        List<Part> cpus = parts(Kind.CPU);
        if (cpus.isEmpty() || cpus.size() > CpuParts.MOST) {
            throw new IllegalArgumentException("machine " + name + ": " + cpus.size() + " CPUs are configured"
                    + (cpus.isEmpty() ? "" : " (" + String.join(", ", cpus.stream().map(Part::name).toList()) + ")")
                    + "; a machine has 1.." + CpuParts.MOST);
        }
    }
}
