package org.reprise.api.device;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * A device model: a service, one per model, from which machines make devices. Its service properties declare what replay must know;
 * the machine reads them when a device asks for a timer or a bottom half, and device code cannot override them at run time.
 */
@ConsumerType
public interface DeviceModel {
    /** Service property: the name of the model (String), for example {@code ns16550a}; its factory PID is {@code org.reprise.device.} + it. */
    String TYPE = "device.type";
    /** Service property: {@code true}/{@code false} for all, or a String[] of names of timers that are EXTERNAL. Default false. */
    String TIMER_EXTERNAL = "timer.external";
    /** Service property: {@code true}/{@code false} for all, or a String[] of names of bottom halves that are replayable. Default true. */
    String BH_REPLAYABLE = "bh.replayable";
    /** Service property: Boolean, or a String that says why not: a machine with such a device is not recorded. Default true. */
    String REPLAY_SUPPORTED = "replay.supported";
    /** Service property: name of the bus whose slots the device takes (String), for example {@code virtio-mmio}; absent: it has an address of its own. */
    String BUS = "device.bus";
    /** Service property: the device is an empty slot of the bus of that name (String): another one can be plugged in its place. */
    String SLOT = "device.slot";
    /** Service property: one line for people. */
    String DESCRIPTION = "device.description";

    /**
     * Makes a device, wired through its context. Called on the machine's thread while the machine is assembled.
     *
     * @throws IllegalArgumentException naming key and value when the configuration does not fit
     */
    Device create(DeviceContext context);
}
