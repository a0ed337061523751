package org.reprise.api.cpu;

import java.util.function.Supplier;
import org.osgi.annotation.versioning.ProviderType;
import org.reprise.api.device.ClockType;
import org.reprise.api.device.MachineDescription;
import org.reprise.api.device.PartConfig;
import org.reprise.api.device.Timer;
import org.reprise.api.machine.ShutdownCause;
import org.reprise.api.memory.AddressSpace;

/** Everything a CPU can reach. Machine's thread only. */
@ProviderType
public interface CpuContext {
    /** The CPU's configuration: {@code model}, extensions, reset address, translator settings. */
    PartConfig config();

    /** The machine this CPU belongs to. */
    MachineDescription machine();

    /** Number of the CPU in the machine, from 0. */
    int index();

    /** The physical address space. */
    AddressSpace memory();

    /** VIRTUAL in ns, exact at the present instruction ({@link Cpu#retired} is asked while the CPU runs). */
    long clock(ClockType clock);

    /** Instructions retired by the whole machine since power-on, exact at the present instruction. */
    long icount();

    /** While assembling: a timer of the CPU itself, never EXTERNAL. */
    Timer timer(String name, ClockType clock, Runnable callback);

    /**
     * The present instruction says that the CPU waits for another one (a pause in a spin loop): its turn ends after it, when another CPU can run.
     */
    void yieldToOthers();

    /**
     * An object that all CPUs of the machine share, and those of its twins ({@link org.reprise.api.travel.Twin}), which run on other threads; made by the
     * first one that asks. What the guest sees must not depend on it. The maker and all CPUs that use a key agree on the type.
     */
    <T> T shared(String key, Supplier<T> maker);

    /** Asks the machine to shut down after the present instruction. */
    void shutdown(ShutdownCause cause, int exitCode);
}
