package org.reprise.core.translator;

import org.objectweb.asm.Opcodes;

/** Loads and stores of warm regions: calls of {@link Access}, which cost the JVM's quick compiler next to nothing. */
final class CalledMemory implements MemoryEmitter {
    private final MethodWriter w;

    CalledMemory(MethodWriter writer) {
        this.w = writer;
    }

    @Override
    public void load(int op, int d, int x, int displacement, int z, int site) {
        w.cpu();
        address(x, displacement);
        w.integer(z & RegionBlock.MMU);
        w.integer(site);
        w.call(MethodWriter.ACCESS, name(op), "(L" + MethodWriter.CPU + ";JII)J");
        w.store(d);
    }

    @Override
    public void store(int op, int value, int x, int displacement, int z, int site) {
        w.cpu();
        address(x, displacement);
        w.load(value);
        w.integer(z & RegionBlock.MMU);
        w.integer(site);
        w.call(MethodWriter.ACCESS, "store" + (8 << (op - Op.ST8)), "(L" + MethodWriter.CPU + ";JJII)V");
    }

    private void address(int x, int displacement) {
        w.load(x);
        if (displacement != 0) {
            w.constant(displacement);
            w.mv.visitInsn(Opcodes.LADD);
        }
    }

    private static String name(int op) {
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
}
