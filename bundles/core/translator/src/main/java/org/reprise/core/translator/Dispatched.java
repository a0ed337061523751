package org.reprise.core.translator;

/**
 * What the dispatcher needs to know of a block to go on with it, and no more: fields of a superclass lie together, so that they are one or two lines of
 * the host's cache. Where code is flat, waiting for these is what costs.
 */
abstract class Dispatched {
    /** The CPU mode it was translated for. */
    final int mode;
    /** Virtual address of the first instruction. */
    final long pc;
    /** Guest instructions executed in the compiled code that begins here, and how many make it worth being compiled as a hot region. */
    long executed;
    long promotion = Long.MAX_VALUE;
    /** The flush generation in which the jump cache may lead here: its pages have been fetched from since. Never the present one once invalid. */
    int generation = -1;
    /** The flush generation in which the pages of the compiled code were last found to be mapped as they were. */
    int mapped = -1;
    /** The budget with which the compiled code does something. */
    int needed;
    /** The region that begins here, or null, and its code. */
    private CompiledRegion region;
    CompiledCode compiled;
    int which;

    Dispatched(long pc, int mode) {
        this.pc = pc;
        this.mode = mode;
    }

    final CompiledRegion region() {
        return region;
    }

    /** From now on this region begins here; null: none. */
    final void region(CompiledRegion r) {
        region = r;
        compiled = r == null ? null : r.code();
        which = r == null ? 0 : r.which();
        needed = r == null ? 0 : r.needed;
        mapped = -1;
    }
}
