package org.reprise.api.replay;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/** Record and replay of one machine: a service with the property {@code machine.name}. Any thread. */
@ProviderType
public interface RecordReplay {
    /**
     * Powers the machine on and records it from its first instruction.
     *
     * @param recording the folder NAME.rr to create; must not exist yet, or be an empty folder
     * @param paused the guest stands still before its first instruction, for a debugger
     * @throws org.reprise.api.machine.MachineException when the machine cannot be recorded or the folder cannot be written
     */
    void record(Path recording, boolean paused);

    /** Records from the first instruction, and lets the guest run. See {@link #record(Path, boolean)}. */
    default void record(Path recording) {
        record(recording, false);
    }

    /**
     * Records the machine from a saved state instead of from its first instruction; it stands still there. The recording gets a copy of the state.
     *
     * @param recording as for {@link #record(Path, boolean)}
     * @param name of the snapshot, for people
     * @param state file with the state, for {@link org.reprise.api.travel.TimeTravel#begin}
     * @throws org.reprise.api.machine.MachineException as {@link #record(Path, boolean)}, or when the state does not fit
     */
    void record(Path recording, String name, Path state);

    /**
     * Compares the manifest with what is installed, powers the machine on and replays.
     *
     * @param force accept differences of bundle versions and digests (only these)
     * @param paused the guest stands still before its first instruction, for a debugger
     * @throws org.reprise.api.machine.MachineException with MISMATCH naming every field that differs, both values and the remedy
     */
    void replay(Path recording, boolean force, boolean paused);

    /** Replays from the first instruction on. See {@link #replay(Path, boolean, boolean)}. */
    default void replay(Path recording, boolean force) {
        replay(recording, force, false);
    }

    /** Name of the folder, in a recording's own, that has its branches. */
    String BRANCHES = "branches";

    /**
     * Lets a replay go live where it stands; a running one is paused. It is recorded from here on, as a branch: a recording of its own, which has the past
     * up to this place and replays by itself. The machine stands still then.
     *
     * @param branch folder to create; null: the next free one in the recording's {@link #BRANCHES}
     * @param pokes what to change here
     * @return the branch's folder
     * @throws org.reprise.api.machine.MachineException naming what hinders it and the remedy; the replay stands as it did then
     */
    Path goLive(Path branch, List<Poke> pokes);

    /**
     * Changes a machine that stands still: a live one; a recorded one, where it becomes an event; a replay goes live for it.
     *
     * @return the folder of the branch, when the replay went live
     * @throws org.reprise.api.machine.MachineException naming the first that cannot be made, and why; nothing is changed then
     */
    Optional<Path> poke(List<Poke> pokes);

    /** Ends recording or replaying. A recorded machine runs on live; a replayed one stops. */
    void stop();

    /**
     * The log that is being replayed, or that was until the replay ended, from behind so many events: for {@link ReplayHost#restore}. From now on
     * progress and outcome are those of the replay that goes on with it.
     *
     * @param events see {@link EventJournal#events}
     * @throws org.reprise.api.machine.MachineException when nothing is replayed, or the log does not go so far
     */
    EventJournal reopen(long events);

    /** As {@link #reopen}, for another machine: progress and outcome stay those of this one. */
    EventJournal reader(long events);

    /** The folder of the recording that is being made or replayed, or was last. */
    Optional<Path> recording();

    /** What stands for the machine that records or replays it, bundles included: equal for equal manifests. Empty without a recording. */
    Optional<String> identity();

    /** What the user should know of the recording that was begun last, one sentence each: images that it needs unchanged and changes. */
    List<String> warnings();

    /** How it stands. */
    Optional<Progress> progress();

    /** The final outcome of the last replay, once it has ended. */
    Optional<Outcome> outcome();

    /**
     * Where record or replay stands.
     *
     * @param replaying true for a replay
     * @param recording the folder
     * @param icount where the machine is
     * @param end the last icount of the log; when recording, the same as icount
     * @param events events written or consumed
     * @param bytes bytes of the log written or in the file
     * @param digests digests written or found equal
     * @param failure why recording ended early, or null
     */
    record Progress(boolean replaying, Path recording, long icount, long end, long events, long bytes, long digests, String failure) {
    }

    /**
     * How a replay ended.
     *
     * @param code OK, DIVERGED, DAMAGED or TRUNCATED
     * @param message a sentence (or, for a divergence, the report)
     * @param digests the final digests by component
     */
    record Outcome(org.reprise.api.machine.ExitCode code, String message, Map<String, Long> digests) {
    }
}
