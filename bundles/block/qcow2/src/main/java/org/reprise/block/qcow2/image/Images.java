package org.reprise.block.qcow2.image;

import java.io.IOException;
import java.nio.file.Path;
import org.reprise.api.block.BlockNode;

/** Images of either format, for tools. */
public final class Images {
    private Images() {
    }

    /** What a file begins as: {@code qcow2}, else {@code raw}. Not to be relied on: whoever writes a raw image can let it begin as any other. */
    public static String format(Path file) throws IOException {
        try (FileStorage storage = FileStorage.open(file, false)) {
            byte[] start = new byte[4];
            storage.read(0, start, 0, start.length);
            return Header.looksLike(start) ? "qcow2" : "raw";
        }
    }

    /** Opens an image. @param format {@code raw} or {@code qcow2} @throws IOException naming file, problem and remedy */
    public static BlockNode open(Path file, String format, boolean writable) throws IOException {
        return switch (format) {
            case "raw" -> new RawLayer(file, writable);
            case "qcow2" -> Qcow2Image.open(file, writable ? Qcow2Image.Mode.WRITE : Qcow2Image.Mode.READ);
            default -> throw new IOException("image " + file + ": format \"" + format + "\" is not supported; raw and qcow2 are");
        };
    }

    /** Makes a raw image that is all zeros. @param size bytes, rounded up to 512 */
    public static void createRaw(Path file, long size) throws IOException {
        try (FileStorage storage = FileStorage.create(file)) {
            storage.resize(size + 511 & ~511L);
            storage.force();
        }
    }

    /** Lengthens a raw image that is shorter. */
    public static void lengthenRaw(Path file, long size) throws IOException {
        try (FileStorage storage = FileStorage.open(file, true)) {
            if (storage.size() < size) {
                storage.resize(size);
                storage.force();
            }
        }
    }
}
