package org.reprise.core.translator;

import java.util.Arrays;

/**
 * The soft TLB of one CPU: direct-mapped by virtual page. {@link #fast} has three of four longs in use per entry: the tags for reading
 * and writing and what is added to a virtual address to get the token in host memory. A tag is {@code page | mmu << 3}; an access of
 * size n compares {@code (address & (-4096 | n-1)) | mmu << 3}, so that misaligned accesses, too, take the slow path.
 *
 * <p>The translation itself is kept beside ({@link #keys}, {@link #entries}): when the right to write a page directly is revoked and
 * given again there is no page walk, so what the guest's page tables see does not depend on digests, snapshots or compiled code.
 */
final class SoftTlb {
    static final int ENTRIES = 512;
    /** No address compares equal: bits 6..11 are never set in what is compared. */
    static final long NEVER = -1;

    final long[] fast = new long[ENTRIES * 4];
    final long[] keys = new long[ENTRIES];
    final long[] entries = new long[ENTRIES];

    SoftTlb() {
        flush();
    }

    static int index(long va) {
        return (int) (va >>> 12) & (ENTRIES - 1);
    }

    void flush() {
        Arrays.fill(fast, NEVER);
        Arrays.fill(keys, NEVER);
    }

    void revokeWrites() {
        for (int i = 1; i < fast.length; i += 4) {
            fast[i] = NEVER;
        }
    }

    void revokeWrites(long physicalPage) {
        for (int i = 0; i < ENTRIES; i++) {
            if (keys[i] != NEVER && (entries[i] & -4096L) == physicalPage) {
                fast[i * 4 + 1] = NEVER;
            }
        }
    }
}
