package org.reprise.core.replay;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.reprise.api.replay.BranchOrigin;
import org.reprise.api.replay.RecordReplay;

/** The folder of a branch: made with the past of its parent in it, and removed when the branch does not begin. */
final class BranchFolder {
    private static final Pattern PLUGGED = Pattern.compile("plug(\\d+)\\..*");
    private final Path parent;
    private final Path folder;
    private final boolean existed;
    private final boolean branchesExisted;

    /** @param wanted null: the next free one among the parent's branches */
    BranchFolder(Path parent, Path wanted) {
        this.parent = parent;
        folder = wanted == null ? free(parent.resolve(RecordReplay.BRANCHES)) : wanted;
        existed = Files.isDirectory(folder);
        branchesExisted = Files.isDirectory(parent.resolve(RecordReplay.BRANCHES));
    }

    private static Path free(Path branches) {
        int n = 1;
        while (Files.exists(branches.resolve(n + ".rr"))) {
            n++;
        }
        return branches.resolve(n + ".rr");
    }

    Path folder() {
        return folder;
    }

    /** Makes the folders above it that belong to the parent recording. */
    void prepare() throws IOException {
        if (parent.resolve(RecordReplay.BRANCHES).equals(folder.getParent())) {
            Files.createDirectories(folder.getParent());
        }
    }

    /** The parent's place, from the branch's. */
    private String way() {
        Path here = folder.toAbsolutePath().normalize();
        Path there = parent.toAbsolutePath().normalize();
        return (here.getRoot().equals(there.getRoot()) ? here.relativize(there) : there).toString().replace('\\', '/');
    }

    /** @param pokes what is changed at the place, for people */
    BranchOrigin origin(LogPrefix prefix, long icount, long traps, List<String> pokes) {
        return new BranchOrigin(way(), icount, prefix.events(), traps, prefix.bytes(), prefix.sha256(), Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
            pokes);
    }

    /** Images that came with the parent come with the branch, too: by links, where the file system has them. @param plugs devices plugged in so far */
    void images(int plugs) throws IOException {
        Path images = parent.resolve(LogFormat.IMAGES);
        if (!Files.isDirectory(images)) {
            return;
        }
        Path mine = Files.createDirectory(folder.resolve(LogFormat.IMAGES));
        try (DirectoryStream<Path> all = Files.newDirectoryStream(images)) {
            for (Path image : all) {
                Matcher plugged = PLUGGED.matcher(image.getFileName().toString());
                if (!plugged.matches() || Long.parseLong(plugged.group(1)) < plugs) {
                    link(image, mine.resolve(image.getFileName()));
                }
            }
        }
    }

    private static void link(Path image, Path copy) throws IOException {
        try {
            Files.createLink(copy, image);
        } catch (IOException | UnsupportedOperationException e) {
            Files.copy(image, copy);
        }
    }

    /** Leaves nothing behind. */
    void remove() throws IOException {
        Path images = folder.resolve(LogFormat.IMAGES);
        if (Files.isDirectory(images)) {
            try (DirectoryStream<Path> all = Files.newDirectoryStream(images)) {
                for (Path image : all) {
                    Files.delete(image);
                }
            }
            Files.delete(images);
        }
        Files.deleteIfExists(folder.resolve(LogFormat.LOG));
        Files.deleteIfExists(folder.resolve(LogFormat.MANIFEST));
        if (!existed) {
            Files.deleteIfExists(folder);
        }
        if (!branchesExisted) {
            Files.deleteIfExists(parent.resolve(RecordReplay.BRANCHES));
        }
    }
}
