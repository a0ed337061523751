package org.reprise.cpu.riscv;

import java.lang.invoke.MethodHandles;
import org.reprise.core.translator.BlockBuilder;
import org.reprise.core.translator.Frontend;
import org.reprise.core.translator.Helper;

/** Fetches and decodes; one translate method per instruction does the rest ({@link RiscvTranslator}). */
final class RiscvFrontend implements Frontend {
    private final RiscvCpu cpu;
    private final RiscvHelpers helpers = new RiscvHelpers();
    private final RiscvTranslator translator;
    private final long features;

    RiscvFrontend(RiscvCpu cpu) {
        this.cpu = cpu;
        this.features = features(cpu.xlen);
        this.translator = new RiscvTranslator(helpers, cpu.xlen);
    }

    /** The decode table's features of a width. */
    static long features(int xlen) {
        return (xlen == 64 ? RiscvDecoder.RV64 : RiscvDecoder.RV32) | RiscvDecoder.I | RiscvDecoder.M | RiscvDecoder.A | RiscvDecoder.F
            | RiscvDecoder.D | RiscvDecoder.C | RiscvDecoder.Zicsr | RiscvDecoder.Zifencei | RiscvDecoder.Zba | RiscvDecoder.Zbb
            | RiscvDecoder.Zbs | RiscvDecoder.S;
    }

    @Override
    public String configuration() {
        return "riscv rv" + cpu.xlen + " " + Long.toHexString(features);
    }

    @Override
    public int slots() {
        return RiscvCpu.SLOTS;
    }

    @Override
    public Helper.Table helpers() {
        return helpers.table;
    }

    @Override
    public MethodHandles.Lookup lookup() {
        return MethodHandles.lookup();
    }

    @Override
    public int maxInstructionLength() {
        return 4;
    }

    @Override
    public int instructionAlignment() {
        return 2;
    }

    @Override
    public int translate(BlockBuilder b, int mode) {
        int first = b.fetch16(0);
        int length = RiscvDecoder.length(first) == 2 ? 2 : 4;
        int word = length == 2 ? first : first | b.fetch16(2) << 16;
        translator.begin(b, mode, word, length);
        if (!RiscvDecoder.decode(word, features, translator)) {
            translator.illegal();
        }
        return length;
    }
}
