package org.reprise.core.translator;

import static org.objectweb.asm.Opcodes.ACC_FINAL;
import static org.objectweb.asm.Opcodes.ACC_PUBLIC;
import static org.objectweb.asm.Opcodes.ACC_SYNTHETIC;
import static org.objectweb.asm.Opcodes.ALOAD;
import static org.objectweb.asm.Opcodes.INVOKESPECIAL;
import static org.objectweb.asm.Opcodes.RETURN;
import static org.objectweb.asm.Opcodes.V17;

import java.lang.invoke.MethodHandles.Lookup;
import java.lang.invoke.MethodHandles.Lookup.ClassOption;
import java.lang.invoke.MethodType;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import org.objectweb.asm.ClassWriter;

/** Compiles regions to JVM classes, hidden ones beside the CPU bundle's lookup class. Used by one thread at a time. */
final class RegionCompiler {
    /** HotSpot never compiles longer methods (HugeMethodLimit). */
    static final int MAX_BYTECODES = 8000;
    private static final String BASE = "org/reprise/core/translator/CompiledCode";

    private final int slots;
    private final Helper[] helpers;
    private final Lookup lookup;
    private final String name;
    private volatile long nanos;

    RegionCompiler(int slots, Helper[] helpers, Lookup lookup) {
        this.slots = slots;
        this.helpers = helpers;
        this.lookup = lookup;
        this.name = lookup.lookupClass().getPackageName().replace('.', '/') + "/Region";
    }

    /** Time spent, for statistics. */
    long nanos() {
        return nanos;
    }

    /** Compiles the blocks, or as many from the front as fit in one method; null when not even the first one does. */
    CompiledRegion compile(Block[] wanted) {
        long begin = System.nanoTime();
        try {
            for (int count = wanted.length; count > 0; count = count > 1 ? count * 2 / 3 : 0) {
                CompiledRegion r = tryCompile(count == wanted.length ? wanted : Arrays.copyOf(wanted, count));
                if (r != null) {
                    return r;
                }
            }
            return null;
        } finally {
            nanos += System.nanoTime() - begin;
        }
    }

    private CompiledRegion tryCompile(Block[] blocks) {
        ClassWriter cw = new ClassWriter(ClassWriter.COMPUTE_MAXS);
        cw.visit(V17, ACC_FINAL | ACC_SYNTHETIC, name, null, BASE, null);
        var init = cw.visitMethod(0, "<init>", "()V", null, null);
        init.visitCode();
        init.visitVarInsn(ALOAD, 0);
        init.visitMethodInsn(INVOKESPECIAL, BASE, "<init>", "()V", false);
        init.visitInsn(RETURN);
        init.visitMaxs(1, 1);
        init.visitEnd();
        var method = cw.visitMethod(ACC_PUBLIC | ACC_FINAL, "run", "(Lorg/reprise/core/translator/TranslatedCpu;)I", null, null);
        RegionEmitter emitter = new RegionEmitter(method, name, slots, helpers, blocks);
        int bytes = emitter.emit();
        if (bytes > MAX_BYTECODES) {
            return null;
        }
        cw.visitEnd();
        CompiledCode code;
        try {
            Lookup hidden = lookup.defineHiddenClass(cw.toByteArray(), true, ClassOption.NESTMATE);
            code = (CompiledCode) hidden.findConstructor(hidden.lookupClass(), MethodType.methodType(void.class)).invoke();
        } catch (Throwable e) {
            throw new IllegalStateException("generated code for the region at 0x" + Long.toHexString(blocks[0].pc) + " is refused: " + e, e);
        }
        Set<Long> pages = new LinkedHashSet<>();
        for (Block b : blocks) {
            pages.add(b.pc & -4096L);
        }
        long[] pairs = new long[pages.size() * 2];
        int n = 0;
        for (long page : pages) {
            pairs[n++] = page;
            for (Block b : blocks) {
                if ((b.pc & -4096L) == page) {
                    pairs[n++] = b.physical & -4096L;
                    break;
                }
            }
        }
        return new CompiledRegion(code, blocks, emitter.siteBlocks(), emitter.siteInstructions(), pairs, bytes);
    }
}
