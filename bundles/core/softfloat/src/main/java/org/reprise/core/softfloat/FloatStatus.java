package org.reprise.core.softfloat;

/** Rounding mode, exception flags and the choices that architectures make; one per CPU, used by its thread only. */
public final class FloatStatus {
    /** Rounding modes. */
    public static final int NEAREST_EVEN = 0;
    /** Toward zero. */
    public static final int TOWARD_ZERO = 1;
    /** Toward negative infinity. */
    public static final int DOWN = 2;
    /** Toward positive infinity. */
    public static final int UP = 3;
    /** To nearest, ties away from zero. */
    public static final int NEAREST_AWAY = 4;
    /** Exception flags, as RISC-V's fflags numbers them. */
    public static final int INEXACT = 1;
    /** Tiny and inexact. */
    public static final int UNDERFLOW = 2;
    /** Too large. */
    public static final int OVERFLOW = 4;
    /** Division of a number by zero. */
    public static final int DIVIDE_BY_ZERO = 8;
    /** No useful result. */
    public static final int INVALID = 16;

    /** Present rounding mode. */
    public int roundingMode;
    /** Flags raised so far. */
    public int flags;
    /** True: tininess is detected before rounding; false (RISC-V): after rounding with unbounded exponent (IEEE 754-2019, 7.5). */
    public boolean tininessBeforeRounding;
    /**
     * True (RISC-V): every NaN result is the default NaN, positive and quiet with no payload. False: the first signaling NaN among the
     * operands, in their order, is passed on, else the first quiet one, made quiet and with its sign; conversions between formats keep
     * the payload's most significant bits. Operations that are invalid without a NaN operand give the default NaN in both cases.
     */
    public boolean defaultNan = true;
}
