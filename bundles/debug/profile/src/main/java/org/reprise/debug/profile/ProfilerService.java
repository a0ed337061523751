package org.reprise.debug.profile;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.reprise.api.debug.Profiler;
import org.reprise.api.debug.Symbols;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.Machine;
import org.reprise.api.machine.MachineException;

/** The present or last profile of each machine. */
@Component
public final class ProfilerService implements Profiler {
    private final Map<String, Profile> profiles = new TreeMap<>();

    private record Profile(Sampling sampling, AutoCloseable observation) {
    }

    @Override
    public synchronized void start(Machine machine, long every, Symbols symbols) {
        if (every < LEAST || every > GREATEST) {
            throw new MachineException(ExitCode.USAGE, "a sample every " + every + " instructions: at least " + LEAST + ", at most "
                + GREATEST + ", usually " + INTERVAL);
        }
        stop(machine);
        Sampling sampling = new Sampling(symbols, every);
        profiles.put(machine.name(), new Profile(sampling, machine.observe(every, sampling)));
    }

    @Override
    public synchronized boolean stop(Machine machine) {
        Profile profile = profiles.get(machine.name());
        if (profile == null || profile.observation == null) {
            return false;
        }
        end(profile);
        profiles.put(machine.name(), new Profile(profile.sampling, null));
        return true;
    }

    private static void end(Profile profile) {
        try {
            profile.observation.close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public synchronized long samples(Machine machine) {
        Profile profile = profiles.get(machine.name());
        return profile == null ? -1 : profile.sampling.samples();
    }

    @Override
    public void export(Machine machine, Path file) throws IOException {
        Profile profile;
        synchronized (this) {
            profile = profiles.get(machine.name());
        }
        if (profile == null) {
            throw new MachineException(ExitCode.USAGE, "machine " + machine.name() + " has no profile: profile:start begins one");
        }
        String text;
        if (file.toString().endsWith(PICTURE)) {
            text = profile.sampling.read(tree -> FlameGraph.of(tree, machine.name(), profile.sampling.every()));
        } else if (file.toString().endsWith(STACKS)) {
            text = profile.sampling.read(FoldedStacks::of);
        } else {
            throw new MachineException(ExitCode.USAGE, "profile " + file + ": its name must end in " + PICTURE + " (a picture) or " + STACKS
                + " (stacks as text)");
        }
        Files.writeString(file, text);
    }

    /** Ends all sampling. */
    @Deactivate
    synchronized void close() {
        profiles.values().stream().filter(p -> p.observation != null).forEach(ProfilerService::end);
        profiles.clear();
    }
}
