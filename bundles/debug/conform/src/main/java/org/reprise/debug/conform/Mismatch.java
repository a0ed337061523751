package org.reprise.debug.conform;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.reprise.api.cpu.InstructionSet;

/**
 * Where the two machines differ.
 *
 * @param step number of the step after which they did, from 1
 * @param pc address of the step's instruction
 * @param values differing registers or bytes of memory: ours and theirs
 */
record Mismatch(Sequence sequence, int step, long pc, Map<String, long[]> values) {
    private static final int LONG_CODE = 64;
    static final String OURS = "ours";
    static final String THEIRS = "reference";

    /** What differs between two states, of the registers in both. */
    static Map<String, long[]> between(Map<String, Long> ours, Map<String, Long> theirs) {
        Map<String, long[]> differing = new LinkedHashMap<>();
        ours.forEach((name, value) -> {
            if (theirs.containsKey(name) && !value.equals(theirs.get(name))) {
                differing.put(name, new long[] {value, theirs.get(name)});
            }
        });
        return differing;
    }

    /** A report for people: both states, the disassembly and what is needed to see it again. */
    String report(InstructionSet instructions) {
        StringBuilder s = new StringBuilder();
        s.append("DIFFERENCE in ").append(sequence.label()).append(", after step ").append(step).append(" at 0x").append(Long.toHexString(pc))
            .append('\n');
        s.append(String.format("  %-14s %18s %18s%n", "", OURS, THEIRS));
        values.forEach((name, v) -> s.append(String.format("  %-14s %18s %18s%n", name, "0x" + Long.toHexString(v[0]), "0x"
            + Long.toHexString(v[1]))));
        s.append("  code:\n");
        long address = sequence.address();
        List<byte[]> code = sequence.code();
        if (code.size() == 1 && code.get(0).length > LONG_CODE) {
            // a program: what is around the step
            int from = (int) Math.max(0, Math.min(pc - address, code.get(0).length - 4));
            code = List.of(java.util.Arrays.copyOfRange(code.get(0), from, from + Math.min(instructions.length(code.get(0), from),
                code.get(0).length - from)));
            address += from;
        }
        for (byte[] c : code) {
            StringBuilder hex = new StringBuilder();
            for (byte b : c) {
                hex.append(String.format("%02x", b));
            }
            s.append(address == pc ? "  > " : "    ").append(Long.toHexString(address)).append("  ").append(String.format("%-9s ", hex))
                .append(instructions.disassemble(c, 0, address)).append('\n');
            address += c.length;
        }
        List<String> set = new ArrayList<>();
        sequence.registers().forEach((name, value) -> {
            if (value != 0) {
                set.add(name + "=0x" + Long.toHexString(value));
            }
        });
        sequence.mode().forEach((name, value) -> set.add(name + "=0x" + Long.toHexString(value)));
        s.append("  from: ").append(String.join(" ", set)).append('\n');
        return s.toString();
    }
}
