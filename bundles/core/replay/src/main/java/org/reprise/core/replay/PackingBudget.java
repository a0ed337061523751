package org.reprise.core.replay;

import java.util.function.LongSupplier;

/**
 * How much time there is for packing: a share of the host's time, some of which can be saved up. Where processors are few, packing takes one
 * that the guest's network and the compilers could use, so a guest that downloads 200 MB a second would pay for more. One thread.
 */
final class PackingBudget {
    private static final long SAVED_NANOS = 20_000_000;
    /** On the machine of docs/performance.md LZ4 packs 12 MB of text a second in it, once its code is warm. */
    private static final int SMALL_SHARE = 3;
    /** LZ4 packs in it what the fastest guests receive. */
    private static final int LARGE_SHARE = 50;
    /** Machine, network, compilers: with more processors than they use, the log's thread has one for itself. */
    private static final int BUSY_PROCESSORS = 3;
    private static final int PERCENT = 100;
    private static final long SECOND_NANOS = 1_000_000_000;

    private final long most;
    private final int share;
    private final LongSupplier nanos;
    private long left;
    private long asOf;

    /** What logs have. @param processors of the host */
    static PackingBudget of(int processors) {
        return new PackingBudget(SAVED_NANOS, processors > BUSY_PROCESSORS ? LARGE_SHARE : SMALL_SHARE, System::nanoTime);
    }

    /** @param most ns that can be saved up, and are there at first @param share percent, 0 to 100 @param nanos a clock */
    PackingBudget(long most, int share, LongSupplier nanos) {
        this.most = most;
        this.share = share;
        this.nanos = nanos;
        left = most;
        asOf = nanos.getAsLong();
    }

    /** Begins some work, which {@link #end} ends. */
    void begin() {
        long now = nanos.getAsLong();
        // what comes in longer than a second is more than can be saved up
        left = Math.min(most, left + Math.min(now - asOf, SECOND_NANOS) * share / PERCENT);
        asOf = now;
    }

    /** Whether there is time for what is slow and packs well: it leaves half of what can be saved up to what is fast. */
    boolean forSlow() {
        return left > most / 2;
    }

    boolean forFast() {
        return left > 0;
    }

    /** Takes what the work has taken since {@link #begin}; when it was more than there is, the next has to wait. */
    void end() {
        left -= nanos.getAsLong() - asOf;
    }
}
