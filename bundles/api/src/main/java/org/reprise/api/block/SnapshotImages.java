package org.reprise.api.block;

import java.io.IOException;
import java.nio.file.Path;
import org.osgi.annotation.versioning.ConsumerType;

/** Image files that are no drive's and keep machines' states: a service. Any thread. */
@ConsumerType
public interface SnapshotImages {
    /**
     * Opens an image.
     *
     * @param writable it can be written; the file is made, for a disk of 512 bytes, when there is none
     * @throws IOException naming file, problem and remedy
     */
    SnapshotNode open(Path file, boolean writable) throws IOException;
}
