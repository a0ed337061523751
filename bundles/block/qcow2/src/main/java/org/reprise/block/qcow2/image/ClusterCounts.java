package org.reprise.block.qcow2.image;

import java.io.IOException;

/** A number for each cluster of a file; only parts where some are not 0 take memory, 256 MiB at most. */
final class ClusterCounts {
    private static final int PAGE_BITS = 12;
    private static final int PAGE = 1 << PAGE_BITS;
    private static final int MOST_PAGES = 1 << 14;

    private final int[][] pages;
    private final long clusters;
    private final Header header;
    private int used;

    ClusterCounts(Header header, long clusters) throws IOException {
        this.header = header;
        this.clusters = clusters;
        if (clusters >>> 31 != 0) {
            throw header.bad(clusters + " clusters of " + header.clusterSize() + " bytes are too many to be checked");
        }
        pages = new int[(int) (clusters + PAGE - 1 >>> PAGE_BITS)][];
    }

    long clusters() {
        return clusters;
    }

    /** The count of a cluster within the file. */
    int get(long cluster) {
        int[] page = cluster < clusters ? pages[(int) (cluster >>> PAGE_BITS)] : null;
        return page == null ? 0 : page[(int) cluster & PAGE - 1];
    }

    /** Adds to the count of a cluster within the file. */
    void add(long cluster, int by) throws IOException {
        int[] page = pages[(int) (cluster >>> PAGE_BITS)];
        if (page == null) {
            if (++used > MOST_PAGES) {
                throw header.bad("too many clusters are in use to be checked in the memory that there is");
            }
            page = new int[PAGE];
            pages[(int) (cluster >>> PAGE_BITS)] = page;
        }
        int at = (int) cluster & PAGE - 1;
        page[at] = (int) Math.min(Integer.MAX_VALUE, (long) page[at] + by);
    }
}
