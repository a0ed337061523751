package org.reprise.block.qcow2.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.reprise.api.block.BlockNode;

/** Opens what an image stands on: at most 64 files, none twice. */
final class BackingChain {
    static final int DEEPEST = 64;

    private BackingChain() {
    }

    /** The backing file of an image as a path: relative names are relative to the image's folder. */
    static Path resolve(Path image, Header header) throws IOException {
        String name = header.backingFile();
        String file = name.startsWith("file:") ? name.substring("file:".length()) : name;
        if (file.matches("(?s)json:.*|[a-z][a-z0-9+.-]+:.*")) {
            throw header.bad("its backing file \"" + Text.printable(name) + "\" is no plain file name; name the file with qemu-img rebase -u");
        }
        try {
            Path folder = image.toAbsolutePath().getParent();
            return (folder == null ? Path.of(file) : folder.resolve(file)).normalize();
        } catch (InvalidPathException e) {
            throw header.bad("its backing file \"" + Text.printable(name) + "\" is no file name: " + e.getMessage());
        }
    }

    /**
     * Opens the layer below an image for reading; null when it has none.
     *
     * @param above the image, and those that stand on it
     * @param moved files that stand elsewhere than images say, by their place below the first of {@code above}, from 1
     */
    static BlockNode open(Path image, Header header, List<Path> above, Map<Integer, Path> moved) throws IOException {
        if (header.backingFile() == null) {
            return null;
        }
        Path here = moved.get(above.size());
        Path file = here == null ? resolve(image, header) : here;
        String format = header.backingFormat();
        if (format == null) {
            throw header.bad("the format of its backing file " + file + " is not stated, and guessing it would let a guest that wrote a "
                    + "raw image choose files of this host; if you know it, state it with qemu-img rebase -u -f qcow2 -b NAME -F raw|qcow2 "
                    + image);
        }
        for (Path p : above) {
            if (Files.exists(file) && Files.isSameFile(p, file)) {
                throw header.bad("its backing file " + file + " stands on it in turn: " + names(above) + " -> " + file
                        + "; give one of them another backing file with qemu-img rebase -u");
            }
        }
        if (above.size() >= DEEPEST) {
            throw header.bad("more than " + DEEPEST + " files are stacked: " + names(above.subList(0, 3)) + " -> ...; convert it to one image");
        }
        try {
            return open(file, format, header, above, moved);
        } catch (IOException e) {
            if (above.size() > 1) {
                throw e;
            }
            throw new IOException(header.bad("its backing file: " + e.getMessage()).getMessage(), e);
        }
    }

    private static BlockNode open(Path file, String format, Header header, List<Path> above, Map<Integer, Path> moved) throws IOException {
        switch (format) {
            case "raw", "file":
                return new RawLayer(file, false);
            case "qcow2":
                List<Path> chain = new ArrayList<>(above);
                chain.add(file);
                return Qcow2Image.open(file, Qcow2Image.Mode.READ, chain, moved);
            default:
                throw header.bad("the format \"" + Text.printable(format) + "\" of its backing file is not supported; raw and qcow2 are");
        }
    }

    private static String names(List<Path> files) {
        return String.join(" -> ", files.stream().map(Path::toString).toList());
    }
}
