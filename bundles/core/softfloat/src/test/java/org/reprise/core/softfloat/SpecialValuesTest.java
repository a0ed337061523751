package org.reprise.core.softfloat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** NaNs, infinities, zeros, conversions: IEEE 754-2019 sections 5.8, 6, 7, and what RISC-V's manual says of the results. */
class SpecialValuesTest {
    private static final long INF = 0x7ff0000000000000L;
    private static final long NAN = 0x7ff8000000000000L;
    private static final long SNAN = 0x7ff4000000000000L;
    private static final long ONE = 0x3ff0000000000000L;
    private static final long NEG = Long.MIN_VALUE;
    private final FloatStatus st = new FloatStatus();

    private void flags(int expected) {
        assertEquals(expected, st.flags);
        st.flags = 0;
    }

    @Test
    void invalidOperationsGiveTheDefaultNan() {
        assertEquals(NAN, Float64.add(INF, INF | NEG, st));
        flags(FloatStatus.INVALID);
        assertEquals(NAN, Float64.mul(INF, 0, st));
        flags(FloatStatus.INVALID);
        assertEquals(NAN, Float64.div(0, NEG, st));
        flags(FloatStatus.INVALID);
        assertEquals(NAN, Float64.sqrt(ONE | NEG, st));
        flags(FloatStatus.INVALID);
        assertEquals(NEG, Float64.sqrt(NEG, st));
        flags(0);
        assertEquals(NAN, Float64.fma(INF, 0, NAN, st));
        flags(FloatStatus.INVALID);
        assertEquals(NAN, Float64.add(SNAN, ONE, st));
        flags(FloatStatus.INVALID);
        assertEquals(NAN, Float64.add(NAN | 5, ONE, st));
        flags(0);
    }

    @Test
    void divisionByZeroIsNotInvalid() {
        assertEquals(INF | NEG, Float64.div(ONE, NEG, st));
        flags(FloatStatus.DIVIDE_BY_ZERO);
        assertEquals(INF, Float64.div(INF, 0, st));
        flags(0);
    }

    @Test
    void zerosKeepTheirSignsAsTheRoundingModeSays() {
        assertEquals(0, Float64.add(ONE, ONE | NEG, st));
        assertEquals(0, Float64.add(0, NEG, st));
        assertEquals(NEG, Float64.add(NEG, NEG, st));
        st.roundingMode = FloatStatus.DOWN;
        assertEquals(NEG, Float64.add(ONE, ONE | NEG, st));
        assertEquals(NEG, Float64.add(0, NEG, st));
        assertEquals(NEG, Float64.fma(ONE, ONE, ONE | NEG, st));
        flags(0);
    }

    @Test
    void minimumAndMaximumPreferNumbersAndOrderZeros() {
        assertEquals(NEG, Float64.min(0, NEG, st));
        assertEquals(0, Float64.max(NEG, 0, st));
        assertEquals(ONE, Float64.min(NAN, ONE, st));
        flags(0);
        assertEquals(ONE, Float64.max(ONE, SNAN, st));
        flags(FloatStatus.INVALID);
        assertEquals(0x7fc00000, Float32.min(0x7fc00000, 0x7fc00001, st));
        assertEquals(0xbf800000, Float32.min(0x3f800000, 0xbf800000, st));
    }

    @Test
    void comparisonsOfNans() {
        assertFalse(Float64.eq(NAN, NAN, st));
        flags(0);
        assertFalse(Float64.eq(SNAN, ONE, st));
        flags(FloatStatus.INVALID);
        assertFalse(Float64.lt(NAN, ONE, st));
        flags(FloatStatus.INVALID);
        assertTrue(Float64.le(0, NEG, st));
        assertFalse(Float64.lt(NEG, 0, st));
        assertTrue(Float64.lt(ONE | NEG, ONE, st));
        flags(0);
    }

    @Test
    void conversionsToIntegersSaturate() {
        assertEquals(Integer.MAX_VALUE, Float64.toInt32(NAN, st));
        flags(FloatStatus.INVALID);
        assertEquals(Integer.MIN_VALUE, Float64.toInt32(INF | NEG, st));
        flags(FloatStatus.INVALID);
        assertEquals(-1, Float64.toUint32(INF, st));
        flags(FloatStatus.INVALID);
        assertEquals(0, Float64.toUint64(ONE | NEG, st));
        flags(FloatStatus.INVALID);
        assertEquals(-1L, Float64.toUint64(Double.doubleToRawLongBits(0x1p64), st));
        flags(FloatStatus.INVALID);
        assertEquals(0, Float64.toUint32(Double.doubleToRawLongBits(-0.25), st));
        flags(FloatStatus.INEXACT);
        assertEquals(Long.MIN_VALUE, Float64.toInt64(Double.doubleToRawLongBits(-0x1p63), st));
        flags(0);
        assertEquals(2, Float64.toInt32(Double.doubleToRawLongBits(2.5), st));
        st.roundingMode = FloatStatus.NEAREST_AWAY;
        assertEquals(3, Float64.toInt32(Double.doubleToRawLongBits(2.5), st));
        st.roundingMode = FloatStatus.UP;
        assertEquals(1, Float64.toInt32(1, st));
        flags(FloatStatus.INEXACT);
    }

    @Test
    void conversionsFromIntegersAreRoundedAndEqualTheHosts() {
        for (long v : new long[] {0, 1, -1, Long.MAX_VALUE, Long.MIN_VALUE, (1L << 53) + 1, -(1L << 53) - 3, 0x123456789abcdefL}) {
            assertEquals(Double.doubleToRawLongBits(v), Float64.fromInt64(v, st), Long.toString(v));
            assertEquals(Float.floatToRawIntBits(v), Float32.fromInt64(v, st), Long.toString(v));
        }
        assertEquals(Double.doubleToRawLongBits(0x1p64), Float64.fromUint64(-1, st));
        assertEquals(Double.doubleToRawLongBits(4294967295.0), Float64.fromUint32(-1, st));
    }

