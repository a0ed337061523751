package org.reprise.core.translator;

import java.lang.invoke.MethodHandles;

/** The translating half of an architecture: one per CPU, used on the machine's thread only. */
public interface Frontend {
    /** Names all that translation depends on besides the code: architecture, width, extensions. */
    String configuration();

    /** Number of guest register slots; slot 0 always reads as zero and is never written. */
    int slots();

    /** The helpers that translated code calls. */
    Helper.Table helpers();

    /**
     * A lookup of the CPU bundle with full privilege access: generated classes are defined beside its lookup class, so that they see the
     * bundle's package-private helpers.
     */
    MethodHandles.Lookup lookup();

    /** Longest instruction in bytes; a block's instruction that crosses a page end is translated alone in its block. */
    int maxInstructionLength();

    /** Every instruction starts at a multiple of this. */
    int instructionAlignment();

    /**
     * Translates one instruction. Emits its IR and, when it ends the block, a terminator.
     *
     * @param b the builder; {@link BlockBuilder#pc} is the instruction's address, {@link BlockBuilder#fetch16}… read the code
     * @param mode the CPU's {@link TranslatedCpu#mode} the block is for
     * @return length of the instruction in bytes
     */
    int translate(BlockBuilder b, int mode);
}
