package org.reprise.core.translator;

/**
 * What is compiled together as one method: blocks with one entry, the first. Formed on the machine's thread and immutable from then on,
 * so that another thread may compile it.
 *
 * @param blocks the blocks, the entry first
 * @param expected for each block with a computed jump at its end: addresses of blocks of the region that it may go to, most likely first; else empty
 * @param hot worth all effort of the compilers; else it is only warm
 * @param narrow registers that it keeps to 32 bits may be ints, and it is entered only when they are ({@link NarrowLocals})
 */
record Region(Block[] blocks, long[][] expected, boolean hot, boolean narrow) {
    /** What is hottest is compiled first. Read by the compiling thread while the machine runs: any value will do. */
    long heat() {
        return hot ? Long.MAX_VALUE : blocks[0].heat;
    }

    /** The first blocks of it only. */
    Region cut(int count) {
        return new Region(java.util.Arrays.copyOf(blocks, count), java.util.Arrays.copyOf(expected, count), hot, narrow);
    }

    /** The same without ints: for when its registers turned out to be wide where it is entered. */
    Region widened() {
        return new Region(blocks, expected, hot, false);
    }

    int instructions() {
        int n = 0;
        for (Block b : blocks) {
            n += b.length;
        }
        return n;
    }
}
