package org.reprise.api.replay;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.osgi.annotation.versioning.ProviderType;

/** Reads recordings without a machine: a service. Any thread. */
@ProviderType
public interface Recordings {
    /**
     * Reads manifest and log.
     *
     * @throws IOException naming file, problem and remedy, when the manifest or the log's header cannot be read
     */
    Info info(Path recording) throws IOException;

    /** Reads every readable event in order (INSTRUCTION included) and returns how the log ends. */
    EventJournal.LogEnd events(Path recording, Consumer<Event> consumer) throws IOException;

    /** A recording and its branches. One that cannot be read is among them, with its problem. @throws IOException when the folder cannot be listed */
    RecordingTree tree(Path recording) throws IOException;

    /** Compares two recordings. @throws IOException as {@link #info} */
    RecordingDifference compare(Path first, Path second) throws IOException;

    /**
     * What a recording is.
     *
     * @param feature id of the machine feature that was installed, as text, or empty
     * @param machine name of the machine
     * @param manifest see {@link ReplayHost#manifest}
     * @param imagePaths where the images are: in the recording's own folder, else as {@link ReplayHost#imagePaths} was
     * @param parts see {@link ReplayHost#partNames}
     * @param digestComponents see {@link ReplayHost#digestComponents}
     * @param host host and JVM that recorded, informative
     * @param frames number of good frames
     * @param bytes bytes of good frames, header included
     * @param events number of events by kind
     * @param end how the log ends
     */
    record Info(String feature, String machine, Map<String, String> manifest, Map<String, String> imagePaths, List<String> parts,
            List<String> digestComponents, Map<String, String> host, long frames, long bytes, Map<EventKind, Long> events,
            EventJournal.LogEnd end) {
    }
}
