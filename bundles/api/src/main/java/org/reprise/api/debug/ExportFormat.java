package org.reprise.api.debug;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.OptionalLong;
import org.osgi.annotation.versioning.ConsumerType;
import org.reprise.api.replay.Recordings.Info;
import org.reprise.api.travel.Snapshot;
import org.reprise.api.travel.Witness;

/**
 * A layout in which other tools read what happened in a recording: a service with the property {@value #NAME}. The recording is replayed from its beginning
 * while the format hears and writes it. Equal recordings with equal marks give equal bytes.
 */
@ConsumerType
public interface ExportFormat {
    /** Service property: the name by which users choose it (String). */
    String NAME = "export.format";

    /**
     * Begins an export.
     *
     * @param out gets the export while the recording is replayed; the caller closes it
     * @throws IOException when it cannot be written
     */
    Export begin(Subject subject, OutputStream out) throws IOException;

    /** An export that is being written: hears the whole recording, once; closed when it has heard its end. It keeps no more than a little in memory. */
    interface Export extends Witness, Closeable {
    }

    /**
     * What is exported.
     *
     * @param info of the recording
     * @param cpus how many CPUs the machine has
     * @param consoles names of the machine's consoles
     * @param console the one that is wanted, where a format has room for one only
     * @param started host time, ns since 1970, at which the guest asked for it first; empty when it never did
     * @param marks what users have named, by icount
     */
    record Subject(Info info, int cpus, List<String> consoles, String console, OptionalLong started, List<Snapshot> marks) {
    }
}
