package org.reprise.cpu.riscv;

import org.reprise.core.translator.TranslatedCpu;

/** Helpers without side effects: division and remainder (Volume I, "M"), byte operations of Zbb. */
final class RiscvMath {
    private RiscvMath() {
    }

    static long div(TranslatedCpu cpu, long a, long b, long c) {
        return b == 0 ? -1 : b == -1 ? -a : a / b;
    }

    static long divu(TranslatedCpu cpu, long a, long b, long c) {
        return b == 0 ? -1 : Long.divideUnsigned(a, b);
    }

    static long rem(TranslatedCpu cpu, long a, long b, long c) {
        return b == 0 ? a : b == -1 ? 0 : a % b;
    }

    static long remu(TranslatedCpu cpu, long a, long b, long c) {
        return b == 0 ? a : Long.remainderUnsigned(a, b);
    }

    static long divw(TranslatedCpu cpu, long a, long b, long c) {
        int y = (int) b;
        return y == 0 ? -1 : y == -1 ? -(int) a : (int) a / y;
    }

    static long divuw(TranslatedCpu cpu, long a, long b, long c) {
        return (int) b == 0 ? -1 : Integer.divideUnsigned((int) a, (int) b);
    }

    static long remw(TranslatedCpu cpu, long a, long b, long c) {
        int y = (int) b;
        return y == 0 ? (int) a : y == -1 ? 0 : (int) a % y;
    }

    static long remuw(TranslatedCpu cpu, long a, long b, long c) {
        return (int) b == 0 ? (int) a : Integer.remainderUnsigned((int) a, (int) b);
    }

    /** High half of signed a times unsigned b. */
    static long mulhsu(TranslatedCpu cpu, long a, long b, long c) {
        return Math.multiplyHigh(a, b) + (b >> 63 & a);
    }

    /** Each byte becomes 0xff unless it is 0. */
    static long orcb(TranslatedCpu cpu, long a, long b, long c) {
        long x = a | a >>> 4 & 0x0f0f0f0f0f0f0f0fL;
        x |= x >>> 2 & 0x3f3f3f3f3f3f3f3fL;
        x |= x >>> 1 & 0x7f7f7f7f7f7f7f7fL;
        return (x & 0x0101010101010101L) * 0xff;
    }
}
