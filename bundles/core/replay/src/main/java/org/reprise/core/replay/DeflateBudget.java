package org.reprise.core.replay;

import java.util.function.LongSupplier;

/**
 * How much DEFLATE has time for: so many bytes at once, and so many more a second of host time. It packs well and is slow; a guest that
 * downloads 70 MB a second would pay for it. One thread.
 */
final class DeflateBudget {
    private static final long AT_ONCE = 1 << 20;
    /** On the machine of docs/performance.md 1.5 % of one core, for text. */
    private static final long PER_SECOND = 2 << 20;
    private static final long SECOND_NANOS = 1_000_000_000;

    private final long atOnce;
    private final long perSecond;
    private final LongSupplier nanos;
    private long left;
    private long asOf;

    /** As logs have it. */
    DeflateBudget() {
        this(AT_ONCE, PER_SECOND, System::nanoTime);
    }

    /** @param atOnce bytes, 0: never @param perSecond bytes, at most 2^32 @param nanos a clock */
    DeflateBudget(long atOnce, long perSecond, LongSupplier nanos) {
        this.atOnce = atOnce;
        this.perSecond = perSecond;
        this.nanos = nanos;
        left = atOnce;
        asOf = nanos.getAsLong();
    }

    /** Takes so much out of it. @return false, and nothing is taken, when there is less */
    boolean take(long bytes) {
        long now = nanos.getAsLong();
        // more than a second at once would only fill it
        left = Math.min(atOnce, left + Math.min(now - asOf, SECOND_NANOS) * perSecond / SECOND_NANOS);
        asOf = now;
        if (bytes > left) {
            return false;
        }
        left -= bytes;
        return true;
    }
}
