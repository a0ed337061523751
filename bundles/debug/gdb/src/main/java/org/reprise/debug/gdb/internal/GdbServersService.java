package org.reprise.debug.gdb.internal;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Map;
import java.util.TreeMap;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.Machine;
import org.reprise.api.machine.MachineException;
import org.reprise.api.debug.GdbServers;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One listening thread for each machine that is served. */
@Component
public final class GdbServersService implements GdbServers {
    private static final Logger LOG = LoggerFactory.getLogger(GdbServersService.class);
    private final Map<String, Listener> listeners = new TreeMap<>();

    private static final class Listener implements AutoCloseable {
        private final Machine machine;
        private final ServerSocket server;
        private Socket client;

        Listener(Machine machine, int port) throws IOException {
            this.machine = machine;
            server = new ServerSocket();
            server.setReuseAddress(true);
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            Thread thread = new Thread(this::accept, "reprise-gdb-" + machine.name());
            thread.setDaemon(true);
            thread.start();
        }

        private void accept() {
            while (!server.isClosed()) {
                try {
                    Socket socket = server.accept();
                    socket.setTcpNoDelay(true);
                    synchronized (this) {
                        if (client != null) {
                            LOG.warn("machine {}: a second debugger is refused", machine.name());
                            socket.close();
                            continue;
                        }
                        client = socket;
                    }
                    Thread thread = new Thread(() -> serve(socket), "reprise-gdb-" + machine.name() + "-client");
                    thread.setDaemon(true);
                    thread.start();
                } catch (IOException e) {
                    if (!server.isClosed()) {
                        LOG.warn("machine {}: a debugger could not connect: {}", machine.name(), e.getMessage());
                    }
                }
            }
        }

        private void serve(Socket socket) {
            try {
                new Connection(machine, socket).serve();
            } finally {
                synchronized (this) {
                    client = null;
                }
            }
        }

        @Override
        public void close() {
            try {
                server.close();
                synchronized (this) {
                    if (client != null) {
                        client.close();
                    }
                }
            } catch (IOException e) {
                LOG.warn("machine {}: closing its debugger's port: {}", machine.name(), e.getMessage());
            }
        }
    }

    @Override
    public synchronized int serve(Machine machine, int port) {
        Listener present = listeners.get(machine.name());
        if (present != null) {
            throw new MachineException(ExitCode.USAGE, "machine " + machine.name() + " is served to gdb on port "
                + present.server.getLocalPort() + " already; end that first");
        }
        if (port < 0 || port > 65535) {
            throw new MachineException(ExitCode.USAGE, "port " + port + " is not in 0..65535");
        }
        try {
            Listener listener = new Listener(machine, port);
            listeners.put(machine.name(), listener);
            return listener.server.getLocalPort();
        } catch (IOException e) {
            throw new MachineException(ExitCode.USAGE, "port " + port + " on loopback cannot be opened for gdb: " + e.getMessage()
                + "; choose another, or 0 for any", e);
        }
    }

    @Override
    public synchronized boolean end(String machine) {
        Listener listener = listeners.remove(machine);
        if (listener != null) {
            listener.close();
        }
        return listener != null;
    }

    @Override
    public synchronized Map<String, Integer> ports() {
        Map<String, Integer> ports = new TreeMap<>();
        listeners.forEach((name, listener) -> ports.put(name, listener.server.getLocalPort()));
        return ports;
    }

    /** Closes all ports. */
    @Deactivate
    synchronized void close() {
        listeners.values().forEach(Listener::close);
        listeners.clear();
    }
}
