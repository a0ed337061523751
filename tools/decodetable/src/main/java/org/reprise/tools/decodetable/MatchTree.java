package org.reprise.tools.decodetable;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Splits the instructions by the bits that they fix, until the few left over are told apart by comparing the rest of their
 * patterns, their conditions and constraints one after the other.
 */
final class MatchTree {
    /** A switch of more bits than this would be a sparse table. */
    private static final int MAXIMUM_SWITCH_BITS = 8;

    sealed interface Node permits Leaf, Switch {
        /** Comparisons in the tree below, a measure of its code size. */
        int weight();
    }

    /** Candidates in the order in which they are tried; {@code known} are the bits already compared. */
    record Leaf(List<Instruction> candidates, long known) implements Node {
        @Override
        public int weight() {
            return candidates.size();
        }
    }

    /** A switch over the bits {@code low} and up, {@code width} of them; values without a child match nothing. */
    record Switch(int low, int width, SortedMap<Long, Node> children) implements Node {
        @Override
        public int weight() {
            return children.values().stream().mapToInt(Node::weight).sum();
        }
    }

    private final DecodeTable table;

    private MatchTree(DecodeTable table) {
        this.table = table;
    }

    static Node build(DecodeTable table) {
        MatchTree tree = new MatchTree(table);
        return tree.node(inPriorityOrder(table.instructions()), 0);
    }

    /** Winners of declared overlaps stand before the lines they override; everything else keeps the table's order. */
    private static List<Instruction> inPriorityOrder(List<Instruction> instructions) {
        List<Instruction> ordered = new ArrayList<>();
        List<Instruction> remaining = new ArrayList<>(instructions);
        while (!remaining.isEmpty()) {
            Instruction next = remaining.stream()
                    .filter(candidate -> remaining.stream().noneMatch(other -> other.overrides().contains(candidate.name())))
                    .findFirst().orElse(remaining.get(0));
            remaining.remove(next);
            ordered.add(next);
        }
        return ordered;
    }

    private Node node(List<Instruction> candidates, long known) {
        if (candidates.size() == 1) {
            return new Leaf(candidates, known);
        }
        long common = ~known;
        long any = 0;
        for (Instruction candidate : candidates) {
            common &= table.placedMask(candidate);
            any |= table.placedMask(candidate);
        }
        Switch best = bestSwitch(candidates, known, common, MAXIMUM_SWITCH_BITS);
        if (best == null) {
            // No bit is fixed by all: a few bits fixed by most, with the others repeated under each value.
            best = bestSwitch(candidates, known, any & ~known, MAXIMUM_SWITCH_BITS / 2);
        }
        return best == null ? new Leaf(candidates, known) : best;
    }

    /** The run of {@code usable} bits that leaves the smallest sum of squared group sizes, or null if none helps. */
    private Switch bestSwitch(List<Instruction> candidates, long known, long usable, int maximumWidth) {
        long bestCost = (long) candidates.size() * candidates.size();
        int bestLow = -1;
        int bestWidth = 0;
        for (int low = 0; low < table.wordBits(); low++) {
            int widest = Math.min(maximumWidth, table.wordBits() - low);
            for (int width = 1; width <= widest && (usable >>> low + width - 1 & 1) != 0; width++) {
                long cost = 0;
                for (List<Instruction> group : groups(candidates, low, width).values()) {
                    cost += (long) group.size() * group.size();
                }
                if (cost < bestCost) {
                    bestCost = cost;
                    bestLow = low;
                    bestWidth = width;
                }
            }
        }
        if (bestLow < 0) {
            return null;
        }
        long bits = Bits.ones(bestWidth) << bestLow;
        SortedMap<Long, Node> children = new TreeMap<>();
        groups(candidates, bestLow, bestWidth).forEach((value, group) -> children.put(value, node(group, known | bits)));
        return new Switch(bestLow, bestWidth, children);
    }

    private SortedMap<Long, List<Instruction>> groups(List<Instruction> candidates, int low, int width) {
        SortedMap<Long, List<Instruction>> groups = new TreeMap<>();
        for (Instruction candidate : candidates) {
            long mask = table.placedMask(candidate) >>> low & Bits.ones(width);
            long match = table.placedMatch(candidate) >>> low & Bits.ones(width);
            long free = ~mask & Bits.ones(width);
            long subset = 0;
            do {
                groups.computeIfAbsent(match | subset, v -> new ArrayList<>()).add(candidate);
                subset = subset - free & free;
            } while (subset != 0);
        }
        return groups;
    }
}
