package org.reprise.tools.decodetable;

/**
 * One argument of an instruction line: a field or a constant.
 *
 * @param field the bits it is made of, or null for a constant
 * @param passed false when the bits may have any value and are shown by the disassembler at most (written {@code ~name})
 */
record Argument(String name, Field field, long constant, boolean passed) {
    boolean isLong() {
        return field == null ? constant != (int) constant : field.isLong();
    }
}
