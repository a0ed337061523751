package org.reprise.core.translator;

import java.util.Arrays;

/**
 * Finds values that are sign-extended 32-bit ones, over all blocks of the region, and makes logic on two of them 32-bit logic: the JVM's
 * compiler then sees int arithmetic, and a rotation where the guest has shifts and an OR.
 */
final class NarrowPass implements Pass {
    @Override
    public void run(RegionBlock[] blocks, ControlFlow flow, PassContext context) {
        int n = blocks.length;
        boolean[][] in = new boolean[n][context.operands()];
        for (boolean[] b : in) {
            Arrays.fill(b, true);
        }
        // nothing is known where the region is entered; elsewhere the optimistic guess is taken back until it holds
        Arrays.fill(in[0], false);
        boolean[] state = new boolean[context.operands()];
        for (boolean changed = true; changed;) {
            changed = false;
            for (int i = 0; i < n; i++) {
                System.arraycopy(in[i], 0, state, 0, state.length);
                through(blocks[i], state, false);
                for (int s : flow.successors(i)) {
                    for (int slot = 0; slot < context.slots(); slot++) {
                        if (in[s][slot] && !state[slot]) {
                            in[s][slot] = false;
                            changed = true;
                        }
                    }
                }
            }
        }
        for (int i = 0; i < n; i++) {
            through(blocks[i], in[i], true);
        }
    }

    private static void through(RegionBlock b, boolean[] narrow, boolean rewrite) {
        narrow[0] = true;
        for (int ip = 0; ip < b.code.length; ip += 4) {
            int op = b.op(ip);
            int d = Operands.written(op, b.d(ip));
            if (d <= 0) {
                continue;
            }
            int x = b.code[ip + 1];
            int y = b.code[ip + 2];
            boolean result = result(op, x, y, b.code[ip + 3], narrow, b.pool);
            if (rewrite && result) {
                int narrowed = switch (op & ~1) {
                    case Op.AND -> Op.AND32;
                    case Op.OR -> Op.OR32;
                    case Op.XOR -> Op.XOR32;
                    default -> -1;
                };
                // an AND with a constant may be narrow though its operand is not
                if (op < Op.BINARY_END && narrowed != -1 && narrow[x]) {
                    b.set(ip, narrowed | op & 1, d, x, y, 0);
                }
            }
            narrow[d] = result;
        }
    }

    private static boolean fits(long value) {
        return (int) value == value;
    }

    /** True when the operation gives a sign-extended 32-bit value if those of its operands are such that are said to be. */
    static boolean result(int op, int x, int y, int z, boolean[] narrow, long[] pool) {
        if (op < Op.BINARY_END) {
            boolean second = (op & 1) != 0 ? fits(pool[y]) : narrow[y];
            return switch (op & ~1) {
                case Op.AND -> narrow[x] && second || (op & 1) != 0 && pool[y] >= 0 && pool[y] <= Integer.MAX_VALUE;
                case Op.OR, Op.XOR, Op.MIN, Op.MAX, Op.MINU, Op.MAXU -> narrow[x] && second;
                case Op.SAR -> narrow[x];
                case Op.ADD32, Op.SUB32, Op.SHL32, Op.SHR32, Op.SAR32, Op.MUL32, Op.ROTL32, Op.ROTR32, Op.SETEQ, Op.SETNE, Op.SETLT,
                    Op.SETLTU, Op.AND32, Op.OR32, Op.XOR32 -> true;
                default -> false;
            };
        }
        return switch (op) {
            case Op.MOV -> narrow[x];
            case Op.MOVK -> fits(pool[y]);
            case Op.SEXT8, Op.SEXT16, Op.SEXT32, Op.ZEXT8, Op.ZEXT16, Op.CLZ, Op.CTZ, Op.POPCNT, Op.CLZ32, Op.CTZ32, Op.POPCNT32,
                Op.LD8S, Op.LD8U, Op.LD16S, Op.LD16U, Op.LD32S -> true;
            case Op.SELECT -> narrow[y] && narrow[z];
            default -> false;
        };
    }
}
