package org.reprise.device.loader;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A device tree under construction and its flattened form: Devicetree Specification 0.4, chapter 5, version 17 of the format. Big-endian.
 * Phandles are numbered in the order in which they are first asked for, whether by the node or by those who refer to a part, so that
 * parts may be described in any order.
 */
final class DeviceTree {
    private static final int MAGIC = 0xd00d_feed;
    private static final int VERSION = 17;
    private static final int LAST_COMPATIBLE_VERSION = 16;
    private static final int HEADER_BYTES = 40;
    private static final int RESERVATION_BYTES = 16;
    private static final int BEGIN_NODE = 1;
    private static final int END_NODE = 2;
    private static final int PROPERTY = 3;
    private static final int END = 9;

    private final TreeNode root = new TreeNode(this, null, "");
    private final Map<String, Integer> partHandles = new LinkedHashMap<>();
    private final Map<String, TreeNode> partNodes = new LinkedHashMap<>();
    private int handles;

    TreeNode root() {
        return root;
    }

    int newHandle() {
        return ++handles;
    }

    int handleOf(String part) {
        return partHandles.computeIfAbsent(part, p -> {
            TreeNode node = partNodes.get(p);
            return node == null ? newHandle() : node.phandle();
        });
    }

    /** Binds a part to its node. @return the phandle that was given to the part before, or 0 */
    int bind(String part, TreeNode node) {
        TreeNode other = partNodes.putIfAbsent(part, node);
        if (other != null && other != node) {
            throw new IllegalStateException("device tree: " + part + " has two nodes, " + other.path() + " and " + node.path());
        }
        return partHandles.getOrDefault(part, 0);
    }

    /** @throws IllegalArgumentException when the part has no node */
    String pathOf(String part) {
        TreeNode node = partNodes.get(part);
        if (node == null) {
            throw new IllegalArgumentException("device tree: there is no node of part " + part + "; parts with nodes are "
                    + partNodes.keySet());
        }
        return node.path();
    }

    byte[] flatten() {
        for (String part : partHandles.keySet()) {
            if (!partNodes.containsKey(part)) {
                throw new IllegalArgumentException("device tree: part " + part + " is referred to but has no node; parts with nodes are "
                        + partNodes.keySet() + "; correct the reference or add the part");
            }
        }
        Output structure = new Output();
        Output strings = new Output();
        write(root, structure, strings, new LinkedHashMap<>());
        structure.word(END);
        int structureAt = HEADER_BYTES + RESERVATION_BYTES;
        int stringsAt = structureAt + structure.size();
        int total = stringsAt + strings.size();
        ByteBuffer blob = ByteBuffer.allocate(total);
        blob.putInt(MAGIC).putInt(total).putInt(structureAt).putInt(stringsAt).putInt(HEADER_BYTES).putInt(VERSION);
        blob.putInt(LAST_COMPATIBLE_VERSION).putInt(0).putInt(strings.size()).putInt(structure.size());
        // The memory reservation block holds its terminating entry only.
        blob.putLong(0).putLong(0);
        blob.put(structure.toByteArray()).put(strings.toByteArray());
        return blob.array();
    }

    private static void write(TreeNode node, Output structure, Output strings, Map<String, Integer> offsets) {
        structure.word(BEGIN_NODE);
        structure.padded(text(node.name()));
        for (Map.Entry<String, byte[]> property : node.properties().entrySet()) {
            structure.word(PROPERTY);
            structure.word(property.getValue().length);
            structure.word(offsets.computeIfAbsent(property.getKey(), key -> {
                int at = strings.size();
                strings.writeBytes(text(key));
                return at;
            }));
            structure.padded(property.getValue());
        }
        for (TreeNode child : node.children()) {
            write(child, structure, strings, offsets);
        }
        structure.word(END_NODE);
    }

    private static byte[] text(String value) {
        return (value + '\0').getBytes(StandardCharsets.UTF_8);
    }

    /** Bytes with big-endian words and padding to words. */
    private static final class Output extends ByteArrayOutputStream {
        void word(int value) {
            writeBytes(ByteBuffer.allocate(4).putInt(value).array());
        }

        void padded(byte[] bytes) {
            writeBytes(bytes);
            while (size() % 4 != 0) {
                write(0);
            }
        }
    }
}
