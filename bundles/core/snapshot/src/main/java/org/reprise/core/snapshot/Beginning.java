package org.reprise.core.snapshot;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;
import org.reprise.api.replay.ReplayHost;
import org.reprise.core.snapshot.store.StoredSnapshot;
import org.reprise.core.snapshot.vmstate.VmStateReader;

/** What a machine's recording begins with, when that is no reset: a saved state. One thread at a time. */
final class Beginning {
    /** Key in a snapshot's metadata: it is that state. */
    private static final String BEGIN = "begin";

    private final ReplayHost host;
    private final Supplier<Shelf> shelf;
    private Path state;
    /** The power cycle that has begun so. */
    private long cycle;
    private long events;
    private volatile long icount;

    Beginning(ReplayHost host, Supplier<Shelf> shelf) {
        this.host = host;
        this.shelf = shelf;
    }

    /** The present power cycle's recording begins with a state in a file; what has been recorded or replayed so far comes before. */
    void with(Path file) {
        state = file;
        cycle = host.travel().powerCycle();
        events = host.journal().events();
    }

    private boolean present() {
        return state != null && cycle == host.travel().powerCycle();
    }

    /** The snapshot that the recording begins with; empty when it begins with a reset. */
    Optional<StoredSnapshot> snapshot() {
        if (!present()) {
            return Optional.empty();
        }
        Shelf to = shelf.get();
        Optional<StoredSnapshot> known = to.list().stream().filter(s -> s.metadata().containsKey(BEGIN) && to.usable(s)).findFirst();
        if (known.isEmpty()) {
            try (InputStream in = new BufferedInputStream(Files.newInputStream(state))) {
                known = Optional.of(to.adopt(new VmStateReader(in), "", events, Map.of(BEGIN, state.getFileName().toString())));
            } catch (IOException e) {
                throw new MachineException(ExitCode.DAMAGED, state + ": " + e.getMessage(), e);
            }
        }
        icount = known.get().icount();
        return known;
    }

    /** Where the recording begins. */
    long icount() {
        return present() ? icount : 0;
    }
}
