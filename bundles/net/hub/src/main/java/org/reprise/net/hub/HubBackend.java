package org.reprise.net.hub;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.reprise.api.device.PartConfig;
import org.reprise.api.net.NetworkBackend;
import org.reprise.api.net.NetworkHost;
import org.reprise.api.net.NetworkLink;

/**
 * The back end {@code hub}: all network parts of one machine that name the same hub hear each other. One of them may bring an uplink,
 * another back end, which is one more on the hub.
 *
 * <p>Keys: {@code hub} (its name, default hub0); {@code hub.uplink} (name of a back end, which reads its keys from the same part; none by
 * default).
 *
 * <p>Frames are handed over at once on the machine's thread, in the order in which the parts were opened, so that a hub without an uplink
 * that uses the host is deterministic.
 */
@Component(service = NetworkBackend.class, property = {NetworkBackend.BACKEND + "=hub", NetworkBackend.OFFLOADS + ":Boolean=true",
    NetworkBackend.TIMER_EXTERNAL + ":Boolean=true"})
public final class HubBackend implements NetworkBackend {
    /** A back end and whether it takes unfinished frames. */
    record Uplink(NetworkBackend backend, boolean offloads) {
    }

    private record Key(String machine, String hub) {
    }

    private final Map<Key, Hub> hubs = new LinkedHashMap<>();
    private final Map<String, Uplink> uplinks = new LinkedHashMap<>();

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC,
            target = "(!(" + NetworkBackend.BACKEND + "=hub))")
    void addBackend(NetworkBackend backend, Map<String, Object> properties) {
        synchronized (uplinks) {
            uplinks.put(String.valueOf(properties.get(BACKEND)), new Uplink(backend, Boolean.TRUE.equals(properties.get(OFFLOADS))));
        }
    }

    void removeBackend(NetworkBackend backend) {
        synchronized (uplinks) {
            uplinks.values().removeIf(uplink -> uplink.backend == backend);
        }
    }

    @Override
    public NetworkLink open(PartConfig config, NetworkHost host) throws IOException {
        Key key = new Key(host.machine(), config.text("hub", "hub0"));
        Hub hub;
        // machines have a thread each
        synchronized (hubs) {
            hub = hubs.computeIfAbsent(key, k -> new Hub(k.hub));
            hub.hold();
        }
        Hub.Port port = null;
        try {
            port = hub.connect(config.name(), host, () -> release(key));
            String name = config.text("hub.uplink", "none");
            if (!name.equals("none")) {
                hub.uplink(config, port, uplink(config, name));
            }
            return port;
        } catch (IOException | RuntimeException e) {
            if (port != null) {
                port.close();
            } else {
                release(key);
            }
            throw e;
        }
    }

    private Uplink uplink(PartConfig config, String name) throws IOException {
        synchronized (uplinks) {
            Uplink uplink = uplinks.get(name);
            if (uplink == null) {
                throw new IOException("hub.uplink=" + name + " is not installed; there are " + String.join(", ", uplinks.keySet()));
            }
            return uplink;
        }
    }

    private void release(Key key) {
        synchronized (hubs) {
            hubs.computeIfPresent(key, (k, hub) -> hub.release() ? null : hub);
        }
    }
}
