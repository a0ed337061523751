package org.reprise.debug.conform;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.reprise.api.cpu.InstructionSet;

/** Both machines and what drives them. */
final class Pair implements AutoCloseable {
    private final Subject subject;
    private final ReferenceProcess reference;
    private final InstructionSet instructions;
    private final Lockstep lockstep;
    private final Generator generator;

    Pair(Profile profile, ConformOptions options, ConformCommand command, Coverage coverage, String suite) throws IOException, InterruptedException {
        List<String> more = new ArrayList<>(profile.words("reference." + suite));
        more.addAll(options.reference);
        reference = new ReferenceProcess(profile, more);
        Subject started = null;
        try {
            started = command.subject(profile, options.settings);
            Target ours = new Target(Mismatch.OURS, started.client());
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
