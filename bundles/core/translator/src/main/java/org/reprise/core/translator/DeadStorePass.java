package org.reprise.core.translator;

/**
 * Dead-store elimination inside a block: a register (a condition flag, a temporary, …) that is overwritten before anything reads it or can
 * leave compiled code. Temporaries end with their block.
 */
final class DeadStorePass implements Pass {
    @Override
    public void run(RegionBlock[] blocks, ControlFlow flow, PassContext context) {
        boolean[] live = new boolean[context.operands()];
        for (RegionBlock b : blocks) {
            boolean[] gone = new boolean[b.code.length >> 2];
            boolean any = false;
            observe(live, context, false);
            for (int ip = b.code.length - 4; ip >= 0; ip -= 4) {
                int op = b.op(ip);
                int d = b.d(ip);
                int x = b.code[ip + 1];
                int written = Operands.written(op, d);
                boolean removable = written > 0 && !Op.isLoad(op) && op != Op.CALL;
                if (removable && !live[written] || op == Op.MOV && d == x) {
                    gone[ip >> 2] = true;
                    any = true;
                    continue;
                }
                if (written > 0) {
                    live[written] = false;
                }
                if (context.observes(op, x)) {
                    observe(live, context, true);
                }
                Operands.reads(op, d, x, b.code[ip + 2], b.code[ip + 3], operand -> live[operand] = true);
            }
            if (any) {
                b.drop(gone);
            }
        }
    }

    /** All registers are looked at; temporaries are not, and at the end of a block they are dead. */
    private static void observe(boolean[] live, PassContext context, boolean keepTemporaries) {
        java.util.Arrays.fill(live, 0, context.slots(), true);
        if (!keepTemporaries) {
            java.util.Arrays.fill(live, context.slots(), live.length, false);
        }
    }
}
