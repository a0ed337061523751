package org.reprise.core.translator;

/** A compiled region: several blocks with one entry, in one JVM method, and the tables that map its fault sites back to the guest. */
final class CompiledRegion {
    final CompiledCode code;
    final Block[] blocks;
    /** For each site: its block's index in {@link #blocks} and the instruction's number in the block. */
    final int[] siteBlock;
    final int[] siteInstruction;
    /** Pairs of virtual and physical page that it was compiled from. */
    final long[] pages;
    /** The flush generation in which the pages were last found to be mapped so. */
    int generation = -1;
    /** Bytecode size, for statistics. */
    final int bytes;

    CompiledRegion(CompiledCode code, Block[] blocks, int[] siteBlock, int[] siteInstruction, long[] pages, int bytes) {
        this.code = code;
        this.blocks = blocks;
        this.siteBlock = siteBlock;
        this.siteInstruction = siteInstruction;
        this.pages = pages;
        this.bytes = bytes;
    }
}
