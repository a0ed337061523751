package org.reprise.core.translator;

import static org.objectweb.asm.Opcodes.ACC_FINAL;
import static org.objectweb.asm.Opcodes.ACC_PRIVATE;
import static org.objectweb.asm.Opcodes.ACC_PUBLIC;
import static org.objectweb.asm.Opcodes.ACC_STATIC;
import static org.objectweb.asm.Opcodes.ACC_SYNTHETIC;
import static org.objectweb.asm.Opcodes.ALOAD;
import static org.objectweb.asm.Opcodes.GETFIELD;
import static org.objectweb.asm.Opcodes.ILOAD;
import static org.objectweb.asm.Opcodes.INVOKESPECIAL;
import static org.objectweb.asm.Opcodes.INVOKESTATIC;
import static org.objectweb.asm.Opcodes.IRETURN;
import static org.objectweb.asm.Opcodes.LLOAD;
import static org.objectweb.asm.Opcodes.RETURN;
import static org.objectweb.asm.Opcodes.V17;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.invoke.MethodHandles.Lookup.ClassOption;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.List;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Compiles regions to JVM classes, hidden ones beside the CPU bundle's lookup class; several regions to a class, because defining and
 * linking one costs more than the method in it. Used by one thread at a time.
 */
final class RegionCompiler {
    /** HotSpot never compiles longer methods (HugeMethodLimit). */
    static final int MAX_BYTECODES = 8000;
    /** Bytes that one operation may take, out-of-line part included, and that entry and exits may take. */
    private static final int LONGEST_OPERATION = 130;
    private static final int OVERHEAD = 2500;
    private static final int SPILL = 10;
    private static final String BASE = "org/reprise/core/translator/CompiledCode";

    private final PassContext context;
    private final Passes passes;
    private final Lookup lookup;
    private final String name;
    private volatile long nanos;

    RegionCompiler(PassContext context, Passes passes, Lookup lookup) {
        this.context = context;
        this.passes = passes;
        this.lookup = lookup;
        this.name = lookup.lookupClass().getPackageName().replace('.', '/') + "/Region";
    }

    /** Time spent, for statistics. */
    long nanos() {
        return nanos;
    }

    /** Compiles regions into one class. One that is too long for a method is cut; one whose first block alone is too long is left out. */
    List<CompiledRegion> compile(List<Region> regions) {
        long begin = System.nanoTime();
        ClassWriter cw = new ClassWriter(ClassWriter.COMPUTE_MAXS);
        cw.visit(V17, ACC_FINAL | ACC_SYNTHETIC, name, null, BASE, null);
        constructor(cw);
        List<CompiledRegion> compiled = new ArrayList<>();
        for (Region wanted : regions) {
            for (int count = wanted.blocks().length; count > 0; count = count > 1 ? count * 2 / 3 : 0) {
                CompiledRegion r = method(cw, compiled.size(), wanted, count == wanted.blocks().length ? wanted : wanted.cut(count));
                if (r != null) {
                    compiled.add(r);
                    break;
                }
            }
        }
        if (!compiled.isEmpty()) {
            run(cw, compiled.size());
            cw.visitEnd();
            define(cw.toByteArray(), compiled);
        }
        nanos += System.nanoTime() - begin;
        return compiled;
    }

    private static void constructor(ClassWriter cw) {
        MethodVisitor init = cw.visitMethod(0, "<init>", "(I)V", null, null);
        init.visitCode();
        init.visitVarInsn(ALOAD, 0);
        init.visitVarInsn(ILOAD, 1);
        init.visitMethodInsn(INVOKESPECIAL, BASE, "<init>", "(I)V", false);
        init.visitInsn(RETURN);
        init.visitMaxs(2, 2);
        init.visitEnd();
    }

