package org.reprise.debug.conform;

import java.io.IOException;
import java.util.Map;
import java.util.Set;
import org.reprise.api.machine.ExitCode;

/**
 * The profile's own sequences, for what random code hardly meets ({@code sequence.NAME}), and its known differences
 * ({@code known.NAME}): those must differ, in the registers that they name and in nothing else, else their entry is out of date.
 */
final class DirectedSuite {
    private final Profile profile;
    private final ConformOptions options;
    private final ConformCommand command;

    DirectedSuite(Profile profile, ConformOptions options, ConformCommand command) {
        this.profile = profile;
        this.options = options;
        this.command = command;
    }

    ExitCode run() throws IOException, InterruptedException {
        Coverage coverage = new Coverage();
        int wrong = 0;
        try (Pair pair = new Pair(profile, options, command, coverage, "directed")) {
            for (Map.Entry<String, String> e : profile.under("sequence.").entrySet()) {
                Mismatch m = pair.lockstep().run(Sequence.parse(profile, e.getKey(), e.getValue()));
                System.out.println((m == null ? "equal      " : "DIFFERENT  ") + e.getKey());
                if (m != null) {
                    wrong++;
                    System.out.print(m.report(pair.instructions()));
                }
            }
            for (KnownDifference known : KnownDifference.of(profile)) {
                String key = "known." + known.name();
                if (profile.has(key + ".elsewhere")) {
                    System.out.println("elsewhere  " + known.name() + ": " + profile.text(key) + " (" + profile.text(key + ".elsewhere") + ")");
                    continue;
                }
                Mismatch m = pair.lockstep().runStrictly(Sequence.parse(profile, known.name(), profile.text(key + ".sequence")));
                boolean asKnown = m != null && m.values().keySet().equals(Set.copyOf(profile.words(key + ".differs")));
                System.out.println((asKnown ? "differs    " : "NOT KNOWN  ") + known.name() + ": " + profile.text(key));
                if (!asKnown) {
                    wrong++;
                    System.out.print(m == null ? "  the difference is gone: remove its entry\n" : m.report(pair.instructions()));
                }
            }
        }
        if (options.coverage != null) {
            coverage.write(CoverageSuite.file(options.coverage, profile, "directed"));
        }
        return wrong == 0 ? ExitCode.OK : ExitCode.DIVERGED;
    }
}