    @Test
    void formatsConvert() {
        for (double d : new double[] {1, -0.0, 1e-300, 1e300, 0x1p-149, 0x1p-150, 3.14159, Double.POSITIVE_INFINITY}) {
            assertEquals(Float.floatToRawIntBits((float) d), Float32.fromFloat64(Double.doubleToRawLongBits(d), st), Double.toString(d));
        }
        for (float v : new float[] {1, Float.MIN_VALUE, Float.MAX_VALUE, -0f}) {
            assertEquals(Double.doubleToRawLongBits(v), Float64.fromFloat32(Float.floatToRawIntBits(v), st));
        }
        st.flags = 0;
        assertEquals(NAN, Float64.fromFloat32(0x7f800001, st));
        flags(FloatStatus.INVALID);
    }

    @Test
    void classes() {
        long[] values = {INF | NEG, ONE | NEG, 1 | NEG, NEG, 0, 1, ONE, INF, SNAN, NAN};
        for (int i = 0; i < values.length; i++) {
            assertEquals(1 << i, Float64.classify(values[i]));
        }
        assertEquals(1 << 8, Float32.classify(0x7fa00000));
        assertEquals(1 << 5, Float32.classify(1));
    }

    @Test
    void nansArePassedOnSignalingOnesFirstWhereTheArchitectureDoesSo() {
        st.defaultNan = false;
        long q1 = NAN | NEG | 1;
        long q2 = NAN | 2;
        long s1 = 0x7ff0000000000001L;
        long s2 = 0xfff0000000000002L;
        long s3 = 0x7ff0000000000003L;
        long quiet = 0x0008000000000000L;
        assertEquals(q1, Float64.add(q1, q2, st));
        assertEquals(q2, Float64.sub(ONE, q2, st));
        flags(0);
        assertEquals(s2 | quiet, Float64.mul(q1, s2, st));
        assertEquals(s1 | quiet, Float64.div(s1, s2, st));
        assertEquals(s1 | quiet, Float64.fma(s1, s2, s3, st));
        assertEquals(s3 | quiet, Float64.fma(q1, q2, s3, st));
        flags(FloatStatus.INVALID);
        assertEquals(q1, Float64.fma(ONE, q1, q2, st));
        assertEquals(q2, Float64.fma(ONE, ONE, q2, st));
        assertEquals(q1, Float64.min(q1, q2, st));
        flags(0);
        assertEquals(s2 | quiet, Float64.max(q1, s2, st));
        assertEquals(q2, Float64.fma(INF, 0, q2, st));
        flags(FloatStatus.INVALID);
        assertEquals(NAN, Float64.sub(INF, INF, st));
        flags(FloatStatus.INVALID);
        assertEquals(0xffc00001, Float32.fromFloat64(0xfff8000020000000L, st));
        assertEquals(0xfff8000020000000L, Float64.fromFloat32(0xffc00001, st));
        flags(0);
    }

    @Test
    void tininessIsDetectedBeforeOrAfterRounding() {
        // (1 - 2^-26) * 2^-126 rounds up to the smallest normal number, also with unbounded exponent when rounded to 24 digits
        long justBelow = Double.doubleToRawLongBits(0x1p-126 * (1 - 0x1p-26));
        assertEquals(0x00800000, Float32.fromFloat64(justBelow, st));
        flags(FloatStatus.INEXACT);
        st.tininessBeforeRounding = true;
        assertEquals(0x00800000, Float32.fromFloat64(justBelow, st));
        flags(FloatStatus.INEXACT | FloatStatus.UNDERFLOW);
        // a result that rounds to the smallest normal number only because the exponent is bounded is tiny either way
        st.tininessBeforeRounding = false;
        assertEquals(0x00800000, Float32.fromFloat64(Double.doubleToRawLongBits(0x1p-126 * (1 - 0x1p-24)), st));
        flags(FloatStatus.INEXACT | FloatStatus.UNDERFLOW);
    }

    @Test
    void overflowGivesInfinityOrTheLargestNumberAsTheRoundingModeSays() {
        int[] positive = {0x7f800000, 0x7f7fffff, 0x7f7fffff, 0x7f800000, 0x7f800000};
        int[] negative = {0xff800000, 0xff7fffff, 0xff800000, 0xff7fffff, 0xff800000};
        for (int mode = 0; mode < 5; mode++) {
            st.roundingMode = mode;
            assertEquals(positive[mode], Float32.mul(0x7f7fffff, 0x7f7fffff, st));
            flags(FloatStatus.OVERFLOW | FloatStatus.INEXACT);
            assertEquals(negative[mode], Float32.add(0xff7fffff, 0xff7fffff, st));
            flags(FloatStatus.OVERFLOW | FloatStatus.INEXACT);
        }
    }

    @Test
    void underflowGivesZeroOrTheSmallestNumberAsTheRoundingModeSays() {
        int[] half = {0, 0, 0, 1, 1};
        for (int mode = 0; mode < 5; mode++) {
            st.roundingMode = mode;
            assertEquals(half[mode], Float32.mul(1, 0x3f000000, st));
            flags(FloatStatus.UNDERFLOW | FloatStatus.INEXACT);
            // an exact subnormal is tiny but raises nothing
            assertEquals(1, Float32.mul(2, 0x3f000000, st));
            flags(0);
        }
    }
}
