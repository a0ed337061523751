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
 * <p>A block charges its length to the budget before anything else; where {@link ControlFlow} says so the method returns with the block not
 * begun when the budget does not cover the way to the next such place. What a slow path cannot do here (fault, device access, store into
 * code) unwinds to one handler, which spills and returns the site's number.
 */
final class RegionEmitter {
    private static final String CPU = MethodWriter.CPU;

    private final MethodVisitor mv;
    private final MethodWriter w;
    private final ArithmeticEmitter arithmetic;
    private final MemoryEmitter memory;
    private final PassContext context;
    private final RegionBlock[] blocks;
    private final Region region;
    private final ControlFlow flow;
    private final boolean[] written;
    private final boolean[] narrow;
    private final int mmu;
    private final Map<Long, Label> heads = new HashMap<>();
    private final List<Runnable> stubs = new ArrayList<>();
    private final Label exit = new Label();
    private final Label wide = new Label();
    private boolean guarded;
    private int[] siteBlock = new int[16];
    private int[] siteInstruction = new int[16];
    private int sites;

    RegionEmitter(MethodVisitor mv, PassContext context, Region region, ControlFlow flow, RegionBlock[] blocks) {
        this.mv = mv;
        this.context = context;
        this.region = region;
        this.flow = flow;
        this.blocks = blocks;
        narrow = region.narrow() ? NarrowLocals.find(blocks, context) : NarrowLocals.none(context);
        w = new MethodWriter(mv, context.operands(), narrow);
        arithmetic = new ArithmeticEmitter(w);
        mmu = firstMmu(blocks);
        memory = region.hot() ? new InlineMemory(w, stubs, mmu) : new CalledMemory(w);
        written = new boolean[context.slots()];
    }

    private static int firstMmu(RegionBlock[] blocks) {
        for (RegionBlock b : blocks) {
            for (int ip = 0; ip < b.code.length; ip += 4) {
                if (Op.isLoad(b.op(ip)) || Op.isStore(b.op(ip))) {
                    return b.code[ip + 3] & RegionBlock.MMU;
                }
            }
        }
        return 0;
    }

    int[] siteBlocks() {
        return Arrays.copyOf(siteBlock, sites);
    }

    int[] siteInstructions() {
        return Arrays.copyOf(siteInstruction, sites);
    }

    /** Emits the method; returns its size in bytes. */
    int emit() {
        for (RegionBlock b : blocks) {
            heads.put(b.block.pc, new Label());
            scan(b);
        }
        w.complete();
        Label begin = new Label();
        Label end = new Label();
        Label handler = new Label();
        mv.visitCode();
        mv.visitTryCatchBlock(begin, end, handler, MethodWriter.FAULT);
        entry();
        mv.visitLabel(begin);
        for (int i = 0; i < blocks.length; i++) {
            block(i, i + 1 < blocks.length ? blocks[i + 1].block.pc : -1);
        }
        for (int i = 0; i < stubs.size(); i++) {
            stubs.get(i).run();
        }
        mv.visitLabel(end);
        w.label(exit);
        spill();
        storeBudget();
        w.cpu();
        mv.visitVarInsn(LLOAD, MethodWriter.PC);
        mv.visitFieldInsn(PUTFIELD, CPU, "pc", "J");
        mv.visitInsn(ICONST_M1);
        mv.visitInsn(IRETURN);
        w.handler(handler);
        mv.visitInsn(POP);
        spill();
        storeBudget();
        w.cpu();
        mv.visitFieldInsn(GETFIELD, CPU, "site", "I");
        mv.visitInsn(IRETURN);
        if (guarded) {
            mv.visitLabel(wide);
            mv.visitFrame(F_NEW, 4, new Object[] {TOP, CPU, LONG, "[J"}, 0, new Object[0]);
            w.integer(CompiledCode.WIDE);
            mv.visitInsn(IRETURN);
        }
        Label last = new Label();
        mv.visitLabel(last);
        mv.visitMaxs(0, 0);
        mv.visitEnd();
        return last.getOffset();
    }

    private void scan(RegionBlock b) {
        for (int ip = 0; ip < b.code.length; ip += 4) {
            int op = b.op(ip);
            Operands.reads(op, b.d(ip), b.code[ip + 1], b.code[ip + 2], b.code[ip + 3], w::use);
            int d = Operands.written(op, b.d(ip));
            if (d > 0) {
                w.use(d);
                if (d < context.slots()) {
                    written[d] = true;
                }
            }
        }
    }

