package org.reprise.core.machine;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.reprise.api.replay.ReplayHost;
import org.reprise.api.travel.Twin;

/** The twins of one machine ({@link org.reprise.api.travel.TravelHost#twin}): nobody else knows of them. Any thread. */
final class Twins {
    private final List<Made> all = new CopyOnWriteArrayList<>();

    private final class Made implements Twin {
        private final MachineHost host;
        private volatile boolean closed;

        Made(MachineHost host) {
            this.host = host;
        }

        @Override
        public ReplayHost machine() {
            return host;
        }

        @Override
        public boolean closed() {
            return closed;
        }

        @Override
        public void close() {
            closed = true;
            all.remove(this);
            host.close();
        }
    }

    /** What CPUs share, see {@link org.reprise.api.cpu.CpuContext#shared}: nothing so far. */
    static Map<String, Object> nothingShared() {
        return Collections.synchronizedMap(new LinkedHashMap<>());
    }

    /** Takes care of one more. */
    Twin add(MachineHost host) {
        Made twin = new Made(host);
        all.add(twin);
        return twin;
    }

    /** As {@link MachineHost#withdrawn}. */
    void withdrawn(Object identity) {
        all.forEach(twin -> twin.host.withdrawn(identity));
    }

    /** Ends all. */
    void close() {
        all.forEach(Made::close);
    }
}
