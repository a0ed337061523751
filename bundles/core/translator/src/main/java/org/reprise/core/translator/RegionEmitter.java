package org.reprise.core.translator;

import static org.objectweb.asm.Opcodes.*;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;

/**
 * Emits the method of one region. Guest registers that the region uses live in JVM locals from entry to exit; all are loaded at entry, so
 * at every place of the method all locals are initialised, every frame is the same, and spilling the written ones is right at any exit.
 *
 * <p>A block charges its length to the budget before anything else; on shortfall the method returns with the block not begun. What a slow
 * path cannot do here (fault, device access, store into code) unwinds to one handler, which spills and returns the site's number.
 */
final class RegionEmitter {
    private static final String CPU = "org/reprise/core/translator/TranslatedCpu";
    private static final String ACCESS = "org/reprise/core/translator/Access";
    private static final String FAULT = "org/reprise/core/translator/GuestFault";
    private static final String OP = "org/reprise/core/translator/Op";
    private static final int V = 2;
    private static final int BUDGET = 3;
    private static final int PC = 5;
    private static final int FIRST_LOCAL = 7;

    private final MethodVisitor mv;
    private final String self;
    private final int slots;
    private final Helper[] helpers;
    private final Block[] blocks;
    /** Local variable of each slot and temporary, 0 when not used. */
    private final int[] locals;
    private final boolean[] written;
    private final Map<Long, Label> heads = new HashMap<>();
    private final List<Runnable> stubs = new ArrayList<>();
    private final Label exit = new Label();
    private int nextLocal = FIRST_LOCAL;
    private int[] siteBlock = new int[16];
    private int[] siteInstruction = new int[16];
    private int sites;
    private Object[] frame;

    RegionEmitter(MethodVisitor mv, String self, int slots, Helper[] helpers, Block[] blocks) {
        this.mv = mv;
        this.self = self;
        this.slots = slots;
        this.helpers = helpers;
        this.blocks = blocks;
        this.locals = new int[slots + BlockBuilder.MAX_TEMPS];
        this.written = new boolean[slots];
    }

    int[] siteBlocks() {
        return Arrays.copyOf(siteBlock, sites);
    }

    int[] siteInstructions() {
        return Arrays.copyOf(siteInstruction, sites);
    }

    /** Emits the method; returns its size in bytes. */
    int emit() {
        for (Block b : blocks) {
            heads.put(b.pc, new Label());
            scan(b);
        }
        frame = new Object[4 + (nextLocal - FIRST_LOCAL) / 2 + 1];
        frame[0] = self;
        frame[1] = CPU;
        frame[2] = "[J";
        Arrays.fill(frame, 3, frame.length, LONG);
        Label begin = new Label();
        Label end = new Label();
        Label handler = new Label();
        mv.visitCode();
        mv.visitTryCatchBlock(begin, end, handler, FAULT);
        entry();
        mv.visitLabel(begin);
        for (int i = 0; i < blocks.length; i++) {
            block(i, i + 1 < blocks.length ? blocks[i + 1].pc : -1);
        }
        for (int i = 0; i < stubs.size(); i++) {
            stubs.get(i).run();
        }
        mv.visitLabel(end);
        label(exit);
        spill();
        storeBudget();
        mv.visitVarInsn(ALOAD, 1);
        mv.visitVarInsn(LLOAD, PC);
        mv.visitFieldInsn(PUTFIELD, CPU, "pc", "J");
        mv.visitInsn(ICONST_M1);
        mv.visitInsn(IRETURN);
        mv.visitLabel(handler);
        mv.visitFrame(F_NEW, frame.length, frame, 1, new Object[] {FAULT});
        mv.visitInsn(POP);
        spill();
        storeBudget();
        mv.visitVarInsn(ALOAD, 1);
        mv.visitFieldInsn(GETFIELD, CPU, "site", "I");
        mv.visitInsn(IRETURN);
        Label last = new Label();
        mv.visitLabel(last);
        mv.visitMaxs(0, 0);
        mv.visitEnd();
        return last.getOffset();
    }

    private void use(int operand) {
        if (operand > 0 && locals[operand] == 0) {
            locals[operand] = nextLocal;
            nextLocal += 2;
        }
    }

