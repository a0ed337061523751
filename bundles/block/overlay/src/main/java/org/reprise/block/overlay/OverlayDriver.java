package org.reprise.block.overlay;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.osgi.service.component.annotations.Component;
import org.reprise.api.block.BlockDriver;
import org.reprise.api.block.BlockNode;
import org.reprise.api.device.PartConfig;

/**
 * The driver {@code overlay}: a temporary layer that takes all writes, so that the image below is never written. It is empty when
 * opened and gone when closed. A layer below that is opened for reading only is what it is for.
 *
 * <p>Keys: {@code read-only} (default off), {@code overlay.folder} (where its file is; default: the folder for temporary files).
 */
@Component(service = BlockDriver.class, property = BlockDriver.DRIVER + "=overlay")
public final class OverlayDriver implements BlockDriver {
    @Override
    public BlockNode open(PartConfig config, BlockNode below) throws IOException {
        if (below == null) {
            throw new IOException("drive " + config.name() + ": overlay needs a layer below it; set driver to raw and overlay to "
                    + "temporary");
        }
        Path folder = Path.of(config.text("overlay.folder", System.getProperty("java.io.tmpdir")));
        if (!Files.isDirectory(folder) || !Files.isWritable(folder)) {
            throw new IOException("drive " + config.name() + ": " + folder
                    + " is not a folder that can be written; set overlay.folder to one with room for what the guest writes");
        }
        return new OverlayNode(below, folder, config.flag("read-only", false));
    }
}
