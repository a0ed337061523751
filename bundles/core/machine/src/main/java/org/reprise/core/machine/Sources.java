package org.reprise.core.machine;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.reprise.api.block.BlockDriver;
import org.reprise.api.block.BlockFilter;
import org.reprise.api.character.CharacterBackend;
import org.reprise.api.cpu.CpuArchitecture;
import org.reprise.api.device.DeviceModel;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;
import org.reprise.api.net.NetworkBackend;
import org.reprise.api.net.NetworkFilter;
import org.reprise.api.random.RandomBackend;
import org.reprise.core.machine.PartCatalog.Provider;

/** Where one assembly takes its models and drivers from, and the memory of which ones it uses. */
final class Sources {
    /** A service in use. @param guestVisible false for back ends, which may differ between record and replay */
    private record Use(Provider<?> provider, String what, boolean guestVisible) {
    }

    private final String machine;
    private final PartCatalog catalog;
    private final Map<Object, Use> uses = new LinkedHashMap<>();

    Sources(String machine, PartCatalog catalog) {
        this.machine = machine;
        this.catalog = catalog;
    }

    PartCatalog catalog() {
        return catalog;
    }

    Provider<DeviceModel> device(String type) {
        return use(catalog.device(type), "device model " + type, true);
    }

    CpuArchitecture cpu(String arch) {
        return use(catalog.cpu(arch), "CPU architecture " + arch, true).service();
    }

    BlockDriver blockDriver(String name) {
        return use(catalog.blockDriver(name), "block driver " + name, true).service();
    }

    BlockFilter blockFilter(String name) {
        return use(catalog.blockFilter(name), "block filter " + name, true).service();
    }

    Provider<NetworkBackend> networkBackend(String name) {
        return use(catalog.networkBackend(name), "network back end " + name, false);
    }

    NetworkFilter networkFilter(String name) {
        return use(catalog.networkFilter(name), "network filter " + name, false).service();
    }

    RandomBackend random(String name) {
        return use(catalog.random(name), "random back end " + name, false).service();
    }

    CharacterBackend character(String name) {
        return use(catalog.character(name), "character back end " + name, false).service();
    }

    private <T> Provider<T> use(Provider<T> provider, String what, boolean guestVisible) {
        if (provider == null) {
            throw new MachineException(ExitCode.WAITING, "machine " + machine + " waits for " + what
                    + "; install and start the bundle that provides it");
        }
        uses.put(provider.identity(), new Use(provider, what, guestVisible));
        return provider;
    }

    /** Forgets a use that has ended. */
    void release(Provider<?> provider) {
        uses.remove(provider.identity());
    }

    /** What the service with this identity is used as, or null when it is not used. */
    String usedAs(Object identity) {
        Use use = uses.get(identity);
        return use == null ? null : use.what();
    }

    /** The services that the guest can see. */
    List<Provider<?>> guestVisible() {
        List<Provider<?>> providers = new ArrayList<>();
        for (Use use : uses.values()) {
            if (use.guestVisible()) {
                providers.add(use.provider());
            }
        }
        return providers;
    }
}
