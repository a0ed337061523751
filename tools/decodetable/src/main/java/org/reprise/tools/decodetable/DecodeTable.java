package org.reprise.tools.decodetable;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A parsed and checked table.
 *
 * @param unit bits of the unit in which instructions are fetched
 * @param bigOrder whether the first unit holds the most significant bits of an instruction of several units
 * @param lengthByLine whether only the matching line knows the length (no length rules)
 * @param exclusiveGroups groups of features (bit masks) of which at most one is ever set
 * @param addressFeatures features (bit masks) that narrow the addresses which the disassembler prints, with their width in bits
 */
record DecodeTable(String file, int unit, boolean bigOrder, boolean lengthByLine, List<LengthRule> lengthRules, List<String> features,
        List<Long> exclusiveGroups, Map<Long, Integer> addressFeatures, Map<String, Field> fields, List<Instruction> instructions) {

    /** Instructions whose first unit matches are {@code bytes} long. */
    record LengthRule(int bytes, long mask, long match, int source) {
    }

    /** A handler's parameter in the order of the first line that calls it. */
    record Parameter(String name, boolean isLong) {
    }

    /** Bits of the word given to the decoder: the longest pattern. */
    int wordBits() {
        return instructions.stream().mapToInt(Instruction::bits).max().orElse(unit);
    }

    boolean longWord() {
        return wordBits() > 32;
    }

    /** How far the pattern of {@code instruction} is shifted left within the decoder's word. */
    int offset(Instruction instruction) {
        return bigOrder ? wordBits() - instruction.bits() : 0;
    }

    long placedMask(Instruction instruction) {
        return instruction.mask() << offset(instruction);
    }

    long placedMatch(Instruction instruction) {
        return instruction.match() << offset(instruction);
    }

    boolean hasLengthFunction() {
        return !lengthByLine && !lengthRules.isEmpty();
    }

    /** Every handler with its parameters; a parameter is long when any of the lines passes a long. */
    Map<String, List<Parameter>> signatures() {
        Map<String, List<Parameter>> signatures = new LinkedHashMap<>();
        for (Instruction instruction : instructions) {
            List<Parameter> known = signatures.get(instruction.handler());
            if (known == null) {
                signatures.put(instruction.handler(),
                        instruction.passed().stream().map(a -> new Parameter(a.name(), a.isLong())).toList());
                continue;
            }
            signatures.put(instruction.handler(), known.stream().map(p -> new Parameter(p.name(), p.isLong()
                    || instruction.passed().stream().anyMatch(a -> a.name().equals(p.name()) && a.isLong()))).toList());
        }
        return signatures;
    }
}
