package org.reprise.device.virtio;

import java.util.ArrayList;
import java.util.List;
import org.reprise.tools.devicekit.FakeDeviceContext;
import org.reprise.tools.devicekit.FakeMemory;

/**
 * The driver's side of a virtio-mmio device with split queues, one instance for each (the first one starts the device), as the
 * specification tells drivers to behave; it can be made to misbehave.
 */
final class Driver {
    static final long BASE = 0x1000_1000L;
    static final String LINE = "plic:1";
    static final int NEXT = 1;
    static final int WRITE = 2;
    static final int INDIRECT = 4;
    static final long EVENT_INDEX = 1L << 29;
    static final long INDIRECT_DESC = 1L << 28;
    static final long VERSION_1 = 1L << 32;
    private static final long RAM = 0x8000_0000L;

    private static final long RAM_OF_QUEUE = 0x40000;

    final long descriptors;
    final long available;
    final long used;
    final FakeMemory memory;
    int size = 8;
    private final int queue;
    private final List<Driver> others = new ArrayList<>();
    private int nextDescriptor;
    private int availableIndex;
    private int usedSeen;
    private long allocated;

    /** One element of the used ring. */
    record Used(int head, int length) {
    }

    Driver(FakeDeviceContext context) {
        this(context.memory(), 0);
    }

    private Driver(FakeMemory memory, int queue) {
        this.memory = memory;
        this.queue = queue;
        long base = RAM + queue * RAM_OF_QUEUE;
        descriptors = base + 0x1000;
        available = base + 0x3000;
        used = base + 0x5000;
        allocated = base + 0x10000;
    }

    /** The next queue of the same device; it is set up whenever the device is started. */
    Driver another() {
        Driver other = new Driver(memory, others.size() + 1);
        others.add(other);
        return other;
    }

    static FakeDeviceContext context(String... settings) {
        String[] all = new String[settings.length + 4];
        System.arraycopy(new String[] {"address", "0x10001000", "interrupt", LINE}, 0, all, 0, 4);
        System.arraycopy(settings, 0, all, 4, settings.length);
        return new FakeDeviceContext("vdev", all);
    }

    long reg(int offset) {
        return memory.read(BASE + offset, 4);
    }

    void reg(int offset, long value) {
        memory.write(BASE + offset, 4, value);
    }

    long features() {
        reg(0x14, 0);
        long low = reg(0x10);
        reg(0x14, 1);
        return reg(0x10) << 32 | low;
    }

    /** Section 3.1.1. @return the final status */
    int start(long accepted) {
        reg(0x70, 0);
        reg(0x70, 1);
        reg(0x70, 3);
        reg(0x24, 0);
        reg(0x20, accepted & 0xffff_ffffL);
        reg(0x24, 1);
        reg(0x20, accepted >>> 32);
        reg(0x70, 11);
        setUpQueue();
        others.forEach(Driver::setUpQueue);
        reg(0x70, 15);
        return (int) reg(0x70);
    }

    void setUpQueue() {
        for (long at = descriptors; at < used + 0x2000; at += 8) {
            memory.write(at, 8, 0);
        }
        nextDescriptor = 0;
        availableIndex = 0;
        usedSeen = 0;
        reg(0x30, queue);
        reg(0x38, size);
        address(0x80, descriptors);
        address(0x90, available);
        address(0xa0, used);
        reg(0x44, 1);
    }

    void address(int offset, long value) {
        reg(offset, value & 0xffff_ffffL);
        reg(offset + 4, value >>> 32);
    }

    long allocate(int length) {
        long at = allocated;
        allocated += length + 15 & ~15;
        return at;
    }

    void descriptor(long table, int index, long address, int length, int flags, int next) {
        long at = table + 16L * index;
        memory.write(at, 8, address);
        memory.write(at + 8, 4, length);
        memory.write(at + 12, 2, flags);
        memory.write(at + 14, 2, next);
    }

    /** Puts a chain of (address, length, flags) into the descriptor table. @return its head */
    int chain(long[]... buffers) {
        int head = nextDescriptor % size;
        for (int i = 0; i < buffers.length; i++) {
            int index = nextDescriptor++ % size;
            boolean last = i == buffers.length - 1;
            descriptor(descriptors, index, buffers[i][0], (int) buffers[i][1], (int) buffers[i][2] | (last ? 0 : NEXT),
                    last ? 0 : nextDescriptor % size);
        }
        return head;
    }

    /** Makes a head available, without telling the device. */
    void offer(int head) {
        memory.write(available + 4 + 2L * (availableIndex % size), 2, head);
        availableIndex = availableIndex + 1 & 0xffff;
        memory.write(available + 2, 2, availableIndex);
    }

    void kick() {
        reg(0x50, queue);
    }

    List<Used> reap() {
        List<Used> done = new ArrayList<>();
        int index = (int) memory.read(used + 2, 2);
        while (usedSeen != index) {
            long at = used + 4 + 8L * (usedSeen % size);
            done.add(new Used((int) memory.read(at, 4), (int) memory.read(at + 4, 4)));
            usedSeen = usedSeen + 1 & 0xffff;
        }
        return done;
    }
}
