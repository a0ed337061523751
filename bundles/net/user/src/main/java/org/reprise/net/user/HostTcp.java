package org.reprise.net.user;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A TCP connection of the host. It reads no more than it is allowed to, and tells how much was written, so that both directions hold back
 * when the other side does not take more. Methods are the machine's thread's unless they say otherwise.
 */
final class HostTcp implements HostIo.Ready {
    private static final int MOST_READS = 4;
    private static final int MOST_GATHERED = 64;
    private static final int SHARED = 1 << 12;

    /** Told on the machine's thread. */
    interface Listener {
        void connected();

        void received(byte[] data);

        /** The other side sends no more. */
        void ended();

        /** So many bytes more have been written. */
        void written(int bytes);

        /** @param reason {@link NoRouteToHostException} when it could not be sent at all */
        void failed(IOException reason);
    }

    private final HostIo io;
    private Listener listener;
    private final AtomicInteger written = new AtomicInteger();
    // the I/O thread's
    private final ArrayDeque<ByteBuffer> unwritten = new ArrayDeque<>();
    private ByteBuffer shared;
    private SocketChannel channel;
    private SelectionKey key;
    private int allowed;
    private boolean flushing;
    private boolean ending;
    private boolean ended;
    private boolean closing;
    private boolean closed;

    private HostTcp(HostIo io, SocketChannel channel) {
        this.io = io;
        this.channel = channel;
    }

    /** Connects. */
    static HostTcp connect(HostIo io, InetSocketAddress target, Listener listener) {
        HostTcp tcp = new HostTcp(io, null);
        tcp.listener = listener;
        io.order(() -> tcp.open(target));
        return tcp;
    }

    /** An accepted connection, before its listener is known. I/O thread. */
    static HostTcp accepted(HostIo io, SocketChannel channel) throws IOException {
        HostTcp tcp = new HostTcp(io, channel);
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        tcp.key = io.register(channel, 0, tcp);
        return tcp;
    }

    void listener(Listener to) {
        listener = to;
    }

    /** Allows to read so many bytes more. */
    void allow(int bytes) {
        io.order(() -> {
            allowed += bytes;
            interest();
        });
    }

    /** Writes; the buffer belongs to the connection from then on. */
    void write(ByteBuffer data) {
        Runnable work = () -> {
            queue(data);
            flushLater();
        };
        if (data.remaining() > SHARED) {
            io.orderLong(work);
        } else {
            io.order(work);
        }
    }

    /** Small pieces share a buffer: a million of one byte each must not take a hundred million. */
    private void queue(ByteBuffer data) {
        int n = data.remaining();
        ByteBuffer tail = unwritten.peekLast();
        if (closed) {
            return;
        }
        if (n >= SHARED / 4) {
            unwritten.add(data);
        } else if (tail != null && tail == shared && SHARED - tail.limit() >= n) {
            data.get(tail.array(), tail.limit(), n);
            tail.limit(tail.limit() + n);
        } else {
            shared = ByteBuffer.allocate(SHARED).limit(n);
            data.get(shared.array(), 0, n);
            unwritten.add(shared);
        }
    }

    /** Ends the output behind what was written. */
    void end() {
        io.order(() -> {
            ending = true;
            flushLater();
        });
    }

    /** Closes behind what was written. */
    void close() {
        io.order(() -> {
            closing = true;
            flushLater();
        });
    }

    /** Breaks the connection off: the other side sees a reset. */
    void reset() {
        io.order(() -> {
            if (!closed && channel != null) {
                try {
                    channel.setOption(StandardSocketOptions.SO_LINGER, 0);
                } catch (IOException e) {
                    // it is gone already
                    shut();
                }
            }
            shut();
        });
    }

    private void open(InetSocketAddress target) {
        if (closed) {
            return;
        }
        try {
            channel = SocketChannel.open();
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.connect(target);
            key = io.register(channel, SelectionKey.OP_CONNECT, this);
        } catch (UnsupportedAddressTypeException e) {
            fail(new NoRouteToHostException("the host has no network of this version"));
        } catch (ConnectException e) {
            fail(e);
        } catch (IOException e) {
            // told at once: it was not sent, and the text depends on the host's language
            fail(new NoRouteToHostException(e.getMessage()));
        }
        if (!closed) {
            // one to this host is there at once, but is told only on asking again
            finish();
        }
    }

    /** Looks whether the connection is there. One that was accepted and broken off already fails like one that was refused. */
    private void finish() {
        try {
            if (channel.finishConnect()) {
                io.interest(key, 0);
                io.result(listener::connected);
            }
        } catch (IOException e) {
            fail(e);
        }
    }

    @Override
    public void ready(SelectionKey selected) {
        try {
            if (selected.isConnectable()) {
                finish();
                interest();
                return;
            }
            if (selected.isWritable()) {
                flush();
            }
            if (!closed && selected.isReadable()) {
                read();
            }
            interest();
        } catch (IOException e) {
            fail(e);
        }
    }

    private void read() throws IOException {
        ByteBuffer buffer = io.buffer();
        for (int i = 0; i < MOST_READS && allowed > 0; i++) {
            buffer.clear().limit(Math.min(buffer.capacity(), allowed));
            int n = channel.read(buffer);
            if (n < 0) {
                ended = true;
                io.result(listener::ended);
                return;
            }
            if (n == 0) {
                return;
            }
            byte[] data = new byte[n];
            buffer.flip().get(data);
            allowed -= n;
            io.result(() -> listener.received(data));
        }
    }

    private void flushLater() {
        if (!flushing && !closed) {
            flushing = true;
            io.afterOrders(() -> {
                flushing = false;
                try {
                    flush();
                    interest();
                } catch (IOException e) {
                    fail(e);
                }
            });
        }
    }

    private void flush() throws IOException {
        if (closed || channel == null || !channel.isConnected()) {
            return;
        }
        long total = 0;
        while (!unwritten.isEmpty()) {
            ByteBuffer[] gathered = unwritten.stream().limit(MOST_GATHERED).toArray(ByteBuffer[]::new);
            total += channel.write(gathered);
            while (!unwritten.isEmpty() && !unwritten.peek().hasRemaining()) {
                unwritten.remove();
            }
            if (gathered[gathered.length - 1].hasRemaining()) {
                break;
            }
        }
        if (total > 0 && written.getAndAdd((int) total) == 0) {
            io.result(() -> listener.written(written.getAndSet(0)));
        }
        if (unwritten.isEmpty() && closing) {
            shut();
        } else if (unwritten.isEmpty() && ending) {
            ending = false;
            channel.shutdownOutput();
        }
    }

    private void interest() {
        if (!closed && key != null && key.isValid() && channel.isConnected()) {
            io.interest(key, (allowed > 0 && !ended ? SelectionKey.OP_READ : 0) | (unwritten.isEmpty() ? 0 : SelectionKey.OP_WRITE));
        }
    }

    @Override
    public void shut() {
        closed = true;
        unwritten.clear();
        io.close(channel);
    }

    private void fail(IOException reason) {
        if (!closed) {
            shut();
            io.result(() -> listener.failed(reason));
        }
    }
}
