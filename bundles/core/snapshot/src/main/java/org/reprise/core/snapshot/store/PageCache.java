package org.reprise.core.snapshot.store;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** The pages read last, uncompressed. Any thread. */
final class PageCache {
    /** What an entry takes besides its page, roughly. */
    private static final int OVERHEAD = 112;

    private final int capacity;
    private final Map<Long, byte[]> pages;

    /** @param bytes that it may take; 0: none */
    PageCache(long bytes) {
        capacity = (int) Math.min(1 << 24, bytes / (PageCodec.PAGE + OVERHEAD));
        pages = new LinkedHashMap<>(16, 0.75f, true);
    }

    /** @return false when it is not here */
    boolean read(long id, byte[] into) {
        byte[] page;
        synchronized (pages) {
            page = pages.get(id);
        }
        if (page == null) {
            return false;
        }
        System.arraycopy(page, 0, into, 0, PageCodec.PAGE);
        return true;
    }

    void add(long id, byte[] page) {
        if (capacity == 0) {
            return;
        }
        synchronized (pages) {
            if (pages.containsKey(id)) {
                return;
            }
            if (pages.size() >= capacity) {
                var oldest = pages.keySet().iterator();
                oldest.next();
                oldest.remove();
            }
            // not in the place of the one removed: a reader may still copy that
            pages.put(id, Arrays.copyOf(page, PageCodec.PAGE));
        }
    }
}
