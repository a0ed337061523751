package org.reprise.core.translator;

import static org.objectweb.asm.Opcodes.*;

import org.objectweb.asm.MethodVisitor;

/** Bytecode of the operations that compute. */
final class ArithmeticEmitter {
    private static final String OP = MethodWriter.OP;
    private final MethodWriter w;
    private final MethodVisitor mv;

    ArithmeticEmitter(MethodWriter writer) {
        this.w = writer;
        this.mv = writer.mv;
    }

    /** Leaves the result of a binary operation (even code) on the stack. */
    void binary(int op, int x, boolean constant, int y, long[] pool) {
        switch (op) {
            case Op.ADD, Op.SUB, Op.AND, Op.OR, Op.XOR, Op.MUL -> {
                w.load(x);
                second(constant, y, pool);
                mv.visitInsn(plain(op));
            }
            case Op.SHL, Op.SHR, Op.SAR -> {
                w.load(x);
                count(constant, y, pool);
                mv.visitInsn(plain(op));
            }
            case Op.AND32, Op.OR32, Op.XOR32 -> {
                w.load(x);
                mv.visitInsn(L2I);
                if (constant) {
                    w.integer((int) pool[y]);
                } else {
                    w.load(y);
                    mv.visitInsn(L2I);
                }
                mv.visitInsn(op == Op.AND32 ? IAND : op == Op.OR32 ? IOR : IXOR);
                mv.visitInsn(I2L);
            }
            case Op.ADD32, Op.SUB32, Op.MUL32 -> {
                w.load(x);
                second(constant, y, pool);
                mv.visitInsn(op == Op.ADD32 ? LADD : op == Op.SUB32 ? LSUB : LMUL);
                mv.visitInsn(L2I);
                mv.visitInsn(I2L);
            }
            case Op.SHL32, Op.SHR32, Op.SAR32 -> {
                w.load(x);
                mv.visitInsn(L2I);
                count(constant, y, pool);
                mv.visitInsn(op == Op.SHL32 ? ISHL : op == Op.SHR32 ? IUSHR : ISHR);
                mv.visitInsn(I2L);
            }
            case Op.SETEQ, Op.SETNE, Op.SETLT, Op.SETLTU -> compare(op, x, constant, y, pool);
            case Op.ROTL, Op.ROTR -> {
                w.load(x);
                count(constant, y, pool);
                mv.visitMethodInsn(INVOKESTATIC, "java/lang/Long", op == Op.ROTL ? "rotateLeft" : "rotateRight", "(JI)J", false);
            }
            case Op.ROTL32, Op.ROTR32 -> {
                w.load(x);
                mv.visitInsn(L2I);
                count(constant, y, pool);
                mv.visitMethodInsn(INVOKESTATIC, "java/lang/Integer", op == Op.ROTL32 ? "rotateLeft" : "rotateRight", "(II)I", false);
                mv.visitInsn(I2L);
            }
            case Op.MIN, Op.MAX, Op.MULHS -> {
                w.load(x);
                second(constant, y, pool);
                mv.visitMethodInsn(INVOKESTATIC, "java/lang/Math", op == Op.MIN ? "min" : op == Op.MAX ? "max" : "multiplyHigh", "(JJ)J", false);
            }
            case Op.MULHU -> {
                w.load(x);
                second(constant, y, pool);
                mv.visitMethodInsn(INVOKESTATIC, OP, "unsignedMultiplyHigh", "(JJ)J", false);
            }
            default -> {
                w.integer(op);
                w.load(x);
                second(constant, y, pool);
                mv.visitMethodInsn(INVOKESTATIC, OP, "evaluate", "(IJJ)J", false);
            }
        }
    }

    private static int plain(int op) {
        return switch (op) {
            case Op.ADD -> LADD;
            case Op.SUB -> LSUB;
            case Op.AND -> LAND;
            case Op.OR -> LOR;
            case Op.XOR -> LXOR;
            case Op.MUL -> LMUL;
            case Op.SHL -> LSHL;
            case Op.SHR -> LUSHR;
            default -> LSHR;
        };
    }

    /** 0 or 1 without a branch for equality and order: lcmp gives -1, 0, 1. */
    private void compare(int op, int x, boolean constant, int y, long[] pool) {
        w.load(x);
        if (op == Op.SETLTU) {
            w.constant(Long.MIN_VALUE);
            mv.visitInsn(LXOR);
        }
        second(constant, y, pool);
        if (op == Op.SETLTU) {
            w.constant(Long.MIN_VALUE);
            mv.visitInsn(LXOR);
        }
        mv.visitInsn(LCMP);
        switch (op) {
            case Op.SETLT, Op.SETLTU -> {
                w.integer(31);
                mv.visitInsn(IUSHR);
            }
            default -> {
                // -1, 0, 1 squared is "not equal"
                mv.visitInsn(ICONST_1);
                mv.visitInsn(IAND);
                if (op == Op.SETEQ) {
                    mv.visitInsn(ICONST_1);
                    mv.visitInsn(IXOR);
                }
            }
        }
        mv.visitInsn(I2L);
    }

    /** Replaces the value on the stack. */
    void unary(int op) {
        switch (op) {
            case Op.SEXT8 -> narrow(I2B);
            case Op.SEXT16 -> narrow(I2S);
            case Op.SEXT32 -> {
                mv.visitInsn(L2I);
                mv.visitInsn(I2L);
            }
            case Op.ZEXT8 -> mask(0xff);
            case Op.ZEXT16 -> mask(0xffff);
            case Op.ZEXT32 -> mask(0xffffffffL);
            case Op.CLZ -> count("java/lang/Long", "numberOfLeadingZeros", false);
            case Op.CTZ -> count("java/lang/Long", "numberOfTrailingZeros", false);
            case Op.POPCNT -> count("java/lang/Long", "bitCount", false);
            case Op.CLZ32 -> count("java/lang/Integer", "numberOfLeadingZeros", true);
            case Op.CTZ32 -> count("java/lang/Integer", "numberOfTrailingZeros", true);
            case Op.POPCNT32 -> count("java/lang/Integer", "bitCount", true);
            case Op.BSWAP -> mv.visitMethodInsn(INVOKESTATIC, "java/lang/Long", "reverseBytes", "(J)J", false);
            default -> throw new IllegalStateException("no code for " + Op.name(op));
        }
    }

    private void narrow(int conversion) {
        mv.visitInsn(L2I);
        mv.visitInsn(conversion);
        mv.visitInsn(I2L);
    }

    private void mask(long m) {
        w.constant(m);
        mv.visitInsn(LAND);
    }

    private void count(String owner, String method, boolean narrow) {
        if (narrow) {
            mv.visitInsn(L2I);
        }
        mv.visitMethodInsn(INVOKESTATIC, owner, method, narrow ? "(I)I" : "(J)I", false);
        mv.visitInsn(I2L);
    }

    private void second(boolean constant, int y, long[] pool) {
        if (constant) {
            w.constant(pool[y]);
        } else {
            w.load(y);
        }
    }

    private void count(boolean constant, int y, long[] pool) {
        if (constant) {
            w.integer((int) pool[y] & 63);
        } else {
            w.load(y);
            mv.visitInsn(L2I);
        }
    }

}
