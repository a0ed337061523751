package org.reprise.net.hub;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.reprise.api.device.PartConfig;
import org.reprise.api.device.Timer;
import org.reprise.api.net.NetworkFrame;
import org.reprise.api.net.NetworkHost;
import org.reprise.api.net.NetworkLink;
import org.reprise.core.packet.Offloads;

/** A hub of one machine. Machine's thread. */
final class Hub {
    private final String name;
    private final List<Port> ports = new ArrayList<>();
    private int holders;
    private NetworkLink uplink;
    private boolean uplinkOffloads;
    private Port uplinkOwner;
    private boolean refused;

    Hub(String name) {
        this.name = name;
    }

    /** Under the back end's lock, as {@link #release}. */
    void hold() {
        holders++;
    }

    /** @return true when nobody uses the hub any more */
    boolean release() {
        return --holders == 0;
    }

    Port connect(String part, NetworkHost host, Runnable closed) {
        Port port = new Port(part, host, closed);
        ports.add(port);
        return port;
    }

    /** Opens another back end as one more on the hub. */
    void uplink(PartConfig config, Port owner, HubBackend.Uplink backend) throws IOException {
        if (uplinkOwner != null) {
            throw new IllegalArgumentException(config.name() + ": hub.uplink: hub " + name + " has one already, of " + uplinkOwner.part
                    + "; set it on one part only");
        }
        uplinkOwner = owner;
        uplinkOffloads = backend.offloads();
        uplink = backend.backend().open(config, new UplinkHost(owner.host));
    }

    /** One network part on the hub. */
    final class Port implements NetworkLink {
        private final String part;
        private final NetworkHost host;
        private final Runnable closed;

        Port(String part, NetworkHost host, Runnable closed) {
            this.part = part;
            this.host = host;
            this.closed = closed;
        }

        @Override
        public void send(NetworkFrame frame) {
            for (Port port : ports) {
                if (port != this) {
                    port.take(frame);
                }
            }
            if (uplink != null) {
                if (uplinkOffloads) {
                    uplink.send(frame);
                } else {
                    Offloads.finish(frame, uplink::send);
                }
            }
        }

        /** @return true when the guest got it; a frame for a full port is lost */
        private boolean take(NetworkFrame frame) {
            if (host.takesUnfinished()) {
                return host.receive(frame);
            }
            boolean[] taken = {true};
            Offloads.finish(frame, piece -> taken[0] &= host.receive(piece));
            return taken[0];
        }

        @Override
        public void room() {
            if (refused && uplink != null) {
                refused = false;
                uplink.room();
            }
        }

        @Override
        public String describe() {
            return "hub " + name + " of " + ports.size() + (uplink == null ? "" : ", uplink " + uplink.describe());
        }

        @Override
        public void close() {
            if (ports.remove(this)) {
                if (uplinkOwner == this) {
                    if (uplink != null) {
                        uplink.close();
                    }
                    uplink = null;
                    uplinkOwner = null;
                }
                closed.run();
            }
        }
    }

    /** The hub as the uplink's machine: what it sends goes to all. */
    private final class UplinkHost implements NetworkHost {
        private final NetworkHost owner;

        UplinkHost(NetworkHost owner) {
            this.owner = owner;
        }

        @Override
        public String machine() {
            return owner.machine();
        }

        /** Refused only when no port at all has taken it: one that is full does not stop the others. */
        @Override
        public boolean receive(NetworkFrame frame) {
            boolean taken = false;
            for (Port port : ports) {
                taken |= port.take(frame);
            }
            refused |= !taken;
            return taken;
        }

        /** The hub finishes frames for those who do not take them. */
        @Override
        public boolean takesUnfinished() {
            return true;
        }

        @Override
        public void execute(Runnable work) {
            owner.execute(work);
        }

        @Override
        public Timer timer(String timer, Runnable callback) {
            return owner.timer(timer, callback);
        }

        @Override
        public long now() {
            return owner.now();
        }

        @Override
        public void note(String message) {
            owner.note(message);
        }
    }
}
