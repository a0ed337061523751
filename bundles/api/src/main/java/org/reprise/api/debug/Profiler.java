package org.reprise.api.debug;

import java.io.IOException;
import java.nio.file.Path;
import org.osgi.annotation.versioning.ProviderType;
import org.reprise.api.machine.Machine;

/**
 * Samples which functions guests are in: a service. A sample is taken once in so many instructions (see {@link Machine#observe}), so that
 * a replay gives the same profile each time; an idle guest is in no function. The guest does not see it. Any thread, the machine's own
 * excepted.
 */
@ProviderType
public interface Profiler {
    /** Instructions between two samples unless somebody says otherwise. */
    long INTERVAL = 100_000;
    /** The least number of instructions between two samples. */
    long LEAST = 100;
    /** The greatest. */
    long GREATEST = 1L << 40;
    /** Ending of the names of files that get a flame graph, as an SVG picture. */
    String PICTURE = ".svg";
    /** Ending of the names of files that get stacks as text. */
    String STACKS = ".folded";

    /**
     * Begins a profile of a machine, in place of its former one; also before it is started.
     *
     * @param every instructions between two samples, on average: {@value #LEAST} to {@value #GREATEST}
     * @throws org.reprise.api.machine.MachineException when {@code every} is out of range
     */
    void start(Machine machine, long every, Symbols symbols);

    /** Ends sampling; what was sampled stays. @return false when the machine was not sampled */
    boolean stop(Machine machine);

    /** Samples of a machine's profile, or -1 when it has none. */
    long samples(Machine machine);

    /**
     * Writes the profile so far, by the file's name: a flame graph as a {@link #PICTURE}, or {@link #STACKS}: a line for each stack, its
     * frames from the outermost separated by semicolons, a space, its number of samples; other flame graph programs read that.
     *
     * @throws IOException when the file cannot be written
     * @throws org.reprise.api.machine.MachineException when there is no profile, or the name ends otherwise
     */
    void export(Machine machine, Path file) throws IOException;
}
