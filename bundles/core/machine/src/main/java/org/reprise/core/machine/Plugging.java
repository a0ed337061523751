package org.reprise.core.machine;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import org.reprise.api.device.DeviceModel;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.Machine;
import org.reprise.api.machine.MachineException;
import org.reprise.api.state.State;
import org.reprise.api.state.Stateful;
import org.reprise.core.machine.MachineConfiguration.Kind;
import org.reprise.core.machine.MachineConfiguration.Part;
import org.reprise.core.machine.PartCatalog.Provider;

/**
 * Devices that are plugged into a running machine, and out again. A device on a bus takes a free slot: an empty device of the machine that declares
 * itself one ({@code device.slot}); its registers stand where the slot's were. A device that is on no bus is given an address. A drive or a network that
 * the device needs comes with it: keys that begin with {@code drive.} or {@code network.} configure it. Machine's thread only.
 */
final class Plugging implements Stateful {
    private static final int MOST = 64;
    private static final Companion DRIVE = new Companion("drive", Kind.DRIVE, Machine.DRIVE_PID);
    private static final List<Companion> COMPANIONS = List.of(DRIVE, new Companion("network", Kind.NETWORK, Machine.NETWORK_PID));

    /** A part that comes with a device: configured by keys with this prefix, named by the device's key of that name. */
    private record Companion(String key, Kind kind, String pid) {
        String prefix() {
            return key + ".";
        }
    }

    private final Assembly assembly;
    private final PartCatalog catalog;
    private final Map<String, Plug> plugged = new LinkedHashMap<>();
    private int plugs;

    Plugging(Assembly assembly, PartCatalog catalog) {
        this.assembly = assembly;
        this.catalog = catalog;
    }

    /**
     * Settles what a user asks for: model, slot, bundles and images as they are here.
     *
     * @param settings the device's keys; {@code id} names it, {@code slot} chooses a slot
     * @param recorded the machine is recorded
     * @throws MachineException naming what does not fit
     */
    Plug settle(String model, Map<String, String> settings, boolean recorded) {
        Provider<DeviceModel> provider = catalog.device(model);
        if (provider == null) {
            throw refuse(ExitCode.WAITING, "there is no device model " + model + "; install and start the bundle that provides it");
        }
        String unsupported = recorded ? Declaration.unsupported(provider.properties().get(DeviceModel.REPLAY_SUPPORTED)) : null;
        if (unsupported != null) {
            throw refuse(ExitCode.CONFIGURATION, "device model " + model + " cannot be plugged into a machine that is recorded: " + unsupported);
        }
        Map<String, String> keys = new TreeMap<>(settings);
        String id = keys.remove("id");
        String slot = keys.remove("slot");
        if (id == null) {
            for (int i = 0; id == null || known(id); i++) {
                id = model + "-" + i;
            }
        }
        Object bus = provider.properties().get(DeviceModel.BUS);
        if (bus == null) {
            if (slot != null || !keys.containsKey("address")) {
                throw refuse(ExitCode.USAGE, "device model " + model + " is on no bus with slots; give it address=… (and interrupt=… if it has one)");
            }
        } else {
            slot = freeSlot(bus.toString(), slot);
            Part place = assembly.configuration().part(slot);
            keys.put("address", place.settings().text("address"));
            if (place.settings().has("interrupt")) {
                keys.put("interrupt", place.settings().text("interrupt"));
            }
        }
        Plug plug = new Plug(id, model, slot == null ? "" : slot, Map.of(), Map.of(), keys);
        try {
            Map<String, Path> files = files(plug, catalog);
            // by their full names, those that an image stands on too: the recording says where each was
            files.forEach((key, file) -> keys.put(key, file.toAbsolutePath().normalize().toString()));
            return new Plug(id, model, plug.slot(), catalog.bundles(List.of(provider)), identities(plug, files), keys);
        } catch (IllegalArgumentException e) {
            throw refuse(ExitCode.CONFIGURATION, e.getMessage());
        }
    }

    private boolean known(String id) {
        return plugged.containsKey(id) || assembly.configuration().partNames().contains(id);
    }

    private String freeSlot(String bus, String wanted) {
        List<String> all = new ArrayList<>();
        for (Part part : assembly.configuration().parts(Kind.DEVICE)) {
            Provider<DeviceModel> model = catalog.device(part.type());
            if (model != null && bus.equals(String.valueOf(model.properties().get(DeviceModel.SLOT)))) {
                all.add(part.name());
            }
        }
        List<String> free = new ArrayList<>(all);
        plugged.values().forEach(plug -> free.remove(plug.slot()));
        if (wanted == null ? free.isEmpty() : !free.contains(wanted)) {
            throw refuse(ExitCode.USAGE, wanted == null ? "no slot of bus " + bus + " is free; it has " + all + ": unplug a device first"
                    : "slot " + wanted + " is not free; " + (free.isEmpty() ? "none is" : "free are " + free));
        }
        return wanted == null ? free.get(0) : wanted;
    }

