package org.reprise.debug.conform;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.reprise.api.cpu.InstructionSet;
import org.reprise.api.cpu.InstructionSet.Instruction;

/**
 * Runs sequences on both machines, an instruction at a time. After every instruction all core registers are compared; after instructions
 * of the extensions that the profile names, the floating-point registers or the system registers too; after traps the system registers;
 * at the end of a sequence all of them and the memory windows.
 */
final class Lockstep {
    private static final int MOST_STEPS = 64;
    private static final int MOST_PROGRAM_STEPS = 1_000_000;

    private final Profile profile;
    private final InstructionSet instructions;
    private final Target ours;
    private final Target theirs;
    private final Coverage coverage;
    private final String pc;
    private final List<String> floats = new ArrayList<>();
    private final List<String> system;
    private final List<String> floatExtensions;
    private final List<String> systemExtensions;
    private final List<KnownDifference> known;
    private final Map<String, Questions> questions = new HashMap<>();
    private boolean accepting = true;
    private final Set<String> executed = new HashSet<>();
    private long met;
    private long ended;
    /** What makes all memory reachable by physical addresses. */
    private final Map<String, Long> access;
    private final List<String> fixed;
    /** Instructions that the reference executes in one step with the next. */
    private final List<String> joined;
    /** Instructions that do nothing but trap. */
    private final List<String> trapping;
    private final List<Vector> vectors = new ArrayList<>();
    private long steps;

    /** Where traps arrive, and the register that says why. */
    private record Vector(long from, long to, String cause) {
    }

    Lockstep(Profile profile, InstructionSet instructions, Target ours, Target theirs, Coverage coverage) throws IOException {
        this.profile = profile;
        this.instructions = instructions;
        this.ours = ours;
        this.theirs = theirs;
        this.coverage = coverage;
        pc = profile.text("pc");
        access = profile.assignments("access");
        fixed = profile.words("fixed");
        joined = profile.words("reference.joined");
        trapping = profile.words("trapping");
        List<String> mine = ours.general().stream().map(Target.Register::name).toList();
        List<String> reference = theirs.general().stream().map(Target.Register::name).toList();
        if (!mine.equals(reference)) {
            throw new IOException("the core registers of the two descriptions differ: " + mine + " and " + reference);
        }
        if (profile.has("float.feature")) {
            ours.feature(profile.text("float.feature")).forEach(r -> floats.add(r.name()));
        }
        floats.addAll(profile.words("compare.float"));
        system = profile.words("compare.system");
        floatExtensions = profile.words("compare.float.extensions");
        systemExtensions = profile.words("compare.system.extensions");
        known = KnownDifference.of(profile);
        profile.under("trap.").forEach((name, value) -> {
            String[] words = value.split("\\s+");
            vectors.add(new Vector(profile.number(name, words[0]), profile.number(name, words[1]), words[2]));
        });
    }

    /** Steps made so far. */
    long steps() {
        return steps;
    }

    /** Puts both machines into the sequence's initial state. */
    private void begin(Sequence s) throws IOException {
        for (Target t : new Target[] {ours, theirs}) {
            List<String> packets = new ArrayList<>(settings(t, access));
            s.memory().forEach((address, bytes) -> packets.addAll(Target.writing(address, bytes)));
            packets.addAll(Target.writing(s.address(), s.bytes()));
            for (Target.Register r : t.general()) {
                if (!r.name().equals(pc) && !fixed.contains(r.name()) && !s.registers().containsKey(r.name())) {
                    packets.add(t.setting(r.name(), 0));
                }
            }
            packets.addAll(settings(t, s.registers()));
            packets.addAll(settings(t, s.mode()));
            packets.add(t.setting(pc, s.address()));
            t.orders(packets);
        }
    }

    private static List<String> settings(Target t, Map<String, Long> registers) throws IOException {
        List<String> packets = new ArrayList<>();
        for (Map.Entry<String, Long> r : registers.entrySet()) {
            packets.add(t.setting(r.getKey(), r.getValue()));
        }
        return packets;
    }

    /** Runs a sequence. @return where they differ first, or null */
    Mismatch run(Sequence s) throws IOException {
        accepting = true;
        return compare(s);
    }

