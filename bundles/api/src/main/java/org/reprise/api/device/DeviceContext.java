package org.reprise.api.device;

import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;
import org.reprise.api.block.BlockQueue;
import org.reprise.api.character.CharacterPort;
import org.reprise.api.character.CharacterReceiver;
import org.reprise.api.machine.ShutdownCause;
import org.reprise.api.memory.AddressSpace;
import org.reprise.api.memory.MmioHandler;
import org.reprise.api.net.NetworkPort;
import org.reprise.api.net.NetworkReceiver;

/**
 * Everything a device can reach. There is no other way out of a device: record and replay interpose here. All methods are called
 * on the machine's thread; those marked <em>assembly</em> only from {@link DeviceModel#create}.
 */
@ProviderType
public interface DeviceContext {
    /** The part's configuration. */
    PartConfig config();

    /** The machine this device belongs to. */
    MachineDescription machine();

    /** The machine's physical address space, for DMA (and for loaders). */
    AddressSpace memory();

    /** Assembly: maps registers. @throws IllegalArgumentException when the range overlaps another region, naming both */
    void map(String name, long base, long size, MmioHandler handler);

    /** Assembly: maps read-only memory with this content. */
    void mapRom(String name, long base, byte[] content);

    /**
     * Assembly: the interrupt input that a reference {@code part:input} names, for example {@code plic:10} or {@code cpu0:MTI}; it may
     * name a part that is created later.
     */
    InterruptLine interrupt(String reference);

    /** Assembly: a timer; its name is unique within the device. EXTERNAL as the model declares. */
    Timer timer(String name, ClockType clock, Runnable callback);

    /** Assembly: a bottom half; its name is unique within the device. */
    BottomHalf bottomHalf(String name, Runnable callback);

    /**
     * Reads a clock: VIRTUAL exactly at the present instruction; HOST as an event of the recording.
     *
     * @throws IllegalArgumentException for REALTIME and VIRTUAL_RT, which devices may not see
     */
    long clock(ClockType clock);

    /** Fills the array with random bytes from outside: a RANDOM event of the recording. */
    void random(byte[] into);

    /** Assembly: connects to the character back end that the part is configured with ({@code backend}); its name is the part's. */
    CharacterPort character(CharacterReceiver receiver);

    /** Assembly: the request queue of the drive that the configuration key names ({@code drive}); empty when the drive has no medium. */
    Optional<BlockQueue> block(String configKey);

    /** Assembly: the cable of the network part that the configuration key names ({@code network}); empty when the key is not set: no cable. */
    Optional<NetworkPort> network(String configKey, NetworkReceiver receiver);

    /** Assembly: the image file under a configuration key, or empty when the key is not set. */
    Optional<Image> image(String configKey);

    /** Asks the machine to shut down after the present instruction. @param exitCode 0..255, meaningful for guest causes */
    void shutdown(ShutdownCause cause, int exitCode);

    /** Asks for a system reset after the present instruction. */
    void reset(ShutdownCause cause);

    /** Notes a guest error (a bad register access, a bad descriptor); rate-limited, never guest-visible. */
    void guestError(String message);
}