    /** The region's method, or null when it is too long. */
    private CompiledRegion method(ClassWriter cw, int number, Region wanted, Region region) {
        RegionCompiledEvent event = new RegionCompiledEvent();
        event.begin();
        ControlFlow flow = new ControlFlow(region, passes.checksEveryBlock());
        RegionBlock[] blocks = passes.run(region, flow, context);
        if (measure(region, flow, blocks) > MAX_BYTECODES) {
            return null;
        }
        MethodVisitor mv = cw.visitMethod(ACC_PRIVATE | ACC_STATIC, "region" + number, MethodWriter.DESCRIPTOR, null, null);
        RegionEmitter emitter = new RegionEmitter(mv, context, region, flow, blocks);
        int bytes = emitter.emit();
        if (bytes > MAX_BYTECODES) {
            throw new IllegalStateException("the method of the region at 0x" + Long.toHexString(region.blocks()[0].pc) + " has " + bytes
                + " bytes: more than the JVM compiles");
        }
        if (event.shouldCommit()) {
            event.address = region.blocks()[0].pc;
            event.instructions = region.instructions();
            event.blocks = region.blocks().length;
            event.bytecodes = bytes;
            event.hot = region.hot();
            event.commit();
        }
        return new CompiledRegion(wanted, region.blocks(), emitter.siteBlocks(), emitter.siteInstructions(), flow.needed(0), bytes);
    }

    /** Size of the method; regions that are certainly short are not written twice. */
    private int measure(Region region, ControlFlow flow, RegionBlock[] blocks) {
        int most = OVERHEAD;
        for (RegionBlock b : blocks) {
            for (int ip = 0; ip < b.code.length; ip += 4) {
                most += b.op(ip) == Op.CALL ? LONGEST_OPERATION + context.slots() * SPILL : LONGEST_OPERATION;
            }
        }
        if (most < MAX_BYTECODES) {
            return most;
        }
        MethodVisitor mv = new ClassWriter(ClassWriter.COMPUTE_MAXS).visitMethod(ACC_STATIC, "region", MethodWriter.DESCRIPTOR, null, null);
        return new RegionEmitter(mv, context, region, flow, blocks).emit();
    }

    /** The method that every instance has: goes to the region that the instance stands for. */
    private void run(ClassWriter cw, int count) {
        MethodVisitor mv = cw.visitMethod(ACC_PUBLIC | ACC_FINAL, "run", MethodWriter.DESCRIPTOR, null, null);
        mv.visitCode();
        Label[] labels = new Label[count];
        for (int i = 0; i < count; i++) {
            labels[i] = new Label();
        }
        if (count > 1) {
            mv.visitVarInsn(ALOAD, 0);
            mv.visitFieldInsn(GETFIELD, BASE, "which", "I");
            mv.visitTableSwitchInsn(0, count - 1, labels[0], labels);
        }
        for (int i = 0; i < count; i++) {
            if (count > 1) {
                mv.visitLabel(labels[i]);
                mv.visitFrame(Opcodes.F_NEW, 3, new Object[] {name, MethodWriter.CPU, Opcodes.LONG}, 0, new Object[0]);
            }
            mv.visitVarInsn(ALOAD, 1);
            mv.visitVarInsn(LLOAD, 2);
            mv.visitMethodInsn(INVOKESTATIC, name, "region" + i, MethodWriter.DESCRIPTOR, false);
            mv.visitInsn(IRETURN);
        }
        mv.visitMaxs(3, 4);
        mv.visitEnd();
    }

    private void define(byte[] bytes, List<CompiledRegion> regions) {
        try {
            Lookup hidden = lookup.defineHiddenClass(bytes, true, ClassOption.NESTMATE);
            MethodHandle constructor = hidden.findConstructor(hidden.lookupClass(), MethodType.methodType(void.class, int.class));
            for (int i = 0; i < regions.size(); i++) {
                regions.get(i).code = (CompiledCode) constructor.invoke(i);
            }
        } catch (Throwable e) {
            throw new IllegalStateException("generated code for the region at 0x" + Long.toHexString(regions.get(0).blocks[0].pc)
                + " is refused: " + e, e);
        }
    }
}
