package org.reprise.cpu.riscv;

import org.reprise.api.state.State;
import org.reprise.api.state.Stateful;

/** Physical memory protection, 16 entries (Volume II, section "Physical Memory Protection"). Granule: 4 bytes. */
final class RiscvPmp implements Stateful {
    static final int ENTRIES = 16;
    private static final int LOCKED = 0x80;

    private final int xlen;
    private final int[] config = new int[ENTRIES];
    private final long[] address = new long[ENTRIES];
    /** Range of each active entry, last byte included; recomputed from the registers. */
    private final long[] first = new long[ENTRIES];
    private final long[] last = new long[ENTRIES];
    private final boolean[] active = new boolean[ENTRIES];
    /** No entry from here on is active. */
    private int top;

    RiscvPmp(int xlen) {
        this.xlen = xlen;
    }

    void reset() {
        java.util.Arrays.fill(config, 0);
        java.util.Arrays.fill(address, 0);
        derive();
    }

    @Override
    public void state(State s) {
        s.int32s("config", config);
        s.int64s("address", address, ENTRIES);
        if (s.loading()) {
            derive();
        }
    }

    /** Value of CSR pmpcfgN; N is even on RV64. */
    long readConfig(int n) {
        long v = 0;
        for (int i = 0; i < xlen / 8; i++) {
            v |= (long) config[n * 4 + i] << (8 * i);
        }
        return v;
    }

    void writeConfig(int n, long value) {
        for (int i = 0; i < xlen / 8; i++) {
            int entry = n * 4 + i;
            int c = (int) (value >>> (8 * i)) & 0x9f;
            if ((config[entry] & LOCKED) == 0 && (c & 3) != 2) {
                config[entry] = c;
            }
        }
        derive();
    }

    long readAddress(int n) {
        return address[n];
    }

    void writeAddress(int n, long value) {
        boolean next = n + 1 < ENTRIES && (config[n + 1] & (LOCKED | 0x18)) == (LOCKED | 0x08);
        if ((config[n] & LOCKED) == 0 && !next) {
            address[n] = xlen == 64 ? value & (1L << 54) - 1 : value & 0xffffffffL;
            derive();
        }
    }

    private void derive() {
        top = 0;
        for (int i = 0; i < ENTRIES; i++) {
            int mode = config[i] >>> 3 & 3;
            active[i] = mode != 0;
            switch (mode) {
                case 1 -> {
                    first[i] = i == 0 ? 0 : address[i - 1] << 2;
                    last[i] = (address[i] << 2) - 1;
                    active[i] = Long.compareUnsigned(first[i], address[i] << 2) < 0;
                }
                case 2 -> {
                    first[i] = address[i] << 2;
                    last[i] = first[i] + 3;
                }
                case 3 -> {
                    int ones = Long.numberOfTrailingZeros(~address[i]);
                    long size = ones >= 60 ? 0 : 8L << ones;
                    first[i] = ones >= 60 ? 0 : (address[i] & -1L << ones) << 2;
                    last[i] = size == 0 ? Long.MAX_VALUE : first[i] + size - 1;
                }
                default -> {
                }
            }
            if (active[i]) {
                top = i + 1;
            }
        }
    }

    /** True when the access is allowed. @param need bits R=1, W=2, X=4 */
    boolean allows(long physical, int size, int privilege, int need) {
        if (top == 0) {
            return privilege == 3;
        }
        long end = physical + size - 1;
        for (int i = 0; i < top; i++) {
            if (active[i] && physical <= last[i] && end >= first[i]) {
                if (physical < first[i] || end > last[i]) {
                    return false;
                }
                return privilege == 3 && (config[i] & LOCKED) == 0 || (config[i] & need) == need;
            }
        }
        return privilege == 3;
    }

    /** True when all of the page has the same rule: no entry begins or ends inside. */
    boolean uniform(long page) {
        for (int i = 0; i < top; i++) {
            if (active[i] && (first[i] > page && first[i] <= page + 4095 || last[i] >= page && last[i] < page + 4095)) {
                return false;
            }
        }
        return true;
    }
}
