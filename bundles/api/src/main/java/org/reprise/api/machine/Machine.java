package org.reprise.api.machine;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;
import org.reprise.api.character.Console;
import org.reprise.api.cpu.Cpu;

/**
 * A machine: a service made from a factory configuration {@code org.reprise.machine~NAME}. Methods may be called from any thread;
 * they hand their request to the machine's thread and wait for it. Every method throws {@link MachineException} when the request does
 * not fit the machine's state.
 */
@ProviderType
public interface Machine {
    /** Service property: the machine's name (String). */
    String NAME = "machine.name";
    /** Factory PID of machines. */
    String PID = "org.reprise.machine";
    /** Factory PID of drives. */
    String DRIVE_PID = "org.reprise.drive";
    /** Factory PID of networks: a back end, filters and the cable to a card. */
    String NETWORK_PID = "org.reprise.network";
    /** Factory PID of CPUs. */
    String CPU_PID = "org.reprise.cpu";
    /** Prefix of the factory PIDs of devices; the device type follows. */
    String DEVICE_PID_PREFIX = "org.reprise.device.";

    /** The name. */
    String name();

    /** Vital signs. */
    MachineStatus status();

    /** What the machine waits for, one line each; empty when nothing. */
    List<String> waitingFor();

    /** Why it failed or paused by itself (end of a replay, divergence), when it did. */
    Optional<String> problem();

    /** Its parts in the declared order. */
    List<PartInfo> parts();

    /** Its configuration, keys in order. */
    Map<String, String> settings();

    /** Assembles the machine, if it is not, resets it and lets it run. */
    void start();

    /** As {@link #start}, but the guest stands still before its first instruction. */
    void startPaused();

    /** Lets the guest stand still at an instruction boundary. */
    void pause();

    /** Lets it run on. */
    void resume();

    /** Resets the machine as its reset button would (cause HOST_RESET); an event when recording; refused in replay. */
    void reset();

    /**
     * Plugs a device into the running or paused machine; an event when recording, refused in replay. A device on a bus takes a free slot of the
     * machine; others need their {@code address}.
     *
     * @param model device model
     * @param settings its keys; {@code id} names it (default: the model and a number), {@code slot} chooses a slot, keys that begin with
     *     {@code drive.} or {@code network.} configure a drive or a network that comes with it
     * @return its id
     * @throws MachineException naming what does not fit; the machine is as before then
     */
    String plug(String model, Map<String, String> settings);

    /** Takes a device out that was plugged in; an event when recording, refused in replay. @throws MachineException when there is no such device */
    void unplug(String id);

    /** Shuts down (cause HOST_QUIT), ends a recording or replay, and takes the machine apart. */
    void stop();

    /** Waits until the machine is neither running nor about to. @param millis 0: for ever @return false when the time is over first */
    boolean awaitHalt(long millis) throws InterruptedException;

    /** The consoles, in the order of the parts. */
    List<Console> consoles();

    /** Digests of the whole state by component (cpu0, ram, each device, timers), in order; the machine must stand still. */
    Map<String, Long> digests();

    /** Runs something on the machine's thread while the guest stands still, with its CPUs, for debuggers. */
    <T> T inspect(java.util.function.Function<List<Cpu>, T> inspector);

    /**
     * Makes the caller the machine's debugger.
     *
     * @throws MachineException when the machine is not started or has a debugger already
     */
    DebugSession debug(DebugSession.Listener listener);

    /**
     * Shows the guest to an observer once in every so many instructions, over all its power cycles from now on; also before it is
     * started. The moments, one in each window of {@code every} instructions, depend on the machine's count of instructions only, as if
     * by chance, so that they do not keep step with what the guest does at regular times. The guest does not see it: a replay is
     * observed at the same moments in the same state each time.
     *
     * @param every instructions, 1 (after each) to 2^40
     * @return ends the observation
     */
    AutoCloseable observe(long every, Observer observer);
}
