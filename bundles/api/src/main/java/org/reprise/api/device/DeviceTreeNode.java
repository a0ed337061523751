package org.reprise.api.device;

import org.osgi.annotation.versioning.ProviderType;

/** A node of the flattened device tree under construction (Devicetree Specification 0.4). Machine's thread only. */
@ProviderType
public interface DeviceTreeNode {
    /** The child of that name (with its unit address), created when absent; children keep the order of creation. */
    DeviceTreeNode child(String name);

    /** An empty property. */
    DeviceTreeNode property(String name);

    /** A property of one or several strings. */
    DeviceTreeNode property(String name, String... values);

    /** A property of 32-bit cells. */
    DeviceTreeNode cells(String name, long... values);

    /** A property of 64-bit values, two cells each. */
    DeviceTreeNode cells64(String name, long... values);

    /** A property of raw bytes. */
    DeviceTreeNode bytes(String name, byte[] value);

    /** A {@code reg} property of one (address, size) pair in the cell sizes of the tree: 2 and 2. */
    DeviceTreeNode reg(long address, long size);

    /** This node's phandle, given on first use: a part is referred to by its name. */
    int phandle();

    /** The phandle of the part's node; the parts may be described in any order. */
    int phandleOf(String part);

    /** Makes this node the one that {@link #phandleOf} finds for the part. Comes before {@link #phandle}. */
    DeviceTreeNode standsFor(String part);

    /**
     * The properties {@code interrupts-extended} for a reference {@code part:input} as in configurations; the sink's numeric inputs are
     * given as the cell itself, named ones by {@link InterruptCells}. Each further call adds one interrupt to the property.
     */
    DeviceTreeNode interrupt(String reference);
}
