package org.reprise.debug.profile;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Counted stacks as a tree of frames. Its size is bounded, however long the guest is sampled. Not for several threads at once. */
final class CallTree {
    /** Frames; when there are so many, further stacks are counted at the last frame of theirs that is there. */
    private static final int MOST = 1 << 20;

    /** A frame with those that it called. */
    static final class Node {
        private final String name;
        private final Map<String, Node> children = new TreeMap<>();
        private long own;
        private long total;

        private Node(String name) {
            this.name = name;
        }

        String name() {
            return name;
        }

        /** Samples in the frame itself, not in one that it called. */
        long own() {
            return own;
        }

        /** Samples in the frame and in all that it called. */
        long total() {
            return total;
        }

        /** Frames called, by name. */
        List<Node> children() {
            return List.copyOf(children.values());
        }

        /** Frames called, those with the most samples first. */
        List<Node> heaviest() {
            List<Node> list = new ArrayList<>(children.values());
            list.sort(Comparator.comparingLong(Node::total).reversed().thenComparing(Node::name));
            return list;
        }

        /** Frames on the deepest stack from here on that at least so many samples have, this frame included. */
        int depth(long samples) {
            int depth = 0;
            for (Node child : children.values()) {
                if (child.total >= samples) {
                    depth = Math.max(depth, child.depth(samples));
                }
            }
            return depth + 1;
        }
    }

    private final Node root = new Node("all");
    private int nodes;

    /** Counts a sample. @param stack names of frames, the outermost first */
    void add(List<String> stack) {
        Node at = root;
        at.total++;
        for (String frame : stack) {
            Node child = at.children.get(frame);
            if (child == null) {
                if (nodes == MOST) {
                    break;
                }
                nodes++;
                child = new Node(frame);
                at.children.put(frame, child);
            }
            at = child;
            at.total++;
        }
        at.own++;
    }

    /** The frame around all others. */
    Node root() {
        return root;
    }
}
