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
}