    private void scan(Block b) {
        for (int ip = 0; ip < b.code.length; ip += 4) {
            int op = b.code[ip] & 0xffff;
            int d = b.code[ip] >>> 16;
            int x = b.code[ip + 1];
            int y = b.code[ip + 2];
            int z = b.code[ip + 3];
            if (op == Op.CALL) {
                use(y & 0xffff);
                use(y >>> 16);
                use(z);
            } else if (op != Op.MOVK && op != Op.JUMP && op < Op.EXIT) {
                use(x);
                if (op < Op.BINARY_END ? (op & 1) == 0 : op == Op.SELECT || Op.isBranch(op)) {
                    use(y);
                }
                if (op == Op.SELECT) {
                    use(z);
                }
            }
            use(d);
            if (d < slots && d > 0 && !Op.isStore(op)) {
                written[d] = true;
            }
        }
    }

    private void entry() {
        mv.visitVarInsn(ALOAD, 1);
        mv.visitFieldInsn(GETFIELD, CPU, "v", "[J");
        mv.visitVarInsn(ASTORE, V);
        mv.visitVarInsn(ALOAD, 1);
        mv.visitFieldInsn(GETFIELD, CPU, "remaining", "J");
        mv.visitVarInsn(LSTORE, BUDGET);
        mv.visitInsn(LCONST_0);
        mv.visitVarInsn(LSTORE, PC);
        for (int s = 1; s < locals.length; s++) {
            if (locals[s] != 0) {
                if (s < slots) {
                    mv.visitVarInsn(ALOAD, V);
                    integer(s);
                    mv.visitInsn(LALOAD);
                } else {
                    mv.visitInsn(LCONST_0);
                }
                mv.visitVarInsn(LSTORE, locals[s]);
            }
        }
    }

    private void spill() {
        for (int s = 1; s < slots; s++) {
            if (written[s]) {
                mv.visitVarInsn(ALOAD, V);
                integer(s);
                mv.visitVarInsn(LLOAD, locals[s]);
                mv.visitInsn(LASTORE);
            }
        }
    }

    private void storeBudget() {
        mv.visitVarInsn(ALOAD, 1);
        mv.visitVarInsn(LLOAD, BUDGET);
        mv.visitFieldInsn(PUTFIELD, CPU, "remaining", "J");
    }

    private void label(Label l) {
        mv.visitLabel(l);
        mv.visitFrame(F_NEW, frame.length, frame, 0, new Object[0]);
    }

    private void block(int index, long layoutNext) {
        Block b = blocks[index];
        label(heads.get(b.pc));
        // charge the block; leave before it when the budget does not cover it
        mv.visitVarInsn(LLOAD, BUDGET);
        constant(b.length);
        mv.visitInsn(LCMP);
        Label shortfall = new Label();
        mv.visitJumpInsn(IFLT, shortfall);
        stubs.add(() -> {
            label(shortfall);
            leave(b.pc);
        });
        mv.visitVarInsn(LLOAD, BUDGET);
        constant(b.length);
        mv.visitInsn(LSUB);
        mv.visitVarInsn(LSTORE, BUDGET);
        int instruction = 0;
        for (int ip = 0; ip < b.code.length; ip += 4) {
            while (ip >= b.starts[instruction + 1]) {
                instruction++;
            }
            operation(b, index, instruction, ip, layoutNext);
        }
    }

    private void leave(long pc) {
        constant(pc);
        mv.visitVarInsn(LSTORE, PC);
        mv.visitJumpInsn(GOTO, exit);
    }

    private void go(long pc, long layoutNext) {
        Label l = heads.get(pc);
        if (l == null) {
            leave(pc);
        } else if (pc != layoutNext) {
            mv.visitJumpInsn(GOTO, l);
        }
    }

    private int site(int blockIndex, int instruction) {
        if (sites == siteBlock.length) {
            siteBlock = Arrays.copyOf(siteBlock, sites * 2);
            siteInstruction = Arrays.copyOf(siteInstruction, sites * 2);
        }
        siteBlock[sites] = blockIndex;
        siteInstruction[sites] = instruction;
        return sites++;
    }

