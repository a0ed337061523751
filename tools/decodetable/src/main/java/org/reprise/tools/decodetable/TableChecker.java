package org.reprise.tools.decodetable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What must hold between the parts of a table: bits and arguments, names, handlers, lengths, overlaps. */
final class TableChecker {
    /** Free bits of a constrained field up to which all its values are tried; a wider one counts as satisfiable. */
    private static final int ENUMERATED_BITS = 16;

    private final DecodeTable table;
    private final Problems problems;
    private final Map<String, Instruction> byName = new HashMap<>();

    private TableChecker(DecodeTable table, Problems problems) {
        this.table = table;
        this.problems = problems;
    }

    static void check(DecodeTable table, Problems problems) {
        TableChecker checker = new TableChecker(table, problems);
        table.instructions().forEach(checker::checkBits);
        checker.checkNames();
        checker.checkHandlers();
        checker.checkLengths();
        checker.checkOverlaps();
    }

    private void checkBits(Instruction instruction) {
        long free = ~instruction.mask() & Bits.ones(instruction.bits());
        long covered = 0;
        for (Argument argument : instruction.arguments()) {
            if (argument.field() == null) {
                continue;
            }
            covered |= argument.field().bits();
            checkFieldBits(instruction, "argument '" + argument.name() + "'", argument.field(), free);
        }
        for (Constraint constraint : instruction.constraints()) {
            if (constraint.left().highest() >= instruction.bits()) {
                problems.add(instruction.source(), "constraint " + constraint + " of '" + instruction.name() + "' uses bit "
                        + constraint.left().highest() + " of a pattern of " + instruction.bits() + " bits; use a field of this length");
            }
        }
        long missing = free & ~covered;
        if (missing != 0) {
            problems.add(instruction.source(), "bits " + bitList(missing) + " of '" + instruction.name()
                    + "' are '.' but belong to no argument; fix them to 0 or 1, add the argument, or declare them ignored with ~field");
        }
    }

    private void checkFieldBits(Instruction instruction, String what, Field field, long free) {
        if (field.highest() >= instruction.bits()) {
            problems.add(instruction.source(), what + " of '" + instruction.name() + "' uses bit " + field.highest() + " of a pattern of "
                    + instruction.bits() + " bits; use a field of this length");
            return;
        }
        long fixed = field.bits() & ~free;
        if (fixed != 0) {
            problems.add(instruction.source(), what + " of '" + instruction.name() + "' uses bits " + bitList(fixed)
                    + ", which the pattern fixes; write '.' there or take another field than '" + field.name() + "'");
        }
    }

    private static String bitList(long bits) {
        List<String> ranges = new ArrayList<>();
        for (int high = 63; high >= 0; high--) {
            if ((bits >>> high & 1) != 0) {
                int low = high;
                while (low > 0 && (bits >>> low - 1 & 1) != 0) {
                    low--;
                }
                ranges.add(high == low ? Integer.toString(high) : high + ":" + low);
                high = low;
            }
        }
        return String.join(", ", ranges);
    }

    private void checkNames() {
        Map<String, List<Instruction>> named = new HashMap<>();
        for (Instruction instruction : table.instructions()) {
            for (Instruction earlier : named.computeIfAbsent(instruction.name(), n -> new ArrayList<>())) {
                if (earlier.condition().compatible(instruction.condition(), table.exclusiveGroups())) {
                    problems.add(instruction.source(), "mnemonic '" + instruction.name() + "' stands already in line " + earlier.source()
                            + " and both conditions can hold; rename one or make the conditions exclusive");
                }
            }
            named.get(instruction.name()).add(instruction);
            byName.putIfAbsent(instruction.name(), instruction);
        }
    }

    private void checkHandlers() {
        Map<String, List<Instruction>> users = new HashMap<>();
        for (Instruction instruction : table.instructions()) {
            for (Instruction earlier : users.computeIfAbsent(instruction.handler(), h -> new ArrayList<>())) {
                boolean chosen = instruction.named() || earlier.named();
                if (!chosen && !earlier.name().equals(instruction.name())) {
                    problems.add(instruction.source(), "'" + instruction.name() + "' and '" + earlier.name() + "' of line "
                            + earlier.source()
                            + " have the same handler '" + instruction.handler() + "'; choose one with '-> handler' or rename");
                }
                if (!parameterNames(earlier).equals(parameterNames(instruction))) {
                    problems.add(instruction.source(), "'" + instruction.name() + "' passes " + parameterNames(instruction)
                            + " to handler '"
                            + instruction.handler() + "', but line " + earlier.source() + " passes " + parameterNames(earlier)
                            + "; pass arguments of the same names (constants are written name=0)");
                    break;
                }
            }
            users.get(instruction.handler()).add(instruction);
        }
    }

    private static Set<String> parameterNames(Instruction instruction) {
        Set<String> names = new LinkedHashSet<>();
        instruction.passed().forEach(a -> names.add(a.name()));
        return names;
    }

    private void checkLengths() {
        if (table.lengthByLine()) {
            if (!table.lengthRules().isEmpty()) {
                problems.add(table.lengthRules().get(0).source(), "both 'length by-line' and a length rule; keep one");
            }
            return;
        }
        if (table.lengthRules().isEmpty()) {
            for (Instruction instruction : table.instructions()) {
                if (instruction.bits() != table.unit()) {
                    problems.add(instruction.source(), "pattern of '" + instruction.name() + "' has " + instruction.bits()
                            + " bits, the unit "
                            + table.unit() + ", and no length rule says so; add 'length BYTES PATTERN' rules or 'length by-line'");
                }
            }
            return;
        }
        for (int i = 0; i < table.lengthRules().size(); i++) {
            DecodeTable.LengthRule rule = table.lengthRules().get(i);
            for (DecodeTable.LengthRule earlier : table.lengthRules().subList(0, i)) {
                if (((rule.match() ^ earlier.match()) & rule.mask() & earlier.mask()) == 0) {
                    problems.add(rule.source(), "length rule overlaps the one of line " + earlier.source() + "; make them disjoint");
                }
            }
        }
        table.instructions().forEach(this::checkLength);
    }

