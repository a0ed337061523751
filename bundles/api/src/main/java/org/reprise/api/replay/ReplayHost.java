package org.reprise.api.replay;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;
import org.reprise.api.machine.Machine;
import org.reprise.api.travel.TravelHost;

/** A machine as the replay core sees it; the same service object as {@link Machine}. Any thread. */
@ProviderType
public interface ReplayHost extends Machine {
    /**
     * Everything that must be equal for a replay, as a flat map in a fixed order: {@code machine.*} settings, {@code part.NAME.*},
     * {@code bundle.SYMBOLIC-NAME} = version and digest, {@code image.PART.KEY} = length and SHA-256. Values are text. Images are read
     * for this, on the caller's thread; paths are not part of it ({@link #imagePaths}).
     *
     * @param unread names of drives whose images are left out, and not read
     */
    Map<String, String> manifest(Collection<String> unread);

    /** All of it: {@link #manifest(Collection)} with nothing left out. */
    default Map<String, String> manifest() {
        return manifest(List.of());
    }

    /**
     * Paths of the image files by {@code PART.KEY}; a machine that is configured with them finds the images, those that disk images stand
     * on included.
     */
    Map<String, String> imagePaths();

    /** Those of {@link #imagePaths} that the machine, as it is configured, writes when it runs: a replay needs a copy from before. */
    List<String> written();

    /** Names of the parts in the order that {@link Event#source} counts. */
    List<String> partNames();

    /** Names of the digest components in order. */
    List<String> digestComponents();

    /** Reasons why the machine cannot be recorded (parts with {@code replay.supported} false), one line each; empty when it can. */
    List<String> blockers();

    /**
     * Why a PLUG event could not be repeated with what is installed, or nothing.
     *
     * @param otherVersions bundles of other versions will do
     */
    Optional<String> obstacle(Event plug, boolean otherVersions);

    /**
     * The machine must be STOPPED, SHUTDOWN or FAILED: powers it on with this journal, for recording or replaying as the journal says. At a replay's
     * end the machine pauses; {@link Machine#problem} says how the log ended or what diverged.
     */
    void start(EventJournal journal);

    /** As {@link #start(EventJournal)}, but the guest stands still before its first instruction. */
    void startPaused(EventJournal journal);

    /** Ends recording while the machine runs on: appends DIGEST and END, closes the journal. In replay: stops the machine. */
    void detachJournal();

    /** The journal in use, or null. */
    EventJournal journal();

    /** Captures of the machine, restored images, and quiet runs. */
    TravelHost travel();
}
