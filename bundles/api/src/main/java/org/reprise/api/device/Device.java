package org.reprise.api.device;

import org.osgi.annotation.versioning.ConsumerType;
import org.reprise.api.state.Stateful;

/** One instance of a device model in one machine. All calls come on the machine's thread. */
@ConsumerType
public interface Device extends Stateful {
    /** Puts the device into its state after power-on or a system reset. Called for all parts in the machine's declared order. */
    void reset();

    /**
     * A saved state was restored, of all parts: takes up again what was in flight outside of the device ({@link org.reprise.api.block.BlockQueue#restart}).
     * Nothing that the guest can see may change here.
     */
    default void restored() {
    }

    /**
     * Adds the device's node to the machine's device tree, when it has one. Called after all parts are wired.
     *
     * @param parent the node that stands for the bus the device sits on ({@code /soc})
     */
    default void describe(DeviceTreeNode parent) {
    }
}
