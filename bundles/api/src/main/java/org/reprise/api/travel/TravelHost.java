package org.reprise.api.travel;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.function.LongPredicate;
import org.osgi.annotation.versioning.ProviderType;
import org.reprise.api.block.SnapshotNode;
import org.reprise.api.cpu.WatchListener;
import org.reprise.api.cpu.Watchpoint;
import org.reprise.api.machine.DebugSession;
import org.reprise.api.memory.MemoryRange;
import org.reprise.api.replay.EventJournal;
import org.reprise.api.replay.Poke;

/** A machine as time travel sees it: captures, restored images, and quiet runs. Any thread; one call at a time but for {@link #interrupt}. */
@ProviderType
public interface TravelHost {
    /**
     * Captures the machine where it stands, or, when it runs, soon: it stands still for that moment only.
     *
     * @param whole see {@link Capture.Space#changed}
     * @param patient waits for I/O that is being done; else nothing is captured then
     * @return empty when I/O was being done and nobody waits for it
     * @throws org.reprise.api.machine.MachineException when the machine is not started or a part hinders it, naming both and the remedy
     */
    Optional<Capture> capture(boolean whole, boolean patient);

    /** Work on an image that a drive writes. */
    @FunctionalInterface
    interface ImageWork<T> {
        /** Does it, on the drive's thread. */
        T on(SnapshotNode image) throws IOException;
    }

    /**
     * A capture, and what is done meanwhile with the images of drives.
     *
     * @param images by name of the drive, in the machine's order
     */
    record HeldCapture(Capture capture, Map<String, Future<?>> images) {
    }

    /** Names of the drives that write an image which keeps internal snapshots, in the machine's order. */
    List<String> imageDrives();

    /** Does something with such a drive's image, between two requests of the guest. Waits. @throws IOException as the work does */
    <T> T image(String drive, ImageWork<T> work) throws IOException;

    /**
     * Captures the whole machine, as {@link #capture}, with drives that write such an image: what the guest asks of them from then on waits until the
     * work with the image is done, while the machine runs on.
     *
     * @param work what is to be done, by name of the drive; it may read the capture
     */
    HeldCapture captureWithImages(Function<Capture, Map<String, ImageWork<?>>> work);

    /**
     * As {@link #restore(MachineImage, PageSource, EventJournal)}.
     *
     * @param images what makes images what they were, by name of the drive; while the first one fails the machine is as it was
     */
    void restore(MachineImage image, PageSource pages, EventJournal journal, Map<String, ImageWork<?>> images);

    /**
     * Makes a started machine what an image says. It stands still there (state PAUSED).
     *
     * @param pages must stay usable until the next image is restored or the machine is stopped
     * @param journal the log from the image's place on ({@link org.reprise.api.replay.RecordReplay#reopen}); null for a live machine
     * @throws org.reprise.api.machine.MachineException when the image does not fit this machine; it has to be restored to another image, or stopped, then
     */
    default void restore(MachineImage image, PageSource pages, EventJournal journal) {
        restore(image, pages, journal, Map.of());
    }

    /**
     * Runs a machine that stands still: nobody but the caller hears of it, consoles are silent. Debuggers' breakpoints and watchpoints count only when they
     * are given here.
     *
     * @param until instructions retired since power-on at which the run ends at the latest
     * @param breakpoints virtual addresses, for all CPUs
     * @param stops whether a breakpoint at an address ends the run, see {@link org.reprise.api.cpu.Cpu#breakpoints}; null: each does, one at the first
     *        instruction at once
     * @param watchpoints for all CPUs
     * @param watcher decides whether an access ends the run; null: each does
     * @return why it ended; {@link DebugSession.Stop#STEP} for {@code until}
     */
    DebugSession.Stop run(long until, Collection<Long> breakpoints, LongPredicate stops, Collection<Watchpoint> watchpoints, WatchListener watcher);

    /** Runs without breakpoints and watchpoints. See {@link #run(long, Collection, LongPredicate, Collection, WatchListener)}. */
    default DebugSession.Stop run(long until) {
        return run(until, List.of(), null, List.of(), null);
    }

    /** As {@link #run}, for one {@link DebugSession#step}. */
    DebugSession.Stop step(Collection<Watchpoint> watchpoints, WatchListener watcher);

    /** Instructions retired since power-on; exact for whoever is asked or told on the machine's thread while the guest runs. */
    long icount();

    /** True when a device has written memory (DMA) since the last instruction. */
    boolean behindDevices();

    /** The instruction count, as {@link #icount}, at which VIRTUAL reaches a time if nothing but instructions passes it from here on. Machine's thread, or while the machine stands still. */
    long icountAt(long virtual);

    /** Ends the run that is under way at an instruction count at the latest, as if it had been told so. Machine's thread, between two turns of CPUs. */
    void stopBy(long icount);

    /**
     * Lets somebody hear what the machine does from now on, over power cycles and restored images, too. One at a time: the last one.
     *
     * @return ends it
     */
    AutoCloseable attend(Witness witness);

    /** Where the machine's RAM is. */
    MemoryRange ram();

    /** Index of the CPU whose turn it is; also while the guest runs, on the machine's thread. */
    int currentCpu();

    /** Where that CPU's program counter is; as {@link #currentCpu}. */
    long pc();

    /** How often the machine was powered on: captures and images of one time mean nothing to the next. */
    long powerCycle();

    /**
     * Makes a replayed machine what it was before its first instruction, by putting it together anew: for want of an image. It stands still.
     *
     * @param journal the log from its beginning
     */
    void restart(EventJournal journal);

    /**
     * Makes a machine that replays and stands still a live one, which is recorded from here on: back ends are opened, drives go on with their temporary
     * overlays, HOST goes on from what the recording says. The guest sees nothing of it. It stands still then.
     *
     * @param journal where it is recorded, with all that has happened so far
     * @throws org.reprise.api.machine.MachineException naming what hinders it and the remedy; the replay stands as it did then
     */
    void goLive(EventJournal journal);

    /**
     * Checks changes of a machine that stands still.
     *
     * @throws org.reprise.api.machine.MachineException naming the first that cannot be made, and why
     */
    void check(List<Poke> pokes);

    /**
     * Changes a machine that stands still: live, or recorded, where it becomes an event.
     *
     * @throws org.reprise.api.machine.MachineException naming the first that cannot be made, and why; nothing is changed then
     */
    void poke(List<Poke> pokes);

    /** Ends a run that is under way soon; it returns {@link DebugSession.Stop#INTERRUPT}. */
    void interrupt();

    /**
     * Makes a second machine like this one, which is replayed: of the same parts, put together when it is started, and sharing translated code. It is no
     * service and has no debugger; nobody else hears of it. It ends when this one is stopped, at the latest.
     *
     * @throws org.reprise.api.machine.MachineException when this machine is not replayed
     */
    Twin twin();
}
