package org.reprise.core.machine;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.reprise.api.block.BlockDriver;
import org.reprise.api.block.BlockFilter;
import org.reprise.api.character.CharacterBackend;
import org.reprise.api.cpu.CpuArchitecture;
import org.reprise.api.device.DeviceModel;
import org.reprise.api.net.NetworkBackend;
import org.reprise.api.net.NetworkFilter;
import org.reprise.api.random.RandomBackend;

/** What is installed: part models and drivers by name, and the configurations of a machine's parts. Any thread. */
interface PartCatalog {
    /**
     * One installed service.
     *
     * @param service the object
     * @param properties its service properties
     * @param bundle symbolic name and version of its bundle
     * @param identity equal as long as it is the same registration
     */
    record Provider<T>(T service, Map<String, Object> properties, String bundle, Object identity) {
    }

    /**
     * One configuration of a part.
     *
     * @param pid the whole PID, {@code org.reprise.device.plic~plic}
     * @param factoryPid the factory PID
     */
    record PartConfiguration(String pid, String factoryPid, Map<String, Object> values) {
        /** The part's name: what follows the tilde. */
        String name() {
            return pid.substring(pid.indexOf('~') + 1);
        }
    }

    /** The device model of that type, or null. */
    Provider<DeviceModel> device(String type);

    /** The CPU architecture, or null. */
    Provider<CpuArchitecture> cpu(String arch);

    /** The block driver, or null. */
    Provider<BlockDriver> blockDriver(String name);

    /** The block filter, or null. */
    Provider<BlockFilter> blockFilter(String name);

    /** The network back end, or null. */
    Provider<NetworkBackend> networkBackend(String name);

    /** The network filter, or null. */
    Provider<NetworkFilter> networkFilter(String name);

    /** The random back end, or null. */
    Provider<RandomBackend> random(String name);

    /** The character back end, or null. */
    Provider<CharacterBackend> character(String name);

    /** The configurations whose {@code machine} is this one, in no order. */
    List<PartConfiguration> configurations(String machine);

    /** Version and digest, by symbolic name, of the bundles that the given services (of any type) and the machine itself consist of. */
    SortedMap<String, String> bundles(Collection<Provider<?>> providers);
}
