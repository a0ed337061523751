package org.reprise.core.replay;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.osgi.service.component.annotations.Component;
import org.reprise.api.replay.BranchOrigin;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventJournal.LogEnd;
import org.reprise.api.replay.EventKind;
import org.reprise.api.replay.RecordReplay;
import org.reprise.api.replay.RecordingDifference;
import org.reprise.api.replay.RecordingDifference.Field;
import org.reprise.api.replay.RecordingDifference.Pair;
import org.reprise.api.replay.RecordingTree;
import org.reprise.api.replay.Recordings;

/** Reads recordings without a machine. */
@Component
public final class RecordingsService implements Recordings {
    @Override
    public Info info(Path recording) throws IOException {
        ManifestFile m = ManifestFile.read(recording);
        LogScan scan = LogScan.of(recording, e -> {
        });
        return new Info(m.manifest().getOrDefault(ManifestFile.FEATURE, ""), m.machine(), m.manifest(), m.imagePaths(), m.parts(),
            m.components(), m.host(), scan.frames(), scan.bytes(), scan.events(), scan.end());
    }

    @Override
    public RecordingTree tree(Path recording) throws IOException {
        return tree(recording.toAbsolutePath().normalize(), null);
    }

    /** @param parent where it was found, or null for the one that was asked for */
    private static RecordingTree tree(Path folder, Path parent) throws IOException {
        String name = folder.getFileName().toString().replaceFirst("\\.rr$", "");
        Optional<BranchOrigin> origin = Optional.empty();
        String begun = "";
        LogEnd end = null;
        String problem = null;
        try {
            origin = Optional.ofNullable(ManifestFile.read(folder).origin());
            begun = origin.isPresent() ? origin.get().created()
                : Files.getLastModifiedTime(folder.resolve(LogFormat.MANIFEST)).toInstant().truncatedTo(ChronoUnit.SECONDS).toString();
            end = LogScan.of(folder, e -> {
            }).end();
            if (parent != null && origin.isPresent() && !LogPrefix.fits(parent.resolve(LogFormat.LOG), origin.get())) {
                problem = "the log of " + parent + " does not begin as it did when the branch was made";
            }
        } catch (IOException e) {
            problem = e.getMessage();
        }
        List<RecordingTree> branches = new ArrayList<>();
        Path all = folder.resolve(RecordReplay.BRANCHES);
        if (Files.isDirectory(all, LinkOption.NOFOLLOW_LINKS)) {
            try (DirectoryStream<Path> inside = Files.newDirectoryStream(all)) {
                for (Path branch : inside) {
                    if (Files.isDirectory(branch, LinkOption.NOFOLLOW_LINKS)) {
                        branches.add(tree(branch, folder));
                    }
                }
            }
        }
        branches.sort(Comparator.comparingLong((RecordingTree branch) -> branch.origin().map(BranchOrigin::icount).orElse(0L))
            .thenComparing(RecordingTree::name));
        return new RecordingTree(name, folder, origin, begun, end, problem, List.copyOf(branches));
    }

    @Override
    public LogEnd events(Path recording, Consumer<Event> consumer) throws IOException {
        return LogScan.of(recording, consumer).end();
    }

    @Override
    public RecordingDifference compare(Path first, Path second) throws IOException {
        List<Field> fields = ManifestFile.read(first).differences(ManifestFile.read(second));
        try (LogCursor a = new LogCursor(first); LogCursor b = new LogCursor(second)) {
            long equal = 0;
            while (true) {
                Event x = a.next();
                Event y = b.next();
                if (x == null && y == null) {
                    return new RecordingDifference(fields, null, equal, a.end(), b.end());
                }
                if (x == null || y == null || !equal(x, y)) {
                    return new RecordingDifference(fields, new Pair(x, y), equal, LogScan.of(first, e -> {
                    }).end(), LogScan.of(second, e -> {
                    }).end());
                }
                equal++;
            }
        }
    }

    private static boolean equal(Event a, Event b) {
        return a.kind() == b.kind() && a.icount() == b.icount() && a.source() == b.source() && a.value() == b.value()
            && Arrays.equals(a.data(), b.data());
    }

    /** A log's events one by one, without INSTRUCTION. */
    private static final class LogCursor implements Closeable {
        private final LogReader reader;
        private Iterator<Event> frame = Collections.emptyIterator();

        LogCursor(Path recording) throws IOException {
            reader = new LogReader(recording.resolve(LogFormat.LOG));
        }

        Event next() throws IOException {
            while (true) {
                while (frame.hasNext()) {
                    Event e = frame.next();
                    if (e.kind() != EventKind.INSTRUCTION) {
                        return e;
                    }
                }
                List<Event> more = reader.next();
                if (more == null) {
                    return null;
                }
                frame = more.iterator();
            }
        }

        LogEnd end() {
            return reader.end();
        }

        @Override
        public void close() throws IOException {
            reader.close();
        }
    }
}
