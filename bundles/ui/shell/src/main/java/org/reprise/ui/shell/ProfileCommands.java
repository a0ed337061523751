package org.reprise.ui.shell;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.reprise.api.debug.Profiler;
import org.reprise.api.debug.SymbolReader;
import org.reprise.api.debug.Symbols;
import org.reprise.api.machine.Machine;
import org.reprise.core.features.FeatureRuntime;

/** The commands {@code profile:…}; the first one installs the feature {@code profile}. */
@Component(service = ProfileCommands.class, immediate = true)
@GogoCommand(scope = "profile", function = {"start", "stop", "export"})
public final class ProfileCommands {
    private static final long SERVICE_MILLIS = 30_000;
    private static final String SYMBOLS = "names of functions: FILE[@OFFSET],… (default: the machine's kernel and firmware)";
    private static final String EVERY = "instructions between two samples";
    private final Services services;

    /** For the component runtime. */
    @Activate
    public ProfileCommands(BundleContext context) {
        services = new Services(context);
    }

    private <T> T service(Class<T> type) throws InterruptedException {
        if (services.find(type).isEmpty()) {
            services.await(FeatureRuntime.class, SERVICE_MILLIS).install("profile", Map.of());
        }
        return services.await(type, SERVICE_MILLIS);
    }

    /** profile:start. */
    @Descriptor("sample which functions the guest is in, from now on")
    public String start(@Descriptor(SYMBOLS)
            @Parameter(names = {"-s", "--symbols"}, absentValue = "") String symbols) throws InterruptedException {
        return start(symbols, Profiler.INTERVAL);
    }

    /** profile:start N. */
    @Descriptor("sample which functions the guest is in, from now on")
    public String start(@Descriptor(SYMBOLS)
            @Parameter(names = {"-s", "--symbols"}, absentValue = "") String symbols, @Descriptor(EVERY) long every)
            throws InterruptedException {
        return start(symbols, every, null);
    }

    /** profile:start N NAME. */
    @Descriptor("sample which functions a guest is in, from now on")
    public String start(@Descriptor(SYMBOLS)
            @Parameter(names = {"-s", "--symbols"}, absentValue = "") String symbols, @Descriptor(EVERY) long every,
            @Descriptor("name of the machine") String name) throws InterruptedException {
        Machine m = services.machine(name);
        SymbolReader reader = service(SymbolReader.class);
        Symbols table = symbols.isEmpty() ? reader.of(m) : reader.read(List.of(symbols.split(",")));
        service(Profiler.class).start(m, every, table);
        return String.format(Locale.ROOT, "%s is sampled every %,d instructions, with %,d symbols; profile:export FILE.svg writes the flame"
            + " graph", m.name(), every, table.all().size());
    }

    /** profile:stop. */
    @Descriptor("end sampling; profile:export still writes what was sampled")
    public String stop() throws InterruptedException {
        return stop(null);
    }

    /** profile:stop NAME. */
    @Descriptor("end sampling a machine; profile:export still writes what was sampled")
    public String stop(@Descriptor("name of the machine") String name) throws InterruptedException {
        Machine m = services.machine(name);
        Profiler profiler = service(Profiler.class);
        return profiler.stop(m) ? m.name() + ": " + Text.number(profiler.samples(m)) + " samples" : m.name() + " was not sampled";
    }

    /** profile:export FILE. */
    @Descriptor("write the profile: FILE.svg a flame graph, FILE.folded its stacks as text")
    public String export(@Descriptor("file") String file) throws InterruptedException, IOException {
        return export(file, null);
    }

    /** profile:export FILE NAME. */
    @Descriptor("write a machine's profile: FILE.svg a flame graph, FILE.folded its stacks as text")
    public String export(@Descriptor("file") String file, @Descriptor("name of the machine") String name)
            throws InterruptedException, IOException {
        Machine m = services.machine(name);
        Profiler profiler = service(Profiler.class);
        profiler.export(m, Path.of(file));
        return file + ": " + Text.number(profiler.samples(m)) + " samples";
    }
}
