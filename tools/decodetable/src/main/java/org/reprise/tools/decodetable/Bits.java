package org.reprise.tools.decodetable;

/** Arithmetic on bit patterns of up to 64 bits. */
final class Bits {
    private Bits() {
    }

    /** A value whose {@code count} lowest bits are set; 0 to 64. */
    static long ones(int count) {
        return count == 64 ? -1L : (1L << count) - 1;
    }

    /** The members of {@code pattern}'s alphabet '0', '1' and '.' as they would stand in a table, most significant first. */
    static String pattern(long mask, long match, int width) {
        StringBuilder text = new StringBuilder();
        for (int bit = width - 1; bit >= 0; bit--) {
            text.append((mask >>> bit & 1) == 0 ? '.' : (char) ('0' + (match >>> bit & 1)));
            if (bit > 0 && bit % 8 == 0) {
                text.append(' ');
            }
        }
        return text.toString();
    }
}
