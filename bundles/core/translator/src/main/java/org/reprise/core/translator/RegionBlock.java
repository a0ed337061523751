package org.reprise.core.translator;

import java.util.Arrays;

/** The IR of one block in a region: a copy that passes may change. */
final class RegionBlock {
    /** In z of a load or store: it leads accesses through the same base, which look at its page only. */
    static final int LEADS = 1 << 8;
    /** In z of a load or store: the access before it in this block went through the same base. */
    static final int FOLLOWS = 1 << 9;
    /** The MMU index, shifted, in z of a load or store. */
    static final int MMU = 7 << 3;

    final Block block;
    int[] code;
    int[] starts;
    long[] pool;

    RegionBlock(Block block) {
        this.block = block;
        this.code = block.code.clone();
        this.starts = block.starts;
        this.pool = block.pool;
    }

    int op(int ip) {
        return code[ip] & 0xffff;
    }

    int d(int ip) {
        return code[ip] >>> 16;
    }

    /** Replaces the operation, keeping its place. */
    void set(int ip, int op, int d, int x, int y, int z) {
        code[ip] = op | d << 16;
        code[ip + 1] = x;
        code[ip + 2] = y;
        code[ip + 3] = z;
    }

    /** Index of a constant in the pool. */
    int constant(long value) {
        for (int i = 0; i < pool.length; i++) {
            if (pool[i] == value) {
                return i;
            }
        }
        pool = Arrays.copyOf(pool, pool.length + 1);
        pool[pool.length - 1] = value;
        return pool.length - 1;
    }

    /** Drops the operations marked. */
    void drop(boolean[] gone) {
        int[] kept = new int[code.length];
        int[] moved = new int[starts.length];
        int size = 0;
        int instruction = 0;
        for (int ip = 0; ip < code.length; ip += 4) {
            while (instruction < starts.length && starts[instruction] == ip) {
                moved[instruction++] = size;
            }
            if (!gone[ip >> 2]) {
                System.arraycopy(code, ip, kept, size, 4);
                size += 4;
            }
        }
        while (instruction < starts.length) {
            moved[instruction++] = size;
        }
        code = Arrays.copyOf(kept, size);
        starts = moved;
    }
}
