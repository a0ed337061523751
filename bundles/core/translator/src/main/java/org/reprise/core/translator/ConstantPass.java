package org.reprise.core.translator;

import java.util.Arrays;

/** Constant folding inside a block: addresses made of two instructions, computations with constants, displacements of known bases. */
final class ConstantPass implements Pass {
    @Override
    public void run(RegionBlock[] blocks, ControlFlow flow, PassContext context) {
        boolean[] known = new boolean[context.operands()];
        long[] value = new long[context.operands()];
        for (RegionBlock b : blocks) {
            Arrays.fill(known, false);
            known[0] = true;
            for (int ip = 0; ip < b.code.length; ip += 4) {
                fold(b, ip, known, value);
                int op = b.op(ip);
                int d = Operands.written(op, b.d(ip));
                if (d > 0) {
                    known[d] = op == Op.MOVK;
                    value[d] = op == Op.MOVK ? b.pool[b.code[ip + 2]] : 0;
                }
            }
        }
    }

    private static void fold(RegionBlock b, int ip, boolean[] known, long[] value) {
        int op = b.op(ip);
        int d = b.d(ip);
        int x = b.code[ip + 1];
        int y = b.code[ip + 2];
        if (op < Op.BINARY_END) {
            boolean constant = (op & 1) != 0;
            if (known[x] && (constant || known[y])) {
                move(b, ip, d, Op.evaluate(op & ~1, value[x], constant ? b.pool[y] : value[y]));
            } else if (!constant && known[y]) {
                b.set(ip, op + 1, d, x, b.constant(value[y]), 0);
            } else if (!constant && known[x] && commutes(op)) {
                b.set(ip, op + 1, d, y, b.constant(value[x]), 0);
            }
        } else if (op == Op.MOV) {
            if (known[x]) {
                move(b, ip, d, value[x]);
            }
        } else if (op > Op.MOVK && op < Op.UNARY_END) {
            if (known[x]) {
                move(b, ip, d, Interpreter.unary(op, value[x]));
            }
        } else if (op == Op.SELECT) {
            if (known[x]) {
                b.set(ip, Op.MOV, d, value[x] != 0 ? y : b.code[ip + 3], 0, 0);
            }
        } else if ((Op.isLoad(op) || Op.isStore(op)) && x != 0 && known[x] && (int) (value[x] + y) == value[x] + y) {
            b.set(ip, op, d, 0, (int) (value[x] + y), b.code[ip + 3]);
        }
    }

    private static boolean commutes(int op) {
        return switch (op) {
            case Op.ADD, Op.AND, Op.OR, Op.XOR, Op.MUL, Op.ADD32, Op.MUL32, Op.SETEQ, Op.SETNE, Op.MIN, Op.MAX, Op.MINU, Op.MAXU, Op.MULHS,
                Op.MULHU, Op.AND32, Op.OR32, Op.XOR32 -> true;
            default -> false;
        };
    }

    private static void move(RegionBlock b, int ip, int d, long value) {
        b.set(ip, Op.MOVK, d, 0, b.constant(value), 0);
    }
}
