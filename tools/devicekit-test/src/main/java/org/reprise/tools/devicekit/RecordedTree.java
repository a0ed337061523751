package org.reprise.tools.devicekit;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import org.reprise.api.device.DeviceTreeNode;

/** A device-tree node that keeps what a part's {@code describe} says as text: references by name, cells in hexadecimal. */
public final class RecordedTree implements DeviceTreeNode {
    private final Map<String, RecordedTree> children = new LinkedHashMap<>();
    private final Map<String, String> properties = new LinkedHashMap<>();
    private final List<String> interrupts = new ArrayList<>();
    private final List<RecordedTree> handles;
    private String part = "";

    /** An empty root. */
    public RecordedTree() {
        this(new ArrayList<>());
    }

    private RecordedTree(List<RecordedTree> handles) {
        this.handles = handles;
    }

    /** The part that this node stands for, or an empty text. */
    public String part() {
        return part;
    }

    /** Names of the children, in order. */
    public List<String> names() {
        return List.copyOf(children.keySet());
    }

    /** Properties as text, in order. */
    public Map<String, String> properties() {
        return properties;
    }

    /** Interrupt references, in order. */
    public List<String> interrupts() {
        return interrupts;
    }

    @Override
    public RecordedTree child(String name) {
        return children.computeIfAbsent(name, n -> new RecordedTree(handles));
    }

    @Override
    public DeviceTreeNode property(String name) {
        properties.put(name, "");
        return this;
    }

    @Override
    public DeviceTreeNode property(String name, String... values) {
        properties.put(name, String.join(" | ", values));
        return this;
    }

    @Override
    public DeviceTreeNode cells(String name, long... values) {
        StringJoiner text = new StringJoiner(" ", "<", ">");
        for (long value : values) {
            text.add(Long.toHexString(value));
        }
        properties.put(name, text.toString());
        return this;
    }

    @Override
    public DeviceTreeNode cells64(String name, long... values) {
        return cells(name, values);
    }

    @Override
    public DeviceTreeNode bytes(String name, byte[] value) {
        properties.put(name, value.length + " bytes");
        return this;
    }

    @Override
    public DeviceTreeNode reg(long address, long size) {
        return cells("reg", address, size);
    }

    @Override
    public int phandle() {
        if (!handles.contains(this)) {
            handles.add(this);
        }
        return handles.indexOf(this) + 1;
    }

    @Override
    public int phandleOf(String otherPart) {
        throw new UnsupportedOperationException("no device here needs the phandle of another part but for interrupts");
    }

    @Override
    public DeviceTreeNode standsFor(String newPart) {
        part = newPart;
        return this;
    }

    @Override
    public DeviceTreeNode interrupt(String reference) {
        interrupts.add(reference);
        return this;
    }
}
