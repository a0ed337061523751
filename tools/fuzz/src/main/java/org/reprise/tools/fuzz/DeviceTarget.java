package org.reprise.tools.fuzz;

import java.util.List;

/**
 * Drives one device model: a program chooses one of its configurations, then accesses registers of all sizes, writes guest memory, lets
 * time go by, gives input from outside, resets, and saves and restores half way.
 */
class DeviceTarget implements Target {
    private static final int MOST_OPERATIONS = 256;
    /** A program that has moved so much has shown what it can. */
    private static final long MOST_MOVED = 48L << 20;

    private final List<Rig.Part> parts;
    private final List<Op> extras;

    /** Something beside register accesses. It takes what it needs from the input once, then acts on the rig. */
    @FunctionalInterface
    interface Op {
        void run(Rig rig, Input in);
    }

    DeviceTarget(List<Rig.Part> parts, List<Op> extras) {
        this.parts = parts;
        this.extras = extras;
    }

    @Override
    public void run(Input in) {
        Rig rig = new Rig(parts.get(in.below(parts.size())));
        begin(rig, in);
        for (int i = 0; i < MOST_OPERATIONS && in.more() && rig.context.memory().work() < MOST_MOVED; i++) {
            int kind = in.u8();
            // half of all operations are the model's own when it has any
            if ((kind & 1) != 0 && !extras.isEmpty()) {
                extras.get(kind / 2 % extras.size()).run(rig, in);
            } else {
                common(kind / 2 % 12, rig, in);
            }
        }
        rig.end();
    }

    /** What comes first of all. */
    void begin(Rig rig, Input in) {
        // registers as they are after the reset
    }

    private void common(int kind, Rig rig, Input in) {
        switch (kind) {
            case 0, 1, 2, 3, 4, 5, 6 -> {
                long offset = kind < 5 ? register(rig, in) : in.u32() % rig.size();
                int bytes = kind < 5 ? width(rig, in) : 1 << in.below(4);
                // no access reaches a device that crosses the end of its region
                offset = Math.min(offset, rig.size() - bytes);
                if (kind < 3 || kind == 5) {
                    rig.write(offset, bytes, in.value());
                } else {
                    rig.read(offset, bytes);
                }
            }
            case 7, 8 -> {
                long nanos = 1L << in.below(rig.part().advance());
                rig.act(r -> r.context.advance(nanos));
            }
            case 9 -> rig.poke(Rig.RAM + in.u16() * 2L, in.bytes(in.u8() & 31));
            case 10 -> {
                rig.act(r -> r.context.runBottomHalves());
                if (in.below(4) == 3) {
                    rig.act(r -> r.device.reset());
                }
            }
            default -> rig.fork();
        }
    }

    private static long register(Rig rig, Input in) {
        return rig.part().registers()[in.below(rig.part().registers().length)];
    }

    /** Mostly what the registers want. */
    private static int width(Rig rig, Input in) {
        int choice = in.u8();
        return (choice & 0x80) == 0 ? rig.part().width() : 1 << (choice & 3);
    }
}
