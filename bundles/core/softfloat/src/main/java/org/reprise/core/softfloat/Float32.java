package org.reprise.core.softfloat;

/**
 * IEEE 754 binary32 arithmetic on raw bits, exact in every rounding mode with every flag (IEEE 754-2019). Host arithmetic, strict since
 * Java 17, is used where it is exact by rule: to nearest even, with INEXACT already raised and a result that is far from both ends of
 * the range, so that no other flag can be due.
 */
public final class Float32 {
    static final Binary FORMAT = new Binary(32, 24);

    private Float32() {
    }

    private static boolean fast(FloatStatus st) {
        return (st.flags & FloatStatus.INEXACT) != 0 && st.roundingMode == FloatStatus.NEAREST_EVEN;
    }

    /** Normal, and neither near overflow nor near the subnormals. NaN and infinity are not. */
    private static boolean ordinary(int bits) {
        int e = bits >>> 23 & FORMAT.exponentMax;
        return e > 24 + 1 && e < FORMAT.exponentMax - 1;
    }

    private static long wide(int a) {
        return a & 0xffffffffL;
    }

    /** a + b. */
    public static int add(int a, int b, FloatStatus st) {
        if (fast(st)) {
            int r = Float.floatToRawIntBits((Float.intBitsToFloat(a) + Float.intBitsToFloat(b)));
            if (ordinary(r)) {
                return r;
            }
        }
        return (int) FORMAT.add(wide(a), wide(b), st);
    }

    /** a - b. */
    public static int sub(int a, int b, FloatStatus st) {
        if (fast(st)) {
            int r = Float.floatToRawIntBits((Float.intBitsToFloat(a) - Float.intBitsToFloat(b)));
            if (ordinary(r)) {
                return r;
            }
        }
        // a NaN keeps its sign when it is passed on
        return (int) FORMAT.add(wide(a), FORMAT.isNan(wide(b)) ? wide(b) : wide(b) ^ FORMAT.signBit, st);
    }

    /** a * b. */
    public static int mul(int a, int b, FloatStatus st) {
        if (fast(st)) {
            int r = Float.floatToRawIntBits((Float.intBitsToFloat(a) * Float.intBitsToFloat(b)));
            if (ordinary(r)) {
                return r;
            }
        }
        return (int) FORMAT.multiply(wide(a), wide(b), st);
    }

    /** a / b. */
    public static int div(int a, int b, FloatStatus st) {
        if (fast(st)) {
            int r = Float.floatToRawIntBits((Float.intBitsToFloat(a) / Float.intBitsToFloat(b)));
            if (ordinary(r)) {
                return r;
            }
        }
        return (int) FORMAT.divide(wide(a), wide(b), st);
    }

    /** Square root. */
    public static int sqrt(int a, FloatStatus st) {
        if (fast(st)) {
            int r = Float.floatToRawIntBits((float) Math.sqrt(Float.intBitsToFloat(a)));
            if (ordinary(r)) {
                return r;
            }
        }
        return (int) FORMAT.squareRoot(wide(a), st);
    }

    /** a * b + c with one rounding. */
    public static int fma(int a, int b, int c, FloatStatus st) {
        if (fast(st)) {
            int r = Float.floatToRawIntBits(Math.fma(Float.intBitsToFloat(a), Float.intBitsToFloat(b), Float.intBitsToFloat(c)));
            if (ordinary(r)) {
                return r;
            }
        }
        return (int) FORMAT.fusedMultiplyAdd(wide(a), wide(b), wide(c), st);
    }

    /** minimumNumber: a number wins over a quiet NaN, -0 is less than +0; a signaling NaN raises INVALID. */
    public static int min(int a, int b, FloatStatus st) {
        return (int) FORMAT.minimum(wide(a), wide(b), false, st);
    }

    /** maximumNumber. */
    public static int max(int a, int b, FloatStatus st) {
        return (int) FORMAT.minimum(wide(a), wide(b), true, st);
    }

    /** a == b; only signaling NaNs raise INVALID. */
    public static boolean eq(int a, int b, FloatStatus st) {
        return FORMAT.equal(wide(a), wide(b), st);
    }

    /** a &lt; b; any NaN raises INVALID. */
    public static boolean lt(int a, int b, FloatStatus st) {
        return FORMAT.less(wide(a), wide(b), false, st);
    }

    /** a &lt;= b; any NaN raises INVALID. */
    public static boolean le(int a, int b, FloatStatus st) {
        return FORMAT.less(wide(a), wide(b), true, st);
    }

    /** One bit of ten, as RISC-V's fclass: -inf, -normal, -subnormal, -0, +0, +subnormal, +normal, +inf, signaling NaN, quiet NaN. */
    public static int classify(int a) {
        return FORMAT.classify(wide(a));
    }

    /** To a signed 32-bit integer; out of range and NaN give INVALID and the nearest bound (NaN: the largest). */
    public static int toInt32(int a, FloatStatus st) {
        return (int) FORMAT.toInteger(wide(a), 32, true, st.roundingMode, st);
    }

    /** To an unsigned 32-bit integer. */
    public static int toUint32(int a, FloatStatus st) {
        return (int) FORMAT.toInteger(wide(a), 32, false, st.roundingMode, st);
    }

    /** To a signed 64-bit integer. */
    public static long toInt64(int a, FloatStatus st) {
        return FORMAT.toInteger(wide(a), 64, true, st.roundingMode, st);
    }

    /** To an unsigned 64-bit integer. */
    public static long toUint64(int a, FloatStatus st) {
        return FORMAT.toInteger(wide(a), 64, false, st.roundingMode, st);
    }

    /** From a signed 32-bit integer. */
    public static int fromInt32(int a, FloatStatus st) {
        return (int) FORMAT.fromInteger(a, true, st);
    }

    /** From an unsigned 32-bit integer. */
    public static int fromUint32(int a, FloatStatus st) {
        return (int) FORMAT.fromInteger(a & 0xffffffffL, false, st);
    }

    /** From a signed 64-bit integer. */
    public static int fromInt64(long a, FloatStatus st) {
        return (int) FORMAT.fromInteger(a, true, st);
    }

    /** From an unsigned 64-bit integer. */
    public static int fromUint64(long a, FloatStatus st) {
        return (int) FORMAT.fromInteger(a, false, st);
    }

    /** From binary64, rounded. */
    public static int fromFloat64(long a, FloatStatus st) {
        return (int) FORMAT.convert(Float64.FORMAT, a, st);
    }
}
