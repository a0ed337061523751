package org.reprise.debug.symbols;

import java.nio.ByteBuffer;

/** A place in a section, which never leaves its part of it. Numbers as DWARF has them (DWARF 5, sections 7.4 and 7.6). */
final class Cursor {
    private final ByteBuffer bytes;
    private final int end;
    private int at;

    Cursor(ByteBuffer bytes, int at, int end) {
        this.bytes = bytes;
        this.at = at;
        this.end = end;
    }

    int at() {
        return at;
    }

    int left() {
        return end - at;
    }

    /** Goes to a place before the end, or the end. */
    void to(int place) {
        at = place;
    }

    void skip(long count) throws LineUnit.Damaged {
        if (count < 0 || count > end - at) {
            throw new LineUnit.Damaged("it is cut off at byte " + end + " of its section");
        }
        at += (int) count;
    }

    private int take(int count) throws LineUnit.Damaged {
        int here = at;
        skip(count);
        return here;
    }

    int peek() throws LineUnit.Damaged {
        int here = take(1);
        at = here;
        return bytes.get(here);
    }

    int u8() throws LineUnit.Damaged {
        return bytes.get(take(1)) & 0xff;
    }

    int u16() throws LineUnit.Damaged {
        return bytes.getShort(take(2)) & 0xffff;
    }

    int u32() throws LineUnit.Damaged {
        return bytes.getInt(take(4));
    }

    long u64() throws LineUnit.Damaged {
        return bytes.getLong(take(8));
    }

    /** An offset in another section. */
    long offset(boolean wide) throws LineUnit.Damaged {
        return wide ? u64() : u32() & 0xffff_ffffL;
    }

    /** ULEB128; bits beyond 64 are lost. */
    long unsigned() throws LineUnit.Damaged {
        long value = 0;
        for (int shift = 0;; shift += 7) {
            int b = u8();
            value |= shift < Long.SIZE ? (b & 0x7fL) << shift : 0;
            if (b < 0x80) {
                return value;
            }
        }
    }

    /** SLEB128; bits beyond 64 are lost. */
    long signed() throws LineUnit.Damaged {
        long value = 0;
        for (int shift = 0;; shift += 7) {
            int b = u8();
            value |= shift < Long.SIZE ? (b & 0x7fL) << shift : 0;
            if (b < 0x80) {
                return (b & 0x40) != 0 && shift + 7 < Long.SIZE ? value | -1L << shift + 7 : value;
            }
        }
    }

    void skipText() throws LineUnit.Damaged {
        while (u8() != 0) {
            continue;
        }
    }
}
