package org.reprise.device.virtio;

import org.reprise.api.memory.AddressSpace;

/**
 * One chain of descriptors: the driver's buffers for one request, all of them checked to be RAM. Device-readable parts come first,
 * device-writable ones follow; each side is addressed as one run of bytes, however the driver cut it.
 */
final class DescriptorChain {
    private final AddressSpace memory;
    private final int head;
    private long[] addresses = new long[8];
    private int[] lengths = new int[8];
    private int count;
    private int readableCount;
    private long readable;
    private long writable;

    DescriptorChain(AddressSpace memory, int head) {
        this.memory = memory;
        this.head = head;
    }

    /** Index of the first descriptor, by which the driver knows the request. */
    int head() {
        return head;
    }

    /** Bytes the device may read. */
    long readable() {
        return readable;
    }

    /** Bytes the device may write. */
    long writable() {
        return writable;
    }

    void add(long address, int length, boolean deviceWritable) {
        if (count == addresses.length) {
            addresses = java.util.Arrays.copyOf(addresses, count * 2);
            lengths = java.util.Arrays.copyOf(lengths, count * 2);
        }
        addresses[count] = address;
        lengths[count] = length;
        count++;
        if (deviceWritable) {
            writable += Integer.toUnsignedLong(length);
        } else {
            readableCount = count;
            readable += Integer.toUnsignedLong(length);
        }
    }

    /** Copies from the readable side. The range must lie within it. */
    void read(long position, byte[] into, int offset, int length) {
        copy(0, readableCount, position, into, offset, length, false);
    }

    /** Copies to the writable side. The range must lie within it. */
    void write(long position, byte[] from, int offset, int length) {
        copy(readableCount, count, position, from, offset, length, true);
    }

    private void copy(int first, int end, long position, byte[] bytes, int offset, int length, boolean toGuest) {
        long skip = position;
        int done = 0;
        for (int i = first; i < end && done < length; i++) {
            long size = Integer.toUnsignedLong(lengths[i]);
            if (skip >= size) {
                skip -= size;
                continue;
            }
            int part = (int) Math.min(size - skip, length - done);
            if (toGuest) {
                memory.writeBytes(addresses[i] + skip, bytes, offset + done, part);
            } else {
                memory.readBytes(addresses[i] + skip, bytes, offset + done, part);
            }
            skip = 0;
            done += part;
        }
        if (done < length) {
            throw new IllegalArgumentException("bytes " + position + " to " + (position + length) + " are not within the chain");
        }
    }

    /** The chain as numbers, for saving. */
    long[] save() {
        long[] saved = new long[3 + 2 * count];
        saved[0] = head;
        saved[1] = count;
        saved[2] = readableCount;
        for (int i = 0; i < count; i++) {
            saved[3 + 2 * i] = addresses[i];
            saved[4 + 2 * i] = Integer.toUnsignedLong(lengths[i]);
        }
        return saved;
    }

    static DescriptorChain restore(AddressSpace memory, java.nio.LongBuffer saved) {
        DescriptorChain chain = new DescriptorChain(memory, (int) saved.get());
        int count = (int) saved.get();
        int readableCount = (int) saved.get();
        for (int i = 0; i < count; i++) {
            long address = saved.get();
            chain.add(address, (int) saved.get(), i >= readableCount);
        }
        return chain;
    }
}
