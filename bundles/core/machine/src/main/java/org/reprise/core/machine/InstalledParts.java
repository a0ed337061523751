package org.reprise.core.machine;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Dictionary;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Filter;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.util.tracker.ServiceTracker;
import org.reprise.api.block.BlockDriver;
import org.reprise.api.block.BlockFilter;
import org.reprise.api.character.CharacterBackend;
import org.reprise.api.cpu.CpuArchitecture;
import org.reprise.api.device.DeviceModel;
import org.reprise.api.net.NetworkBackend;
import org.reprise.api.net.NetworkFilter;
import org.reprise.api.random.RandomBackend;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The catalog of what is installed in the framework: follows services of all part kinds, reads configurations from ConfigurationAdmin. */
final class InstalledParts implements PartCatalog {
    private static final Logger LOG = LoggerFactory.getLogger(InstalledParts.class);
    private final BundleContext context;
    private final ConfigurationAdmin configurations;
    private final List<ServiceTracker<?, ?>> trackers = new ArrayList<>();
    private final ServiceTracker<DeviceModel, Provider<DeviceModel>> devices;
    private final ServiceTracker<CpuArchitecture, Provider<CpuArchitecture>> cpus;
    private final ServiceTracker<BlockDriver, Provider<BlockDriver>> drivers;
    private final ServiceTracker<BlockFilter, Provider<BlockFilter>> filters;
    private final ServiceTracker<NetworkBackend, Provider<NetworkBackend>> networks;
    private final ServiceTracker<NetworkFilter, Provider<NetworkFilter>> networkFilters;
    private final ServiceTracker<RandomBackend, Provider<RandomBackend>> randoms;
    private final ServiceTracker<CharacterBackend, Provider<CharacterBackend>> characters;
    private volatile Runnable changed = () -> { };
    private volatile Consumer<Object> withdrawn = identity -> { };

    InstalledParts(BundleContext context, ConfigurationAdmin configurations) {
        this.context = context;
        this.configurations = configurations;
        devices = track(DeviceModel.class);
        cpus = track(CpuArchitecture.class);
        drivers = track(BlockDriver.class);
        filters = track(BlockFilter.class);
        networks = track(NetworkBackend.class);
        networkFilters = track(NetworkFilter.class);
        randoms = track(RandomBackend.class);
        characters = track(CharacterBackend.class);
    }

    /**
     * Starts following services.
     *
     * @param onChange called after something came or went, on any thread
     * @param onWithdrawal called with the identity of a service that goes, before it is gone, on any thread
     */
    void open(Runnable onChange, Consumer<Object> onWithdrawal) {
        changed = onChange;
        withdrawn = onWithdrawal;
        trackers.forEach(ServiceTracker::open);
    }

    void close() {
        changed = () -> { };
        withdrawn = identity -> { };
        trackers.forEach(ServiceTracker::close);
    }

    private <T> ServiceTracker<T, Provider<T>> track(Class<T> type) {
        ServiceTracker<T, Provider<T>> tracker = new ServiceTracker<>(context, type, null) {
            @Override
            public Provider<T> addingService(ServiceReference<T> reference) {
                T service = context.getService(reference);
                if (service == null) {
                    return null;
                }
                changed.run();
                return provider(reference, service);
            }

            @Override
            public void modifiedService(ServiceReference<T> reference, Provider<T> provider) {
                changed.run();
            }

            @Override
            public void removedService(ServiceReference<T> reference, Provider<T> provider) {
                withdrawn.accept(provider.identity());
                context.ungetService(reference);
                changed.run();
            }
        };
        trackers.add(tracker);
        return tracker;
    }

    private static <T> Provider<T> provider(ServiceReference<T> reference, T service) {
        Map<String, Object> properties = new TreeMap<>();
        for (String key : reference.getPropertyKeys()) {
            properties.put(key, reference.getProperty(key));
        }
        Bundle bundle = reference.getBundle();
        return new Provider<>(service, properties, bundle == null ? "" : bundle.getSymbolicName() + " " + bundle.getVersion(), reference);
    }

    /** The best service whose property has this value: highest ranking, then oldest. Its properties are read anew. */
    private static <T> Provider<T> find(ServiceTracker<T, Provider<T>> tracker, String property, String value) {
        ServiceReference<T> best = null;
        for (ServiceReference<T> reference : tracker.getTracked().keySet()) {
            if (value.equals(reference.getProperty(property)) && (best == null || reference.compareTo(best) > 0)) {
                best = reference;
            }
        }
        Provider<T> provider = best == null ? null : tracker.getService(best);
        return provider == null ? null : provider(best, provider.service());
    }

    @Override
    public Provider<DeviceModel> device(String type) {
        return find(devices, DeviceModel.TYPE, type);
    }

    @Override
    public Provider<CpuArchitecture> cpu(String arch) {
        return find(cpus, CpuArchitecture.ARCH, arch);
    }

    @Override
    public Provider<BlockDriver> blockDriver(String name) {
        return find(drivers, BlockDriver.DRIVER, name);
    }

    @Override
    public Provider<BlockFilter> blockFilter(String name) {
        return find(filters, BlockFilter.FILTER, name);
    }

    @Override
    public Provider<NetworkBackend> networkBackend(String name) {
        return find(networks, NetworkBackend.BACKEND, name);
    }

    @Override
    public Provider<NetworkFilter> networkFilter(String name) {
        return find(networkFilters, NetworkFilter.FILTER, name);
    }

    @Override
    public Provider<RandomBackend> random(String name) {
        return find(randoms, RandomBackend.BACKEND, name);
    }

    @Override
    public Provider<CharacterBackend> character(String name) {
        return find(characters, CharacterBackend.BACKEND, name);
    }

    @Override
    public List<PartConfiguration> configurations(String machine) {
        List<PartConfiguration> found = new ArrayList<>();
        try {
            Filter filter = context.createFilter("(machine=" + escape(machine) + ")");
            Configuration[] all = configurations.listConfigurations(filter.toString());
            for (Configuration configuration : all == null ? new Configuration[0] : all) {
                try {
                    if (configuration.getFactoryPid() != null) {
                        found.add(new PartConfiguration(configuration.getPid(), configuration.getFactoryPid(), values(configuration.getProperties())));
                    }
                } catch (IllegalStateException e) {
                    LOG.debug("machine {}: a configuration was deleted meanwhile", machine, e);
                }
            }
        } catch (IOException | InvalidSyntaxException e) {
            throw new IllegalStateException("machine " + machine + ": its configurations cannot be listed: " + e.getMessage(), e);
        }
        return found;
    }

    private static String escape(String text) {
        return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)").replace("*", "\\*");
    }

    private static Map<String, Object> values(Dictionary<String, Object> properties) {
        Map<String, Object> values = new TreeMap<>();
        for (Enumeration<String> keys = properties.keys(); keys.hasMoreElements();) {
            String key = keys.nextElement();
            values.put(key, properties.get(key));
        }
        return values;
    }

    @Override
    public SortedMap<String, String> bundles(Collection<Provider<?>> providers) {
        List<Bundle> roots = new ArrayList<>();
        roots.add(context.getBundle());
        for (Provider<?> provider : providers) {
            Bundle bundle = ((ServiceReference<?>) provider.identity()).getBundle();
            if (bundle != null) {
                roots.add(bundle);
            }
        }
        return BundleDigests.of(roots);
    }
}
