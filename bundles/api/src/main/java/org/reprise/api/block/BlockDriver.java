package org.reprise.api.block;

import java.io.IOException;
import org.osgi.annotation.versioning.ConsumerType;
import org.reprise.api.device.PartConfig;

/** An image format or protocol: a service that opens one layer of a drive's stack. */
@ConsumerType
public interface BlockDriver {
    /** Service property: its name (String), for example {@code raw}, {@code overlay}. */
    String DRIVER = "block.driver";

    /**
     * Opens a layer.
     *
     * @param config the drive's configuration ({@code file}, {@code read-only}, …)
     * @param below the layer below, or null for a protocol driver, which opens the file itself
     * @throws IOException naming file, problem and remedy
     */
    BlockNode open(PartConfig config, BlockNode below) throws IOException;
}
