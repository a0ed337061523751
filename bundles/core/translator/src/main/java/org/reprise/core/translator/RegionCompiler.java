package org.reprise.core.translator;

import static org.objectweb.asm.Opcodes.ACC_FINAL;
import static org.objectweb.asm.Opcodes.ACC_PROTECTED;
import static org.objectweb.asm.Opcodes.ACC_SYNTHETIC;
import static org.objectweb.asm.Opcodes.ALOAD;
import static org.objectweb.asm.Opcodes.INVOKESPECIAL;
import static org.objectweb.asm.Opcodes.RETURN;
import static org.objectweb.asm.Opcodes.V17;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.invoke.MethodHandles.Lookup.ClassOption;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.List;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;

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
        ClassWriter cw = newClass();
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
            cw.visitEnd();
            define(cw.toByteArray(), compiled);
        }
        nanos += System.nanoTime() - begin;
        return compiled;
    }

    private ClassWriter newClass() {
        ClassWriter cw = new ClassWriter(ClassWriter.COMPUTE_MAXS);
        cw.visit(V17, ACC_FINAL | ACC_SYNTHETIC, name, null, BASE, null);
        return cw;
    }

    private static void constructor(ClassWriter cw) {
        MethodVisitor init = cw.visitMethod(0, "<init>", "()V", null, null);
        init.visitCode();
        init.visitVarInsn(ALOAD, 0);
        init.visitMethodInsn(INVOKESPECIAL, BASE, "<init>", "()V", false);
        init.visitInsn(RETURN);
        init.visitMaxs(1, 1);
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
        MethodVisitor mv = cw.visitMethod(ACC_PROTECTED | ACC_FINAL, "region" + number, MethodWriter.DESCRIPTOR, null, null);
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
        ClassWriter cw = newClass();
        MethodVisitor mv = cw.visitMethod(ACC_PROTECTED, "region", MethodWriter.DESCRIPTOR, null, null);
        return new RegionEmitter(mv, context, region, flow, blocks).emit();
    }

    private void define(byte[] bytes, List<CompiledRegion> regions) {
        try {
            Lookup hidden = lookup.defineHiddenClass(bytes, true, ClassOption.NESTMATE);
            MethodHandle constructor = hidden.findConstructor(hidden.lookupClass(), MethodType.methodType(void.class));
            CompiledCode code = (CompiledCode) constructor.invoke();
            for (int i = 0; i < regions.size(); i++) {
                regions.get(i).code(code, i);
            }
        } catch (Throwable e) {
            throw new IllegalStateException("generated code for the region at 0x" + Long.toHexString(regions.get(0).blocks[0].pc)
                + " is refused: " + e, e);
        }
    }
}
