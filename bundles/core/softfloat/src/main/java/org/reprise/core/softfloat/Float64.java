package org.reprise.core.softfloat;

/**
 * IEEE 754 binary64 arithmetic on raw bits, exact in every rounding mode with every flag (IEEE 754-2019). Host arithmetic, strict since
 * Java 17, is used where it is exact by rule: to nearest even, with INEXACT already raised and a result that is far from both ends of
 * the range, so that no other flag can be due.
 */
public final class Float64 {
    static final Binary FORMAT = new Binary(64, 53);

    private Float64() {
    }

    private static boolean fast(FloatStatus st) {
        return (st.flags & FloatStatus.INEXACT) != 0 && st.roundingMode == FloatStatus.NEAREST_EVEN;
    }

    /** Normal, and neither near overflow nor near the subnormals. NaN and infinity are not. */
    private static boolean ordinary(long bits) {
        int e = (int) (bits >>> 52) & FORMAT.exponentMax;
        return e > 53 + 1 && e < FORMAT.exponentMax - 1;
    }

    private static long wide(long a) {
        return a;
    }

    /** a + b. */
    public static long add(long a, long b, FloatStatus st) {
        if (fast(st)) {
            long r = Double.doubleToRawLongBits((Double.longBitsToDouble(a) + Double.longBitsToDouble(b)));
            if (ordinary(r)) {
                return r;
            }
        }
        return FORMAT.add(wide(a), wide(b), st);
    }

    /** a - b. */
    public static long sub(long a, long b, FloatStatus st) {
        if (fast(st)) {
            long r = Double.doubleToRawLongBits((Double.longBitsToDouble(a) - Double.longBitsToDouble(b)));
            if (ordinary(r)) {
                return r;
            }
        }
        // a NaN keeps its sign when it is passed on
        return FORMAT.add(wide(a), FORMAT.isNan(wide(b)) ? wide(b) : wide(b) ^ FORMAT.signBit, st);
    }

    /** a * b. */
    public static long mul(long a, long b, FloatStatus st) {
        if (fast(st)) {
            long r = Double.doubleToRawLongBits((Double.longBitsToDouble(a) * Double.longBitsToDouble(b)));
            if (ordinary(r)) {
                return r;
            }
        }
        return FORMAT.multiply(wide(a), wide(b), st);
    }

    /** a / b. */
    public static long div(long a, long b, FloatStatus st) {
        if (fast(st)) {
            long r = Double.doubleToRawLongBits((Double.longBitsToDouble(a) / Double.longBitsToDouble(b)));
            if (ordinary(r)) {
                return r;
            }
        }
        return FORMAT.divide(wide(a), wide(b), st);
    }

    /** Square root. */
    public static long sqrt(long a, FloatStatus st) {
        if (fast(st)) {
            long r = Double.doubleToRawLongBits(Math.sqrt(Double.longBitsToDouble(a)));
            if (ordinary(r)) {
                return r;
            }
        }
        return FORMAT.squareRoot(wide(a), st);
    }

    /** a * b + c with one rounding. */
    public static long fma(long a, long b, long c, FloatStatus st) {
        if (fast(st)) {
            double sum = Math.fma(Double.longBitsToDouble(a), Double.longBitsToDouble(b), Double.longBitsToDouble(c));
            long r = Double.doubleToRawLongBits(sum);
            if (ordinary(r)) {
                return r;
            }
        }
        return FORMAT.fusedMultiplyAdd(wide(a), wide(b), wide(c), st);
    }

    /** minimumNumber: a number wins over a quiet NaN, -0 is less than +0; a signaling NaN raises INVALID. */
    public static long min(long a, long b, FloatStatus st) {
        return FORMAT.minimum(wide(a), wide(b), false, st);
    }

    /** maximumNumber. */
    public static long max(long a, long b, FloatStatus st) {
        return FORMAT.minimum(wide(a), wide(b), true, st);
    }

    /** a == b; only signaling NaNs raise INVALID. */
    public static boolean eq(long a, long b, FloatStatus st) {
        return FORMAT.equal(wide(a), wide(b), st);
    }

    /** a &lt; b; any NaN raises INVALID. */
    public static boolean lt(long a, long b, FloatStatus st) {
        return FORMAT.less(wide(a), wide(b), false, st);
    }

    /** a &lt;= b; any NaN raises INVALID. */
    public static boolean le(long a, long b, FloatStatus st) {
        return FORMAT.less(wide(a), wide(b), true, st);
    }

    /** One bit of ten, as RISC-V's fclass: -inf, -normal, -subnormal, -0, +0, +subnormal, +normal, +inf, signaling NaN, quiet NaN. */
    public static int classify(long a) {
        return FORMAT.classify(wide(a));
    }

    /** To a signed 32-bit integer; out of range and NaN give INVALID and the nearest bound (NaN: the largest). */
    public static int toInt32(long a, FloatStatus st) {
        return (int) FORMAT.toInteger(wide(a), 32, true, st.roundingMode, st);
    }

    /** To an unsigned 32-bit integer. */
    public static int toUint32(long a, FloatStatus st) {
        return (int) FORMAT.toInteger(wide(a), 32, false, st.roundingMode, st);
    }

    /** To a signed 64-bit integer. */
    public static long toInt64(long a, FloatStatus st) {
        return FORMAT.toInteger(wide(a), 64, true, st.roundingMode, st);
    }

    /** To an unsigned 64-bit integer. */
    public static long toUint64(long a, FloatStatus st) {
        return FORMAT.toInteger(wide(a), 64, false, st.roundingMode, st);
    }

    /** From a signed 32-bit integer. */
    public static long fromInt32(int a, FloatStatus st) {
        return FORMAT.fromInteger(a, true, st);
    }

    /** From an unsigned 32-bit integer. */
    public static long fromUint32(int a, FloatStatus st) {
        return FORMAT.fromInteger(a & 0xffffffffL, false, st);
    }

    /** From a signed 64-bit integer. */
    public static long fromInt64(long a, FloatStatus st) {
        return FORMAT.fromInteger(a, true, st);
    }

    /** From an unsigned 64-bit integer. */
    public static long fromUint64(long a, FloatStatus st) {
        return FORMAT.fromInteger(a, false, st);
    }

    /** From binary32, exact. */
    public static long fromFloat32(int a, FloatStatus st) {
        return FORMAT.convert(Float32.FORMAT, a & 0xffffffffL, st);
    }
}
