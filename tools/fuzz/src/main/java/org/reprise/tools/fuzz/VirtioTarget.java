package org.reprise.tools.fuzz;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Drives a virtio-mmio device. A program may begin with a set-up that is right (virtio 1.2, section 3.1.1), so that its queues are live,
 * and goes on with requests that are right or nearly so, with rings and descriptors of any content, and with registers.
 */
final class VirtioTarget extends DeviceTarget {
    private static final int QUEUE_NOTIFY = 0x50;
    private static final int STATUS = 0x70;
    private static final int STRIDE = 0x4000;
    private static final int AVAILABLE_AT = 0x1000;
    private static final int USED_AT = 0x2000;
    private static final long DATA = Rig.RAM + 0xc000;
    private static final int DATA_UNITS = 0x1400;
    private static final int[] LENGTHS = {1, 6, 12, 16, 26, 60, 512, 513, 1024, 1536, 4096, 0x10000, 0x14000, 0, -1};
    private static final int NEXT = 1;
    private static final int[] FLAGS = {0, NEXT, 2, 2 | NEXT, 4, 4 | NEXT, 6, 7};

    VirtioTarget(List<Rig.Part> parts, Op... own) {
        super(parts, all(own));
    }

    private static List<Op> all(Op... own) {
        List<Op> ops = new ArrayList<>(List.of(VirtioTarget::request, VirtioTarget::descriptor, VirtioTarget::ring,
                VirtioTarget::notifyQueue, VirtioTarget::setUp, VirtioTarget::request));
        ops.addAll(Arrays.asList(own));
        return ops;
    }

    @Override
    void begin(Rig rig, Input in) {
        if (in.u8() != 0) {
            setUp(rig, in);
        }
    }

    private static long queue(int number) {
        return Rig.RAM + (long) number * STRIDE;
    }

    private static void setUp(Rig rig, Input in) {
        rig.write(STATUS, 4, 0);
        rig.write(STATUS, 4, 1);
        rig.write(STATUS, 4, 3);
        long all = in.flag() ? -1L : in.u64();
        for (int half = 0; half < 2; half++) {
            rig.write(0x14, 4, half);
            long offered = rig.read(0x10, 4);
            rig.write(0x24, 4, half);
            // without VERSION_1, bit 32, there is no device to talk to
            rig.write(0x20, 4, half == 0 ? offered & all : offered & (all >>> 32 | 1));
        }
        rig.write(STATUS, 4, 11);
        for (int i = 0; i < 3; i++) {
            rig.write(0x30, 4, i);
            long most = rig.read(0x34, 4);
            if (most == 0) {
                break;
            }
            rig.write(0x38, 4, Math.min(most, 1L << in.below(9)));
            address(rig, 0x80, queue(i));
            address(rig, 0x90, queue(i) + AVAILABLE_AT);
            address(rig, 0xa0, queue(i) + USED_AT);
            rig.poke(queue(i) + AVAILABLE_AT, new byte[4]);
            rig.write(0x44, 4, 1);
        }
        rig.write(STATUS, 4, 15);
    }

    private static void address(Rig rig, int register, long address) {
        rig.write(register, 4, address & 0xffff_ffffL);
        rig.write(register + 4, 4, address >>> 32);
    }

    /** A chain of buffers with content, first those that the device reads, made available; mostly told, too. */
    private static void request(Rig rig, Input in) {
        int queue = in.below(3);
        int shape = in.u8();
        int readable = shape & 3;
        int writable = shape >>> 2 & 3;
        int first = in.u8() & 0x1f;
        for (int i = 0; i < readable + writable; i++) {
            long buffer = DATA + 16L * in.below(DATA_UNITS);
            int length = length(in);
            boolean last = i == readable + writable - 1;
            put(rig, queue, first + i, buffer, length, (i < readable ? 0 : 2) | (last ? 0 : NEXT), first + i + 1);
            if (i < readable) {
                rig.poke(buffer, in.bytes(in.u8() & 63));
            }
        }
        offer(rig, queue, first);
        if ((shape & 0x80) == 0) {
            rig.write(QUEUE_NOTIFY, 4, queue);
        }
    }

    private static int length(Input in) {
        int choice = in.u8();
        return choice < 0xf0 ? LENGTHS[choice % LENGTHS.length] : (int) in.u32();
    }

    private static void put(Rig rig, int queue, int index, long address, int length, int flags, int next) {
        rig.poke(queue(queue) + 16L * index, bytes(address, 8));
        rig.poke(queue(queue) + 16L * index + 8, bytes(length & 0xffff_ffffL | (long) flags << 32 | (long) next << 48, 8));
    }

    /** Puts a head into the ring; that of the greatest queue is as good as any, since a smaller one finds old entries. */
    private static void offer(Rig rig, int queue, int head) {
        byte[] ram = rig.context.memory().ram();
        int at = (int) (queue(queue) + AVAILABLE_AT - Rig.RAM);
        int index = ram[at + 2] & 0xff | (ram[at + 3] & 0xff) << 8;
        for (int size = 1; size <= 256; size *= 2) {
            rig.poke(Rig.RAM + at + 4 + 2L * (index & size - 1), bytes(head, 2));
        }
        rig.poke(Rig.RAM + at + 2, bytes(index + 1, 2));
    }

    private static byte[] bytes(long value, int count) {
        byte[] b = new byte[count];
        for (int i = 0; i < count; i++) {
            b[i] = (byte) (value >>> 8 * i);
        }
        return b;
    }

    /** One descriptor of any content, in the table or where an indirect one may be. */
    private static void descriptor(Rig rig, Input in) {
        int queue = in.below(3);
        int index = in.u8();
        long address = switch (in.below(5)) {
            case 0 -> queue(in.below(3)) + in.u16() % STRIDE;
            case 1 -> DATA;
            case 2 -> Rig.RAM + Rig.RAM_BYTES - in.u8();
            case 3 -> in.u64();
            default -> DATA + 16L * in.below(DATA_UNITS);
        };
        int flags = FLAGS[in.below(FLAGS.length)];
        byte[] descriptor = bytes(address, 16);
        System.arraycopy(bytes(length(in) & 0xffff_ffffL | (long) flags << 32 | (long) (in.u8() - 1) << 48, 8), 0, descriptor, 8, 8);
        rig.poke(in.flag() ? DATA + 16L * (index & 15) : queue(queue) + 16L * index, descriptor);
    }

    /** Header and entries of a ring, of any content. */
    private static void ring(Rig rig, Input in) {
        int queue = in.below(3);
        int what = in.u8();
        long ring = queue(queue) + ((what & 1) == 0 ? AVAILABLE_AT : USED_AT);
        rig.poke(ring + ((what & 2) == 0 ? 2L : 2L * in.u8()), bytes(in.u16(), 2));
    }

    private static void notifyQueue(Rig rig, Input in) {
        rig.write(QUEUE_NOTIFY, 4, in.below(5));
    }
}
