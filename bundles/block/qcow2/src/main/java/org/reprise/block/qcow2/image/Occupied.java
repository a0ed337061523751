package org.reprise.block.qcow2.image;

import java.util.Map;
import java.util.TreeMap;

/** Clusters that hold metadata: a damaged image must not lead the guest's data there. */
final class Occupied {
    private static final int SMALLEST = 64;

    /** First cluster to the one behind the last. */
    private final TreeMap<Long, Long> ranges = new TreeMap<>();
    /** Single clusters + 1, open addressing; 0 is free. */
    private long[] slots = new long[SMALLEST];
    private int used;

    /** @return false when a part of it is taken already */
    boolean addRange(long first, long count) {
        if (count == 0) {
            return true;
        }
        Map.Entry<Long, Long> before = ranges.lowerEntry(first + count);
        if (before != null && before.getValue() > first) {
            return false;
        }
        ranges.put(first, first + count);
        return true;
    }

    void removeRange(long first) {
        ranges.remove(first);
    }

    /** @return false when it is taken already */
    boolean add(long cluster) {
        if (contains(cluster)) {
            return false;
        }
        if (2 * (used + 1) > slots.length) {
            long[] old = slots;
            slots = new long[2 * old.length];
            used = 0;
            for (long key : old) {
                if (key != 0) {
                    insert(key);
                }
            }
        }
        insert(cluster + 1);
        return true;
    }

    void remove(long cluster) {
        int i = find(cluster + 1);
        if (i < 0) {
            return;
        }
        slots[i] = 0;
        used--;
        // those behind it may have been pushed on by it
        for (i = i + 1 & slots.length - 1; slots[i] != 0; i = i + 1 & slots.length - 1) {
            long key = slots[i];
            slots[i] = 0;
            used--;
            insert(key);
        }
    }

    boolean contains(long cluster) {
        if (find(cluster + 1) >= 0) {
            return true;
        }
        Map.Entry<Long, Long> range = ranges.floorEntry(cluster);
        return range != null && range.getValue() > cluster;
    }

    private int find(long key) {
        for (int i = start(key);; i = i + 1 & slots.length - 1) {
            if (slots[i] == key) {
                return i;
            }
            if (slots[i] == 0) {
                return -1;
            }
        }
    }

    private int start(long key) {
        return (int) (key * 0x9e3779b97f4a7c15L >>> 40) & slots.length - 1;
    }

    private void insert(long key) {
        int i = start(key);
        while (slots[i] != 0) {
            i = i + 1 & slots.length - 1;
        }
        slots[i] = key;
        used++;
    }
}
