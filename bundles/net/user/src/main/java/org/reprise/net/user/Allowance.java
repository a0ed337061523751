package org.reprise.net.user;

/**
 * How many bytes one direction of a connection may hold. It starts small and doubles with use, as long as all together stay within
 * bounds.
 */
final class Allowance {
    private static final int FIRST = 1 << 16;

    /** What all connections of a link share. */
    static final class Budget {
        private long left;

        /** @param bytes beyond what each connection has in any case */
        Budget(long bytes) {
            left = bytes;
        }
    }

    private final Budget budget;
    private final int most;
    private int limit = FIRST;
    private long moved;

    /** @param most bytes, a power of 2 */
    Allowance(Budget budget, int most) {
        this.budget = budget;
        this.most = most;
    }

    int limit() {
        return limit;
    }

    /** So many bytes went through. */
    void moved(int bytes) {
        moved += bytes;
        if (moved >= limit && limit < most && budget.left >= limit) {
            budget.left -= limit;
            limit *= 2;
            moved = 0;
        }
    }

    void release() {
        budget.left += limit - FIRST;
        limit = FIRST;
    }
}
