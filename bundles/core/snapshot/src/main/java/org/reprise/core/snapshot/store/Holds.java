package org.reprise.core.snapshot.store;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Who uses the tables of which snapshot; and those deleted while somebody did: their pages go when nobody does any more. Any thread. */
final class Holds {
    private final Map<Long, Integer> users = new HashMap<>();
    /** Chunks of snapshots that were deleted while they were used. */
    private final Map<Long, Collection<Long>> left = new HashMap<>();

    synchronized void hold(long snapshot) {
        users.merge(snapshot, 1, Integer::sum);
    }

    synchronized void release(long snapshot) {
        users.computeIfPresent(snapshot, (s, n) -> n == 1 ? null : n - 1);
    }

    /** A snapshot is deleted. @return true when its chunks stay for somebody */
    synchronized boolean leave(long snapshot, Collection<Long> chunks) {
        boolean used = users.containsKey(snapshot);
        if (used) {
            left.put(snapshot, chunks);
        }
        return used;
    }

    /** Undoes {@link #leave}. */
    synchronized void unleave(long snapshot) {
        left.remove(snapshot);
    }

    /** Takes the chunks out that nobody uses any more. */
    synchronized List<Collection<Long>> unused() {
        List<Collection<Long>> unused = new ArrayList<>();
        for (Iterator<Map.Entry<Long, Collection<Long>>> i = left.entrySet().iterator(); i.hasNext();) {
            Map.Entry<Long, Collection<Long>> e = i.next();
            if (!users.containsKey(e.getKey())) {
                unused.add(e.getValue());
                i.remove();
            }
        }
        return unused;
    }

    /** Chunks of deleted snapshots that stay. */
    synchronized List<Collection<Long>> left() {
        return List.copyOf(left.values());
    }
}
