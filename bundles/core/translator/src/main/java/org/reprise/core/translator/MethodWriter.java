package org.reprise.core.translator;

import static org.objectweb.asm.Opcodes.*;

import java.util.ArrayList;
import java.util.List;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;

/**
 * The method of a region while it is written: locals and constants. All locals are initialised at the entry, so at every place every
 * frame is the same.
 */
final class MethodWriter {
    static final String CPU = "org/reprise/core/translator/TranslatedCpu";
    static final String ACCESS = "org/reprise/core/translator/Access";
    static final String FAULT = "org/reprise/core/translator/GuestFault";
    static final String OP = "org/reprise/core/translator/Op";
    /** What every region's method looks like. */
    static final String DESCRIPTOR = "(L" + CPU + ";J)I";
    /** Locals: the object, which nothing needs, parameters, then those that every region has. */
    static final int CPU_LOCAL = 1;
    static final int BUDGET = 2;
    static final int V = 4;
    static final int PC = 5;
    /** Token of the TLB's table. */
    static final int TLB = 7;
    /** What its tags hold besides the page: generation and the MMU index that the region uses first. */
    static final int GENERATION = 17;
    /** Of the latest memory access: address, token of its TLB entry, page with MMU index, and what is added to addresses on it. */
    static final int ADDRESS = 9;
    static final int ENTRY = 11;
    static final int PAGE = 13;
    static final int ADDEND = 15;
    private static final int FIRST_LOCAL = 19;

    final MethodVisitor mv;
    /** Local variable of each slot and temporary, 0 when not used. */
    private final int[] locals;
    /** Operands whose local is an int. */
    private final boolean[] narrow;
    private int nextLocal = FIRST_LOCAL;
    private final List<Object> types = new ArrayList<>();
    private Object[] frame;

    /** @param narrow operands that are kept as ints */
    MethodWriter(MethodVisitor mv, int operands, boolean[] narrow) {
        this.mv = mv;
        this.narrow = narrow;
        this.locals = new int[operands];
    }

    /** Gives the operand a local. */
    void use(int operand) {
        if (operand > 0 && locals[operand] == 0) {
            locals[operand] = nextLocal;
            nextLocal += narrow[operand] ? 1 : 2;
            types.add(narrow[operand] ? INTEGER : LONG);
        }
    }

    boolean used(int operand) {
        return locals[operand] != 0;
    }

    /** All operands have their locals: frames are known. */
    void complete() {
        List<Object> all = new ArrayList<>(List.of(TOP, CPU, LONG, "[J"));
        for (int local = PC; local < FIRST_LOCAL; local += 2) {
            all.add(LONG);
        }
        all.addAll(types);
        frame = all.toArray();
    }

    void label(Label l) {
        mv.visitLabel(l);
        mv.visitFrame(F_NEW, frame.length, frame, 0, new Object[0]);
    }

    void handler(Label l) {
        mv.visitLabel(l);
        mv.visitFrame(F_NEW, frame.length, frame, 1, new Object[] {FAULT});
    }

    void load(int operand) {
        if (operand == 0) {
            mv.visitInsn(LCONST_0);
        } else {
            mv.visitVarInsn(narrow[operand] ? ILOAD : LLOAD, locals[operand]);
            if (narrow[operand]) {
                mv.visitInsn(I2L);
            }
        }
    }

    void store(int operand) {
        if (narrow[operand]) {
            mv.visitInsn(L2I);
        }
        mv.visitVarInsn(narrow[operand] ? ISTORE : LSTORE, locals[operand]);
    }

    void cpu() {
        mv.visitVarInsn(ALOAD, CPU_LOCAL);
    }

    void call(String owner, String method, String descriptor) {
        mv.visitMethodInsn(INVOKESTATIC, owner, method, descriptor, false);
    }

    void integer(int value) {
        if (value >= -1 && value <= 5) {
            mv.visitInsn(ICONST_0 + value);
        } else if (value >= Byte.MIN_VALUE && value <= Byte.MAX_VALUE) {
            mv.visitIntInsn(BIPUSH, value);
        } else if (value >= Short.MIN_VALUE && value <= Short.MAX_VALUE) {
            mv.visitIntInsn(SIPUSH, value);
        } else {
            mv.visitLdcInsn(value);
        }
    }

    void constant(long value) {
        if (value == 0 || value == 1) {
            mv.visitInsn(value == 0 ? LCONST_0 : LCONST_1);
        } else if (value >= Short.MIN_VALUE && value <= Short.MAX_VALUE) {
            integer((int) value);
            mv.visitInsn(I2L);
        } else {
            mv.visitLdcInsn(value);
        }
    }
}
