package org.reprise.device.loader;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.reprise.api.device.DeviceTreeNode;

/** A node of a {@link DeviceTree}. */
final class TreeNode implements DeviceTreeNode {
    /** Interrupt numbers of a hart's local interrupt controller: RISC-V privileged specification, section 3.1.9, bits of mip. */
    private static final Map<String, Integer> HART_INPUTS = Map.of("SSI", 1, "MSI", 3, "STI", 5, "MTI", 7, "SEI", 9, "MEI", 11);

    private final DeviceTree tree;
    private final TreeNode parent;
    private final String name;
    private final Map<String, TreeNode> children = new LinkedHashMap<>();
    private final Map<String, byte[]> properties = new LinkedHashMap<>();
    private int handle;

    TreeNode(DeviceTree tree, TreeNode parent, String name) {
        this.tree = tree;
        this.parent = parent;
        this.name = name;
    }

    String name() {
        return name;
    }

    Map<String, byte[]> properties() {
        return properties;
    }

    Collection<TreeNode> children() {
        return children.values();
    }

    String path() {
        return parent == null ? "/" : (parent.parent == null ? "" : parent.path()) + "/" + name;
    }

    /** Path of the first child whose name begins like that, or null. */
    String pathOfFirst(String prefix) {
        for (TreeNode child : children.values()) {
            if (child.name.startsWith(prefix)) {
                return child.path();
            }
        }
        return null;
    }

    /** The text of that property in the first child that has it, or null. */
    String firstText(String property) {
        for (TreeNode child : children.values()) {
            byte[] value = child.properties.get(property);
            if (value != null && value.length > 0) {
                return new String(value, 0, value.length - 1, StandardCharsets.UTF_8);
            }
        }
        return null;
    }

    @Override
    public TreeNode child(String childName) {
        return children.computeIfAbsent(childName, n -> new TreeNode(tree, this, n));
    }

    @Override
    public TreeNode property(String property) {
        return bytes(property, new byte[0]);
    }

    @Override
    public TreeNode property(String property, String... values) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (String value : values) {
            out.writeBytes(value.getBytes(StandardCharsets.UTF_8));
            out.write(0);
        }
        return bytes(property, out.toByteArray());
    }

    @Override
    public TreeNode cells(String property, long... values) {
        ByteBuffer out = ByteBuffer.allocate(4 * values.length);
        for (long value : values) {
            if (value != (int) value && value >>> 32 != 0) {
                throw new IllegalArgumentException("device tree: " + path() + " " + property + ": 0x" + Long.toHexString(value)
                        + " does not fit a cell of 32 bits");
            }
            out.putInt((int) value);
        }
        return bytes(property, out.array());
    }

    @Override
    public TreeNode cells64(String property, long... values) {
        ByteBuffer out = ByteBuffer.allocate(8 * values.length);
        for (long value : values) {
            out.putLong(value);
        }
        return bytes(property, out.array());
    }

    @Override
    public TreeNode bytes(String property, byte[] value) {
        properties.put(property, value.clone());
        return this;
    }

    @Override
    public TreeNode reg(long address, long size) {
        return cells64("reg", address, size);
    }

    @Override
    public int phandle() {
        if (handle == 0) {
            setHandle(tree.newHandle());
        }
        return handle;
    }

    @Override
    public int phandleOf(String part) {
        return tree.handleOf(part);
    }

    @Override
    public TreeNode standsFor(String part) {
        int given = tree.bind(part, this);
        if (given != 0 && given != handle) {
            if (handle != 0) {
                throw new IllegalStateException("device tree: " + path() + " was referred to both as " + part
                        + " and by its phandle; call standsFor before phandle");
            }
            setHandle(given);
        }
        return this;
    }

    @Override
    public TreeNode interrupt(String reference) {
        int colon = reference.indexOf(':');
        if (colon < 1 || colon == reference.length() - 1) {
            throw new IllegalArgumentException("device tree: " + path() + ": interrupt " + reference + " is not of the form part:input");
        }
        byte[] before = properties.getOrDefault("interrupts-extended", new byte[0]);
        ByteBuffer out = ByteBuffer.allocate(before.length + 8).put(before);
        out.putInt(phandleOf(reference.substring(0, colon))).putInt(specifier(reference.substring(colon + 1)));
        return bytes("interrupts-extended", out.array());
    }

    private int specifier(String input) {
        Integer hartInput = HART_INPUTS.get(input);
        if (hartInput != null) {
            return hartInput;
        }
        try {
            return Integer.parseUnsignedInt(input);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("device tree: " + path() + ": input " + input
                    + " is neither a number nor one of MSI, MTI, MEI,"
                    + " SSI, STI, SEI", e);
        }
    }

    private void setHandle(int value) {
        handle = value;
        cells("phandle", value);
    }
}
