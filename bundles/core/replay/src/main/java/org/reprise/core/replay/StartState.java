package org.reprise.core.replay;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.reprise.api.replay.ReplayHost;

/** The machine's state that a recording begins with, if not with a reset: an image of the recording, which it keeps in its own folder. */
final class StartState {
    /** The field of the manifest that has the snapshot's name. */
    private static final String NAME = "start.snapshot";
    /** Key of the image: the machine's setting {@code start} says where the file is. */
    private static final String KEY = "machine.start";
    private static final String IDENTITY = "image." + KEY;
    private static final String SETTING = "start";

    private StartState() {
    }

    /** Where a recording keeps it. */
    static Path file(Path recording) {
        return recording.resolve(LogFormat.IMAGES).resolve(KEY);
    }

    /** Copies a state into a recording. @return the manifest's fields for it */
    static Map<String, String> keep(Path recording, String name, Path state) throws IOException {
        Path file = file(recording);
        Files.createDirectories(file.getParent());
        Files.copy(state, file);
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put(NAME, name);
        fields.put(IDENTITY, identity(file));
        return fields;
    }

    static void remove(Path recording) throws IOException {
        Files.deleteIfExists(file(recording));
        if (Files.isDirectory(file(recording).getParent())) {
            Files.delete(file(recording).getParent());
        }
    }

    /**
     * The state that a recording begins with.
     *
     * @param host its setting {@code start} says where the state is, if it is elsewhere than the recording says
     * @param installed gets the fields that stand for what is there
     */
    static Optional<Path> of(ManifestFile manifest, ReplayHost host, Map<String, String> installed) {
        String name = manifest.manifest().get(NAME);
        if (name == null) {
            return Optional.empty();
        }
        String place = host.settings().getOrDefault(SETTING, manifest.imagePaths().get(KEY));
        installed.put(NAME, name);
        if (place == null || !Files.isReadable(Path.of(place))) {
            return Optional.empty();
        }
        try {
            installed.put(IDENTITY, identity(Path.of(place)));
        } catch (IOException e) {
            installed.put(IDENTITY, "unreadable (" + e.getMessage() + ")");
        }
        return Optional.of(Path.of(place));
    }

    private static String identity(Path file) throws IOException {
        MessageDigest digest = ManifestFile.sha256();
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
            long length = in.transferTo(OutputStream.nullOutputStream());
            return length + " bytes sha256:" + HexFormat.of().formatHex(digest.digest());
        }
    }
}
