package org.reprise.device.virtio;

import java.util.Arrays;
import org.reprise.api.character.CharacterPort;
import org.reprise.api.character.CharacterReceiver;
import org.reprise.api.device.DeviceContext;
import org.reprise.api.device.PartConfig;
import org.reprise.api.state.State;

/**
 * The console device (virtio 1.2, section 5.3) with one port: its size is offered, multiport and the emergency write are not.
 *
 * <p>As in {@link VirtioNet}, input is taken by what this device has seen of the driver's ring at a notification or at the last input.
 * What finds no buffer any more is held until the driver adds one.
 *
 * <p>Keys: {@code columns}, {@code rows} (1..65535, 80 and 24), {@code backend} as of every character device.
 */
final class VirtioConsole implements VirtioFunction, CharacterReceiver {
    private static final int DEVICE_ID = 3;
    private static final int QUEUE_SIZE = 64;
    private static final int RECEIVE = 0;
    private static final int TRANSMIT = 1;
    private static final long FEATURE_SIZE = 1;
    private static final int CONFIG_BYTES = 4;
    private static final int MOST_INPUT = 256;
    /** More in one buffer is cut off: one descriptor can name all of RAM. */
    private static final int MOST_OUTPUT = 1 << 16;

    private final VirtioMmio transport;
    private final DeviceContext context;
    private final int columns;
    private final int rows;
    private final CharacterPort port;
    private byte[] held = new byte[0];
    private boolean buffersSeen;

    VirtioConsole(VirtioMmio transport) {
        this.transport = transport;
        context = transport.context();
        columns = size(context.config(), "columns", 80);
        rows = size(context.config(), "rows", 24);
        port = context.character(this);
    }

    private static int size(PartConfig config, String key, int defaultValue) {
        long value = config.number(key, defaultValue);
        if (value < 1 || value > 0xffff) {
            throw new IllegalArgumentException(config.name() + ": " + key + " " + value + " is not within 1..65535");
        }
        return (int) value;
    }

    @Override
    public int deviceId() {
        return DEVICE_ID;
    }

    @Override
    public long features() {
        return FEATURE_SIZE;
    }

    @Override
    public int queues() {
        return TRANSMIT + 1;
    }

    @Override
    public int queueSize() {
        return QUEUE_SIZE;
    }

    @Override
    public int configLength() {
        return CONFIG_BYTES;
    }

    /** Section 5.3.4: cols, rows. */
    @Override
    public int config(int offset) {
        return (columns | rows << 16) >>> 8 * offset;
    }

    @Override
    public void started() throws VirtioException {
        buffersAdded();
    }

    @Override
    public void notified(VirtQueue queue) throws VirtioException {
        if (queue.index() == RECEIVE) {
            buffersAdded();
        } else {
            queue.drain(() -> true, this::transmit);
        }
    }

    @Override
    public void reset() {
        held = new byte[0];
        buffersSeen = false;
    }

    @Override
    public void state(State s) {
        held = s.bytes("held", held);
        buffersSeen = s.bool("buffersSeen", buffersSeen);
    }

    private void transmit(DescriptorChain chain) {
        byte[] bytes = new byte[(int) Math.min(chain.readable(), MOST_OUTPUT)];
        chain.read(0, bytes, 0, bytes.length);
        for (byte b : bytes) {
            port.write(b & 0xff);
        }
        if (bytes.length < chain.readable()) {
            context.guestError(transport.name() + ": output of " + chain.readable() + " bytes at once is cut to " + bytes.length);
        }
        transport.queue(TRANSMIT).give(chain.head(), 0);
    }

    @Override
    public int canReceive() {
        return buffersSeen && held.length == 0 && transport.running() ? MOST_INPUT : 0;
    }

    @Override
    public void receive(byte[] bytes) {
        held = bytes;
        transport.guarded(this::deliver);
    }

    private void buffersAdded() throws VirtioException {
        deliver();
        if (canReceive() > 0) {
            port.acceptInput();
        }
    }

    private void deliver() throws VirtioException {
        VirtQueue queue = transport.queue(RECEIVE);
        while (held.length > 0) {
            DescriptorChain chain = queue.take();
            if (chain == null) {
                break;
            }
            if (chain.writable() == 0) {
                throw new VirtioException("a buffer for input has nothing that can be written");
            }
            int length = (int) Math.min(chain.writable(), held.length);
            chain.write(0, held, 0, length);
            held = Arrays.copyOfRange(held, length, held.length);
            queue.give(chain.head(), length);
        }
        buffersSeen = queue.hasWaiting();
    }
}
