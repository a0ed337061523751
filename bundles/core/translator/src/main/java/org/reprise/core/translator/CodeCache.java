package org.reprise.core.translator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.reprise.api.cpu.Cpu;

/** All valid blocks of one CPU, found by physical address, virtual address and mode, and dropped by physical page. */
final class CodeCache {
    private Block[] buckets = new Block[4096];
    private int size;
    private final Map<Long, List<Block>> pages = new HashMap<>();

    private static int bucket(long physical, long pc, int mode, int mask) {
        long h = (physical * 0x9e3779b97f4a7c15L) ^ (pc * 0xbf58476d1ce4e5b9L) ^ mode * 0x94d049bb133111ebL;
        return (int) (h >>> 40) & mask;
    }

    Block find(long physical, long pc, int mode) {
        for (Block b = buckets[bucket(physical, pc, mode, buckets.length - 1)]; b != null; b = b.chain) {
            if (b.pc == pc && b.physical == physical && b.mode == mode) {
                return b;
            }
        }
        return null;
    }

    void add(Block b) {
        if (size >= buckets.length) {
            grow();
        }
        int i = bucket(b.physical, b.pc, b.mode, buckets.length - 1);
        b.chain = buckets[i];
        buckets[i] = b;
        size++;
        pages.computeIfAbsent(b.physical & -4096L, k -> new ArrayList<>()).add(b);
        if (b.secondPage != -1) {
            pages.computeIfAbsent(b.secondPage, k -> new ArrayList<>()).add(b);
        }
    }

    private void grow() {
        Block[] old = buckets;
        buckets = new Block[old.length * 2];
        for (Block head : old) {
            for (Block b = head; b != null;) {
                Block next = b.chain;
                int i = bucket(b.physical, b.pc, b.mode, buckets.length - 1);
                b.chain = buckets[i];
                buckets[i] = b;
                b = next;
            }
        }
    }

    /** Drops the block. Regions that it is part of end with it. */
    void remove(Block b) {
        if (!b.valid) {
            return;
        }
        b.valid = false;
        b.generation = -1;
        int i = bucket(b.physical, b.pc, b.mode, buckets.length - 1);
        Block previous = null;
        for (Block c = buckets[i]; c != null; previous = c, c = c.chain) {
            if (c == b) {
                if (previous == null) {
                    buckets[i] = c.chain;
                } else {
                    previous.chain = c.chain;
                }
                size--;
                break;
            }
        }
        if (b.regions != null) {
            for (CompiledRegion r : b.regions) {
                Block head = r.blocks[0];
                if (head.region() == r) {
                    head.region(null);
                    head.due -= head.heat;
                    head.heat = 0;
                }
            }
            b.regions = null;
        }
        b.region(null);
    }

    /** Drops all blocks with code in this page. */
    void removePage(long physicalPage) {
        List<Block> gone = pages.remove(physicalPage);
        if (gone != null) {
            for (Block b : gone) {
                remove(b);
                long other = b.secondPage == physicalPage ? b.physical & -4096L : b.secondPage;
                List<Block> there = other == -1 || other == physicalPage ? null : pages.get(other);
                if (there != null) {
                    there.remove(b);
                }
            }
        }
    }

    /** Drops all blocks with an instruction at this virtual address. */
    void removeContaining(long pc) {
        for (List<Block> page : pages.values()) {
            for (Block b : page) {
                if (b.pc <= pc && pc < b.nextPc) {
                    remove(b);
                }
            }
            page.removeIf(b -> !b.valid);
        }
    }

    /** Calls back with every block. */
    void forEach(Consumer<Block> each) {
        for (Block head : buckets) {
            for (Block b = head; b != null; b = b.chain) {
                each.accept(b);
            }
        }
    }

    /** As {@link Cpu#hotSpots}. */
    List<Cpu.HotSpot> hotSpots(int most) {
        List<Cpu.HotSpot> all = new ArrayList<>();
        forEach(b -> {
            CompiledRegion r = b.region();
            if (r != null) {
                all.add(new Cpu.HotSpot(b.pc, r.region.instructions(), b.executed, r.region.hot() ? "hot" : "warm"));
            } else if (b.heat > 0) {
                all.add(new Cpu.HotSpot(b.pc, b.length, (long) b.heat * b.length, "interpreted"));
            }
        });
        all.sort(Comparator.comparingLong(Cpu.HotSpot::executed).reversed().thenComparingLong(Cpu.HotSpot::address));
        return List.copyOf(all.subList(0, Math.min(most, all.size())));
    }

    void clear() {
        pages.values().forEach(l -> l.forEach(b -> {
            b.valid = false;
            b.generation = -1;
            b.region(null);
        }));
        pages.clear();
        Arrays.fill(buckets, null);
        size = 0;
    }

    /** Drops all blocks and what they lead to: other CPUs with the same code may keep some of them. */
    void close() {
        List<Block> all = new ArrayList<>(size);
        forEach(all::add);
        clear();
        for (Block b : all) {
            b.chain = null;
            b.regions = null;
        }
    }

    int size() {
        return size;
    }
}