    /** The files that a plugged drive's content comes from, by key. @throws IllegalArgumentException naming file and problem */
    private static Map<String, Path> files(Plug plug, PartCatalog catalog) {
        Map<String, Path> files = new TreeMap<>();
        Map<String, Object> values = settings(plug, DRIVE);
        if (!values.isEmpty()) {
            PartSettings settings = new PartSettings("plugged device " + plug.id(), DRIVE.pid() + "~" + plug.id(), plug.id(), values);
            try {
                Drive.files(settings, catalog).forEach((key, file) -> files.put(DRIVE.prefix() + key, file));
            } catch (IOException e) {
                throw unreadable(plug, e);
            }
        }
        return files;
    }

    private static Map<String, String> identities(Plug plug, Map<String, Path> files) {
        Map<String, String> images = new TreeMap<>();
        try {
            for (Map.Entry<String, Path> file : files.entrySet()) {
                images.put(file.getKey(), ImageFile.identity(file.getValue()));
            }
        } catch (IOException e) {
            throw unreadable(plug, e);
        }
        return images;
    }

    private static IllegalArgumentException unreadable(Plug plug, IOException e) {
        return new IllegalArgumentException(DRIVE.prefix() + "file = " + plug.settings().get(DRIVE.prefix() + "file") + " of device " + plug.id()
                + " cannot be read: " + e.getMessage(), e);
    }

    /** What differs between the files of a recorded plug and those that are here; null when nothing does. */
    private static String otherImage(Plug plug, PartCatalog catalog) {
        Map<String, Path> files = files(plug, catalog);
        Map<String, String> here = identities(plug, files);
        TreeSet<String> keys = new TreeSet<>(here.keySet());
        keys.addAll(plug.images().keySet());
        for (String key : keys) {
            if (!Objects.equals(here.get(key), plug.images().get(key))) {
                return key + " of device " + plug.id() + " (" + (files.containsKey(key) ? files.get(key) : "no file here") + "): recorded "
                        + plug.images().get(key) + ", here " + here.get(key) + "; restore the image that was recorded";
            }
        }
        return null;
    }

    /** Keys and values of a companion, without its prefix. */
    private static Map<String, Object> settings(Plug plug, Companion companion) {
        Map<String, Object> values = new TreeMap<>();
        plug.settings().forEach((key, value) -> {
            if (key.startsWith(companion.prefix())) {
                values.put(key.substring(companion.prefix().length()), value);
            }
        });
        return values;
    }

    /** Why a recorded plug cannot be repeated with what is installed here; null when it can. */
    static String obstacle(Plug plug, PartCatalog catalog, boolean otherVersions) {
        Provider<DeviceModel> provider = catalog.device(plug.model());
        String bundles = String.join(", ", plug.bundles().keySet().stream().filter(name -> !name.contains(".core.") && !name.endsWith(".api")).toList());
        if (provider == null) {
            return "device model " + plug.model() + ", plugged as " + plug.id() + ", is not installed; install bundle " + bundles;
        }
        Map<String, String> here = catalog.bundles(List.of(provider));
        for (Map.Entry<String, String> bundle : plug.bundles().entrySet()) {
            String mine = here.get(bundle.getKey());
            if (mine == null) {
                return "bundle " + bundle.getKey() + " of device " + plug.id() + " is not installed; install it in version " + bundle.getValue();
            }
            if (!otherVersions && !mine.equals(bundle.getValue())) {
                return "bundle " + bundle.getKey() + " of device " + plug.id() + ": recorded " + bundle.getValue() + ", here " + mine;
            }
        }
        return otherImage(plug, catalog);
    }

