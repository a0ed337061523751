package org.reprise.api.travel;

import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import org.osgi.annotation.versioning.ProviderType;
import org.reprise.api.cpu.Watchpoint;

/**
 * Snapshots of one machine, and moving in the recording that it replays: a service with the property {@code machine.name}. Any thread; one call at a
 * time, others wait. Moves are made quietly: the machine's debugger, consoles and listeners hear of nothing on the way.
 */
@ProviderType
public interface TimeTravel {
    /** All there are, by icount. */
    List<Snapshot> snapshots();

    /**
     * Saves the machine as it stands, or as it runs: it goes on while pages are written. When this returns, the snapshot is on disk.
     *
     * @param name not blank, no number, not yet used
     * @throws org.reprise.api.machine.MachineException naming what hinders it
     */
    Snapshot save(String name);

    /**
     * Saves the machine in a qcow2 image, with the content of all drives that write one: as an internal snapshot of each.
     *
     * @param name as for {@link #save(String)}
     * @param image the drive whose image gets the machine's state, or {@link Snapshot#VMSTATE} for the file that the machine's setting {@code vmstate} names
     * @throws org.reprise.api.machine.MachineException naming what hinders it; the machine runs on
     */
    Snapshot save(String name, String image);

    /**
     * Powers the machine on and makes it what a snapshot in an image says, instead of what a reset makes it.
     *
     * @param which name of a snapshot in a drive's image, or in the file that the setting {@code vmstate} names
     * @param recording records it from there: the folder to create; or null
     * @param paused the guest stands still there
     * @throws org.reprise.api.machine.MachineException naming what hinders it; the machine is stopped then
     */
    void start(String which, Path recording, boolean paused);

    /**
     * For {@link org.reprise.api.replay.RecordReplay}: makes a machine that was powered on to be recorded or replayed, and stands still before its first
     * instruction, what a machine state says, from which its recording begins.
     *
     * @param state file with the state
     */
    void begin(Path state);

    /** The icount at which the recording begins: 0 unless it begins with a snapshot. */
    long beginning();

    /**
     * Makes the machine what it was, where it stands still; in a replay the recording goes on from there.
     *
     * @param which name or id
     * @throws org.reprise.api.machine.MachineException when there is none, or it is damaged
     */
    Snapshot load(String which);

    /**
     * Goes to a snapshot, lets somebody look at the machine there, and comes back. A live machine that ran runs on.
     *
     * @param which name or id
     * @param look not to call this service
     * @throws org.reprise.api.machine.MachineException as {@link #load}
     */
    void visit(String which, Consumer<Visit> look);

    /** Removes a snapshot. @param which name or id */
    void delete(String which);

    /**
     * Takes snapshots by itself from now on while the machine is recorded or replayed, within so many MiB; 0: no more at regular times. Moves leave some
     * in any case, within the last number given, or 1024.
     */
    void automatic(long mib);

    /** Moves a replay to an instruction count. @return THERE, or END when the recording ends before */
    Arrival seek(long icount);

    /**
     * Moves a replay to the first instruction at or after a VIRTUAL time: VIRTUAL is at least that when the machine stands there, and was not before.
     *
     * @param virtual ns, at least 0
     * @return THERE or INTERRUPT
     * @throws org.reprise.api.machine.MachineException USAGE, naming the end's time, when the recording ends before; the machine is where it was then
     */
    Arrival seekTime(long virtual);

    /**
     * Moves a replay to before the instruction that was retired when the count was {@code icount}, behind traps and interrupts taken at that count.
     *
     * @return THERE, INTERRUPT, or END when the recording ends before
     */
    Arrival seekInstruction(long icount);

    /** Lets a replay do one {@link org.reprise.api.machine.DebugSession#step}. @return THERE or END */
    Arrival step();

    /**
     * Lets a replay run to the next of these behind the present place.
     *
     * @param breakpoints virtual addresses, for all CPUs; one at the present place does not count
     * @return BREAKPOINT, WATCHPOINT, INTERRUPT or END
     */
    Arrival resume(Collection<Long> breakpoints, Collection<Watchpoint> watchpoints);

    /**
     * Undoes one {@link org.reprise.api.machine.DebugSession#step}: one instruction, trap or interrupt.
     *
     * @return THERE or BEGIN
     */
    Arrival reverseStep();

    /**
     * Moves a replay backwards to the last of these before the present place. Where a device has written between two instructions, the machine stands
     * in front of all that happens there.
     *
     * @param breakpoints virtual addresses, for all CPUs
     * @return BREAKPOINT, WATCHPOINT, INTERRUPT or BEGIN
     */
    Arrival reverseContinue(Collection<Long> breakpoints, Collection<Watchpoint> watchpoints);

    /**
     * Looks through the recording, from its beginning to an icount, and comes back to where the machine stood. An instruction that an interrupt kept waiting
     * can be found twice at one icount.
     *
     * @param breakpoints instructions' virtual addresses, for all CPUs
     * @param watchpoints accesses by CPUs, and writes by devices
     * @param end an icount, or {@link Long#MAX_VALUE} for the recording's end
     * @param found told of each in order; not to call this service
     * @return THERE, or INTERRUPT when somebody ended it before
     */
    Arrival search(Collection<Long> breakpoints, Collection<Watchpoint> watchpoints, long end, Consumer<Hit> found);

    /**
     * Replays the recording from its beginning, before the machine's first reset, to an icount for somebody who hears what happens, and comes back to where
     * the machine stood.
     *
     * @param end an icount, or {@link Long#MAX_VALUE} for the recording's end
     * @param witness not to call this service
     * @return THERE, or INTERRUPT when somebody ended it before
     */
    Arrival witness(long end, Witness witness);

    /** Ends a move that is under way soon, where it has come to. */
    void interrupt();
}