    /** Runs a sequence; known differences count, too. */
    Mismatch runStrictly(Sequence s) throws IOException {
        accepting = false;
        return compare(s);
    }

    /** Runs a whole program, until it goes to the byte behind its last. */
    Mismatch runToEnd(Sequence s) throws IOException {
        accepting = false;
        Mismatch m = compare(s, MOST_PROGRAM_STEPS);
        return m == null && ended != s.address() + s.length() ? new Mismatch(s, MOST_PROGRAM_STEPS, ended, Map.of()) : m;
    }

    private Mismatch compare(Sequence s) throws IOException {
        return compare(s, MOST_STEPS);
    }

    private Mismatch compare(Sequence s, int most) throws IOException {
        executed.clear();
        begin(s);
        byte[] code = s.bytes();
        long mask = width();
        long at = s.address();
        int outside = 0;
        int step = 0;
        while (step < most && outside < 2) {
            long offset = at - s.address() & mask;
            boolean inside = Long.compareUnsigned(offset, code.length) < 0;
            // outside, what earlier sequences left may be executed
            byte[] fetched = inside ? code : ours.memoryIfThere(at, instructions.longest());
            Instruction instruction = instructions.find(fetched, inside ? (int) offset : 0);
            int length = inside ? instructions.length(code, (int) offset) : 0;
            step++;
            steps++;
            String extension = instruction == null ? "" : instruction.extension();
            Questions asked = questions(extension);
            ours.step(asked.ours, true);
            theirs.step(asked.theirs, false);
            boolean waits = !theirs.stepped(asked.theirs, false) | !ours.stepped(asked.ours, true);
            String mine = ours.client().receive(10_000);
            if (instruction != null && joined.contains(instruction.name()) && vector(ours.value(mine, pc), mask) == null) {
                coverage.instruction(instruction.name());
                ours.answers(asked.names);
                ours.step(asked.ours, true);
                waits |= !ours.stepped(asked.ours, true);
                mine = ours.client().receive(10_000);
            }
            String reference = theirs.client().receive(10_000);
            Map<String, Long> extra = ours.answers(asked.names);
            Map<String, Long> theirExtra = theirs.answers(asked.names);
            if (!mine.equals(reference)) {
                Map<String, Long> state = ours.values(mine);
                Map<String, long[]> differing = Mismatch.between(state, theirs.values(reference));
                state.putAll(ours.read(system));
                return explained(instruction, differing, state) ? null : new Mismatch(s, step, at, differing);
            }
            long next = ours.value(mine, pc);
            Vector vector = vector(next, mask);
            if (vector != null && !asked.names.containsAll(system)) {
                extra.putAll(ours.read(system));
                theirExtra.putAll(theirs.read(system));
            }
            Map<String, long[]> differing = Mismatch.between(extra, theirExtra);
            if (!differing.isEmpty()) {
                return explained(instruction, differing, extra) ? null : new Mismatch(s, step, at, differing);
            }
            // what trapped has not shown what it does
            if (instruction != null && (vector == null || trapping.contains(instruction.name()))) {
                coverage.instruction(instruction.name());
                executed.add(instruction.name());
            }
            if (vector != null) {
                coverage.trap(cause(extra.get(vector.cause)));
                long resume = at + length & mask;
                if (!inside || resume - s.address() >= code.length) {
                    break;
                }
                resume(s, resume);
                at = resume;
                continue;
            }
            at = next;
            if (waits) {
                // for an interrupt that does not come
                break;
            }
            if (at - s.address() == code.length) {
                break;
            }
            outside += inside ? 0 : 1;
        }
        ended = at;
        return atEnd(s, step, at);
    }

    /** What is asked after an instruction of an extension: the core registers and {@code names}. */
    private record Questions(List<String> names, String[] ours, String[] theirs) {
    }

    private Questions questions(String extension) throws IOException {
        Questions known = questions.get(extension);
        if (known == null) {
            List<String> names = new ArrayList<>();
            if (systemExtensions.contains(extension)) {
                names.addAll(system);
            }
            if (floatExtensions.contains(extension)) {
                names.addAll(floats);
            }
            known = new Questions(names, withCore(ours.questions(names)), withCore(theirs.questions(names)));
            questions.put(extension, known);
        }
        return known;
    }

