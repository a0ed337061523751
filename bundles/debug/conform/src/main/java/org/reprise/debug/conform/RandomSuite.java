package org.reprise.debug.conform;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.reprise.api.machine.ExitCode;

/** Random instructions of each extension in each mode. */
final class RandomSuite {
    private final Profile profile;
    private final ConformOptions options;
    private final ConformCommand command;

    RandomSuite(Profile profile, ConformOptions options, ConformCommand command) {
        this.profile = profile;
        this.options = options;
        this.command = command;
    }

    ExitCode run() throws IOException, InterruptedException {
        Coverage coverage = new Coverage();
        int differences = 0;
        try (Pair pair = new Pair(profile, options, command, coverage, "random")) {
            Generator generator = pair.generator();
            List<String> extensions = options.extension == null ? generator.extensions() : List.of(options.extension);
            if (!generator.extensions().containsAll(extensions)) {
                throw ConformOptions.usage("no extension '" + options.extension + "': there are " + String.join(", ", generator.extensions()));
            }
            List<String> modes = options.mode == null ? profile.words("modes") : List.of(options.mode);
            if (!profile.words("modes").containsAll(modes)) {
                throw ConformOptions.usage("no mode '" + options.mode + "': there are " + String.join(", ", profile.words("modes")));
            }
            System.out.printf(Locale.ROOT, "%-12s %-5s %12s %12s %12s %12s%n", "extension", "mode", "instructions", "differences", "known ones",
                "per second");
            for (String extension : extensions) {
                for (String mode : modes) {
                    long begin = System.nanoTime();
                    long before = pair.lockstep().steps();
                    long knownBefore = pair.lockstep().knownDifferences();
                    int found = 0;
                    for (long n = 0; pair.lockstep().steps() - before < options.count && differences + found < options.differences; n++) {
                        Mismatch m = pair.lockstep().run(generator.sequence(options.seed, n, extension, mode));
                        if (m != null) {
                            found++;
                            pair.report(m);
                        }
                    }
                    differences += found;
                    long steps = pair.lockstep().steps() - before;
                    System.out.printf(Locale.ROOT, "%-12s %-5s %12d %12d %12d %12.0f%n", extension, mode, steps, found,
                        pair.lockstep().knownDifferences() - knownBefore,
                        steps * 1e9 / (System.nanoTime() - begin));
                }
            }
        }
        if (options.coverage != null) {
            coverage.write(CoverageSuite.file(options.coverage, profile, "random"));
        }
        return differences == 0 ? ExitCode.OK : ExitCode.DIVERGED;
    }
}
