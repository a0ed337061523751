package org.reprise.core.translator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How control flows inside a region, and where the budget has to be checked: at the entry and at the heads of loops only, against the
 * longest way from there to the next check. Between checks blocks charge themselves without looking.
 */
final class ControlFlow {
    private static final byte UNSEEN = 0;
    private static final byte OPEN = 1;
    private static final byte DONE = 2;

    private final Region region;
    private final Map<Long, Integer> index = new HashMap<>();
    private final int[][] successors;
    private final boolean[] checked;
    private final int[] need;

    /** @param everyBlock check the budget at every block */
    ControlFlow(Region region, boolean everyBlock) {
        this.region = region;
        Block[] blocks = region.blocks();
        for (int i = 0; i < blocks.length; i++) {
            index.put(blocks[i].pc, i);
        }
        successors = new int[blocks.length][];
        for (int i = 0; i < blocks.length; i++) {
            successors[i] = successorsOf(i);
        }
        checked = new boolean[blocks.length];
        Arrays.fill(checked, everyBlock);
        need = new int[blocks.length];
        byte[] state = new byte[blocks.length];
        for (int i = 0; i < blocks.length; i++) {
            // blocks that cannot be reached from the entry, where others of a remembered region are missing, may be loops, too
            if (state[i] == UNSEEN) {
                search(i, state);
            }
        }
    }

    private int[] successorsOf(int i) {
        Block b = region.blocks()[i];
        List<Integer> list = new ArrayList<>(2);
        int t = b.terminator();
        if (t == Op.JUMP || Op.isBranch(t)) {
            add(list, b.target);
        }
        if (Op.isBranch(t)) {
            add(list, b.nextPc);
        }
        for (long pc : region.expected()[i]) {
            add(list, pc);
        }
        return list.stream().mapToInt(Integer::intValue).toArray();
    }

    private void add(List<Integer> list, long pc) {
        Integer i = index.get(pc);
        if (i != null) {
            list.add(i);
        }
    }

    /**
     * Depth first, without recursion: a region may be one long chain. A block on the way to itself is the head of a loop; behind a block whose
     * successors are all done is the longest way known.
     */
    private void search(int root, byte[] state) {
        int[] stack = new int[successors.length];
        int[] next = new int[successors.length];
        int depth = 0;
        stack[0] = root;
        state[root] = OPEN;
        while (depth >= 0) {
            int b = stack[depth];
            if (next[b] == successors[b].length) {
                state[b] = DONE;
                need[b] = region.blocks()[b].length + behind(b);
                depth--;
                continue;
            }
            int s = successors[b][next[b]++];
            if (state[s] == OPEN) {
                checked[s] = true;
            } else if (state[s] == UNSEEN) {
                state[s] = OPEN;
                stack[++depth] = s;
            }
        }
    }

    /** The longest way to a check from behind a block; its successors are checked or done. */
    private int behind(int block) {
        int most = 0;
        for (int s : successors[block]) {
            if (!checked[s]) {
                most = Math.max(most, need[s]);
            }
        }
        return most;
    }

    /** Index of the block at an address, or null when it is outside. */
    Integer at(long pc) {
        return index.get(pc);
    }

    int[] successors(int block) {
        return successors[block];
    }

    /** True when the budget is checked before this block. */
    boolean checked(int block) {
        return checked[block];
    }

    /** Instructions on the longest way from this block to the next check or out. */
    int needed(int block) {
        return need[block];
    }
}
