package org.reprise.debug.conform;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A difference that is known and explained, as random code meets it: {@code known.NAME.…} in the profile. Where one is met the sequence
 * ends: what follows would only carry it on. All conditions that are given must hold.
 *
 * @param instructions only after one of these (a final * stands for any ending); empty: after any
 * @param bits bits of each register that may differ; empty: anything may
 * @param when one of these registers of ours has one of these bits set
 * @param equal one of these registers of ours has this value
 * @param several these registers of ours have more than one bit in common
 * @param executed the sequence has executed all of these; memory may differ at its end, too
 */
record KnownDifference(String name, List<String> instructions, Map<String, Long> bits, Map<String, Long> when, Map<String, Long> equal,
        List<String> several, List<String> executed) {
    /** Whether random code may meet it: only then are there conditions. */
    private boolean random() {
        return !(instructions.isEmpty() && bits.isEmpty() && when.isEmpty() && equal.isEmpty() && several.isEmpty() && executed.isEmpty());
    }

    static List<KnownDifference> of(Profile profile) {
        List<KnownDifference> list = new ArrayList<>();
        for (String key : profile.under("known.").keySet()) {
            String prefix = "known." + key;
            if (!key.contains(".") && (!profile.has(prefix + ".only") || profile.words(prefix + ".only").contains(profile.name()))) {
                list.add(new KnownDifference(key, profile.words(prefix + ".instructions"), profile.assignments(prefix + ".bits"),
                    profile.assignments(prefix + ".when"), profile.assignments(prefix + ".equal"), profile.words(prefix + ".several"),
                    profile.words(prefix + ".executed")));
            }
        }
        return list;
    }

    /** Whether its conditions hold. @param instruction name, or empty @param state registers of ours @param done what the sequence has executed */
    boolean applies(String instruction, Map<String, Long> state, Set<String> done) {
        if (!done.containsAll(executed)) {
            return false;
        }
        if (!random() || !instructions.isEmpty() && instructions.stream().noneMatch(
                i -> i.endsWith("*") ? instruction.startsWith(i.substring(0, i.length() - 1)) : i.equals(instruction))) {
            return false;
        }
        if (!when.isEmpty() && when.entrySet().stream().noneMatch(e -> (state.getOrDefault(e.getKey(), 0L) & e.getValue()) != 0)) {
            return false;
        }
        if (!equal.isEmpty() && equal.entrySet().stream().noneMatch(e -> e.getValue().equals(state.get(e.getKey())))) {
            return false;
        }
        return several.isEmpty() || Long.bitCount(several.stream().mapToLong(r -> state.getOrDefault(r, 0L)).reduce(-1, (a, b) -> a & b)) > 1;
    }

    /** Bits of a register that it explains. */
    long explained(String register) {
        return bits.isEmpty() ? -1 : bits.getOrDefault(register, 0L);
    }
}
