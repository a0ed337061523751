package org.reprise.debug.conform;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.reprise.api.machine.ExitCode;

/**
 * The profile's own sequences, for what random code hardly meets ({@code sequence.NAME}), and its known differences
 * ({@code difference.NAME}): those must differ, in the register that they name and in nothing else, else their entry is out of date.
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
        try (RandomSuite.Pair pair = new RandomSuite.Pair(profile, options, command, coverage, "setup.directed")) {
            for (Map.Entry<String, String> e : profile.under("sequence.").entrySet()) {
                Mismatch m = pair.lockstep().run(Sequence.parse(profile, e.getKey(), e.getValue()));
                System.out.println((m == null ? "equal      " : "DIFFERENT  ") + e.getKey());
                if (m != null) {
                    wrong++;
                    System.out.print(m.report(pair.instructions()));
                }
            }
            for (Map.Entry<String, String> e : profile.under("difference.").entrySet()) {
                if (e.getKey().contains(".")) {
                    continue;
                }
                String register = profile.text("difference." + e.getKey() + ".differs");
                String section = profile.text("difference." + e.getKey() + ".section");
                Mismatch m = pair.lockstep().run(Sequence.parse(profile, e.getKey(), e.getValue()), List.of(register));
                boolean asKnown = m != null && m.values().keySet().equals(java.util.Set.of(register));
                System.out.println((asKnown ? "differs    " : "NOT KNOWN  ") + e.getKey() + " in " + register + " (" + section + ")");
                if (!asKnown) {
                    wrong++;
                    System.out.print(m == null ? "  the difference is gone: remove its entry from the profile\n" : m.report(pair.instructions()));
                }
            }
        }
        if (options.coverage != null) {
            coverage.write(options.coverage);
        }
        return wrong == 0 ? ExitCode.OK : ExitCode.DIVERGED;
    }
}
