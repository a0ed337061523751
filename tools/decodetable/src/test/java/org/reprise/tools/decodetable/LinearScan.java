package org.reprise.tools.decodetable;

/** The plain meaning of a table, against which the generated switch tree is compared: try every line. */
final class LinearScan {
    private LinearScan() {
    }

    static int lookup(DecodeTable table, long insn, long features) {
        Instruction found = null;
        for (Instruction line : table.instructions()) {
            if ((insn & table.placedMask(line)) == table.placedMatch(line)
                    && (features & line.condition().mask()) == line.condition().value()
                    && line.constraints().stream().allMatch(c -> c.holds(insn >>> table.offset(line)))
                    && (found == null || line.overrides().contains(found.name()))) {
                found = line;
            }
        }
        return found == null ? -1 : found.index();
    }
}
