package org.reprise.core.replay;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.osgi.service.component.annotations.Component;
import org.reprise.api.replay.RecordingArchives;

/** Packs and unpacks recordings. */
@Component
public final class RecordingArchivesService implements RecordingArchives {
    @Override
    public void pack(Path recording, Map<String, Path> images, Path archive) throws IOException {
        RecordingPacker.pack(recording, images, archive);
    }

    @Override
    public void unpack(Path archive, Path folder, boolean images) throws IOException {
        RecordingUnpacker.unpack(archive, folder, images);
    }
}
