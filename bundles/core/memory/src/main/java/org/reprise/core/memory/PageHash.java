package org.reprise.core.memory;

/** A 64-bit hash of one page: for comparing states of the same machine, not against an adversary. */
final class PageHash {
    private static final long M1 = 0x9e3779b97f4a7c15L;
    private static final long M2 = 0xbf58476d1ce4e5b9L;

    private PageHash() {
    }

    /** Hash of the page behind the token, seeded by its page number; 0 for an all-zero page. Four lanes, so that the CPU can overlap them. */
    static long of(long token, long pageNumber) {
        long a = 0;
        long b = 0;
        long c = 0;
        long d = 0;
        long any = 0;
        for (int i = 0; i < 4096; i += 32) {
            long w = HostMemory.getLong(token + i);
            long x = HostMemory.getLong(token + i + 8);
            long y = HostMemory.getLong(token + i + 16);
            long z = HostMemory.getLong(token + i + 24);
            any |= w | x | y | z;
            a = Long.rotateLeft((a ^ w) * M1, 29);
            b = Long.rotateLeft((b ^ x) * M2, 31);
            c = Long.rotateLeft((c ^ y) * M1, 27);
            d = Long.rotateLeft((d ^ z) * M2, 33);
        }
        if (any == 0) {
            return 0;
        }
        long h = mix(a + pageNumber * M1) ^ mix(b + M2) ^ mix(c + 3 * M1) ^ mix(d + 7 * M2);
        h = mix(h + pageNumber);
        return h == 0 ? 1 : h;
    }

    private static long mix(long z) {
        long h = (z ^ (z >>> 30)) * M2;
        h = (h ^ (h >>> 27)) * 0x94d049bb133111ebL;
        return h ^ (h >>> 31);
    }
}