    private void entry() {
        // a call that may not run anything: how the translator makes the JVM compile the method before it is used
        mv.visitVarInsn(LLOAD, MethodWriter.BUDGET);
        w.constant(flow.needed(0));
        mv.visitInsn(LCMP);
        Label enough = new Label();
        mv.visitJumpInsn(IFGE, enough);
        mv.visitInsn(ICONST_M1);
        mv.visitInsn(IRETURN);
        mv.visitLabel(enough);
        mv.visitFrame(F_NEW, 3, new Object[] {TOP, CPU, LONG}, 0, new Object[0]);
        w.cpu();
        mv.visitFieldInsn(GETFIELD, CPU, "v", "[J");
        mv.visitVarInsn(ASTORE, MethodWriter.V);
        guard();
        for (int local : new int[] {MethodWriter.PC, MethodWriter.ADDRESS, MethodWriter.ENTRY, MethodWriter.PAGE, MethodWriter.ADDEND}) {
            mv.visitInsn(LCONST_0);
            mv.visitVarInsn(LSTORE, local);
        }
        w.cpu();
        mv.visitFieldInsn(GETFIELD, CPU, "tlbTable", "J");
        mv.visitVarInsn(LSTORE, MethodWriter.TLB);
        w.cpu();
        mv.visitFieldInsn(GETFIELD, CPU, "tlbGeneration", "J");
        w.constant(mmu);
        mv.visitInsn(LOR);
        mv.visitVarInsn(LSTORE, MethodWriter.GENERATION);
        for (int s = 1; s < context.operands(); s++) {
            if (w.used(s)) {
                if (s < context.slots()) {
                    mv.visitVarInsn(ALOAD, MethodWriter.V);
                    w.integer(s);
                    mv.visitInsn(LALOAD);
                } else {
                    mv.visitInsn(LCONST_0);
                }
                w.store(s);
            }
        }
    }

    /** Registers that are ints here have to be narrow now. */
    private void guard() {
        for (int s = 1; s < context.slots(); s++) {
            if (narrow[s]) {
                mv.visitVarInsn(ALOAD, MethodWriter.V);
                w.integer(s);
                mv.visitInsn(LALOAD);
                mv.visitInsn(DUP2);
                mv.visitInsn(L2I);
                mv.visitInsn(I2L);
                mv.visitInsn(LCMP);
                mv.visitJumpInsn(IFNE, wide);
                guarded = true;
            }
        }
    }

    private void spill() {
        for (int s = 1; s < context.slots(); s++) {
            if (written[s]) {
                mv.visitVarInsn(ALOAD, MethodWriter.V);
                w.integer(s);
                w.load(s);
                mv.visitInsn(LASTORE);
            }
        }
    }

    private void storeBudget() {
        w.cpu();
        mv.visitVarInsn(LLOAD, MethodWriter.BUDGET);
        mv.visitFieldInsn(PUTFIELD, CPU, "remaining", "J");
    }

    private void block(int index, long layoutNext) {
        RegionBlock b = blocks[index];
        w.label(heads.get(b.block.pc));
        if (flow.checked(index)) {
            mv.visitVarInsn(LLOAD, MethodWriter.BUDGET);
            w.constant(flow.needed(index));
            mv.visitInsn(LCMP);
            Label shortfall = new Label();
            mv.visitJumpInsn(IFLT, shortfall);
            stubs.add(() -> {
                w.label(shortfall);
                leave(b.block.pc);
            });
        }
        mv.visitVarInsn(LLOAD, MethodWriter.BUDGET);
        w.constant(b.block.length);
        mv.visitInsn(LSUB);
        mv.visitVarInsn(LSTORE, MethodWriter.BUDGET);
        int instruction = 0;
        for (int ip = 0; ip < b.code.length; ip += 4) {
            while (ip >= b.starts[instruction + 1]) {
                instruction++;
            }
            operation(b, index, instruction, ip, layoutNext);
        }
    }

