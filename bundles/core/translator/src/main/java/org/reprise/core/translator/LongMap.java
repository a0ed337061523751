package org.reprise.core.translator;

import java.util.Arrays;

/** A small open-addressing map from page address (never -1) to a value; no removal but {@link #clear}. */
final class LongMap {
    private static final int FIRST = 64;
    private long[] keys = filled(FIRST);
    private long[] values = new long[FIRST];
    private int size;

    private static long[] filled(int n) {
        long[] a = new long[n];
        Arrays.fill(a, -1);
        return a;
    }

    private static int slot(long key, int mask) {
        long h = (key ^ (key >>> 12)) * 0x9e3779b97f4a7c15L;
        return (int) (h >>> 32) & mask;
    }

    long get(long key, long absent) {
        int mask = keys.length - 1;
        for (int i = slot(key, mask);; i = (i + 1) & mask) {
            if (keys[i] == key) {
                return values[i];
            }
            if (keys[i] == -1) {
                return absent;
            }
        }
    }

    void put(long key, long value) {
        if (size * 2 >= keys.length) {
            long[] k = keys;
            long[] v = values;
            keys = filled(k.length * 2);
            values = new long[k.length * 2];
            size = 0;
            for (int i = 0; i < k.length; i++) {
                if (k[i] != -1) {
                    put(k[i], v[i]);
                }
            }
        }
        int mask = keys.length - 1;
        int i = slot(key, mask);
        while (keys[i] != -1 && keys[i] != key) {
            i = (i + 1) & mask;
        }
        if (keys[i] == -1) {
            keys[i] = key;
            size++;
        }
        values[i] = value;
    }

    void clear() {
        if (size == 0) {
            return;
        }
        if (keys.length > 1024) {
            keys = filled(FIRST);
            values = new long[FIRST];
        } else {
            Arrays.fill(keys, -1);
        }
        size = 0;
    }

    /** All keys and values, one after another; the order depends on the content's history only. */
    long[] pairs() {
        long[] pairs = new long[2 * size];
        int n = 0;
        for (int i = 0; i < keys.length; i++) {
            if (keys[i] != -1) {
                pairs[n++] = keys[i];
                pairs[n++] = values[i];
            }
        }
        return pairs;
    }
}
