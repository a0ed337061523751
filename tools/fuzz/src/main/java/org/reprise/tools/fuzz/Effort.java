package org.reprise.tools.fuzz;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.reprise.tools.devicekit.FakeMemory;

/**
 * Bounds what one operation of a guest may cost its host, whatever the guest has prepared: bytes moved in guest memory and bytes allocated.
 * The greatest honest cost is that of a disk: it takes requests until 32 MiB are in flight, the last one of which may have 32 MiB.
 */
final class Effort {
    /** Bytes of guest memory that one operation may touch. */
    static final long MOST_MOVED = 80L << 20;
    /** Bytes that one operation may allocate. */
    static final long MOST_ALLOCATED = 160L << 20;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final FakeMemory memory;
    private final long moved;
    private final long allocated = THREADS.getCurrentThreadAllocatedBytes();

    /** Begins to measure. */
    Effort(FakeMemory memory) {
        this.memory = memory;
        moved = memory == null ? 0 : memory.work();
    }

    /** True when {@link #check} throws because of what was allocated. */
    boolean excessive() {
        return THREADS.getCurrentThreadAllocatedBytes() - allocated > MOST_ALLOCATED;
    }

    /** @throws AssertionError when the operation took too much */
    void check() {
        long bytes = memory == null ? 0 : memory.work() - moved;
        if (bytes > MOST_MOVED) {
            throw new AssertionError("one operation moved " + bytes + " bytes of guest memory; the most is " + MOST_MOVED);
        }
        long taken = THREADS.getCurrentThreadAllocatedBytes() - allocated;
        if (taken > MOST_ALLOCATED) {
            throw new AssertionError("one operation allocated " + taken + " bytes; the most is " + MOST_ALLOCATED);
        }
    }
}
