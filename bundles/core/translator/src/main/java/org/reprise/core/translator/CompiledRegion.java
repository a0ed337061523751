package org.reprise.core.translator;

/** A compiled region: several blocks with one entry, in one JVM method, and the tables that map its fault sites back to the guest. */
final class CompiledRegion {
    /** What was asked for; {@link #blocks} are those of it that fitted into the method. */
    final Region region;
    final Block[] blocks;
    /** For each site: its block's index in {@link #blocks} and the instruction's number in the block. */
    final int[] siteBlock;
    final int[] siteInstruction;
    /** Pairs of virtual and physical page that it was compiled from. */
    final long[] pages;
    /** The budget with which it does something. */
    final int needed;
    /** Bytecode size, for statistics. */
    final int bytes;
    /** Set by the compiler before the region is handed to the machine's thread. */
    private CompiledCode code;
    private int which;
    /** The region that was asked for when its entry became warm: what the next run had better begin with. */
    Region warm;
    /** Times it was not entered because a register was wide, and what its entry had before it. */
    int refusals;
    CompiledRegion before;

    CompiledRegion(Region region, Block[] blocks, int[] siteBlock, int[] siteInstruction, int needed, int bytes) {
        this.region = region;
        this.blocks = blocks;
        this.siteBlock = siteBlock;
        this.siteInstruction = siteInstruction;
        this.pages = pages(blocks);
        this.needed = needed;
        this.bytes = bytes;
    }

    /** The same code for another CPU's blocks, which are alike. */
    CompiledRegion on(Region other) {
        CompiledRegion r = new CompiledRegion(other, java.util.Arrays.copyOf(other.blocks(), blocks.length), siteBlock, siteInstruction, needed, bytes);
        r.code(code, which);
        return r;
    }

    /** Its code is this method of that object. */
    void code(CompiledCode code, int which) {
        this.code = code;
        this.which = which;
    }

    CompiledCode code() {
        return code;
    }

    /** Its number in {@link #code}. */
    int which() {
        return which;
    }

    private static long[] pages(Block[] blocks) {
        long[] pairs = new long[blocks.length * 2];
        int n = 0;
        for (Block b : blocks) {
            long page = b.pc & -4096L;
            int i = 0;
            while (i < n && pairs[i] != page) {
                i += 2;
            }
            if (i == n) {
                pairs[n++] = page;
                pairs[n++] = b.physical & -4096L;
            }
        }
        return java.util.Arrays.copyOf(pairs, n);
    }
}
