package org.reprise.net.socket;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.reprise.api.net.NetworkFrame;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connection to the peer and the one thread that serves it. One peer at a time; when it is gone, the next one is accepted, or it is
 * called again. Both directions hold a bounded number of bytes: what the guest sends beyond is lost, of what the peer sends no more is
 * read.
 */
final class Wire {
    private static final Logger LOG = LoggerFactory.getLogger(Wire.class);
    private static final int MOST_BYTES = 4 << 20;
    private static final long AGAIN_MILLIS = 500;
    private static final long PATIENCE_MILLIS = 2_000;
    private static final int MOST_GATHERED = 64;
    private static final int OVERHEAD = 128;

    /** Where frames of the peer go. */
    interface Machine {
        /** Any thread. */
        void execute(Runnable work);

        /** Machine's thread. */
        void arrived(NetworkFrame frame);

        /** Machine's thread. */
        void note(String message);
    }

    private final String name;
    private final InetSocketAddress address;
    private final Machine machine;
    private final ServerSocketChannel server;
    private final Selector selector;
    private final Thread thread;
    private final Queue<ByteBuffer> sending = new ConcurrentLinkedQueue<>();
    private final AtomicInteger sendingBytes = new AtomicInteger();
    private final AtomicInteger arrivedBytes = new AtomicInteger();
    private volatile boolean closed;
    private volatile boolean connected;
    // the I/O thread's
    private final ArrayDeque<ByteBuffer> unwritten = new ArrayDeque<>();
    private SocketChannel peer;
    private FrameStream stream;
    private long nextCall;

    Wire(String name, InetSocketAddress address, boolean listen, Machine machine) throws IOException {
        this.name = name;
        this.machine = machine;
        selector = Selector.open();
        if (listen) {
            server = ServerSocketChannel.open();
            try {
                server.configureBlocking(false);
                server.setOption(StandardSocketOptions.SO_REUSEADDR, true);
                server.bind(address, 1);
                server.register(selector, SelectionKey.OP_ACCEPT);
            } catch (IOException e) {
                server.close();
                selector.close();
                throw e;
            }
            this.address = (InetSocketAddress) server.getLocalAddress();
        } else {
            server = null;
            this.address = address;
        }
        thread = new Thread(this::run, "network " + name);
        thread.setDaemon(true);
        thread.start();
    }

    /** Sends a frame when there is somebody and not too much waits. Machine's thread. */
    void send(byte[] frame) {
        if (connected && sendingBytes.get() < MOST_BYTES) {
            sendingBytes.addAndGet(cost(frame.length));
            sending.add(FrameStream.write(frame));
            selector.wakeup();
        }
    }

    /** What a frame counts: small ones take memory too. */
    private static int cost(int bytes) {
        return bytes + OVERHEAD;
    }

    /** The cable has taken a frame that had arrived. Machine's thread. */
    void taken(int bytes) {
        int before = arrivedBytes.getAndAdd(-cost(bytes));
        if (before >= MOST_BYTES && before - cost(bytes) < MOST_BYTES) {
            selector.wakeup();
        }
    }

    String describe() {
        return (server == null ? "socket to " : "socket at ") + address.getAddress().getHostAddress() + " port " + address.getPort()
                + (connected ? ", connected" : ", nobody is connected");
    }

    private void run() {
        try {
            while (!closed) {
                prepare();
                selector.select(peer == null && server == null ? AGAIN_MILLIS : 0);
                for (SelectionKey key : selector.selectedKeys()) {
                    if (key.isValid()) {
                        if (key.isAcceptable()) {
                            accept();
                        } else {
                            serve(key);
                        }
                    }
                }
                selector.selectedKeys().clear();
                sendAll();
            }
        } catch (IOException | RuntimeException e) {
            LOG.error("network {}: the connection ends here", name, e);
        } finally {
            drop(null);
            try {
                if (server != null) {
                    server.close();
                }
                selector.close();
            } catch (IOException e) {
                LOG.debug("network {}: {}", name, e.getMessage());
            }
        }
    }

    /** What the sockets are watched for. */
    private void prepare() {
        if (peer == null && server == null) {
            call();
        }
        SelectionKey key = peer == null ? null : peer.keyFor(selector);
        if (key != null && key.isValid() && peer.isConnected()) {
            int read = arrivedBytes.get() < MOST_BYTES ? SelectionKey.OP_READ : 0;
            key.interestOps(read | (unwritten.isEmpty() ? 0 : SelectionKey.OP_WRITE));
        }
    }

    private void call() {
        long now = System.nanoTime();
        if (nextCall != 0 && now - nextCall < 0) {
            return;
        }
        nextCall = now + AGAIN_MILLIS * 1_000_000;
        try {
            peer = SocketChannel.open();
            peer.configureBlocking(false);
            boolean done = peer.connect(address);
            peer.register(selector, done ? SelectionKey.OP_READ : SelectionKey.OP_CONNECT);
            if (done) {
                begin();
            }
        } catch (IOException e) {
            drop(null);
        }
    }

    private void accept() throws IOException {
        SocketChannel next = server.accept();
        if (next == null) {
            return;
        }
        if (peer != null) {
            // one at a time
            next.close();
            return;
        }
        peer = next;
        peer.configureBlocking(false);
        peer.register(selector, SelectionKey.OP_READ);
        begin();
    }

    private void begin() throws IOException {
        peer.setOption(StandardSocketOptions.TCP_NODELAY, true);
        stream = new FrameStream();
        connected = true;
        tell("connected with " + peer.getRemoteAddress());
    }

    private void serve(SelectionKey key) {
        try {
            if (key.isConnectable()) {
                peer.finishConnect();
                begin();
                return;
            }
            if (key.isReadable()) {
                if (peer.read(stream.room()) < 0) {
                    drop("the peer is gone");
                    return;
                }
                stream.take(frame -> {
                    arrivedBytes.addAndGet(cost(frame.bytes().length));
                    machine.execute(() -> machine.arrived(frame));
                });
            }
        } catch (IOException e) {
            drop(connected ? "the connection is broken off: " + e.getMessage() : null);
        }
    }

    private void sendAll() {
        for (ByteBuffer frame = sending.poll(); frame != null; frame = sending.poll()) {
            unwritten.add(frame);
        }
        if (!connected) {
            forget();
            return;
        }
        try {
            while (!unwritten.isEmpty()) {
                peer.write(unwritten.stream().limit(MOST_GATHERED).toArray(ByteBuffer[]::new));
                boolean stuck = unwritten.peek().hasRemaining();
                while (!unwritten.isEmpty() && !unwritten.peek().hasRemaining()) {
                    sent();
                }
                if (stuck) {
                    return;
                }
            }
        } catch (IOException e) {
            drop("the connection is broken off: " + e.getMessage());
        }
    }

    private void sent() {
        sendingBytes.addAndGet(-cost(unwritten.remove().limit() - FrameStream.LENGTH));
    }

    private void forget() {
        while (!unwritten.isEmpty()) {
            sent();
        }
    }

    /** The peer is gone. @param reason for people, or null when it is not worth telling */
    private void drop(String reason) {
        connected = false;
        forget();
        if (peer != null) {
            try {
                peer.close();
            } catch (IOException e) {
                LOG.debug("network {}: {}", name, e.getMessage());
            }
            peer = null;
        }
        if (reason != null) {
            tell(reason);
        }
    }

    private void tell(String message) {
        machine.execute(() -> machine.note(message));
    }

    /** The sockets are closed when this returns, unless the host hangs. Machine's thread. */
    void close() {
        closed = true;
        selector.wakeup();
        try {
            thread.join(PATIENCE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
