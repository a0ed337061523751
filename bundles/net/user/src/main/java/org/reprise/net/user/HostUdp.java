package org.reprise.net.user;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.util.concurrent.atomic.AtomicInteger;

/** A UDP socket of the host that talks to one address. Methods are the machine's thread's. */
final class HostUdp implements HostIo.Ready {
    private static final int MOST_WAITING = 128;
    private static final int MOST_AT_ONCE = 16;

    /** Told on the machine's thread. */
    interface Listener {
        void received(HostUdp from, byte[] data);

        void failed(HostUdp from, IOException reason);
    }

    private final HostIo io;
    private final InetSocketAddress target;
    private final Listener listener;
    private final AtomicInteger sending = new AtomicInteger();
    private final AtomicInteger receiving = new AtomicInteger();
    // the I/O thread's
    private DatagramChannel channel;
    private boolean closed;

    HostUdp(HostIo io, InetSocketAddress target, Listener listener) {
        this.io = io;
        this.target = target;
        this.listener = listener;
        io.order(this::open);
    }

    /** Sends; what is too much is lost. */
    void send(byte[] data) {
        if (sending.incrementAndGet() > MOST_WAITING) {
            sending.decrementAndGet();
            return;
        }
        io.order(() -> {
            sending.decrementAndGet();
            if (!closed) {
                try {
                    channel.write(ByteBuffer.wrap(data));
                } catch (IOException e) {
                    fail(e);
                }
            }
        });
    }

    void close() {
        io.order(this::shut);
    }

    private void open() {
        if (closed) {
            return;
        }
        try {
            boolean four = target.getAddress().getAddress().length == 4;
            channel = DatagramChannel.open(four ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6);
            channel.configureBlocking(false);
            channel.connect(target);
            io.register(channel, SelectionKey.OP_READ, this);
        } catch (UnsupportedOperationException e) {
            fail(new NoRouteToHostException("the host has no network of this version"));
        } catch (IOException e) {
            fail(e);
        }
    }

    @Override
    public void ready(SelectionKey key) {
        ByteBuffer buffer = io.buffer();
        try {
            for (int i = 0; i < MOST_AT_ONCE && !closed; i++) {
                buffer.clear();
                // unlike read, receive tells an empty datagram from none
                if (channel.receive(buffer) == null) {
                    return;
                }
                byte[] data = new byte[buffer.flip().remaining()];
                buffer.get(data);
                if (data.length > Udp.MOST || receiving.get() >= MOST_WAITING) {
                    continue;
                }
                receiving.incrementAndGet();
                io.result(() -> {
                    receiving.decrementAndGet();
                    listener.received(this, data);
                });
            }
        } catch (IOException e) {
            fail(e);
        }
    }

    @Override
    public void shut() {
        closed = true;
        io.close(channel);
    }

    private void fail(IOException reason) {
        shut();
        io.result(() -> listener.failed(this, reason));
    }
}
