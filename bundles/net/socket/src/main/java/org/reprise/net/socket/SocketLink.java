package org.reprise.net.socket;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import org.reprise.api.net.NetworkFrame;
import org.reprise.api.net.NetworkHost;
import org.reprise.api.net.NetworkLink;

/**
 * An open socket back end, the machine's side: what came and does not fit into the cable waits here, and holds the peer back when it is
 * too much. What the guest sends while nobody is connected is lost, as on a cable that is not plugged in.
 */
final class SocketLink implements NetworkLink {
    private final NetworkHost host;
    private final Wire wire;
    private final ArrayDeque<NetworkFrame> waiting = new ArrayDeque<>();
    private boolean full;

    SocketLink(String name, InetSocketAddress address, boolean listen, NetworkHost host) throws IOException {
        this.host = host;
        try {
            wire = new Wire(name, address, listen, new Wire.Machine() {
                @Override
                public void execute(Runnable work) {
                    host.execute(work);
                }

                @Override
                public void arrived(NetworkFrame frame) {
                    waiting.add(frame);
                    pass();
                }

                @Override
                public void note(String message) {
                    host.note(message);
                }
            });
        } catch (IOException e) {
            throw new IOException("cannot listen at " + address + " (" + e.getMessage() + "); choose another socket.listen", e);
        }
    }

    private void pass() {
        while (!full && !waiting.isEmpty()) {
            full = !host.receive(waiting.peek());
            if (!full) {
                wire.taken(waiting.remove().bytes().length);
            }
        }
    }

    @Override
    public void send(NetworkFrame frame) {
        wire.send(frame.bytes());
    }

    @Override
    public void room() {
        full = false;
        pass();
    }

    @Override
    public String describe() {
        return wire.describe();
    }

    @Override
    public void close() {
        wire.close();
        waiting.clear();
    }
}
