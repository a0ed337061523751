package org.reprise.block.overlay;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import org.reprise.api.block.BlockNode;
import org.reprise.api.block.FreezableNode;

/**
 * Copy on write in clusters of 64 KiB. A cluster is below (not touched), in the file, all zeros, or in what was restored. What it reads depends on the
 * sequence of writes only. A cluster that is frozen is not written again: what changes it takes a new slot of the file.
 */
final class OverlayNode implements FreezableNode {
    private static final int CLUSTER_SHIFT = 16;
    private static final int CLUSTER = 1 << CLUSTER_SHIFT;
    private static final int PAGES = CLUSTER / PAGE;

    private final BlockNode below;
    private final boolean readOnly;
    private final long length;
    private final ClusterFile file;
    private final byte[] cluster = new byte[CLUSTER];
    private final byte[] page = new byte[PAGE];
    /** Guards what follows, which the reader of a frozen state looks at. */
    private final Object lock = new Object();
    private final ClusterMap map = new ClusterMap();
    private final BitSet changed = new BitSet();
    private FrozenState frozen;
    private Content restored = (number, into) -> false;

    OverlayNode(BlockNode below, Path folder, boolean readOnly) throws IOException {
        this.below = below;
        this.readOnly = readOnly;
        length = below.length();
        if (length >>> CLUSTER_SHIFT >= Integer.MAX_VALUE / PAGES) {
            throw new IOException("overlay: a drive of " + length + " bytes is too large; it can be up to 8 TiB");
        }
        file = new ClusterFile(folder, CLUSTER);
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public boolean readOnly() {
        return readOnly;
    }

    @Override
    public void read(long position, byte[] into, int offset, int count) throws IOException {
        check(position, count);
        int done = 0;
        while (done < count) {
            long at = position + done;
            int part = part(at, count - done);
            readPart(at, into, offset + done, part);
            done += part;
        }
    }

    private void readPart(long at, byte[] into, int offset, int count) throws IOException {
        int index = (int) (at >>> CLUSTER_SHIFT);
        int where = where(index);
        switch (where) {
            case ClusterMap.BELOW -> below.read(at, into, offset, count);
            case ClusterMap.ZERO -> Arrays.fill(into, offset, offset + count, (byte) 0);
            case ClusterMap.RESTORED -> readRestored(at, into, offset, count);
            default -> file.read(where, (int) at & CLUSTER - 1, into, offset, count);
        }
    }

    private int where(int index) {
        synchronized (lock) {
            return map.get(index);
        }
    }

    private void readRestored(long at, byte[] into, int offset, int count) throws IOException {
        int done = 0;
        while (done < count) {
            long position = at + done;
            int within = (int) position & PAGE - 1;
            int part = Math.min(count - done, PAGE - within);
            if (restored((int) (position / PAGE), page)) {
                System.arraycopy(page, within, into, offset + done, part);
            } else {
                below.read(position, into, offset + done, part);
            }
            done += part;
        }
    }

    private boolean restored(int number, byte[] into) throws IOException {
        try {
            return restored.read(number, into);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    @Override
    public void write(long position, byte[] from, int offset, int count) throws IOException {
        checkWritable();
        check(position, count);
        int done = 0;
        while (done < count) {
            long at = position + done;
            int part = part(at, count - done);
            writeCluster(at, from, offset + done, part);
            done += part;
        }
    }

    @Override
    public void flush() {
        // Nothing to promise: a temporary layer does not outlive the process.
    }

    @Override
    public void discard(long position, long count) throws IOException {
        checkWritable();
        check(position, count);
        byte[] zeros = null;
        long done = 0;
        while (done < count) {
            long at = position + done;
            int part = part(at, count - done);
            int index = (int) (at >>> CLUSTER_SHIFT);
            if (part == clusterLength(index)) {
                place(index, ClusterMap.ZERO);
            } else if (where(index) != ClusterMap.ZERO) {
                zeros = zeros == null ? new byte[CLUSTER] : zeros;
                writeCluster(at, zeros, 0, part);
            }
            done += part;
        }
    }

    @Override
    public String describe() {
        synchronized (lock) {
            return "temporary overlay (" + map.overlaid().cardinality() + " clusters of 64 KiB written) on " + below.describe();
        }
    }

    @Override
    public void close() throws IOException {
        try {
            file.close();
        } finally {
            below.close();
        }
    }

    private void writeCluster(long at, byte[] from, int offset, int count) throws IOException {
        int index = (int) (at >>> CLUSTER_SHIFT);
        int within = (int) at & CLUSTER - 1;
        int whole = clusterLength(index);
        int slot = where(index);
        if (slot >= 0 && !kept(slot)) {
            file.write(slot, within, from, offset, count);
            synchronized (lock) {
                changed.set(index);
            }
            return;
        }
        byte[] content = from;
        int start = offset;
        if (count != whole) {
            readPart((long) index << CLUSTER_SHIFT, cluster, 0, whole);
            System.arraycopy(from, offset, cluster, within, count);
            content = cluster;
            start = 0;
        }
        int fresh = file.take();
        try {
            file.write(fresh, 0, content, start, whole);
        } catch (IOException | RuntimeException e) {
            // a failed write (disk full) leaves the cluster as it was
            file.free(fresh);
            throw e;
        }
        place(index, fresh);
    }

    private boolean kept(int slot) {
        synchronized (lock) {
            return frozen != null && frozen.slots.get(slot);
        }
    }

    /** A cluster is somewhere else from now on. */
    private void place(int index, int where) {
        synchronized (lock) {
            int before = map.get(index);
            map.set(index, where);
            changed.set(index);
            if (before >= 0 && before != where && (frozen == null || !frozen.slots.get(before))) {
                file.free(before);
            }
        }
    }

    @Override
    public Frozen freeze(boolean whole) {
        synchronized (lock) {
            if (frozen != null) {
                throw new IllegalStateException("the overlay is frozen already");
            }
            BitSet clusters = (BitSet) changed.clone();
            if (whole) {
                clusters.or(map.overlaid());
            }
            frozen = new FrozenState(clusters);
            changed.clear();
            return frozen;
        }
    }

    @Override
    public void restore(int[] different, Content content) {
        synchronized (lock) {
            // what was in the content restored before is in this one, or listed as different
            restored = content;
            for (int number : different) {
                changed.set(number / PAGES);
            }
            changed.stream().forEach(index -> {
                int before = map.get(index);
                map.set(index, ClusterMap.RESTORED);
                if (before >= 0 && (frozen == null || !frozen.slots.get(before))) {
                    file.free(before);
                }
            });
            changed.clear();
        }
    }

    private int part(long at, int count) {
        return Math.min(count, CLUSTER - (int) (at & CLUSTER - 1));
    }

    private int part(long at, long count) {
        return (int) Math.min(count, CLUSTER - (at & CLUSTER - 1));
    }

    private int clusterLength(int index) {
        return (int) Math.min(CLUSTER, length - ((long) index << CLUSTER_SHIFT));
    }

    private void checkWritable() throws IOException {
        if (readOnly) {
            throw new IOException("the drive is read-only");
        }
    }

    private void check(long position, long count) throws IOException {
        if (position < 0 || count < 0 || position > length - count) {
            throw new IOException("bytes " + position + " to " + (position + count) + " are not within the drive's " + length);
        }
    }

    /** Where clusters were; their slots are not written while it is open. */
    private final class FrozenState implements Frozen {
        private final int[] clusters;
        private final int[] places;
        private final BitSet slots = new BitSet();
        private final Content content = restored;

        FrozenState(BitSet clusters) {
            this.clusters = clusters.stream().toArray();
            places = new int[this.clusters.length];
            for (int i = 0; i < places.length; i++) {
                places[i] = map.get(this.clusters[i]);
                if (places[i] >= 0) {
                    slots.set(places[i]);
                }
            }
        }

        @Override
        public int pages() {
            return (int) ((length + PAGE - 1) / PAGE);
        }

        @Override
        public int[] changed() {
            int end = pages();
            return Arrays.stream(clusters).flatMap(c -> java.util.stream.IntStream.range(c * PAGES, Math.min(end, (c + 1) * PAGES))).toArray();
        }

        @Override
        public boolean read(int number, byte[] into) throws IOException {
            int i = Arrays.binarySearch(clusters, number / PAGES);
            if (i < 0) {
                throw new IllegalArgumentException("page " + number + " did not change");
            }
            int length = (int) Math.min(PAGE, OverlayNode.this.length - (long) number * PAGE);
            Arrays.fill(into, length, into.length, (byte) 0);
            switch (places[i]) {
                case ClusterMap.BELOW -> {
                    return false;
                }
                case ClusterMap.ZERO -> Arrays.fill(into, (byte) 0);
                case ClusterMap.RESTORED -> {
                    try {
                        return content.read(number, into);
                    } catch (UncheckedIOException e) {
                        throw e.getCause();
                    }
                }
                default -> file.read(places[i], number % PAGES * PAGE, into, 0, length);
            }
            return true;
        }

        @Override
        public void close() {
            synchronized (lock) {
                if (frozen != this) {
                    return;
                }
                frozen = null;
                for (int i = 0; i < places.length; i++) {
                    if (places[i] >= 0 && map.get(clusters[i]) != places[i]) {
                        file.free(places[i]);
                    }
                }
            }
        }
    }
}
