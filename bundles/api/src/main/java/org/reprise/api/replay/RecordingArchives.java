package org.reprise.api.replay;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.osgi.annotation.versioning.ProviderType;

/** Recordings in one file, with the images and firmware that they need. A service. Any thread. */
@ProviderType
public interface RecordingArchives {
    /**
     * Packs a recording. The same recording gives the same bytes, on the same Java platform.
     *
     * @param recording folder of the recording; a log that is cut off or damaged is packed as it is
     * @param images files to take instead of those at which the recording looks for its images, by {@code PART.KEY}
     * @param archive to create; must not exist
     * @throws IOException naming file, problem and remedy, also when an image is not the recorded one; nothing is left behind then
     */
    void pack(Path recording, Map<String, Path> images, Path archive) throws IOException;

    /**
     * Unpacks into a folder that is a recording then. Every byte of the archive is checked before; nothing is written outside of the
     * folder, and no more than the archive's manifest says.
     *
     * @param folder to create, or empty
     * @param images whether images are wanted, for a replay, or only manifest and log
     * @throws IOException naming file, problem and remedy; nothing is left behind then
     */
    void unpack(Path archive, Path folder, boolean images) throws IOException;
}
