package org.reprise.core.replay;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.reprise.api.replay.BranchOrigin;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventKind;

/**
 * The beginning of a log, up to a place where another one goes on: its frames as they are, as far as whole ones lie before the place, then the events
 * that are left.
 *
 * @param bytes of the log that were copied as they are, header included
 * @param sha256 of these, hexadecimal
 * @param events that the new log has, INSTRUCTION ones not counted
 * @param plugs PLUG events among them
 */
record LogPrefix(long bytes, String sha256, long events, int plugs) {
    private static final int BUFFER = 1 << 16;

    /** Events of an end: the new log has none yet. */
    private static boolean ends(Event e) {
        return e.kind() == EventKind.END || e.kind() == EventKind.SHUTDOWN;
    }

    /**
     * Copies.
     *
     * @param log from here
     * @param number events before the place, INSTRUCTION ones not counted
     * @param icount of the place
     * @param to here; nothing was written there
     * @throws IOException when the log cannot be read, has not so many events, or the other one cannot be written
     */
    static LogPrefix copy(Path log, long number, long icount, LogWriter to) throws IOException {
        try (LogReader reader = new LogReader(log)) {
            LogReader.Place whole = new LogReader.Place(LogFormat.HEADER_BYTES, 0, 0);
            long events = 0;
            int plugs = 0;
            List<Event> rest = reader.next();
            while (rest != null) {
                long inside = rest.stream().filter(e -> e.kind() != EventKind.INSTRUCTION).count();
                if (events + inside > number || rest.get(rest.size() - 1).icount() > icount || rest.stream().anyMatch(LogPrefix::ends)) {
                    break;
                }
                events += inside;
                plugs += plugs(rest);
                whole = reader.place();
                rest = reader.next();
            }
            String sha256 = frames(log, whole, to);
            long read = events;
            for (; rest != null && read < number; rest = reader.next()) {
                for (Event e : rest) {
                    if (read < number && e.kind() != EventKind.INSTRUCTION) {
                        read++;
                        if (!ends(e)) {
                            to.append(e);
                            events++;
                            plugs += plugs(List.of(e));
                        }
                    }
                }
            }
            if (read < number) {
                throw new IOException(log + " has " + read + " events, not " + number + ": " + reader.end().message());
            }
            to.seal(icount);
            return new LogPrefix(whole.offset(), sha256, events, plugs);
        }
    }

    private static int plugs(List<Event> events) {
        return (int) events.stream().filter(e -> e.kind() == EventKind.PLUG).count();
    }

    /** True when a log begins with what a branch says that its parent began with. */
    static boolean fits(Path log, BranchOrigin origin) throws IOException {
        MessageDigest digest = ManifestFile.sha256();
        try (InputStream in = Files.newInputStream(log)) {
            byte[] buffer = new byte[BUFFER];
            long left = origin.parentBytes();
            for (int n = 1; left > 0 && n > 0; left -= n) {
                n = in.readNBytes(buffer, 0, (int) Math.min(left, BUFFER));
                digest.update(buffer, 0, n);
            }
            return left == 0 && HexFormat.of().formatHex(digest.digest()).equals(origin.parentSha256());
        }
    }

    /** Copies whole frames, without the header, which the new log has already. @return the hash of all of it */
    private static String frames(Path log, LogReader.Place end, LogWriter to) throws IOException {
        MessageDigest digest = ManifestFile.sha256();
        try (InputStream in = Files.newInputStream(log)) {
            digest.update(in.readNBytes(LogFormat.HEADER_BYTES));
            byte[] buffer = new byte[BUFFER];
            for (long left = end.offset() - LogFormat.HEADER_BYTES; left > 0;) {
                int n = in.readNBytes(buffer, 0, (int) Math.min(left, BUFFER));
                if (n == 0) {
                    throw new IOException(log + " has become shorter while it was read");
                }
                digest.update(buffer, 0, n);
                to.copied(Arrays.copyOf(buffer, n), end.frames());
                left -= n;
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
