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
        if (everyBlock) {
            Arrays.fill(checked, true);
        } else {
            findLoops();
        }
        need = new int[blocks.length];
        for (int i = 0; i < blocks.length; i++) {
            need(i);
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

    /** Depth first, without recursion: a region may be one long chain. */
    private void findLoops() {
        byte[] state = new byte[successors.length];
        int[] stack = new int[successors.length];
        int[] next = new int[successors.length];
        int depth = 0;
        state[0] = 1;
        while (depth >= 0) {
            int b = stack[depth];
            if (next[b] == successors[b].length) {
                state[b] = 2;
                depth--;
                continue;
            }
            int s = successors[b][next[b]++];
            if (state[s] == 1) {
                checked[s] = true;
            } else if (state[s] == 0) {
                state[s] = 1;
                stack[++depth] = s;
            }
        }
    }

    private int need(int i) {
        if (need[i] == 0) {
            int most = 0;
            for (int s : successors[i]) {
                if (!checked[s]) {
                    most = Math.max(most, need(s));
                }
            }
            need[i] = region.blocks()[i].length + most;
        }
        return need[i];
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
