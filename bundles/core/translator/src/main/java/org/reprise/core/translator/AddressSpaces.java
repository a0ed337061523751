package org.reprise.core.translator;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.reprise.api.state.State;
import org.reprise.api.state.Stateful;

/**
 * What is known of the guest's address translations beside the TLB's entries: for each of the latest address spaces (of the ASIDs in use)
 * the generation that its TLB entries are tagged with, and the pages that code was fetched from. Going back to an address space finds its
 * translations again, as far as others have not taken their places.
 */
final class AddressSpaces implements Stateful {
    private static final int KEPT = 8;
    private static final int MMUS = 8;

    /** One of them. */
    private static final class Space {
        final LongMap fetches = new LongMap();
        boolean used;
        long id;
        long tlbGeneration;
        int generation;
    }

    private final SoftTlb tlb;
    private final Space[] spaces = new Space[KEPT];
    private Space current;
    private int oldest;
    private int generations;
    /** From the first to the last address, unsigned, of pages larger than ours that have been looked up since the last flush. */
    private long largeFirst = -1;
    private long largeLast;

    AddressSpaces(SoftTlb tlb) {
        this.tlb = tlb;
        Arrays.setAll(spaces, i -> new Space());
        current = spaces[0];
        current.used = true;
        begin(current);
    }

    /** What tags of the TLB hold now. */
    long tlbGeneration() {
        return current.tlbGeneration;
    }

    /** A number that stands for the fetch translations as they are now: another one when one was forgotten. */
    int generation() {
        return current.generation;
    }

    /** Page that a fetch from this page is known to go to, or -1. @param key page address and MMU index, shifted by 3 */
    long fetched(long key) {
        return current.fetches.get(key, -1);
    }

    void fetched(long key, long page) {
        current.fetches.put(key, page);
    }

    private void begin(Space s) {
        s.fetches.clear();
        s.generation = ++generations;
        long fresh = tlb.nextGeneration();
        if (fresh == 0) {
            // the numbers begin again: what others have tagged is forgotten with the TLB
            for (Space other : spaces) {
                if (other != s && other.used) {
                    other.tlbGeneration = tlb.nextGeneration();
                }
            }
        }
        s.tlbGeneration = fresh;
    }

    /** Forgets all translations of all address spaces. */
    void flush() {
        for (Space s : spaces) {
            s.used = s == current;
        }
        largeFirst = -1;
        largeLast = 0;
        begin(current);
    }

    /** Forgets the translation of the page at an address, in all address spaces. */
    void flush(long va) {
        if (Long.compareUnsigned(va, largeFirst) >= 0 && Long.compareUnsigned(va, largeLast) <= 0) {
            flush();
            return;
        }
        tlb.forget(va);
        for (Space s : spaces) {
            if (s.used) {
                boolean known = false;
                for (int mmu = 0; mmu < MMUS; mmu++) {
                    long key = va & -4096L | mmu << 3;
                    if (s.fetches.get(key, -1) != -1) {
                        s.fetches.put(key, -1);
                        known = true;
                    }
                }
                if (known) {
                    s.generation = ++generations;
                }
            }
        }
    }

    /** Goes to another address space. @param id what stands for it, root and ASID */
    void enter(long id) {
        if (current.id == id) {
            return;
        }
        for (Space s : spaces) {
            if (s.used && s.id == id) {
                current = s;
                return;
            }
        }
        do {
            oldest = (oldest + 1) % KEPT;
        } while (spaces[oldest] == current);
        current = spaces[oldest];
        current.used = true;
        current.id = id;
        begin(current);
    }

    /** A translation comes from a page larger than ours: flushing any address of it has to forget all of it. */
    void large(long first, long size) {
        if (Long.compareUnsigned(first, largeFirst) < 0) {
            largeFirst = first;
        }
        if (Long.compareUnsigned(first + size - 1, largeLast) > 0) {
            largeLast = first + size - 1;
        }
    }

    /** What the guest has used of its translations since its last flushes. Translated code is looked at again after restoring. */
    @Override
    public void state(State s) {
        s.nested("tlb", tlb);
        for (int i = 0; i < KEPT; i++) {
            Space space = spaces[i];
            String name = "space" + i;
            space.used = s.bool(name + ".used", space.used);
            space.id = s.int64(name + ".id", space.id);
            space.tlbGeneration = s.int64(name + ".generation", space.tlbGeneration);
            long[] pairs = space.fetches.pairs();
            ByteBuffer present = ByteBuffer.allocate(Long.BYTES * pairs.length);
            present.asLongBuffer().put(pairs);
            ByteBuffer saved = ByteBuffer.wrap(s.bytes(name + ".fetches", present.array()));
            if (s.loading()) {
                space.fetches.clear();
                while (saved.hasRemaining()) {
                    space.fetches.put(saved.getLong(), saved.getLong());
                }
                space.generation = ++generations;
            }
        }
        int index = s.int32("current", Arrays.asList(spaces).indexOf(current));
        if (s.loading()) {
            current = spaces[index];
        }
        oldest = s.int32("oldest", oldest);
        largeFirst = s.int64("large.first", largeFirst);
        largeLast = s.int64("large.last", largeLast);
    }
}
