package org.reprise.device.virtio;

import java.util.function.BooleanSupplier;
import org.reprise.api.memory.AddressSpace;
import org.reprise.api.state.State;
import org.reprise.api.state.Stateful;

/**
 * The device's side of one split virtqueue (virtio 1.2, section 2.7). What the driver wrote is not trusted: walks are bounded by the
 * queue size, every address is checked to be RAM, and each breach ends in a {@link VirtioException}.
 */
final class VirtQueue implements Stateful {
    private static final int DESCRIPTOR_BYTES = 16;
    private static final int NEXT = 1;
    private static final int WRITE = 2;
    private static final int INDIRECT = 4;
    private static final int AVAIL_NO_INTERRUPT = 1;
    private static final int RING_AT = 4;
    private static final int USED_ELEMENT_BYTES = 8;

    private final AddressSpace memory;
    private final int index;
    private final int maxSize;
    private final Runnable usedBufferNotification;

    private int size;
    private boolean ready;
    private long descriptors;
    private long available;
    private long used;
    private int lastAvailable;
    private int usedIndex;
    private int signalledUsed;
    private boolean signalledValid;
    private boolean eventIndex;
    private boolean indirect;

    VirtQueue(AddressSpace memory, int index, int maxSize, Runnable usedBufferNotification) {
        this.memory = memory;
        this.index = index;
        this.maxSize = maxSize;
        this.usedBufferNotification = usedBufferNotification;
        reset();
    }

    int index() {
        return index;
    }

    int maxSize() {
        return maxSize;
    }

    boolean ready() {
        return ready;
    }

    void reset() {
        size = maxSize;
        ready = false;
        descriptors = 0;
        available = 0;
        used = 0;
        lastAvailable = 0;
        usedIndex = 0;
        signalledUsed = 0;
        signalledValid = false;
        eventIndex = false;
        indirect = false;
    }

    @Override
    public void state(State s) {
        size = s.int32("size", size);
        ready = s.bool("ready", ready);
        descriptors = s.int64("descriptors", descriptors);
        available = s.int64("available", available);
        used = s.int64("used", used);
        lastAvailable = s.int32("lastAvailable", lastAvailable);
        usedIndex = s.int32("usedIndex", usedIndex);
        signalledUsed = s.int32("signalledUsed", signalledUsed);
        signalledValid = s.bool("signalledValid", signalledValid);
        eventIndex = s.bool("eventIndex", eventIndex);
        indirect = s.bool("indirect", indirect);
    }

    void setSize(long newSize) throws VirtioException {
        if (newSize < 1 || newSize > maxSize || Long.bitCount(newSize) != 1) {
            throw new VirtioException("queue " + index + ": size " + newSize + " is not a power of two within 1.." + maxSize);
        }
        size = (int) newSize;
    }

    void setDescriptors(long mask, long value) {
        descriptors = descriptors & ~mask | value;
    }

    void setAvailable(long mask, long value) {
        available = available & ~mask | value;
    }

    void setUsed(long mask, long value) {
        used = used & ~mask | value;
    }

    /** The driver has set the queue up: checks that its three areas are aligned and in RAM. */
    void enable(boolean withEventIndex, boolean withIndirect) throws VirtioException {
        eventIndex = withEventIndex;
        indirect = withIndirect;
        checkArea("descriptor area", descriptors, 16, (long) size * DESCRIPTOR_BYTES);
        checkArea("driver area", available, 2, RING_AT + 2L * size + 2);
        checkArea("device area", used, 4, RING_AT + (long) USED_ELEMENT_BYTES * size + 2);
        ready = true;
    }

    void disable() {
        ready = false;
    }

    private void checkArea(String what, long address, int alignment, long length) throws VirtioException {
        if ((address & alignment - 1) != 0 || !memory.isRam(address, length)) {
            throw new VirtioException("queue " + index + ": its " + what + " of " + length + " bytes at 0x" + Long.toHexString(address)
                    + " is not aligned to " + alignment + " bytes or not in RAM");
        }
    }

    /** Takes the next request, or null when there is none. With the event index the driver is asked to notify of the next one. */
    DescriptorChain take() throws VirtioException {
        if (!ready) {
            return null;
        }
        int waiting = waiting();
        if (waiting == 0) {
            return null;
        }
        if (waiting > size) {
            throw new VirtioException("queue " + index + ": the available index is " + waiting + " ahead, more than its size of " + size);
        }
        int head = read16(available + RING_AT + 2L * (lastAvailable & size - 1));
        if (head >= size) {
            throw new VirtioException("queue " + index + ": descriptor " + head + " is not within its size of " + size);
        }
        lastAvailable = lastAvailable + 1 & 0xffff;
        return walk(head);
    }

