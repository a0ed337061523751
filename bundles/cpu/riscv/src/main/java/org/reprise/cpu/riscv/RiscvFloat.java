package org.reprise.cpu.riscv;

import org.reprise.core.softfloat.Float32;
import org.reprise.core.softfloat.Float64;
import org.reprise.core.softfloat.FloatStatus;
import org.reprise.core.translator.TranslatedCpu;

/**
 * Helpers of the F and D extensions (Volume I, chapters "F" and "D"). A single-precision value in a 64-bit register is valid when its upper
 * half is all ones, else it reads as the canonical NaN. Where an instruction has a rounding mode, c is the instruction itself.
 */
final class RiscvFloat {
    private static final long BOX = 0xffffffff00000000L;
    private static final int NAN = 0x7fc00000;

    private RiscvFloat() {
    }

    private static FloatStatus status(TranslatedCpu cpu) {
        return ((RiscvCpu) cpu).floatStatus;
    }

    /** Sets the instruction's rounding mode; an invalid dynamic one is illegal. */
    private static FloatStatus rounding(TranslatedCpu cpu, long instruction) {
        RiscvCpu hart = (RiscvCpu) cpu;
        int rm = (int) (instruction >>> 12) & 7;
        if (rm == 7) {
            rm = hart.csr.frm;
            if (rm > 4) {
                throw cpu.raise(RiscvTraps.ILLEGAL, instruction & 0xffffffffL);
            }
        }
        hart.floatStatus.roundingMode = rm;
        return hart.floatStatus;
    }

    private static int unbox(long a) {
        return (a & BOX) == BOX ? (int) a : NAN;
    }

    private static long box(int a) {
        return a | BOX;
    }

    /** Comes before the fused operations, whose three arguments leave no room. */
    static long setRounding(TranslatedCpu cpu, long a, long b, long c) {
        rounding(cpu, c);
        return 0;
    }

    static long addS(TranslatedCpu cpu, long a, long b, long c) {
        return box(Float32.add(unbox(a), unbox(b), rounding(cpu, c)));
    }

    static long addD(TranslatedCpu cpu, long a, long b, long c) {
        return Float64.add(a, b, rounding(cpu, c));
    }

    static long subS(TranslatedCpu cpu, long a, long b, long c) {
        return box(Float32.sub(unbox(a), unbox(b), rounding(cpu, c)));
    }

    static long subD(TranslatedCpu cpu, long a, long b, long c) {
        return Float64.sub(a, b, rounding(cpu, c));
    }

    static long mulS(TranslatedCpu cpu, long a, long b, long c) {
        return box(Float32.mul(unbox(a), unbox(b), rounding(cpu, c)));
    }

    static long mulD(TranslatedCpu cpu, long a, long b, long c) {
        return Float64.mul(a, b, rounding(cpu, c));
    }

    static long divS(TranslatedCpu cpu, long a, long b, long c) {
        return box(Float32.div(unbox(a), unbox(b), rounding(cpu, c)));
    }

    static long divD(TranslatedCpu cpu, long a, long b, long c) {
        return Float64.div(a, b, rounding(cpu, c));
    }

    static long sqrtS(TranslatedCpu cpu, long a, long b, long c) {
        return box(Float32.sqrt(unbox(a), rounding(cpu, c)));
    }

    static long sqrtD(TranslatedCpu cpu, long a, long b, long c) {
        return Float64.sqrt(a, rounding(cpu, c));
    }

    static long fmaddS(TranslatedCpu cpu, long a, long b, long c) {
        return box(Float32.fma(unbox(a), unbox(b), unbox(c), status(cpu)));
    }

    static long fmsubS(TranslatedCpu cpu, long a, long b, long c) {
        return box(Float32.fma(unbox(a), unbox(b), unbox(c) ^ 0x80000000, status(cpu)));
    }

    static long fnmsubS(TranslatedCpu cpu, long a, long b, long c) {
        return box(Float32.fma(unbox(a) ^ 0x80000000, unbox(b), unbox(c), status(cpu)));
    }

    static long fnmaddS(TranslatedCpu cpu, long a, long b, long c) {
        return box(Float32.fma(unbox(a) ^ 0x80000000, unbox(b), unbox(c) ^ 0x80000000, status(cpu)));
    }

    static long fmaddD(TranslatedCpu cpu, long a, long b, long c) {
        return Float64.fma(a, b, c, status(cpu));
    }

    static long fmsubD(TranslatedCpu cpu, long a, long b, long c) {
        return Float64.fma(a, b, c ^ Long.MIN_VALUE, status(cpu));
    }

    static long fnmsubD(TranslatedCpu cpu, long a, long b, long c) {
        return Float64.fma(a ^ Long.MIN_VALUE, b, c, status(cpu));
    }

    static long fnmaddD(TranslatedCpu cpu, long a, long b, long c) {
        return Float64.fma(a ^ Long.MIN_VALUE, b, c ^ Long.MIN_VALUE, status(cpu));
    }

    static long minS(TranslatedCpu cpu, long a, long b, long c) {
        return box(Float32.min(unbox(a), unbox(b), status(cpu)));
    }

