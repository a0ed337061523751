package org.reprise.core.replay;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.osgi.service.component.annotations.Component;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventJournal.LogEnd;
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
    public LogEnd events(Path recording, Consumer<Event> consumer) throws IOException {
        return LogScan.of(recording, consumer).end();
    }
}