    private static String[] withCore(String[] packets) {
        String[] all = new String[packets.length + 1];
        all[0] = "g";
        System.arraycopy(packets, 0, all, 1, packets.length);
        return all;
    }

    private long width() {
        int bits = ours.general().get(0).bits();
        return bits == 64 ? -1L : (1L << bits) - 1;
    }

    private Vector vector(long address, long mask) {
        for (Vector v : vectors) {
            if (Long.compareUnsigned(address & mask, v.from & mask) >= 0 && Long.compareUnsigned(address & mask, v.to & mask) < 0) {
                return v;
            }
        }
        return null;
    }

    /** The cause's name in the profile: its number, {@code i} before that of an interrupt. */
    private String cause(long value) {
        long interrupt = 1L << ours.general().get(0).bits() - 1;
        return (value & interrupt) != 0 ? "i" + (value & ~interrupt) : Long.toString(value);
    }

    /** Goes on behind an instruction that trapped, in the sequence's mode. */
    private void resume(Sequence s, long address) throws IOException {
        for (Target t : new Target[] {ours, theirs}) {
            List<String> packets = settings(t, s.mode());
            packets.add(t.setting(pc, address));
            t.orders(packets);
        }
    }

    private Mismatch atEnd(Sequence s, int step, long at) throws IOException {
        List<String> names = new ArrayList<>(system);
        names.addAll(floats);
        Map<String, Long> state = ours.read(names);
        Map<String, long[]> differing = Mismatch.between(state, theirs.read(names));
        if (!differing.isEmpty() && explained(null, differing, state)) {
            return null;
        }
        ours.orders(settings(ours, access));
        theirs.orders(settings(theirs, access));
        for (Map.Entry<Long, byte[]> window : s.memory().entrySet()) {
            byte[] mine = ours.memory(window.getKey(), window.getValue().length);
            byte[] reference = theirs.memory(window.getKey(), window.getValue().length);
            for (int i = 0; i < mine.length; i++) {
                if (mine[i] != reference[i]) {
                    differing.put("[0x" + Long.toHexString(window.getKey() + i) + "]", new long[] {mine[i] & 0xff, reference[i] & 0xff});
                }
            }
        }
        return differing.isEmpty() || explained(null, differing, state) ? null : new Mismatch(s, step, at, differing);
    }

    private boolean explained(Instruction instruction, Map<String, long[]> differing, Map<String, Long> state) {
        if (!accepting) {
            return false;
        }
        String name = instruction == null ? "" : instruction.name();
        List<KnownDifference> applying = known.stream().filter(k -> k.applies(name, state, executed)).toList();
        for (Map.Entry<String, long[]> e : differing.entrySet()) {
            long explained = 0;
            for (KnownDifference k : applying) {
                explained |= k.explained(e.getKey());
            }
            if (((e.getValue()[0] ^ e.getValue()[1]) & ~explained) != 0) {
                return false;
            }
        }
        met++;
        return true;
    }

    /** Sequences that ended at a known difference. */
    long knownDifferences() {
        return met;
    }

    /** The smallest sequence that still differs: fewer instructions, then fewer registers that are not zero. */
    Mismatch shrink(Mismatch found) throws IOException {
        Mismatch best = found;
        for (int size = Math.max(1, best.sequence().code().size() / 2); size >= 1; size /= 2) {
            for (int from = best.sequence().code().size() - size; from >= 0; from -= size) {
                List<byte[]> code = new ArrayList<>(best.sequence().code());
                code.subList(from, Math.min(code.size(), from + size)).clear();
                Mismatch smaller = code.isEmpty() ? null : run(best.sequence().with(code, best.sequence().registers()));
                best = smaller == null ? best : smaller;
                from = Math.min(from, best.sequence().code().size());
            }
        }
        Map<String, Long> always = profile.assignments("always");
        for (String name : List.copyOf(best.sequence().registers().keySet())) {
            if (!always.containsKey(name) && best.sequence().registers().get(name) != 0) {
                Map<String, Long> registers = new LinkedHashMap<>(best.sequence().registers());
                registers.put(name, 0L);
                Mismatch smaller = run(best.sequence().with(best.sequence().code(), registers));
                best = smaller == null ? best : smaller;
            }
        }
        return best;
    }
}
