package org.reprise.block.qcow2;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.osgi.service.component.annotations.Component;
import org.reprise.api.block.BlockDriver;
import org.reprise.api.block.BlockNode;
import org.reprise.api.device.PartConfig;
import org.reprise.block.qcow2.image.ImageCreator;
import org.reprise.block.qcow2.image.Qcow2Image;

/**
 * The driver {@code qcow2}: an image in the qcow2 format, versions 2 and 3, with its backing files.
 *
 * <p>Keys: {@code file}; {@code read-only} (default off); {@code overlay} (default {@code temporary}): unless it is {@code none} the
 * image is opened for reading only. {@code backing1}, {@code backing2} and so on say where the files that it stands on are, if not where
 * the images say. For an overlay that is kept, {@code backing} and {@code backing.format} name the image that it must stand on; the
 * file is then made when there is none. {@code backing0} names it without that condition, for a replay, which knows the files by their
 * content. With either, {@code backing1} is what that image stands on.
 */
@Component(service = BlockDriver.class, property = BlockDriver.DRIVER + "=qcow2")
public final class Qcow2Driver implements BlockDriver {
    @Override
    public BlockNode open(PartConfig config, BlockNode below) throws IOException {
        String drive = "drive " + config.name() + ": ";
        if (below != null) {
            throw new IOException(drive + "qcow2 opens a file and cannot stand on another layer; set driver to it only");
        }
        Path file = Path.of(config.text("file"));
        boolean writable = !config.flag("read-only", false) && config.text("overlay", "temporary").equals("none");
        try {
            String first = config.has("backing") ? "backing" : "backing0";
            Map<Integer, Path> moved = moved(config);
            if (config.has("backing")) {
                overlay(file, Path.of(config.text("backing")), config.text("backing.format"), writable, moved);
            }
            return Qcow2Image.open(file, writable ? Qcow2Image.Mode.WRITE : Qcow2Image.Mode.READ,
                    config.has(first) ? onto(Path.of(config.text(first)), moved) : moved);
        } catch (IOException e) {
            throw new IOException(drive + e.getMessage(), e);
        }
    }

    private static Map<Integer, Path> moved(PartConfig config) {
        Map<Integer, Path> moved = new TreeMap<>();
        for (int place = 1; place <= Qcow2Image.DEEPEST; place++) {
            if (config.has("backing" + place)) {
                moved.put(place, Path.of(config.text("backing" + place)));
            }
        }
        return moved;
    }

    /** What an overlay stands on: an image, and what that stands on. */
    private static Map<Integer, Path> onto(Path image, Map<Integer, Path> moved) {
        Map<Integer, Path> all = new TreeMap<>(Map.of(1, image));
        moved.forEach((place, file) -> all.put(place + 1, file));
        return all;
    }

    /** Sees to it that an overlay stands on an image. */
    private static void overlay(Path file, Path backing, String format, boolean writable, Map<Integer, Path> moved)
            throws IOException {
        if (!Files.exists(file) && writable) {
            // by its full name: the overlay may be in another folder
            String name = backing.toAbsolutePath().normalize().toString();
            ImageCreator.create(file, ImageCreator.Options.ofSize(length(backing, format, moved)).on(name, format));
            return;
        }
        try (Qcow2Image overlay = Qcow2Image.openAlone(file, Qcow2Image.Mode.READ)) {
            String name = overlay.backingFile();
            if (name == null || !Files.exists(overlay.backingPath()) || !Files.isSameFile(overlay.backingPath(), backing)) {
                throw new IOException("the overlay " + file + " stands on " + (name == null ? "nothing" : name) + ", not on " + backing
                        + "; set file to what it stands on, or overlay.file to a file that is not there yet");
            }
        }
    }

    private static long length(Path image, String format, Map<Integer, Path> moved) throws IOException {
        if (!format.equals("qcow2")) {
            return Files.size(image);
        }
        try (Qcow2Image below = Qcow2Image.open(image, Qcow2Image.Mode.READ, moved)) {
            return below.length();
        }
    }
}
