package org.reprise.ui.shell;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.reprise.api.replay.RecordingArchives;

/** A recording to read: its folder, or a temporary one that a packed file was unpacked to; that one is deleted when the process ends. */
public final class OpenRecording implements AutoCloseable {
    private static final String TEMPORARY = "reprise-";
    private static final String UNPACKED = "recording.rr";
    private final Path folder;
    private final Path temporary;

    private OpenRecording(Path folder, Path temporary) {
        this.folder = folder;
        this.temporary = temporary;
        if (temporary != null) {
            Runtime.getRuntime().addShutdownHook(new Thread(this::close, "reprise-temporary"));
        }
    }

    /**
     * @param file the folder of a recording, or a packed one
     * @param images whether a packed one's images are wanted, too
     * @throws IOException naming file, problem and remedy when a packed recording cannot be unpacked
     */
    public static OpenRecording of(Path file, RecordingArchives archives, boolean images) throws IOException {
        if (!Files.isRegularFile(file)) {
            // a folder, or nothing: who reads it says so
            return new OpenRecording(file, null);
        }
        OpenRecording open = temporary();
        try {
            archives.unpack(file, open.folder, images);
        } catch (IOException e) {
            open.close();
            throw e;
        }
        return open;
    }

    /** An empty folder that is deleted when the process ends. */
    public static OpenRecording temporary() throws IOException {
        Path parent = Files.createTempDirectory(TEMPORARY);
        return new OpenRecording(Files.createDirectory(parent.resolve(UNPACKED)), parent);
    }

    /** True for a folder that a packed file was unpacked to: it is deleted when the process ends. */
    static boolean isTemporary(Path folder) {
        return folder.endsWith(UNPACKED) && folder.getParent() != null && folder.getParent().getFileName().toString().startsWith(TEMPORARY)
            && folder.startsWith(System.getProperty("java.io.tmpdir"));
    }

    /** The folder of the recording. */
    public Path folder() {
        return folder;
    }

    @Override
    public void close() {
        if (temporary != null && Files.exists(temporary) && !delete(temporary.toFile())) {
            System.err.println("reprise: the temporary folder " + temporary + " could not be deleted");
        }
    }

    /** Without help of other classes of ours: when the process ends, the framework has none any more. No link in it leads to a folder. */
    private static boolean delete(File file) {
        File[] inside = file.listFiles();
        if (inside != null) {
            for (File f : inside) {
                delete(f);
            }
        }
        return file.delete();
    }
}
