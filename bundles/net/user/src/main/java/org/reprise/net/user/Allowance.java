package org.reprise.net.user;

/**
 * How many bytes one direction of a connection may hold. It starts small and doubles with use, as long as all together stay within
 * bounds.
 */
final class Allowance {
    private static final int FIRST = 1 << 16;
    private static final int MOST = 1 << 19;

    /** What all connections of a link share. */
    static final class Budget {
        private long left;

        /** @param bytes beyond what each connection has in any case */
        Budget(long bytes) {
            left = bytes;
        }
    }

    private final Budget budget;
    private int limit = FIRST;
    private long moved;

    Allowance(Budget budget) {
        this.budget = budget;
    }

    int limit() {
        return limit;
    }

    /** So many bytes went through. */
    void moved(int bytes) {
        moved += bytes;
        if (moved >= limit && limit < MOST && budget.left >= limit) {
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
