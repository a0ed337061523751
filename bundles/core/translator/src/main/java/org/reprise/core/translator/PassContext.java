package org.reprise.core.translator;

/**
 * What passes know of the architecture.
 *
 * @param slots number of guest register slots; temporaries follow
 * @param helpers what CALL calls
 */
record PassContext(int slots, Helper[] helpers) {
    int operands() {
        return slots + BlockBuilder.MAX_TEMPS;
    }

    /** True when the operation can leave compiled code in its middle, or lets others look at the registers. */
    boolean observes(int op, int x) {
        return Op.isLoad(op) || Op.isStore(op) || op == Op.CALL && (helpers[x].faults() || helpers[x].system());
    }
}
