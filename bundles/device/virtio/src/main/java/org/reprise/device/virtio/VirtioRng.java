package org.reprise.device.virtio;

import org.reprise.api.device.DeviceContext;
import org.reprise.api.state.State;

/** The entropy device (virtio 1.2, section 5.4): fills the driver's buffers with bytes from outside, each an event of the recording. */
final class VirtioRng implements VirtioFunction {
    private static final int DEVICE_ID = 4;
    private static final int QUEUE_SIZE = 8;
    /** The most that one request gets; the specification asks for at least one byte. */
    private static final int MAX_BYTES = 4096;

    private final DeviceContext context;

    VirtioRng(VirtioMmio transport) {
        context = transport.context();
    }

    @Override
    public int deviceId() {
        return DEVICE_ID;
    }

    @Override
    public long features() {
        return 0;
    }

    @Override
    public int queues() {
        return 1;
    }

    @Override
    public int queueSize() {
        return QUEUE_SIZE;
    }

    @Override
    public int configLength() {
        return 0;
    }

    @Override
    public int config(int offset) {
        return 0;
    }

    @Override
    public void notified(VirtQueue queue) throws VirtioException {
        queue.drain(() -> true, chain -> {
            if (chain.writable() == 0) {
                throw new VirtioException("a request for entropy has no buffer for it");
            }
            byte[] bytes = new byte[(int) Math.min(chain.writable(), MAX_BYTES)];
            context.random(bytes);
            chain.write(0, bytes, 0, bytes.length);
            queue.give(chain.head(), bytes.length);
        });
    }

    @Override
    public void reset() {
        // Requests are answered at once: there is nothing to forget.
    }

    @Override
    public void state(State s) {
        // All state is the transport's.
    }
}
