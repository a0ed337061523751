package org.reprise.debug.symbols;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.reprise.api.debug.SourceLine;
import org.reprise.api.machine.MachineException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The source lines of an ELF file, read when somebody asks for the first one. A file whose lines cannot be read has none, and the log says why. */
final class SourceLines {
    private static final Logger LOG = LoggerFactory.getLogger(SourceLines.class);
    private final Path path;
    private LineIndex index;

    SourceLines(Path path) {
        this.path = path;
    }

    private synchronized LineIndex index() {
        if (index == null) {
            try (SymbolFile file = new SymbolFile(path)) {
                index = LineIndex.of(new ElfFile(file));
            } catch (IOException | MachineException e) {
                LOG.warn("no source lines of {}: {}", path, e.getMessage());
                index = LineIndex.none();
            }
            index.problem().ifPresent(problem -> LOG.warn("not all source lines of {}: {}", path, problem));
        }
        return index;
    }

    Optional<SourceLine> find(long address) {
        return index().find(address);
    }

    List<Long> addresses(String file, int line) {
        return index().addresses(file, line);
    }
}
