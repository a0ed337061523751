package org.reprise.block.overlay;

import java.util.Arrays;
import java.util.BitSet;

/** Where each cluster of an overlay is. Sparse: a large drive of which little is written takes little memory. */
final class ClusterMap {
    /** The layer below has it. */
    static final int BELOW = -1;
    /** It is all zeros. */
    static final int ZERO = -2;
    /** It is in what was restored last, page by page. */
    static final int RESTORED = -3;
    private static final int CHUNK_SHIFT = 10;

    private int[][] chunks = new int[16][];
    private final BitSet overlaid = new BitSet();

    /** A slot of the file, or one of the constants. */
    int get(int cluster) {
        int chunk = cluster >>> CHUNK_SHIFT;
        return chunk >= chunks.length || chunks[chunk] == null ? BELOW : chunks[chunk][cluster & (1 << CHUNK_SHIFT) - 1];
    }

    void set(int cluster, int where) {
        int chunk = cluster >>> CHUNK_SHIFT;
        if (chunk >= chunks.length) {
            chunks = Arrays.copyOf(chunks, Math.max(chunk + 1, chunks.length * 2));
        }
        if (chunks[chunk] == null) {
            chunks[chunk] = new int[1 << CHUNK_SHIFT];
            Arrays.fill(chunks[chunk], BELOW);
        }
        chunks[chunk][cluster & (1 << CHUNK_SHIFT) - 1] = where;
        overlaid.set(cluster, where != BELOW);
    }

    /** The clusters that are not below. */
    BitSet overlaid() {
        return overlaid;
    }
}
