package org.reprise.core.translator;

/** Bytecode of loads and stores: two ways, for regions that are warm and for hot ones. */
interface MemoryEmitter {
    /** A load: operands as in {@link Op}, z with the marks of {@link RegionBlock}. */
    void load(int op, int d, int x, int displacement, int z, int site);

    /** A store. */
    void store(int op, int value, int x, int displacement, int z, int site);
}
