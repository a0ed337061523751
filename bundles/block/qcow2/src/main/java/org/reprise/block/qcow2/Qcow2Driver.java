package org.reprise.block.qcow2;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
 * image is opened for reading only. For an overlay that is kept, {@code backing} and {@code backing.format} name the image that it
 * must stand on; the file is then made when there is none.
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
            if (config.has("backing")) {
                overlay(file, Path.of(config.text("backing")), config.text("backing.format"), writable);
            }
            return Qcow2Image.open(file, writable ? Qcow2Image.Mode.WRITE : Qcow2Image.Mode.READ);
        } catch (IOException e) {
            throw new IOException(drive + e.getMessage(), e);
        }
    }

    /** Sees to it that an overlay stands on an image. */
    private static void overlay(Path file, Path backing, String format, boolean writable) throws IOException {
        if (!Files.exists(file) && writable) {
            // by its full name: the overlay may be in another folder
            String name = backing.toAbsolutePath().normalize().toString();
            ImageCreator.create(file, ImageCreator.Options.ofSize(length(backing, format)).on(name, format));
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

    private static long length(Path image, String format) throws IOException {
        if (!format.equals("qcow2")) {
            return Files.size(image);
        }
        try (Qcow2Image below = Qcow2Image.open(image, Qcow2Image.Mode.READ)) {
            return below.length();
        }
    }
}
