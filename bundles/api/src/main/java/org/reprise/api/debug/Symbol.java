package org.reprise.api.debug;

/**
 * A name of a place in a guest's memory.
 *
 * @param name never empty
 * @param address virtual address of its first byte
 * @param size bytes, at least 1: up to the next symbol where the file does not say
 * @param function true for code, false for data
 */
public record Symbol(String name, long address, long size, boolean function) {
    /** Whether an address belongs to it. */
    public boolean contains(long at) {
        return Long.compareUnsigned(at - address, size) < 0;
    }
}
