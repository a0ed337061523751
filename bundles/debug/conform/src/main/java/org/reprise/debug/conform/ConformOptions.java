package org.reprise.debug.conform;

import java.nio.file.Path;
import java.util.List;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;

/** The arguments of {@code reprise conform}. */
final class ConformOptions {
    static final String HELP = """
        reprise conform ARCH [--suite S] [OPTION...]

          Runs the CPU and the reference emulator side by side and compares registers and memory.

          --suite random       random instructions from the decode table, each compared (the default)
          --suite directed     the profile's own sequences (rare traps), and the known differences
          --suite coverage     what the suites have executed, out of --coverage FOLDER; instructions and traps never met are an error
          --suite program      C programs, compiled at every level of optimisation with each of the profile's sets of flags
          --suite boot         the guest in --guest FOLDER by --windows N windows of --window N instructions; --count N: how far it must
                               be comparable (all)
          --count N            instructions for each extension and mode (100000)
          --from N             boot: the first window begins there
          --seed S             the random numbers' seed (1)
          --extension E        only these instructions (all the table's, one after another)
          --mode M             only this mode (all the profile's)
          --differences N      stop after so many (5)
          --coverage FOLDER    add what was executed to files there
          --reference ARG      one more argument for the reference emulator; may be repeated
          --set PART.KEY=VALUE a setting of our machine, such as cpu0.translator.mode=compile

        Exit codes: 0 no difference, 7 differences (or something never met), 4 no such profile or no reference emulator.
        """;

    String architecture;
    String suite = "random";
    long count = -1;
    long seed = 1;
    String extension;
    String mode;
    int differences = 5;
    Path coverage;
    Path guest;
    long window = 10_000_000;
    int windows = 20;
    long from;
    final List<String> reference = new java.util.ArrayList<>();
    final java.util.Map<String, String> settings = new java.util.LinkedHashMap<>();

    static ConformOptions parse(List<String> arguments) {
        ConformOptions o = new ConformOptions();
        for (int i = 0; i < arguments.size(); i++) {
            String word = arguments.get(i);
            if (!word.startsWith("--")) {
                if (o.architecture != null) {
                    throw usage("one architecture is wanted, not " + o.architecture + " and " + word);
                }
                o.architecture = word;
                continue;
            }
            if (i + 1 == arguments.size()) {
                throw usage("option " + word + " is unknown or needs a value");
            }
            String value = arguments.get(++i);
            switch (word) {
                case "--suite" -> o.suite = value;
                case "--count" -> o.count = number(word, value);
                case "--seed" -> o.seed = number(word, value);
                case "--extension" -> o.extension = value;
                case "--mode" -> o.mode = value;
                case "--differences" -> o.differences = (int) number(word, value);
                case "--coverage" -> o.coverage = Path.of(value);
                case "--guest" -> o.guest = Path.of(value).toAbsolutePath();
                case "--window" -> o.window = number(word, value);
                case "--from" -> o.from = number(word, value);
                case "--windows" -> o.windows = (int) number(word, value);
                case "--reference" -> o.reference.add(value);
                case "--set" -> {
                    int equals = value.indexOf('=');
                    if (equals <= 0) {
                        throw usage("--set " + value + ": write --set PART.KEY=VALUE");
                    }
                    o.settings.put(value.substring(0, equals), value.substring(equals + 1));
                }
                default -> throw usage("unknown option " + word);
            }
        }
        if (o.count < 0) {
            o.count = o.suite.equals("boot") ? o.window * o.windows : 100_000;
        }
        if (o.architecture == null) {
            throw usage("name an architecture");
        }
        return o;
    }

    private static long number(String option, String value) {
        if (!value.matches("\\d{1,18}")) {
            throw usage(option + " " + value + ": a number is wanted");
        }
        return Long.parseLong(value);
    }

    static MachineException usage(String what) {
        return new MachineException(ExitCode.USAGE, "conform: " + what + "; reprise conform --help tells all");
    }
}