    static long minD(TranslatedCpu cpu, long a, long b, long c) {
        return Float64.min(a, b, status(cpu));
    }

    static long maxS(TranslatedCpu cpu, long a, long b, long c) {
        return box(Float32.max(unbox(a), unbox(b), status(cpu)));
    }

    static long maxD(TranslatedCpu cpu, long a, long b, long c) {
        return Float64.max(a, b, status(cpu));
    }

    static long eqS(TranslatedCpu cpu, long a, long b, long c) {
        return Float32.eq(unbox(a), unbox(b), status(cpu)) ? 1 : 0;
    }

    static long eqD(TranslatedCpu cpu, long a, long b, long c) {
        return Float64.eq(a, b, status(cpu)) ? 1 : 0;
    }

    static long ltS(TranslatedCpu cpu, long a, long b, long c) {
        return Float32.lt(unbox(a), unbox(b), status(cpu)) ? 1 : 0;
    }

    static long ltD(TranslatedCpu cpu, long a, long b, long c) {
        return Float64.lt(a, b, status(cpu)) ? 1 : 0;
    }

    static long leS(TranslatedCpu cpu, long a, long b, long c) {
        return Float32.le(unbox(a), unbox(b), status(cpu)) ? 1 : 0;
    }

    static long leD(TranslatedCpu cpu, long a, long b, long c) {
        return Float64.le(a, b, status(cpu)) ? 1 : 0;
    }

    static long classS(TranslatedCpu cpu, long a, long b, long c) {
        return Float32.classify(unbox(a));
    }

    static long classD(TranslatedCpu cpu, long a, long b, long c) {
        return Float64.classify(a);
    }

    static long signS(TranslatedCpu cpu, long a, long b, long c) {
        return box(unbox(a) & 0x7fffffff | unbox(b) & 0x80000000);
    }

    static long signNotS(TranslatedCpu cpu, long a, long b, long c) {
        return box(unbox(a) & 0x7fffffff | ~unbox(b) & 0x80000000);
    }

    static long signXorS(TranslatedCpu cpu, long a, long b, long c) {
        return box(unbox(a) ^ unbox(b) & 0x80000000);
    }

    static long cvtWS(TranslatedCpu cpu, long a, long b, long c) {
        return Float32.toInt32(unbox(a), rounding(cpu, c));
    }

    static long cvtWD(TranslatedCpu cpu, long a, long b, long c) {
        return Float64.toInt32(a, rounding(cpu, c));
    }

    static long cvtSW(TranslatedCpu cpu, long a, long b, long c) {
        return box(Float32.fromInt32((int) a, rounding(cpu, c)));
    }

    static long cvtDW(TranslatedCpu cpu, long a, long b, long c) {
        return Float64.fromInt32((int) a, rounding(cpu, c));
    }

    static long cvtWuS(TranslatedCpu cpu, long a, long b, long c) {
        return Float32.toUint32(unbox(a), rounding(cpu, c));
    }

    static long cvtWuD(TranslatedCpu cpu, long a, long b, long c) {
        return Float64.toUint32(a, rounding(cpu, c));
    }

    static long cvtSWu(TranslatedCpu cpu, long a, long b, long c) {
        return box(Float32.fromUint32((int) a, rounding(cpu, c)));
    }

    static long cvtDWu(TranslatedCpu cpu, long a, long b, long c) {
        return Float64.fromUint32((int) a, rounding(cpu, c));
    }

    static long cvtLS(TranslatedCpu cpu, long a, long b, long c) {
        return Float32.toInt64(unbox(a), rounding(cpu, c));
    }

    static long cvtLD(TranslatedCpu cpu, long a, long b, long c) {
        return Float64.toInt64(a, rounding(cpu, c));
    }

    static long cvtSL(TranslatedCpu cpu, long a, long b, long c) {
        return box(Float32.fromInt64(a, rounding(cpu, c)));
    }

    static long cvtDL(TranslatedCpu cpu, long a, long b, long c) {
        return Float64.fromInt64(a, rounding(cpu, c));
    }

    static long cvtLuS(TranslatedCpu cpu, long a, long b, long c) {
        return Float32.toUint64(unbox(a), rounding(cpu, c));
    }

    static long cvtLuD(TranslatedCpu cpu, long a, long b, long c) {
        return Float64.toUint64(a, rounding(cpu, c));
    }

    static long cvtSLu(TranslatedCpu cpu, long a, long b, long c) {
        return box(Float32.fromUint64(a, rounding(cpu, c)));
    }

    static long cvtDLu(TranslatedCpu cpu, long a, long b, long c) {
        return Float64.fromUint64(a, rounding(cpu, c));
    }

    static long cvtSD(TranslatedCpu cpu, long a, long b, long c) {
        return box(Float32.fromFloat64(a, rounding(cpu, c)));
    }

    static long cvtDS(TranslatedCpu cpu, long a, long b, long c) {
        // exact, but an invalid rounding mode is illegal here, too
        return Float64.fromFloat32(unbox(a), rounding(cpu, c));
    }
}