    private void leave(long pc) {
        w.constant(pc);
        mv.visitVarInsn(LSTORE, MethodWriter.PC);
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

    private void operation(RegionBlock b, int index, int instruction, int ip, long layoutNext) {
        int op = b.op(ip);
        int d = b.d(ip);
        int x = b.code[ip + 1];
        int y = b.code[ip + 2];
        int z = b.code[ip + 3];
        if (op < Op.BINARY_END) {
            arithmetic.binary(op & ~1, x, (op & 1) != 0, y, b.pool);
            w.store(d);
        } else if (Op.isLoad(op)) {
            memory.load(op, d, x, y, z, site(index, instruction));
        } else if (Op.isStore(op)) {
            memory.store(op, d, x, y, z, site(index, instruction));
        } else if (op == Op.CALL) {
            call(b.block, index, instruction, d, context.helpers()[x], y, z);
        } else if (Op.isBranch(op)) {
            branch(b.block, op, x, y, layoutNext);
        } else {
            switch (op) {
                case Op.MOV -> {
                    w.load(x);
                    w.store(d);
                }
                case Op.MOVK -> {
                    w.constant(b.pool[y]);
                    w.store(d);
                }
                case Op.SELECT -> {
                    w.load(x);
                    mv.visitInsn(LCONST_0);
                    mv.visitInsn(LCMP);
                    choose(y, z, d);
                }
                case Op.JUMP -> go(b.block.target, layoutNext);
                case Op.JUMP_TO -> jumpTo(index, x);
                case Op.EXIT -> leave(b.block.nextPc);
                case Op.EXIT_SET -> {
                    w.cpu();
                    mv.visitFieldInsn(GETFIELD, CPU, "pc", "J");
                    mv.visitVarInsn(LSTORE, MethodWriter.PC);
                    mv.visitJumpInsn(GOTO, exit);
                }
                default -> {
                    w.load(x);
                    arithmetic.unary(op);
                    w.store(d);
                }
            }
        }
    }

    /** An inline cache: the places where the jump was seen to go, one after the other, when they are in the region. */
    private void jumpTo(int index, int x) {
        w.load(x);
        mv.visitVarInsn(LSTORE, MethodWriter.PC);
        for (long pc : region.expected()[index]) {
            Label inside = heads.get(pc);
            if (inside != null) {
                mv.visitVarInsn(LLOAD, MethodWriter.PC);
                w.constant(pc);
                mv.visitInsn(LCMP);
                mv.visitJumpInsn(IFEQ, inside);
            }
        }
        mv.visitJumpInsn(GOTO, exit);
    }

    /** Stores y to d when the int on the stack is not zero, else z. */
    private void choose(int y, int z, int d) {
        Label other = new Label();
        Label done = new Label();
        mv.visitJumpInsn(IFEQ, other);
        w.load(y);
        w.store(d);
        mv.visitJumpInsn(GOTO, done);
        w.label(other);
        w.load(z);
        w.store(d);
        w.label(done);
        mv.visitInsn(NOP);
    }

    private void call(Block b, int index, int instruction, int d, Helper h, int y, int z) {
        if (h.system()) {
            spill();
            storeBudget();
            w.cpu();
            w.constant(b.pcOf(instruction));
            mv.visitFieldInsn(PUTFIELD, CPU, "pc", "J");
            w.cpu();
            w.integer(b.length - instruction);
            mv.visitFieldInsn(PUTFIELD, CPU, "uncharged", "I");
        }
        if (h.faults()) {
            w.cpu();
            w.integer(site(index, instruction));
            mv.visitFieldInsn(PUTFIELD, CPU, "site", "I");
        }
        w.cpu();
        w.load(y & 0xffff);
        w.load(y >>> 16);
        w.load(z);
        w.call(h.owner, h.method, "(L" + CPU + ";JJJ)J");
        w.store(d);
    }

    private void branch(Block b, int op, int x, int y, long layoutNext) {
        boolean unsigned = op == Op.BRLTU || op == Op.BRGEU;
        compared(x, unsigned);
        compared(y, unsigned);
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
                w.label(stub);
                leave(b.target);
            });
        }
        go(b.nextPc, layoutNext);
    }

    private void compared(int operand, boolean unsigned) {
        w.load(operand);
        if (unsigned) {
            w.constant(Long.MIN_VALUE);
            mv.visitInsn(LXOR);
        }
    }
}
