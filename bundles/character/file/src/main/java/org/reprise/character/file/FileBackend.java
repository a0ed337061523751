package org.reprise.character.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.osgi.service.component.annotations.Component;
import org.reprise.api.character.CharacterBackend;
import org.reprise.api.character.CharacterChannel;
import org.reprise.api.character.CharacterInput;
import org.reprise.api.device.PartConfig;

/**
 * The back end {@code file}: writes what the guest prints to a file; nothing comes from it.
 *
 * <p>Keys: {@code backend.file}; {@code backend.append} (default off: an older file is replaced).
 */
@Component(service = CharacterBackend.class, property = CharacterBackend.BACKEND + "=file")
public final class FileBackend implements CharacterBackend {
    @Override
    public CharacterChannel open(PartConfig config, CharacterInput input) throws IOException {
        Path file = Path.of(config.text("backend.file"));
        boolean append = config.flag("backend.append", false);
        try {
            return new FileChannelOutput(file, Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
                    append ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING));
        } catch (IOException e) {
            throw new IOException(config.name() + ": cannot write backend.file " + file + " (" + e
                    + "); name a file in a folder that exists"
                    + " and can be written", e);
        }
    }
}