    /**
     * Plugs a device in, resets it. On failure the machine is as before.
     *
     * @throws MachineException or IllegalArgumentException naming what does not fit
     */
    void plug(Plug plug) {
        if (known(plug.id())) {
            throw refuse(ExitCode.USAGE, "there is a part " + plug.id() + " already; give the device another id=…");
        }
        if (!plug.slot().isEmpty() && (!assembly.configuration().partNames().contains(plug.slot())
                || plugged.values().stream().anyMatch(other -> other.slot().equals(plug.slot())))) {
            throw refuse(ExitCode.USAGE, "slot " + plug.slot() + " for device " + plug.id() + " does not exist or is taken");
        }
        if (plugged.size() >= MOST) {
            throw refuse(ExitCode.USAGE, "has " + MOST + " plugged devices; unplug one first");
        }
        String other = otherImage(plug, catalog);
        if (other != null) {
            throw refuse(ExitCode.MISMATCH, other);
        }
        Map<String, Object> own = new TreeMap<>();
        List<Part> parts = new ArrayList<>();
        for (Companion companion : COMPANIONS) {
            Map<String, Object> values = settings(plug, companion);
            if (!values.isEmpty()) {
                String name = plug.id() + "-" + companion.key();
                own.put(companion.key(), name);
                parts.add(part(name, companion.kind(), companion.pid(), values, parts.size()));
            }
        }
        plug.settings().forEach((key, value) -> {
            if (COMPANIONS.stream().noneMatch(companion -> key.startsWith(companion.prefix()))) {
                own.put(key, value);
            }
        });
        Part device = part(plug.id(), Kind.DEVICE, Machine.DEVICE_PID_PREFIX + plug.model(), own, parts.size());
        plugs += parts.size() + 1;
        if (!plug.slot().isEmpty()) {
            assembly.vacate(plug.slot());
        }
        try {
            assembly.attach(parts, device);
        } catch (RuntimeException | Error e) {
            undo(plug, parts, device);
            throw e;
        }
        plugged.put(plug.id(), plug);
    }

    private void undo(Plug plug, List<Part> parts, Part device) {
        assembly.detach(device);
        parts.forEach(assembly::detach);
        if (!plug.slot().isEmpty()) {
            assembly.restore(plug.slot());
        }
    }

    private Part part(String name, Kind kind, String pid, Map<String, Object> values, int companions) {
        String factory = kind == Kind.DEVICE ? pid.substring(Machine.DEVICE_PID_PREFIX.length()) : null;
        PartSettings settings = new PartSettings("machine " + assembly.name() + ", plugged part " + name, pid + "~" + name, name, values);
        String type = switch (kind) {
            case DRIVE -> settings.text("driver", "raw");
            case NETWORK -> Cable.backend(settings);
            default -> factory;
        };
        return new Part(assembly.configuration().parts().size() + plugs + companions, name, kind, type, settings);
    }

    /** Checks that a device is plugged in. @throws MachineException when none has this id */
    void require(String id) {
        if (!plugged.containsKey(id)) {
            throw refuse(ExitCode.USAGE, "no device " + id + " was plugged in" + (plugged.isEmpty() ? "" : "; there are " + plugged.keySet()));
        }
    }

    /** Takes a device out. @throws MachineException when none has this id */
    void unplug(String id) {
        require(id);
        Plug plug = plugged.remove(id);
        undo(plug, assembly.attached(COMPANIONS.stream().map(companion -> id + "-" + companion.key()).toList()), assembly.attached(List.of(id)).get(0));
    }

    /** The devices that are plugged in, by id. */
    Map<String, Plug> plugged() {
        return plugged;
    }

    private MachineException refuse(ExitCode code, String what) {
        return new MachineException(code, "machine " + assembly.name() + ": " + what);
    }

    /** The devices that are plugged in, with the part numbers they got. Restoring plugs in and out what differs. */
    @Override
    public void state(State s) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        plugged.forEach((id, plug) -> {
            byte[] text = plug.encode();
            int first = assembly.attached(List.of(id)).get(0).index();
            out.writeBytes(ByteBuffer.allocate(2 * Integer.BYTES).putInt(first).putInt(text.length).array());
            out.writeBytes(text);
        });
        ByteBuffer saved = ByteBuffer.wrap(s.bytes("devices", out.toByteArray()));
        int number = s.int32("plugs", plugs);
        if (s.loading()) {
            if (!saved.equals(ByteBuffer.wrap(out.toByteArray()))) {
                List.copyOf(plugged.keySet()).forEach(this::unplug);
                while (saved.hasRemaining()) {
                    int index = saved.getInt();
                    byte[] text = new byte[saved.getInt()];
                    saved.get(text);
                    Plug plug = assembly.forReplay() ? Plug.replayed(text) : Plug.decode(text);
                    long companions = COMPANIONS.stream().filter(companion -> !settings(plug, companion).isEmpty()).count();
                    plugs = index - assembly.configuration().parts().size() - (int) companions;
                    plug(plug);
                }
            }
            plugs = number;
        }
    }
}
