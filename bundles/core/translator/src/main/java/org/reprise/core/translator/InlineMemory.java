package org.reprise.core.translator;

import static org.objectweb.asm.Opcodes.*;

import java.util.List;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.reprise.core.memory.HostMemory;

/**
 * Loads and stores of hot regions: the TLB check in line, the slow path out of line. In line, because whether the JVM's compilers inline a
 * method depends on how often its call was seen, and a memory access must not be slow for having been rare at first. The price is time
 * in the compilers.
 */
final class InlineMemory implements MemoryEmitter {
    private final MethodWriter w;
    private final MethodVisitor mv;
    private final List<Runnable> stubs;
    private final int mmu;
    private final String host = HostMemory.directClass().replace('.', '/');

    /**
     * @param stubs what is emitted behind the straight code
     * @param mmu the MMU index, shifted, that is part of the local with the generation
     */
    InlineMemory(MethodWriter writer, List<Runnable> stubs, int mmu) {
        this.mmu = mmu;
        this.w = writer;
        this.mv = writer.mv;
        this.stubs = stubs;
    }

    private static int size(int op) {
        return switch (op) {
            case Op.LD8S, Op.LD8U, Op.ST8 -> 1;
            case Op.LD16S, Op.LD16U, Op.ST16 -> 2;
            case Op.LD32S, Op.LD32U, Op.ST32 -> 4;
            default -> 8;
        };
    }

    private static String type(int size) {
        return size == 1 ? "Byte" : size == 2 ? "Short" : size == 4 ? "Int" : "Long";
    }

    private static String descriptor(int size) {
        return size == 1 ? "B" : size == 2 ? "S" : size == 4 ? "I" : "J";
    }

    @Override
    public void load(int op, int d, int x, int displacement, int z, int site) {
        int size = size(op);
        Label slow = new Label();
        Label done = new Label();
        check(x, displacement, z, size, SoftTlb.READ_TAG, slow);
        address(z);
        w.call(host, "get" + type(size), "(J)" + descriptor(size));
        if (size < 8) {
            extend(op);
        }
        w.store(d);
        w.label(done);
        mv.visitInsn(NOP);
        stubs.add(() -> {
            w.label(slow);
            w.cpu();
            mv.visitVarInsn(LLOAD, MethodWriter.ADDRESS);
            w.integer(size);
            w.integer(z & RegionBlock.MMU);
            w.integer(site);
            mv.visitMethodInsn(INVOKEVIRTUAL, MethodWriter.CPU, "slowLoad", "(JIII)J", false);
            if (op == Op.LD8S || op == Op.LD16S || op == Op.LD32S) {
                mv.visitInsn(L2I);
                if (size < 4) {
                    mv.visitInsn(size == 1 ? I2B : I2S);
                }
                mv.visitInsn(I2L);
            }
            w.store(d);
            lookAgain(z, SoftTlb.READ_TAG);
            mv.visitJumpInsn(GOTO, done);
        });
    }

    private void extend(int op) {
        if (op == Op.LD8U || op == Op.LD16U) {
            w.integer(op == Op.LD8U ? 0xff : 0xffff);
            mv.visitInsn(IAND);
        }
        mv.visitInsn(I2L);
        if (op == Op.LD32U) {
            w.constant(0xffffffffL);
            mv.visitInsn(LAND);
        }
    }

    @Override
    public void store(int op, int value, int x, int displacement, int z, int site) {
        int size = size(op);
        Label slow = new Label();
        Label done = new Label();
        check(x, displacement, z, size, SoftTlb.WRITE_TAG, slow);
        address(z);
        w.load(value);
        if (size < 8) {
            mv.visitInsn(L2I);
        }
        if (size < 4) {
            mv.visitInsn(size == 1 ? I2B : I2S);
        }
        w.call(host, "put" + type(size), "(J" + descriptor(size) + ")V");
        w.label(done);
        mv.visitInsn(NOP);
        stubs.add(() -> {
            w.label(slow);
            w.cpu();
            mv.visitVarInsn(LLOAD, MethodWriter.ADDRESS);
            w.integer(size);
            w.load(value);
            w.integer(z & RegionBlock.MMU);
            w.integer(site);
            mv.visitMethodInsn(INVOKEVIRTUAL, MethodWriter.CPU, "slowStore", "(JIJII)V", false);
            lookAgain(z, SoftTlb.WRITE_TAG);
            mv.visitJumpInsn(GOTO, done);
        });
    }

    /** Computes the address and leaves for the slow path unless the TLB has it. */
    private void check(int x, int displacement, int z, int size, int tag, Label slow) {
        w.load(x);
        if (displacement != 0) {
            w.constant(displacement);
            mv.visitInsn(LADD);
        }
        mv.visitVarInsn(LSTORE, MethodWriter.ADDRESS);
        if ((z & RegionBlock.FOLLOWS) != 0) {
            mv.visitVarInsn(LLOAD, MethodWriter.PAGE);
        } else {
            entry();
            getLong(tag);
            if ((z & RegionBlock.LEADS) != 0) {
                mv.visitInsn(DUP2);
                mv.visitVarInsn(LSTORE, MethodWriter.PAGE);
            }
        }
        mv.visitVarInsn(LLOAD, MethodWriter.ADDRESS);
        w.constant(-4096 | size - 1);
        mv.visitInsn(LAND);
        mv.visitVarInsn(LLOAD, MethodWriter.GENERATION);
        mv.visitInsn(LOR);
        if ((z & RegionBlock.MMU) != mmu) {
            // the local has the region's first MMU index in it
            w.constant(z & RegionBlock.MMU ^ mmu);
            mv.visitInsn(LXOR);
        }
        mv.visitInsn(LCMP);
        mv.visitJumpInsn(IFNE, slow);
    }

    private void entry() {
        mv.visitVarInsn(LLOAD, MethodWriter.TLB);
        mv.visitVarInsn(LLOAD, MethodWriter.ADDRESS);
        w.integer(SoftTlb.OFFSET_SHIFT);
        mv.visitInsn(LUSHR);
        w.constant(SoftTlb.OFFSET_MASK);
        mv.visitInsn(LAND);
        mv.visitInsn(LADD);
        mv.visitVarInsn(LSTORE, MethodWriter.ENTRY);
    }

    private void getLong(int offset) {
        mv.visitVarInsn(LLOAD, MethodWriter.ENTRY);
        if (offset != 0) {
            w.constant(offset);
            mv.visitInsn(LADD);
        }
        w.call(host, "getLong", "(J)J");
    }

    /** Leaves the token in host memory on the stack. */
    private void address(int z) {
        mv.visitVarInsn(LLOAD, MethodWriter.ADDRESS);
        if ((z & RegionBlock.FOLLOWS) != 0) {
            mv.visitVarInsn(LLOAD, MethodWriter.ADDEND);
        } else {
            getLong(SoftTlb.ADDEND);
            if ((z & RegionBlock.LEADS) != 0) {
                mv.visitInsn(DUP2);
                mv.visitVarInsn(LSTORE, MethodWriter.ADDEND);
            }
        }
        mv.visitInsn(LADD);
    }

    /** After a slow path: what followers compare with is what the TLB holds now. */
    private void lookAgain(int z, int tag) {
        if ((z & (RegionBlock.LEADS | RegionBlock.FOLLOWS)) != 0) {
            entry();
            getLong(tag);
            mv.visitVarInsn(LSTORE, MethodWriter.PAGE);
            getLong(SoftTlb.ADDEND);
            mv.visitVarInsn(LSTORE, MethodWriter.ADDEND);
        }
    }
}