    /** What is done with one request. */
    @FunctionalInterface
    interface Request {
        void take(DescriptorChain chain) throws VirtioException;
    }

    /** Takes what waits, in order, while more is wanted: never more than the queue holds, whatever giving back does to the rings. */
    void drain(BooleanSupplier wanted, Request request) throws VirtioException {
        for (int left = size; wanted.getAsBoolean(); left--) {
            DescriptorChain chain = take();
            if (chain == null) {
                return;
            }
            if (left == 0) {
                throw new VirtioException("queue " + index + ": more than " + size + " requests wait: its areas overlap");
            }
            request.take(chain);
        }
    }

    /** Puts back the last requests that were taken: they wait again. */
    void putBack(int count) {
        lastAvailable = lastAvailable - count & 0xffff;
    }

    /** True when a request waits; otherwise the driver is asked, with the event index, to notify of the next one. */
    boolean hasWaiting() {
        return ready && waiting() != 0;
    }

    private int waiting() {
        int waiting = read16(available + 2) - lastAvailable & 0xffff;
        if (waiting == 0 && eventIndex) {
            memory.write(used + RING_AT + (long) USED_ELEMENT_BYTES * size, 2, lastAvailable);
        }
        return waiting;
    }

    private DescriptorChain walk(int head) throws VirtioException {
        DescriptorChain chain = new DescriptorChain(memory, head);
        long table = descriptors;
        int entries = size;
        boolean inIndirect = false;
        int next = head;
        int left = size;
        while (true) {
            if (left-- == 0) {
                throw new VirtioException("queue " + index + ": the chain from descriptor " + head + " is longer than " + size
                        + " descriptors, or a loop");
            }
            long at = table + (long) next * DESCRIPTOR_BYTES;
            long address = memory.read(at, 8);
            int length = (int) memory.read(at + 8, 4);
            int flags = read16(at + 12);
            if ((flags & INDIRECT) != 0) {
                if (!indirect || inIndirect || (flags & NEXT) != 0) {
                    throw new VirtioException("queue " + index + ": descriptor " + next + " is indirect where that is not allowed");
                }
                long bytes = Integer.toUnsignedLong(length);
                if (bytes == 0 || bytes % DESCRIPTOR_BYTES != 0 || bytes / DESCRIPTOR_BYTES > 0xffff || !memory.isRam(address, bytes)) {
                    throw new VirtioException("queue " + index + ": indirect table of " + bytes + " bytes at 0x" + Long.toHexString(address)
                            + " is not a table in RAM");
                }
                inIndirect = true;
                table = address;
                entries = (int) (bytes / DESCRIPTOR_BYTES);
                next = 0;
                left = Math.min(size, entries);
                continue;
            }
            addBuffer(chain, address, length, (flags & WRITE) != 0);
            if ((flags & NEXT) == 0) {
                return chain;
            }
            next = read16(at + 14);
            if (next >= entries) {
                throw new VirtioException("queue " + index + ": next descriptor " + next + " is not within a table of " + entries);
            }
        }
    }

    private void addBuffer(DescriptorChain chain, long address, int length, boolean deviceWritable) throws VirtioException {
        if (!deviceWritable && chain.writable() > 0) {
            throw new VirtioException("queue " + index + ": a device-readable buffer follows a device-writable one");
        }
        if (length == 0 || !memory.isRam(address, Integer.toUnsignedLong(length))) {
            throw new VirtioException("queue " + index + ": a buffer of " + Integer.toUnsignedString(length) + " bytes at 0x"
                    + Long.toHexString(address) + " is empty or not in RAM");
        }
        chain.add(address, length, deviceWritable);
    }

    /** Gives a request back. @param written bytes written to its writable side, from the start */
    void give(int head, long written) {
        if (!ready) {
            return;
        }
        long element = used + RING_AT + (long) USED_ELEMENT_BYTES * (usedIndex & size - 1);
        memory.write(element, 4, head);
        memory.write(element + 4, 4, written);
        usedIndex = usedIndex + 1 & 0xffff;
        memory.write(used + 2, 2, usedIndex);
        if (interruptWanted()) {
            usedBufferNotification.run();
        }
    }

    /** Section 2.7.7 (used buffer notification suppression). */
    private boolean interruptWanted() {
        if (!eventIndex) {
            return (read16(available) & AVAIL_NO_INTERRUPT) == 0;
        }
        int event = read16(available + RING_AT + 2L * size);
        boolean first = !signalledValid;
        int before = signalledUsed;
        signalledUsed = usedIndex;
        signalledValid = true;
        return first || (usedIndex - event - 1 & 0xffff) < (usedIndex - before & 0xffff);
    }

    private int read16(long address) {
        return (int) memory.read(address, 2);
    }
}