    private void checkLength(Instruction instruction) {
        int shift = table.bigOrder() ? instruction.bits() - table.unit() : 0;
        long mask = instruction.mask() >>> shift & Bits.ones(table.unit());
        long match = instruction.match() >>> shift & Bits.ones(table.unit());
        boolean covered = false;
        for (DecodeTable.LengthRule rule : table.lengthRules()) {
            boolean meets = ((rule.match() ^ match) & rule.mask() & mask) == 0;
            if (meets && rule.bytes() * 8 != instruction.bits()) {
                problems.add(instruction.source(), "'" + instruction.name() + "' has " + instruction.bits() / 8
                        + " bytes, but the rule of line "
                        + rule.source() + " gives its first unit " + rule.bytes() + "; correct the pattern or the rule");
            }
            covered |= meets;
        }
        if (!covered) {
            problems.add(instruction.source(), "no length rule matches the first unit of '" + instruction.name() + "'; add one for "
                    + instruction.bits() / 8 + " bytes");
        }
    }

    private void checkOverlaps() {
        Set<String> needed = new HashSet<>();
        List<Instruction> all = table.instructions();
        for (int i = 0; i < all.size(); i++) {
            for (int j = 0; j < i; j++) {
                Instruction later = all.get(i);
                Instruction earlier = all.get(j);
                if (overlap(earlier, later)) {
                    boolean laterWins = later.overrides().contains(earlier.name());
                    boolean earlierWins = earlier.overrides().contains(later.name());
                    needed.add(later.index() + " " + earlier.name());
                    needed.add(earlier.index() + " " + later.name());
                    if (laterWins == earlierWins) {
                        reportOverlap(earlier, later, laterWins);
                    } else {
                        checkInside(laterWins ? later : earlier, laterWins ? earlier : later);
                    }
                }
            }
        }
        for (Instruction instruction : all) {
            for (String name : instruction.overrides()) {
                if (!byName.containsKey(name)) {
                    problems.add(instruction.source(), "'" + instruction.name() + "' overrides unknown '" + name
                            + "'; name an instruction");
                } else if (!needed.contains(instruction.index() + " " + name)) {
                    problems.add(instruction.source(), "'" + instruction.name() + "' overrides '" + name
                            + "' of line " + byName.get(name).source() + ", but they never both match; remove 'overrides " + name + "'");
                }
            }
        }
    }

    private void reportOverlap(Instruction earlier, Instruction later, boolean both) {
        if (both) {
            problems.add(later.source(), "'" + later.name() + "' and '" + earlier.name() + "' override each other; keep one 'overrides'");
            return;
        }
        long mask = table.placedMask(later) | table.placedMask(earlier);
        problems.add(later.source(), "'" + later.name() + "' overlaps '" + earlier.name() + "' of line " + earlier.source() + " at "
                + Bits.pattern(mask, table.placedMatch(later) | table.placedMatch(earlier), table.wordBits())
                + "; correct a pattern, add a constraint or exclusive conditions, or write 'overrides NAME' on the line that wins");
    }

    /** The winner must be the more specific one, or the line it overrides would be cut in a way its pattern does not show. */
    private void checkInside(Instruction winner, Instruction loser) {
        long loserMask = table.placedMask(loser);
        boolean inside = (loserMask & ~table.placedMask(winner)) == 0
                && ((table.placedMatch(winner) ^ table.placedMatch(loser)) & loserMask) == 0;
        if (!inside) {
            problems.add(winner.source(), "'" + winner.name() + "' overrides '" + loser.name() + "' of line " + loser.source()
                    + " without lying inside its pattern; fix the bits that '" + loser.name() + "' fixes, or use constraints");
        }
    }

    /** Whether some word and some features match both lines; wide constrained fields count as satisfiable. */
    private boolean overlap(Instruction a, Instruction b) {
        long maskA = table.placedMask(a);
        long maskB = table.placedMask(b);
        if (((table.placedMatch(a) ^ table.placedMatch(b)) & maskA & maskB) != 0
                || !a.condition().compatible(b.condition(), table.exclusiveGroups())) {
            return false;
        }
        if (table.offset(a) != table.offset(b)) {
            return satisfiable(a.constraints(), a.mask(), a.match()) && satisfiable(b.constraints(), b.mask(), b.match());
        }
        List<Constraint> constraints = new ArrayList<>(a.constraints());
        constraints.addAll(b.constraints());
        return satisfiable(constraints, a.mask() | b.mask(), a.match() | b.match());
    }

    /** Tries the values of each constrained field against all constraints that look at its bits only. */
    static boolean satisfiable(List<Constraint> constraints, long mask, long match) {
        for (Constraint constraint : constraints) {
            long bits = constraint.left().bits() | (constraint.right() == null ? 0 : constraint.right().bits());
            long free = bits & ~mask;
            if (Long.bitCount(free) > ENUMERATED_BITS) {
                continue;
            }
            List<Constraint> same = constraints.stream().filter(c -> ((c.left().bits()
                    | (c.right() == null ? 0 : c.right().bits())) & ~mask & ~bits) == 0).toList();
            boolean found = false;
            long subset = 0;
            do {
                long word = match | subset;
                found = same.stream().allMatch(c -> c.holds(word));
                subset = subset - free & free;
            } while (!found && subset != 0);
            if (!found) {
                return false;
            }
        }
        return true;
    }
}
