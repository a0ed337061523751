package org.reprise.debug.gdb.protocol;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** The client side of the protocol: talks to any stub, our own or the reference emulator's. One thread. */
public final class GdbClient implements AutoCloseable {
    private static final long WRITE_NANOS = 30_000_000_000L;
    private final String name;
    private final SocketChannel channel;
    private final Selector selector;
    private final ByteBuffer input = ByteBuffer.allocate(1 << 16);
    private final PacketReader reader = new PacketReader();
    private boolean acknowledge;
    /** Packets received that the next request will acknowledge: a packet of its own for each would cost a system call. */
    private int unacknowledged;

    /**
     * Connects, and switches acknowledgements off where the stub can.
     *
     * @param name of the other side, for messages
     * @throws IOException when there is nobody, or it does not speak the protocol
     */
    public GdbClient(String name, SocketAddress address) throws IOException {
        this.name = name;
        channel = SocketChannel.open(address);
        if (address instanceof InetSocketAddress) {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        }
        channel.configureBlocking(false);
        selector = Selector.open();
        channel.register(selector, SelectionKey.OP_READ);
        acknowledge = true;
        String reply = ask("QStartNoAckMode");
        if (reply.equals("OK")) {
            write(ByteBuffer.wrap(new byte[] {'+'}));
            acknowledge = false;
        } else if (!reply.isEmpty()) {
            throw new IOException(name + " answered '" + reply + "' to QStartNoAckMode: is it a debug stub?");
        }
    }

    /** Sends requests in one go. Several answers may be waited for afterwards, as long as none of the requests lets the target run. */
    public void send(String... payloads) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (; unacknowledged > 0; unacknowledged--) {
            out.write('+');
        }
        for (String payload : payloads) {
            out.writeBytes(Packets.frame(payload));
        }
        write(ByteBuffer.wrap(out.toByteArray()));
    }

    /** Interrupts a running target. */
    public void interrupt() throws IOException {
        write(ByteBuffer.wrap(new byte[] {Packets.INTERRUPT}));
    }

    private void write(ByteBuffer bytes) throws IOException {
        long end = System.nanoTime() + WRITE_NANOS;
        while (bytes.hasRemaining()) {
            if (channel.write(bytes) == 0) {
                if (System.nanoTime() > end) {
                    throw new SocketTimeoutException(name + " takes no more requests: it waits for its answers to be read");
                }
                Thread.onSpinWait();
            }
        }
    }

    /**
     * The next packet's payload.
     *
     * @param millis longest wait, at least 1
     * @throws SocketTimeoutException when nothing has come in time
     */
    public String receive(long millis) throws IOException {
        long end = System.nanoTime() + millis * 1_000_000;
        while (true) {
            for (PacketReader.Item item = reader.next(); item != null; item = reader.next()) {
                if (item.kind() == PacketReader.Kind.PACKET) {
                    unacknowledged += acknowledge ? 1 : 0;
                    return item.payload();
                }
                if (item.kind() == PacketReader.Kind.DAMAGED) {
                    throw new IOException(name + " sent a damaged packet");
                }
            }
            input.clear();
            int n = channel.read(input);
            if (n == 0) {
                long left = end - System.nanoTime();
                if (left <= 0) {
                    throw new SocketTimeoutException(name + " did not answer within " + millis + " ms");
                }
                selector.select(Math.max(1, left / 1_000_000));
                selector.selectedKeys().clear();
                continue;
            }
            if (n < 0) {
                throw new EOFException(name + " closed the connection");
            }
            reader.feed(input.array(), 0, n);
        }
    }

    /** Sends a request and waits for its answer. */
    public String ask(String payload) throws IOException {
        send(payload);
        return receive(10_000);
    }

    /** As {@link #ask}, but anything except {@code OK} is an error. */
    public void order(String payload) throws IOException {
        String reply = ask(payload);
        if (!reply.equals("OK")) {
            throw new IOException(name + " answered '" + reply + "' to '" + (payload.length() > 60 ? payload.substring(0, 60) + "…" : payload) + "'");
        }
    }

    /** A command of the stub's own ({@code monitor} in gdb). @return what it printed */
    public String monitor(String command, long millis) throws IOException {
        send("qRcmd," + Packets.hexText(command));
        StringBuilder text = new StringBuilder();
        while (true) {
            String reply = receive(millis);
            if (reply.equals("OK")) {
                return text.toString();
            }
            if (!reply.startsWith("O")) {
                throw new IOException(name + " answered '" + reply + "' to the command '" + command + "'");
            }
            text.append(new String(Packets.bytes(reply.substring(1)), StandardCharsets.UTF_8));
        }
    }

    /** An object of the target, such as {@code features}, read to its end. @param annex its name */
    public String transfer(String object, String annex) throws IOException {
        StringBuilder text = new StringBuilder();
        while (true) {
            String part = ask("qXfer:" + object + ":read:" + annex + ":" + Integer.toHexString(text.length()) + ",7f0");
            if (part.isEmpty() || part.charAt(0) != 'm' && part.charAt(0) != 'l') {
                throw new IOException(name + " has no " + object + " '" + annex + "': '" + part + "'");
            }
            text.append(part, 1, part.length());
            if (part.charAt(0) == 'l') {
                return new String(text.toString().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
            }
        }
    }

    @Override
    public void close() throws IOException {
        selector.close();
        channel.close();
    }
}