    private void operation(Block b, int index, int instruction, int ip, long layoutNext) {
        int op = b.code[ip] & 0xffff;
        int d = b.code[ip] >>> 16;
        int x = b.code[ip + 1];
        int y = b.code[ip + 2];
        int z = b.code[ip + 3];
        if (op < Op.BINARY_END) {
            binary(op & ~1, x, (op & 1) != 0, y, b.pool);
            store(d);
        } else if (Op.isLoad(op)) {
            mv.visitVarInsn(ALOAD, 1);
            address(x, y);
            integer(z);
            integer(site(index, instruction));
            mv.visitMethodInsn(INVOKESTATIC, ACCESS, loadName(op), "(L" + CPU + ";JII)J", false);
            store(d);
        } else if (Op.isStore(op)) {
            mv.visitVarInsn(ALOAD, 1);
            address(x, y);
            load(d);
            integer(z);
            integer(site(index, instruction));
            mv.visitMethodInsn(INVOKESTATIC, ACCESS, "store" + (8 << (op - Op.ST8)), "(L" + CPU + ";JJII)V", false);
        } else if (op == Op.CALL) {
            call(b, index, instruction, d, helpers[x], y, z);
        } else if (Op.isBranch(op)) {
            branch(b, op, x, y, layoutNext);
        } else {
            switch (op) {
                case Op.MOV -> {
                    load(x);
                    store(d);
                }
                case Op.MOVK -> {
                    constant(b.pool[y]);
                    store(d);
                }
                case Op.SELECT -> {
                    load(x);
                    mv.visitInsn(LCONST_0);
                    mv.visitInsn(LCMP);
                    choose(IFEQ, y, z, d);
                }
                case Op.JUMP -> go(b.target, layoutNext);
                case Op.JUMP_TO -> {
                    load(x);
                    mv.visitVarInsn(LSTORE, PC);
                    mv.visitJumpInsn(GOTO, exit);
                }
                case Op.EXIT -> leave(b.nextPc);
                case Op.EXIT_SET -> {
                    mv.visitVarInsn(ALOAD, 1);
                    mv.visitFieldInsn(GETFIELD, CPU, "pc", "J");
                    mv.visitVarInsn(LSTORE, PC);
                    mv.visitJumpInsn(GOTO, exit);
                }
                default -> {
                    load(x);
                    unary(op);
                    store(d);
                }
            }
        }
    }

    /** Stores y or z to d: z when the int on the stack fulfils the jump condition. */
    private void choose(int jump, int y, int z, int d) {
        Label other = new Label();
        Label done = new Label();
        mv.visitJumpInsn(jump, other);
        load(y);
        store(d);
        mv.visitJumpInsn(GOTO, done);
        label(other);
        load(z);
        store(d);
        label(done);
        mv.visitInsn(NOP);
    }

    private void call(Block b, int index, int instruction, int d, Helper h, int y, int z) {
        if (h.system()) {
            spill();
            storeBudget();
            mv.visitVarInsn(ALOAD, 1);
            constant(b.pcOf(instruction));
            mv.visitFieldInsn(PUTFIELD, CPU, "pc", "J");
            mv.visitVarInsn(ALOAD, 1);
            integer(b.length - instruction);
            mv.visitFieldInsn(PUTFIELD, CPU, "uncharged", "I");
        }
        if (h.faults()) {
            mv.visitVarInsn(ALOAD, 1);
            integer(site(index, instruction));
            mv.visitFieldInsn(PUTFIELD, CPU, "site", "I");
        }
        mv.visitVarInsn(ALOAD, 1);
        load(y & 0xffff);
        load(y >>> 16);
        load(z);
        mv.visitMethodInsn(INVOKESTATIC, h.owner, h.method, "(L" + CPU + ";JJJ)J", false);
        store(d);
    }

    private void branch(Block b, int op, int x, int y, long layoutNext) {
        boolean unsigned = op == Op.BRLTU || op == Op.BRGEU;
        load(x);
        if (unsigned) {
            constant(Long.MIN_VALUE);
            mv.visitInsn(LXOR);
        }
        load(y);
        if (unsigned) {
            constant(Long.MIN_VALUE);
            mv.visitInsn(LXOR);
        }
        mv.visitInsn(LCMP);
        int jump = switch (op) {
            case Op.BREQ -> IFEQ;
            case Op.BRNE -> IFNE;
            case Op.BRLT, Op.BRLTU -> IFLT;
            default -> IFGE;
        };
        Label inside = heads.get(b.target);
        if (inside != null) {
            mv.visitJumpInsn(jump, inside);
        } else {
            Label stub = new Label();
            mv.visitJumpInsn(jump, stub);
            stubs.add(() -> {
                label(stub);
                leave(b.target);
            });
        }
        go(b.nextPc, layoutNext);
    }

