package org.reprise.core.translator;

import java.util.Arrays;
import org.reprise.api.state.State;
import org.reprise.api.state.Stateful;
import org.reprise.core.memory.HostMemory;

/**
 * The soft TLB of one CPU: direct-mapped by virtual page. The half that every access looks at lives in host memory, so that compiled code
 * needs no bounds check: per entry a tag for reading, one for writing, and what is added to a virtual address to get the token in host
 * memory. A tag is {@code page | generation << 6 | mmu << 3}; an access of size n compares {@code (address & (-4096 | n-1)) | generation
 * << 6 | mmu << 3}, so that misaligned accesses, too, take the slow path. The MMU index is part of the tag: a change of privilege flushes
 * nothing. A flush begins the next generation and touches no entry.
 *
 * <p>The translation itself is kept beside ({@link #keys}, {@link #entries}): when the right to write a page directly is revoked and
 * given again there is no page walk, so what the guest's page tables see does not depend on digests, snapshots, compiled code or watchpoints.
 */
final class SoftTlb implements Stateful {
    /** With 512 of them, a request that a guest sends to a web server missed 540 times; with 4096, 30 times. */
    static final int ENTRIES = 4096;
    /** Bytes of an entry, and where its parts are. */
    static final int ENTRY = 32;
    static final int READ_TAG = 0;
    static final int WRITE_TAG = 8;
    static final int ADDEND = 16;
    /** An entry's offset is {@code address >>> OFFSET_SHIFT & OFFSET_MASK}. */
    static final int OFFSET_SHIFT = 7;
    static final int OFFSET_MASK = (ENTRIES - 1) * ENTRY;
    /** No address compares equal: there is no generation 63. */
    static final long NEVER = -1;
    /** The addend of a page that is not in host memory; those of others are multiples of a page. */
    private static final long NOWHERE = -1;
    private static final int GENERATION_SHIFT = 6;
    private static final long LAST_GENERATION = 62L << GENERATION_SHIFT;

    /** Says whether accesses to a page have to be looked at. */
    @FunctionalInterface
    interface Watched {
        /** Asks. */
        boolean watched(long page, long physicalPage);
    }

    /** Token of the table in host memory. */
    final long table = HostMemory.allocate(ENTRIES * ENTRY);
    final long[] keys = new long[ENTRIES];
    final long[] entries = new long[ENTRIES];
    private long generation;
    private boolean closed;

    SoftTlb() {
        clear();
    }

    static int index(long va) {
        return (int) (va >>> 12) & (ENTRIES - 1);
    }

    /** Token of the entry that an address belongs to. */
    long entry(long va) {
        return table + (va >>> OFFSET_SHIFT & OFFSET_MASK);
    }

    /** The next generation's number, shifted to its place; 0 when they begin again, and everything is forgotten. */
    long nextGeneration() {
        if (generation == LAST_GENERATION) {
            clear();
            generation = 0;
        } else {
            generation += 1L << GENERATION_SHIFT;
        }
        return generation;
    }

    /** Keeps a translation, without rights to direct access. */
    void fill(int i, long key, long entry) {
        keys[i] = key;
        entries[i] = entry;
        HostMemory.putLong(table + (long) i * ENTRY + READ_TAG, NEVER);
        HostMemory.putLong(table + (long) i * ENTRY + WRITE_TAG, NEVER);
    }

    /** Forgets the page at an address, of whatever generation. */
    void forget(long va) {
        int i = index(va);
        if (!closed && keys[i] != NEVER && ((keys[i] ^ va) & -4096L) == 0) {
            keys[i] = NEVER;
            HostMemory.putLong(table + (long) i * ENTRY + READ_TAG, NEVER);
            HostMemory.putLong(table + (long) i * ENTRY + WRITE_TAG, NEVER);
        }
    }

    private void clear() {
        if (closed) {
            return;
        }
        revoke();
        Arrays.fill(keys, NEVER);
    }

    /** Takes all rights to direct access away; translations stay. */
    void revoke() {
        revokeWrites();
        for (int offset = 0; !closed && offset < ENTRIES * ENTRY; offset += ENTRY) {
            HostMemory.putLong(table + offset + READ_TAG, NEVER);
        }
    }

    void revokeWrites() {
        if (closed) {
            return;
        }
        for (int offset = 0; offset < ENTRIES * ENTRY; offset += ENTRY) {
            HostMemory.putLong(table + offset + WRITE_TAG, NEVER);
        }
    }

    void revokeWrites(long physicalPage) {
        for (int i = 0; i < ENTRIES; i++) {
            if (!closed && keys[i] != NEVER && (entries[i] & -4096L) == physicalPage) {
                HostMemory.putLong(table + (long) i * ENTRY + WRITE_TAG, NEVER);
            }
        }
    }

    /** The translations, which the guest sees as long as it does not flush them; rights to direct access are given again where they are used. */
    @Override
    public void state(State s) {
        s.int64s("keys", keys, ENTRIES);
        s.int64s("entries", entries, ENTRIES);
        generation = s.int64("generation", generation);
        if (s.loading()) {
            revoke();
        }
    }

    /** Gives the table back. Memory still tells its listeners of changes afterwards; nothing may be looked up any more. */
    void close() {
        if (!closed) {
            closed = true;
            HostMemory.free(table, ENTRIES * ENTRY);
        }
    }
}
