package org.reprise.core.memory;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.List;

/**
 * RAM as it was at one moment, copied while the machine runs on: each page by whoever needs it first, the reader of the capture, or the machine's thread
 * that is about to write it. {@link #read} is for one thread at a time; {@link #close} for any.
 */
public final class RamCapture implements AutoCloseable {
    private static final VarHandle STATE = MethodHandles.arrayElementVarHandle(byte[].class);
    /** The page is as it was then, and must be copied before it is written. */
    private static final byte PENDING = 1;
    /** Somebody copies it. */
    private static final byte BUSY = 2;
    /** It was copied, or does not belong to the capture. */
    private static final byte DONE = 0;

    private final List<MemoryRegion> regions;
    private final int pages;
    private final int[] changed;
    private final byte[] state;
    /** Copies that writes have made. */
    private final byte[][] copies;
    private volatile boolean closed;

    /** Content of pages by number. */
    @FunctionalInterface
    public interface Content {
        /** Copies a page of 4096 bytes. @return false when it was never written */
        boolean read(int page, byte[] into);
    }

    RamCapture(List<MemoryRegion> regions, boolean whole) {
        this.regions = regions;
        int all = 0;
        for (MemoryRegion r : regions) {
            all += r.flags.length;
        }
        pages = all;
        state = new byte[pages];
        copies = new byte[pages][];
        int[] found = new int[pages];
        int count = 0;
        int first = 0;
        int wanted = whole ? MemoryRegion.CHANGED | MemoryRegion.PRESENT : MemoryRegion.CHANGED;
        for (MemoryRegion r : regions) {
            for (int page = 0; page < r.flags.length; page++) {
                if ((r.flags[page] & wanted) != 0) {
                    r.flags[page] &= ~MemoryRegion.CHANGED;
                    state[first + page] = PENDING;
                    found[count++] = first + page;
                }
            }
            first += r.flags.length;
        }
        changed = Arrays.copyOf(found, count);
        VarHandle.releaseFence();
    }

    /** How many pages RAM has. */
    public int pages() {
        return pages;
    }

    /** The pages of this capture, ascending. */
    public int[] changed() {
        return changed.clone();
    }

    /** Copies a page of this capture as it was then; once for each. @throws IllegalStateException when the capture is closed */
    public void read(int page, byte[] into) {
        if (STATE.compareAndSet(state, page, PENDING, BUSY)) {
            HostMemory.read(token(page), into, 0, into.length);
            STATE.setRelease(state, page, DONE);
            return;
        }
        while ((byte) STATE.getAcquire(state, page) == BUSY) {
            Thread.onSpinWait();
        }
        byte[] copy = copies[page];
        if (copy == null) {
            throw new IllegalStateException(closed ? "the capture is closed" : "page " + page + " is not in this capture, or was read before");
        }
        copies[page] = null;
        System.arraycopy(copy, 0, into, 0, into.length);
    }

    private long token(int page) {
        int first = 0;
        for (MemoryRegion r : regions) {
            if (page < first + r.flags.length) {
                return r.host + ((long) (page - first) << 12);
            }
            first += r.flags.length;
        }
        throw new IndexOutOfBoundsException("page " + page + " of " + pages);
    }

    /** The page is about to be written. Machine's thread. */
    void preserve(MemoryRegion region, int pageOfRegion) {
        int page = pageOfRegion;
        for (MemoryRegion r : regions) {
            if (r == region) {
                break;
            }
            page += r.flags.length;
        }
        if (STATE.compareAndSet(state, page, PENDING, BUSY)) {
            byte[] copy = new byte[4096];
            HostMemory.read(region.host + ((long) pageOfRegion << 12), copy, 0, copy.length);
            copies[page] = copy;
            STATE.setRelease(state, page, DONE);
            return;
        }
        while ((byte) STATE.getAcquire(state, page) == BUSY) {
            Thread.onSpinWait();
        }
    }

    boolean closed() {
        return closed;
    }

    /** Gives up what was not read; waits for a page that is being copied. */
    @Override
    public void close() {
        closed = true;
        for (int page : changed) {
            // from now on nobody begins to copy it
            while (!STATE.compareAndSet(state, page, PENDING, DONE) && (byte) STATE.getAcquire(state, page) == BUSY) {
                Thread.onSpinWait();
            }
        }
    }
}