    private static String loadName(int op) {
        return switch (op) {
            case Op.LD8S -> "load8s";
            case Op.LD8U -> "load8u";
            case Op.LD16S -> "load16s";
            case Op.LD16U -> "load16u";
            case Op.LD32S -> "load32s";
            case Op.LD32U -> "load32u";
            default -> "load64";
        };
    }

    private void address(int x, int displacement) {
        load(x);
        if (displacement != 0) {
            constant(displacement);
            mv.visitInsn(LADD);
        }
    }

    private void binary(int op, int x, boolean constant, int y, long[] pool) {
        switch (op) {
            case Op.ADD, Op.SUB, Op.AND, Op.OR, Op.XOR, Op.MUL -> {
                load(x);
                second(constant, y, pool);
                mv.visitInsn(plain(op));
            }
            case Op.SHL, Op.SHR, Op.SAR -> {
                load(x);
                count(constant, y, pool);
                mv.visitInsn(plain(op));
            }
            case Op.ADD32, Op.SUB32, Op.MUL32 -> {
                load(x);
                second(constant, y, pool);
                mv.visitInsn(op == Op.ADD32 ? LADD : op == Op.SUB32 ? LSUB : LMUL);
                mv.visitInsn(L2I);
                mv.visitInsn(I2L);
            }
            case Op.SHL32, Op.SHR32, Op.SAR32 -> {
                load(x);
                mv.visitInsn(L2I);
                count(constant, y, pool);
                mv.visitInsn(op == Op.SHL32 ? ISHL : op == Op.SHR32 ? IUSHR : ISHR);
                mv.visitInsn(I2L);
            }
            case Op.SETEQ, Op.SETNE, Op.SETLT, Op.SETLTU -> compare(op, x, constant, y, pool);
            case Op.ROTL, Op.ROTR -> {
                load(x);
                count(constant, y, pool);
                mv.visitMethodInsn(INVOKESTATIC, "java/lang/Long", op == Op.ROTL ? "rotateLeft" : "rotateRight", "(JI)J", false);
            }
            case Op.ROTL32, Op.ROTR32 -> {
                load(x);
                mv.visitInsn(L2I);
                count(constant, y, pool);
                mv.visitMethodInsn(INVOKESTATIC, "java/lang/Integer", op == Op.ROTL32 ? "rotateLeft" : "rotateRight", "(II)I", false);
                mv.visitInsn(I2L);
            }
            case Op.MIN, Op.MAX, Op.MULHS -> {
                load(x);
                second(constant, y, pool);
                mv.visitMethodInsn(INVOKESTATIC, "java/lang/Math", op == Op.MIN ? "min" : op == Op.MAX ? "max" : "multiplyHigh", "(JJ)J", false);
            }
            case Op.MULHU -> {
                load(x);
                second(constant, y, pool);
                mv.visitMethodInsn(INVOKESTATIC, OP, "unsignedMultiplyHigh", "(JJ)J", false);
            }
            default -> {
                integer(op);
                load(x);
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
        load(x);
        if (op == Op.SETLTU) {
            constant(Long.MIN_VALUE);
            mv.visitInsn(LXOR);
        }
        second(constant, y, pool);
        if (op == Op.SETLTU) {
            constant(Long.MIN_VALUE);
            mv.visitInsn(LXOR);
        }
        mv.visitInsn(LCMP);
        switch (op) {
            case Op.SETLT, Op.SETLTU -> {
                integer(31);
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

    private void unary(int op) {
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
        constant(m);
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
            constant(pool[y]);
        } else {
            load(y);
        }
    }

    private void count(boolean constant, int y, long[] pool) {
        if (constant) {
            integer((int) pool[y] & 63);
        } else {
            load(y);
            mv.visitInsn(L2I);
        }
    }

    private void load(int operand) {
        if (operand == 0) {
            mv.visitInsn(LCONST_0);
        } else {
            mv.visitVarInsn(LLOAD, locals[operand]);
        }
    }

    private void store(int operand) {
        mv.visitVarInsn(LSTORE, locals[operand]);
    }

    private void integer(int value) {
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

    private void constant(long value) {
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
