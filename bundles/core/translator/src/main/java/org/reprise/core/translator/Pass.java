package org.reprise.core.translator;

/**
 * Makes the IR of a region better without a change of what it does: every register has the same value at every place where compiled code
 * can be left, and memory is accessed in the same order. One file per pass; each can be switched off ({@link Passes}).
 */
interface Pass {
    /** Changes the blocks of one region. Passes hold no state between regions. */
    void run(RegionBlock[] blocks, ControlFlow flow, PassContext context);
}
