package org.reprise.tools.decodetable;

import java.util.List;

/**
 * A named value made of instruction bits: the pieces are concatenated most significant first, sign- or zero-extended,
 * shifted left, and a constant is added. Bit numbers count from the least significant bit of the line's own pattern.
 */
record Field(String name, String kind, boolean signed, List<Piece> pieces, int shift, long add) {

    /** Bits {@code high} down to {@code low}, both included. */
    record Piece(int high, int low) {
        int width() {
            return high - low + 1;
        }

        long ones() {
            return Bits.ones(width());
        }
    }

    int width() {
        return pieces.stream().mapToInt(Piece::width).sum();
    }

    /** The highest instruction bit used. */
    int highest() {
        return pieces.stream().mapToInt(Piece::high).max().orElseThrow();
    }

    /** The instruction bits that the field is made of. */
    long bits() {
        long bits = 0;
        for (Piece piece : pieces) {
            bits |= piece.ones() << piece.low();
        }
        return bits;
    }

    /** Whether a handler receives the value as {@code long}: all sign-extended values, and unsigned ones that an int cannot hold. */
    boolean isLong() {
        return signed || width() + shift >= 32 || add != (int) add;
    }

    long extract(long insn) {
        long value = 0;
        for (Piece piece : pieces) {
            value = value << piece.width() | insn >>> piece.low() & piece.ones();
        }
        if (signed) {
            int unused = 64 - width();
            value = value << unused >> unused;
        }
        return (value << shift) + add;
    }
}
