package org.reprise.debug.gdb.internal;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.reprise.api.machine.Machine;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A loopback port on which one machine is served, to one client at a time. */
final class Port implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Port.class);
    private final Machine machine;
    private final MachineServices services;
    private final Refusal refusal = new Refusal();
    private final ServerSocket server;
    private Socket client;

    Port(Machine machine, MachineServices services, int port) throws IOException {
        this.machine = machine;
        this.services = services;
        server = new ServerSocket();
        server.setReuseAddress(true);
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        start(this::accept, "reprise-gdb-" + machine.name());
    }

    private static void start(Runnable work, String name) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    int number() {
        return server.getLocalPort();
    }

    synchronized boolean connected() {
        return client != null;
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                socket.setTcpNoDelay(true);
                boolean first;
                synchronized (this) {
                    first = client == null;
                    client = first ? socket : client;
                }
                if (first) {
                    start(() -> serve(socket), "reprise-gdb-" + machine.name() + "-client");
                } else {
                    refusal.begin(socket, machine.name(), "machine " + machine.name() + " has a debugger already: end that one first");
                }
            } catch (IOException e) {
                if (!server.isClosed()) {
                    LOG.warn("machine {}: a debugger could not connect: {}", machine.name(), e.getMessage());
                }
            }
        }
    }

    private void serve(Socket socket) {
        try {
            new Connection(machine, services, socket).serve();
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
