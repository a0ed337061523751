package org.reprise.debug.conform;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.reprise.api.cpu.InstructionSet.Instruction;
import org.reprise.api.machine.ExitCode;

/** The report of what the suites have executed: each line of the decode table and each trap cause must have been met by one of them. */
final class CoverageSuite {
    private final Profile profile;
    private final ConformOptions options;
    private final ConformCommand command;

    CoverageSuite(Profile profile, ConformOptions options, ConformCommand command) {
        this.profile = profile;
        this.options = options;
        this.command = command;
    }

    /** The file of a suite in a folder of coverage. */
    static Path file(Path folder, Profile profile, String suite) {
        return folder.resolve(profile.name() + "-" + suite + ".txt");
    }

    ExitCode run() throws IOException {
        if (options.coverage == null) {
            throw ConformOptions.usage("--suite coverage needs --coverage FOLDER");
        }
        Map<String, Map<String, Long>> suites = new LinkedHashMap<>();
        try (Stream<Path> files = Files.list(options.coverage)) {
            for (Path f : files.filter(f -> f.getFileName().toString().startsWith(profile.name() + "-")).sorted().toList()) {
                String name = f.getFileName().toString();
                suites.put(name.substring(profile.name().length() + 1, name.length() - ".txt".length()), Coverage.read(f));
            }
        }
        List<String> wanted = new ArrayList<>();
        for (Instruction i : command.instructions(profile.text("architecture"), profile.text("model")).instructions()) {
            wanted.add("instruction " + i.name());
        }
        profile.under("cause.").keySet().forEach(c -> wanted.add("trap " + c));
        System.out.printf(Locale.ROOT, "%-42s", profile.name());
        suites.keySet().forEach(s -> System.out.printf(Locale.ROOT, " %12s", s));
        System.out.println();
        List<String> missing = new ArrayList<>();
        for (String line : wanted) {
            String text = line.startsWith("trap ") ? line + " " + profile.text("cause." + line.substring(5)) : line;
            System.out.printf(Locale.ROOT, "%-42s", text);
            long all = 0;
            for (Map<String, Long> counts : suites.values()) {
                long n = counts.getOrDefault(line, 0L);
                all += n;
                System.out.printf(Locale.ROOT, " %12d", n);
            }
            System.out.println();
            if (all == 0) {
                missing.add(text);
            }
        }
        System.out.printf(Locale.ROOT, "%d of %d lines and causes met%n", wanted.size() - missing.size(), wanted.size());
        missing.forEach(m -> System.out.println("never met: " + m));
        return missing.isEmpty() ? ExitCode.OK : ExitCode.DIVERGED;
    }
}
