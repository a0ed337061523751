package org.reprise.block.imagetool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.reprise.api.block.BlockNode;
import org.reprise.block.qcow2.image.ImageCreator;
import org.reprise.block.qcow2.image.Images;
import org.reprise.block.qcow2.image.Qcow2Image;
import org.reprise.block.qcow2.image.Qcow2Image.Extent;
import org.reprise.block.qcow2.image.Qcow2Image.Kind;

/** Copies the content of images. */
final class Copy {
    private static final int BUFFER = 1 << 20;

    private Copy() {
    }

    /** Writes all that can be seen of an image into a new one, without what is zeros. */
    static void convert(BlockNode from, Path to, ImageCreator.Options options, boolean compressed) throws IOException {
        if (options == null) {
            Images.createRaw(to, from.length());
        } else {
            ImageCreator.create(to, options);
        }
        try (BlockNode target = Images.open(to, options == null ? "raw" : "qcow2", true)) {
            Qcow2Image packing = compressed ? (Qcow2Image) target : null;
            int step = compressed ? packing.clusterSize() : BUFFER;
            byte[] buffer = new byte[step];
            for (long at = 0; at < from.length(); at += step) {
                if (nothing(from, at, target.length())) {
                    // not even an image below has anything from here on
                    break;
                }
                int count = (int) Math.min(step, from.length() - at);
                from.read(at, buffer, 0, count);
                Arrays.fill(buffer, count, step, (byte) 0);
                if (compressed) {
                    if (!zeros(buffer, 0, step)) {
                        packing.writeCompressed(at, buffer);
                    }
                } else {
                    write(target, at, buffer, count, options == null ? 4096 : options.clusterSize());
                }
            }
            target.flush();
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(to);
            throw e;
        }
    }

    /** True when a sparse image of any size has nothing more: without this an empty one of exabytes would be read to its end. */
    private static boolean nothing(BlockNode from, long at, long end) throws IOException {
        if (!(from instanceof Qcow2Image image) || image.below() != null) {
            return false;
        }
        Extent e = image.extent(at, image.length() - at);
        return e.kind() == Kind.BELOW && at + e.length() >= end;
    }

    private static void write(BlockNode target, long at, byte[] buffer, int count, int unit) throws IOException {
        for (int i = 0; i < count;) {
            int n = Math.min(count - i, unit);
            boolean empty = zeros(buffer, i, n);
            int run = n;
            while (i + run < count && zeros(buffer, i + run, Math.min(count - i - run, unit)) == empty) {
                run += Math.min(count - i - run, unit);
            }
            if (!empty) {
                target.write(at + i, buffer, i, run);
            }
            i += run;
        }
    }

    private static boolean zeros(byte[] bytes, int from, int count) {
        for (int i = from; i < from + count; i++) {
            if (bytes[i] != 0) {
                return false;
            }
        }
        return true;
    }

    /** Writes what an overlay has of its own into the image that it stands on, and empties it. @return bytes written */
    static long commit(Qcow2Image overlay, BlockNode below) throws IOException {
        byte[] buffer = new byte[BUFFER];
        long written = 0;
        long end = Math.min(overlay.length(), below.length());
        for (long at = 0; at < end;) {
            Extent e = overlay.extent(at, end - at);
            if (e.kind() == Kind.ZERO) {
                below.discard(at, e.length());
            } else if (e.kind() == Kind.DATA) {
                for (long done = 0; done < e.length(); done += BUFFER) {
                    int count = (int) Math.min(BUFFER, e.length() - done);
                    overlay.read(at + done, buffer, 0, count);
                    below.write(at + done, buffer, 0, count);
                }
                written += e.length();
            }
            at += e.length();
        }
        // only when it is safe below is it given up above
        below.flush();
        overlay.empty();
        return written;
    }
}
