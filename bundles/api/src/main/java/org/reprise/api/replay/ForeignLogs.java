package org.reprise.api.replay;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import org.osgi.annotation.versioning.ProviderType;
import org.reprise.api.replay.EventJournal.LogEnd;

/** Logs in the layout of another emulator: read for people, and written from our recordings. A service. Any thread. */
@ProviderType
public interface ForeignLogs {
    /** The layout of QEMU 7.1 to 10.2 (version word 0xe0200c); see docs/log-format.md. */
    String QEMU = "qemu";

    /** True for a file that begins as such a log does, a damaged or unfinished one included; false for folders and what cannot be read. */
    boolean recognises(Path file);

    /**
     * Reads every readable event in order and returns how the log ends. Whatever the bytes are it ends, and memory is bounded.
     *
     * @throws IOException naming file, problem and remedy, when the header is not one that can be read
     */
    LogEnd events(Path file, Consumer<ForeignEvent> consumer) throws IOException;

    /**
     * Writes a recording's events in another layout, as far as they are good; a recording without a clean end becomes an unfinished file.
     *
     * @param recording folder of the recording
     * @param format {@link #QEMU}
     * @param file to create; must not exist
     * @return how the recording ends
     * @throws IOException naming file, problem and remedy
     * @throws IllegalArgumentException when there is no such format
     */
    LogEnd export(Path recording, String format, Path file) throws IOException;

    /**
     * One event of such a log.
     *
     * @param offset where it begins in the file
     * @param icount instructions counted before it
     * @param id the layout's number for it
     * @param kind its name
     * @param values its numbers by name, in the order of the file; 64-bit ones as signed
     * @param data its bytes; never null; not to be changed
     */
    record ForeignEvent(long offset, long icount, int id, String kind, Map<String, Long> values, byte[] data) {
    }
}
