package org.reprise.debug.conform;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.reprise.api.cpu.InstructionSet;
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

    /** Both machines and what drives them. */
    static final class Pair implements AutoCloseable {
        private final Subject subject;
        private final ReferenceProcess reference;
        private final InstructionSet instructions;
        private final Lockstep lockstep;
        private final Target ours;
        private final Generator generator;

        Pair(Profile profile, ConformOptions options, ConformCommand command, Coverage coverage, String suite) throws IOException, InterruptedException {
            List<String> more = new ArrayList<>(profile.words("reference." + suite));
            more.addAll(options.reference);
            reference = new ReferenceProcess(profile, more);
            Subject started = null;
            try {
                started = command.subject(profile, options.settings);
                ours = new Target(Mismatch.OURS, started.client());
                Target theirs = new Target(Mismatch.THEIRS, reference.client());
                for (Map.Entry<String, String> e : profile.under("reference.register.").entrySet()) {
                    theirs.add(e.getKey(), e.getValue());
                }
                for (String packet : profile.words("reference.packets")) {
                    theirs.client().order(packet);
                }
                instructions = command.instructions(profile.text("architecture"), profile.text("model"));
                lockstep = new Lockstep(profile, instructions, ours, theirs, coverage);
                for (Map.Entry<String, String> e : profile.under("prepare.").entrySet()) {
                    // states may differ before it: what reset leaves undefined is defined here
                    lockstep.run(Sequence.parse(profile, e.getKey(), e.getValue()));
                }
                for (Target t : new Target[] {ours, theirs}) {
                    List<String> packets = new ArrayList<>();
                    for (Map.Entry<String, Long> r : profile.assignments("setup." + suite).entrySet()) {
                        packets.add(t.setting(r.getKey(), r.getValue()));
                    }
                    for (String range : profile.words("clear")) {
                        String[] parts = range.split(":");
                        packets.addAll(Target.writing(profile.number("clear", parts[0]), new byte[(int) profile.number("clear", parts[1])]));
                    }
                    for (Map.Entry<String, String> word : profile.under("word.").entrySet()) {
                        byte[] bytes = new byte[ours.general().get(0).bytes()];
                        for (int i = 0; i < bytes.length; i++) {
                            bytes[i] = (byte) (profile.number(word.getKey(), word.getValue()) >>> 8 * i);
                        }
                        packets.addAll(Target.writing(profile.number("word", word.getKey()), bytes));
                    }
                    t.orders(packets);
                }
                List<String> integers = new ArrayList<>();
                ours.general().forEach(r -> integers.add(r.name()));
                integers.removeAll(profile.words("fixed"));
                List<String> floats = profile.has("float.feature")
                    ? ours.feature(profile.text("float.feature")).stream().map(Target.Register::name).toList() : List.of();
                generator = new Generator(profile, instructions, integers, floats);
                subject = started;
            } catch (IOException | InterruptedException | RuntimeException e) {
                reference.close();
                if (started != null) {
                    started.close();
                }
                throw e;
            }
        }

        Lockstep lockstep() {
            return lockstep;
        }

        Generator generator() {
            return generator;
        }

        InstructionSet instructions() {
            return instructions;
        }

        /** Prints a difference, shrunk. */
        void report(Mismatch found) throws IOException {
            System.out.print(found.report(instructions));
            Mismatch smallest = lockstep.shrink(found);
            if (smallest != found) {
                System.out.print("shrunk:\n" + smallest.report(instructions));
            }
            System.out.flush();
        }

        @Override
        public void close() throws IOException {
            try {
                subject.close();
            } finally {
                reference.close();
            }
        }
    }
}
