package org.reprise.core.translator;

import java.util.function.IntConsumer;

/** Which operands an operation reads and writes. */
final class Operands {
    private Operands() {
    }

    /** Calls back with each operand that is read; slot 0 included. */
    static void reads(int op, int d, int x, int y, int z, IntConsumer reader) {
        if (op < Op.BINARY_END) {
            reader.accept(x);
            if ((op & 1) == 0) {
                reader.accept(y);
            }
        } else if (op == Op.MOV || op > Op.MOVK && op < Op.UNARY_END || Op.isLoad(op) || op == Op.JUMP_TO) {
            reader.accept(x);
        } else if (op == Op.SELECT) {
            reader.accept(x);
            reader.accept(y);
            reader.accept(z);
        } else if (Op.isStore(op)) {
            reader.accept(x);
            reader.accept(d);
        } else if (op == Op.CALL) {
            reader.accept(y & 0xffff);
            reader.accept(y >>> 16);
            reader.accept(z);
        } else if (Op.isBranch(op)) {
            reader.accept(x);
            reader.accept(y);
        }
    }

    /** The operand that is written, or -1. */
    static int written(int op, int d) {
        return Op.isStore(op) || Op.isTerminator(op) ? -1 : d;
    }
}
