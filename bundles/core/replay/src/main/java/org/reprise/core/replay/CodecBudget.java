package org.reprise.core.replay;

import java.util.function.LongSupplier;

/**
 * How much a codec has time for: so many bytes at once, and so many more a second of host time. Packing must not slow down what is recorded: on a host
 * with few processors a guest that downloads 100 MB a second would pay for it. One thread.
 */
final class CodecBudget {
    private static final long DEFLATE_AT_ONCE = 1 << 20;
    /** On the machine of docs/performance.md 1.5 % of one core, for text. */
    private static final long DEFLATE_PER_SECOND = 2 << 20;
    /** A frame with the largest event, and some more. */
    private static final long LZ4_AT_ONCE = 20 << 20;
    /** For each processor besides the machine's; there 7 % of it. */
    private static final long LZ4_PER_SECOND = 24 << 20;
    private static final long SECOND_NANOS = 1_000_000_000;

    private final long atOnce;
    private final long perSecond;
    private final LongSupplier nanos;
    private long left;
    private long asOf;

    /** DEFLATE's: it packs well and is slow. */
    static CodecBudget deflate() {
        return new CodecBudget(DEFLATE_AT_ONCE, DEFLATE_PER_SECOND, System::nanoTime);
    }

    /** LZ4's. */
    static CodecBudget lz4() {
        return new CodecBudget(LZ4_AT_ONCE, LZ4_PER_SECOND * Math.max(1, Runtime.getRuntime().availableProcessors() - 1), System::nanoTime);
    }

    /** @param atOnce bytes, 0: never @param perSecond bytes, at most 2^32 @param nanos a clock */
    CodecBudget(long atOnce, long perSecond, LongSupplier nanos) {
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
