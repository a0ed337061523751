package org.reprise.character.file;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import org.reprise.api.character.CharacterChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An open output file. Written through at once, so that a prompt can be seen before its line ends. The first failure (disk full) is
 * logged and ends the output; the guest goes on, as it does when a terminal is unplugged.
 */
final class FileChannelOutput implements CharacterChannel {
    private static final Logger LOG = LoggerFactory.getLogger(FileChannelOutput.class);

    private final Path file;
    private OutputStream out;

    FileChannelOutput(Path file, OutputStream out) {
        this.file = file;
        this.out = out;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        if (out == null) {
            return;
        }
        try {
            out.write(bytes, offset, length);
        } catch (IOException e) {
            LOG.error("Console output to {} ends here: {}", file, e.toString());
            close();
        }
    }

    @Override
    public void close() {
        OutputStream closing = out;
        out = null;
        if (closing != null) {
            try {
                closing.close();
            } catch (IOException e) {
                LOG.error("Closing {}: {}", file, e.toString());
            }
        }
    }
}
