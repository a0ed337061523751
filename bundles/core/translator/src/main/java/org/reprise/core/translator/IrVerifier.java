package org.reprise.core.translator;

/**
 * Checks after a pass what every pass has to keep: operations and operands that exist, one terminator and that last, instructions in
 * order, nothing written to slot 0, the rule of precise faults, and the same accesses, calls and terminators in the same order.
 */
final class IrVerifier {
    private IrVerifier() {
    }

    /** @throws IllegalStateException naming the pass, the block and what is wrong */
    static void verify(String pass, RegionBlock b, PassContext context) {
        String where = "pass " + pass + ", block at 0x" + Long.toHexString(b.block.pc) + ": ";
        require(b.code.length >= 4 && b.code.length % 4 == 0 && b.starts[b.starts.length - 1] == b.code.length, where + "has no whole operations");
        require(b.starts.length == b.block.length + 1 && b.starts[0] == 0, where + "lost an instruction");
        int original = -4;
        for (int i = 0; i < b.block.length; i++) {
            require(b.starts[i] <= b.starts[i + 1] && b.starts[i] % 4 == 0, where + "instructions are out of order");
            boolean wrote = false;
            for (int ip = b.starts[i]; ip < b.starts[i + 1]; ip += 4) {
                int op = b.op(ip);
                String what = where + Op.name(Math.min(op, Op.COUNT - 1)) + " of instruction " + i + " ";
                require(op < Op.COUNT, what + "does not exist");
                require(Op.isTerminator(op) == (ip == b.code.length - 4), what + "is a terminator in the middle, or none at the end");
                operands(b, ip, context, what);
                if (context.observes(op, b.code[ip + 1])) {
                    require(!wrote || op == Op.CALL && !context.helpers()[b.code[ip + 1]].faults(), what + "can fault after a register was written");
                }
                int d = Operands.written(op, b.d(ip));
                wrote |= d > 0 && d < context.slots();
                if (lasting(op)) {
                    original = next(b.block, original);
                    require(original < b.block.code.length && (b.block.code[original] & 0xffff) == op
                        && b.block.instructionAt(original) == i, what + "is not what was there before");
                }
            }
        }
        require(next(b.block, original) >= b.block.code.length, where + "lost an access, a call or its terminator");
    }

    private static boolean lasting(int op) {
        return Op.isLoad(op) || Op.isStore(op) || op == Op.CALL || Op.isTerminator(op);
    }

    private static int next(Block b, int ip) {
        int i = ip + 4;
        while (i < b.code.length && !lasting(b.code[i] & 0xffff)) {
            i += 4;
        }
        return i;
    }

    private static void operands(RegionBlock b, int ip, PassContext context, String what) {
        int op = b.op(ip);
        int y = b.code[ip + 2];
        Operands.reads(op, b.d(ip), b.code[ip + 1], y, b.code[ip + 3],
            operand -> require(operand >= 0 && operand < context.operands(), what + "reads operand " + operand));
        if (op < Op.BINARY_END && (op & 1) != 0 || op == Op.MOVK) {
            require(y >= 0 && y < b.pool.length, what + "reads constant " + y);
        }
        int d = Operands.written(op, b.d(ip));
        require(d != 0 && d < context.operands(), what + "writes operand " + d);
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalStateException(message);
        }
    }
}
