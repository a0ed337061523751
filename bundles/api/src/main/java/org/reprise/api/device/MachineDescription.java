package org.reprise.api.device;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/** What a part may know of the machine as a whole. */
@ProviderType
public interface MachineDescription {
    /** The machine's name. */
    String name();

    /** Start of the main RAM, a physical address. */
    long ramBase();

    /** Size of the main RAM in bytes. */
    long ramSize();

    /** Names of the CPUs, in order. */
    List<String> cpus();

    /** Nanoseconds of VIRTUAL per instruction, as a shift: 0..10; with shift=auto, the one that the machine begins with. */
    int shift();

    /** Calls {@code describe} of every part (CPUs under {@code /cpus}, devices under {@code /soc}) in the declared order. */
    void describe(DeviceTreeNode cpus, DeviceTreeNode soc);

    /** The value of a machine-wide setting from the machine's configuration, for example {@code dt.compatible}. */
    String setting(String key, String defaultValue);
}
