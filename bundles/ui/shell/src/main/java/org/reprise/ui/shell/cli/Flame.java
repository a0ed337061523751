package org.reprise.ui.shell.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.reprise.api.debug.Profiler;
import org.reprise.api.debug.SymbolReader;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.Machine;
import org.reprise.api.machine.MachineException;
import org.reprise.core.features.FeatureRuntime;
import org.reprise.ui.shell.Services;
import org.reprise.ui.shell.Text;

/** The options {@code --flame}, {@code --flame-every} and {@code --symbols}: a profile of the whole run, written at its end. */
final class Flame {
    static final List<String> OPTIONS = List.of("--flame", "--flame-every", "--symbols");
    private static final long SERVICE_MILLIS = 30_000;

    private final Machine machine;
    private final Path file;
    private final Profiler profiler;

    private Flame(Machine machine, Path file, Profiler profiler) {
        this.machine = machine;
        this.file = file;
        this.profiler = profiler;
    }

    /**
     * Begins to sample a machine that is about to be started, when the options want it.
     *
     * @throws MachineException naming an option that does not fit
     */
    static Flame begin(Services services, Machine machine, Options o) throws InterruptedException {
        Path file = o.path("--flame");
        if (file == null) {
            if (OPTIONS.stream().anyMatch(o::flag)) {
                throw usage("--flame-every and --symbols need --flame FILE" + Profiler.PICTURE + ", which says where the profile goes");
            }
            return new Flame(machine, null, null);
        }
        if (!file.toString().endsWith(Profiler.PICTURE) && !file.toString().endsWith(Profiler.STACKS)) {
            throw usage("--flame " + file + ": the name must end in " + Profiler.PICTURE + " (a picture) or " + Profiler.STACKS
                + " (stacks as text)");
        }
        Path folder = file.toAbsolutePath().getParent();
        if (!Files.isDirectory(folder)) {
            throw usage("--flame " + file + ": there is no folder " + folder);
        }
        String every = o.value("--flame-every");
        if (every != null && !every.matches("\\d{1,18}")) {
            throw usage("--flame-every " + every + ": give a number of instructions, usually " + Profiler.INTERVAL);
        }
        services.await(FeatureRuntime.class, SERVICE_MILLIS).install("profile", Map.of());
        SymbolReader reader = services.await(SymbolReader.class, SERVICE_MILLIS);
        Profiler profiler = services.await(Profiler.class, SERVICE_MILLIS);
        List<String> symbols = o.values("--symbols");
        profiler.start(machine, every == null ? Profiler.INTERVAL : Long.parseLong(every),
            symbols.isEmpty() ? reader.of(machine) : reader.read(symbols));
        return new Flame(machine, file, profiler);
    }

    private static MachineException usage(String text) {
        return new MachineException(ExitCode.USAGE, text);
    }

    /** Writes the file; the run is over. */
    void end() throws IOException {
        if (file != null) {
            profiler.stop(machine);
            profiler.export(machine, file);
            System.err.println("reprise: " + file + ": " + Text.number(profiler.samples(machine)) + " samples");
        }
    }

    /** The user has left the console for the shell: the run goes on. */
    void goesOn() {
        if (file != null) {
            System.err.println("reprise: sampling goes on; profile:export " + file + " writes what there is");
        }
    }
}
