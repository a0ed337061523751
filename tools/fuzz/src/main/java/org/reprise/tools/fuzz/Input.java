package org.reprise.tools.fuzz;

import java.util.Arrays;

/** An input of the fuzzer, read as a program: values are taken from its front. When it is used up, all of them are 0. */
final class Input {
    private final byte[] bytes;
    private int at;

    Input(byte[] bytes) {
        this.bytes = bytes;
    }

    /** The same program from its start. */
    Input again() {
        return new Input(bytes);
    }

    /** True while something is left. */
    boolean more() {
        return at < bytes.length;
    }

    int u8() {
        return more() ? bytes[at++] & 0xff : 0;
    }

    int u16() {
        return u8() | u8() << 8;
    }

    long u32() {
        return u16() | (long) u16() << 16;
    }

    long u64() {
        return u32() | u32() << 32;
    }

    /** A number below {@code end}, from one byte, or two when one does not reach. */
    int below(int end) {
        return (end <= 256 ? u8() : u16()) % end;
    }

    boolean flag() {
        return (u8() & 1) != 0;
    }

    /** So many bytes, or as many as are left. */
    byte[] bytes(int most) {
        int end = Math.min(bytes.length, at + most);
        byte[] taken = Arrays.copyOfRange(bytes, at, end);
        at = end;
        return taken;
    }

    byte[] rest() {
        return bytes(bytes.length);
    }

    /** A value as guests write them: mostly small ones, all ones, and addresses of RAM. */
    long value() {
        return switch (below(8)) {
            case 0 -> 0;
            case 1 -> 1;
            case 2 -> u8();
            case 3 -> u16();
            case 4 -> u32();
            case 5 -> -1;
            case 6 -> Rig.RAM + u16();
            default -> u64();
        };
    }
}
