package org.reprise.core.translator;

/**
 * Finds registers that a region only ever gives sign-extended 32-bit values: they can be int locals, of which the JVM's compiler makes better
 * code than of longs that it has to extend at every place where they might be looked at. What they hold at the region's entry is not
 * known; so the region looks, and is not entered when one is wider.
 */
final class NarrowLocals {
    private NarrowLocals() {
    }

    /** For each operand, whether it is written in the region and always narrow, provided that all of these are when it is entered. */
    static boolean[] find(RegionBlock[] blocks, PassContext context) {
        boolean[] candidates = new boolean[context.operands()];
        for (RegionBlock b : blocks) {
            for (int ip = 0; ip < b.code.length; ip += 4) {
                int d = Operands.written(b.op(ip), b.d(ip));
                if (d > 0) {
                    candidates[d] = true;
                }
            }
        }
        // a candidate is an int everywhere or nowhere: one wide write anywhere takes it out, and may make others wide
        for (boolean changed = true; changed;) {
            changed = false;
            for (RegionBlock b : blocks) {
                boolean[] narrow = candidates.clone();
                narrow[0] = true;
                for (int ip = 0; ip < b.code.length; ip += 4) {
                    int op = b.op(ip);
                    int d = Operands.written(op, b.d(ip));
                    if (d <= 0) {
                        continue;
                    }
                    narrow[d] = NarrowPass.result(op, b.code[ip + 1], b.code[ip + 2], b.code[ip + 3], narrow, b.pool);
                    if (!narrow[d] && candidates[d]) {
                        candidates[d] = false;
                        changed = true;
                    }
                }
            }
        }
        return candidates;
    }

    static boolean[] none(PassContext context) {
        return new boolean[context.operands()];
    }
}
