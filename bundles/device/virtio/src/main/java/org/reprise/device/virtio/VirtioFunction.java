package org.reprise.device.virtio;

import org.reprise.api.state.Stateful;

/** What a virtio device does, apart from its transport. Machine's thread only. */
interface VirtioFunction extends Stateful {
    /** Device ID (virtio 1.2, chapter 5); 0 stands for an empty slot. */
    int deviceId();

    /** The feature bits of this device type, 0..23; the transport adds the common ones. */
    long features();

    /** Number of virtqueues. */
    int queues();

    /** Largest size of each virtqueue, a power of two. */
    int queueSize();

    /** Length of the configuration space in bytes. */
    int configLength();

    /** One byte of the configuration space, little-endian fields. */
    int config(int offset);

    /** Changes whenever the configuration space does, modulo 256. */
    default int configGeneration() {
        return 0;
    }

    /** The driver is ready (DRIVER_OK): buffers may be in the queues already. @throws VirtioException when one breaks the rules */
    default void started() throws VirtioException {
    }

    /**
     * The driver has put buffers into a queue.
     *
     * @throws VirtioException when a buffer breaks the rules
     */
    void notified(VirtQueue queue) throws VirtioException;

    /** The driver has reset the device: forget everything in flight. */
    void reset();

    /** See {@link org.reprise.api.device.Device#restored}. */
    default void restored() {
    }
}
