package org.reprise.block.qcow2;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.osgi.service.component.annotations.Component;
import org.reprise.api.block.SnapshotImages;
import org.reprise.api.block.SnapshotNode;
import org.reprise.block.qcow2.image.ImageCreator;
import org.reprise.block.qcow2.image.Qcow2Image;

/** qcow2 images that keep the states of machines without a disk of their own. */
@Component(service = SnapshotImages.class)
public final class Qcow2Snapshots implements SnapshotImages {
    private static final long SIZE = 512;

    @Override
    public SnapshotNode open(Path file, boolean writable) throws IOException {
        if (writable && !Files.exists(file)) {
            // all of it or nothing, whenever the process is killed
            Path fresh = file.resolveSibling(file.getFileName() + ".new");
            Files.deleteIfExists(fresh);
            ImageCreator.create(fresh, ImageCreator.Options.ofSize(SIZE));
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        }
        return Qcow2Image.open(file, writable ? Qcow2Image.Mode.WRITE : Qcow2Image.Mode.READ);
    }
}
