package org.reprise.core.softfloat;

/**
 * One IEEE 754 binary interchange format of up to 64 bits, exactly, in every rounding mode with every flag. Finite numbers are unpacked
 * to a significand with its leading one at bit 62 and an exponent (value = significand / 2^62 * 2^exponent); results are rounded in one
 * place, {@link #round}. Bits below the significand are kept as a sticky bit 0.
 */
final class Binary {
    final int precision;
    final int bias;
    final int fractionBits;
    final long fractionMask;
    final int exponentMax;
    final long signBit;
    final long quietBit;
    final long defaultNan;
    final long infinity;

    Binary(int bits, int precision) {
        this.precision = precision;
        fractionBits = precision - 1;
        fractionMask = (1L << fractionBits) - 1;
        exponentMax = (1 << (bits - precision)) - 1;
        bias = exponentMax >> 1;
        signBit = 1L << (bits - 1);
        quietBit = 1L << (fractionBits - 1);
        infinity = (long) exponentMax << fractionBits;
        defaultNan = infinity | quietBit;
    }

    boolean isNan(long a) {
        return (a & ~signBit & mask()) > infinity;
    }

    boolean isSignaling(long a) {
        return isNan(a) && (a & quietBit) == 0;
    }

    long mask() {
        return signBit | (signBit - 1);
    }

    boolean sign(long a) {
        return (a & signBit) != 0;
    }

    boolean isInfinite(long a) {
        return (a & ~signBit) == infinity;
    }

    boolean isZero(long a) {
        return (a & ~signBit) == 0;
    }

    /** Exponent of a finite non-zero number. */
    int exponent(long a) {
        int e = (int) (a >>> fractionBits) & exponentMax;
        if (e != 0) {
            return e - bias;
        }
        return 1 - bias - (Long.numberOfLeadingZeros(a & fractionMask) - (64 - precision));
    }

    /** Significand of a finite non-zero number, leading one at bit 62. */
    long significand(long a) {
        int e = (int) (a >>> fractionBits) & exponentMax;
        long s = a & fractionMask | (e != 0 ? 1L << fractionBits : 0);
        return s << (Long.numberOfLeadingZeros(s) - 1);
    }

    long zero(boolean negative) {
        return negative ? signBit : 0;
    }

    long infinity(boolean negative) {
        return negative ? infinity | signBit : infinity;
    }

    long invalid(FloatStatus st) {
        st.flags |= FloatStatus.INVALID;
        return defaultNan;
    }

    /** The result of an operation with a NaN among its operands: the default NaN, or the first NaN made quiet, a signaling one first. */
    long nan(long a, long b, FloatStatus st) {
        boolean sa = isSignaling(a);
        boolean sb = isSignaling(b);
        if (sa || sb) {
            st.flags |= FloatStatus.INVALID;
        }
        if (st.defaultNan) {
            return defaultNan;
        }
        if (sa || isNan(a) && !sb) {
            return a | quietBit;
        }
        return b | quietBit;
    }

    static long shiftRightJam(long s, int n) {
        if (n == 0) {
            return s;
        }
        return n > 63 ? (s != 0 ? 1 : 0) : s >>> n | ((s & (1L << n) - 1) != 0 ? 1 : 0);
    }

    private static boolean increments(int mode, boolean negative, long kept, long rest, long half) {
        return switch (mode) {
            case FloatStatus.NEAREST_EVEN -> rest > half || rest == half && (kept & 1) != 0;
            case FloatStatus.NEAREST_AWAY -> rest >= half;
            case FloatStatus.DOWN -> negative && rest != 0;
            case FloatStatus.UP -> !negative && rest != 0;
            default -> false;
        };
    }

    /** Rounds and packs. @param s leading one at bit 62, sticky in bit 0 */
    long round(boolean negative, int exponent, long s, FloatStatus st) {
        int drop = 63 - precision;
        int emin = 1 - bias;
        long half = 1L << (drop - 1);
        long restMask = (1L << drop) - 1;
        int e = exponent;
        boolean tiny = false;
        if (e < emin) {
            tiny = true;
            if (!st.tininessBeforeRounding && e == emin - 1) {
                long kept = s >>> drop;
                if (increments(st.roundingMode, negative, kept, s & restMask, half) && kept + 1 == 1L << precision) {
                    tiny = false;
                }
            }
            s = shiftRightJam(s, emin - e);
            e = emin;
        }
        long kept = s >>> drop;
        long rest = s & restMask;
        if (rest != 0) {
            st.flags |= tiny ? FloatStatus.INEXACT | FloatStatus.UNDERFLOW : FloatStatus.INEXACT;
            if (increments(st.roundingMode, negative, kept, rest, half)) {
                kept++;
                if (kept == 1L << precision) {
                    kept >>>= 1;
                    e++;
                }
            }
        }
        if (e > bias) {
            st.flags |= FloatStatus.OVERFLOW | FloatStatus.INEXACT;
            boolean toInfinity = switch (st.roundingMode) {
                case FloatStatus.TOWARD_ZERO -> false;
                case FloatStatus.DOWN -> negative;
                case FloatStatus.UP -> !negative;
                default -> true;
            };
            return toInfinity ? infinity(negative) : infinity(negative) - 1;
        }
        long biased = kept >>> fractionBits == 0 ? 0 : e + bias;
        return zero(negative) | biased << fractionBits | kept & fractionMask;
    }

    long add(long a, long b, FloatStatus st) {
        if (isNan(a) || isNan(b)) {
            return nan(a, b, st);
        }
        boolean na = sign(a);
        boolean nb = sign(b);
        if (isInfinite(a)) {
            return isInfinite(b) && na != nb ? invalid(st) : a;
        }
        if (isInfinite(b)) {
            return b;
        }
        if (isZero(a) || isZero(b)) {
            if (isZero(a) && isZero(b)) {
                return na == nb ? a : zero(st.roundingMode == FloatStatus.DOWN);
            }
            return isZero(a) ? b : a;
        }
        return sum(na, exponent(a), significand(a), nb, exponent(b), significand(b), st);
    }

    /** Sum of two non-zero numbers; significands with the leading one at bit 62 (sticky bits are only safe in the smaller one). */
    private long sum(boolean na, int ea, long sa, boolean nb, int eb, long sb, FloatStatus st) {
        if (ea < eb || ea == eb && sa < sb) {
            return sum(nb, eb, sb, na, ea, sa, st);
        }
        int d = ea - eb;
        if (na == nb) {
            long s = sa + shiftRightJam(sb, d);
            return s < 0 ? round(na, ea + 1, shiftRightJam(s, 1), st) : round(na, ea, s, st);
        }
        long s = sa - shiftRightJam(sb, d);
        if (s == 0) {
            return zero(st.roundingMode == FloatStatus.DOWN);
        }
        int n = Long.numberOfLeadingZeros(s) - 1;
        return round(na, ea - n, s << n, st);
    }

    long multiply(long a, long b, FloatStatus st) {
        if (isNan(a) || isNan(b)) {
            return nan(a, b, st);
        }
        boolean negative = sign(a) != sign(b);
        if (isInfinite(a) || isInfinite(b)) {
            return isZero(a) || isZero(b) ? invalid(st) : infinity(negative);
        }
        if (isZero(a) || isZero(b)) {
            return zero(negative);
        }
        long sa = significand(a);
        long sb = significand(b);
        // product has its leading one at bit 124 or 125 of 128; bring it to 62
        long high = Math.multiplyHigh(sa, sb);
        long low = sa * sb;
        int e = exponent(a) + exponent(b);
        if (high >>> 61 == 0) {
            long s = high << 2 | low >>> 62;
            return round(negative, e, s | ((low & (1L << 62) - 1) != 0 ? 1 : 0), st);
        }
        long s = high << 1 | low >>> 63;
        return round(negative, e + 1, s | ((low & Long.MAX_VALUE) != 0 ? 1 : 0), st);
    }

    long divide(long a, long b, FloatStatus st) {
        if (isNan(a) || isNan(b)) {
            return nan(a, b, st);
        }
        boolean negative = sign(a) != sign(b);
        if (isInfinite(a)) {
            return isInfinite(b) ? invalid(st) : infinity(negative);
        }
        if (isInfinite(b)) {
            return zero(negative);
        }
        if (isZero(b)) {
            if (isZero(a)) {
                return invalid(st);
            }
            st.flags |= FloatStatus.DIVIDE_BY_ZERO;
            return infinity(negative);
        }
        if (isZero(a)) {
            return zero(negative);
        }
        int e = exponent(a) - exponent(b);
        long n = significand(a);
        long d = significand(b);
        if (n < d) {
            n <<= 1;
            e--;
        }
        // one quotient bit at a time: n in [d, 2d), as an unsigned number
        long q = 0;
        for (int i = 62; i >= 0; i--) {
            if (Long.compareUnsigned(n, d) >= 0) {
                n -= d;
                q |= 1L << i;
            }
            n <<= 1;
        }
        return round(negative, e, q | (n != 0 ? 1 : 0), st);
    }

    long squareRoot(long a, FloatStatus st) {
        if (isNan(a)) {
            return nan(a, a, st);
        }
        if (isZero(a)) {
            return a;
        }
        if (sign(a)) {
            return invalid(st);
        }
        if (isInfinite(a)) {
            return a;
        }
        int e = exponent(a);
        long s = significand(a);
        boolean odd = (e & 1) != 0;
        int half = e >> 1;
        // root of s * 2^62 (or twice that) has its leading one at bit 62: digit by digit on a 128-bit radicand
        long high = odd ? s >>> 1 : s >>> 2;
        long low = odd ? s << 63 : s << 62;
        long root = 0;
        long remainder = 0;
        // 60 digits are more than any format needs; the radicand's last bits are zero
        for (int i = 0; i < 60; i++) {
            int shift = 124 - 2 * i;
            long two = shift >= 64 ? high >>> (shift - 64) & 3 : low >>> shift & 3;
            remainder = remainder << 2 | two;
            long trial = root << 2 | 1;
            root <<= 1;
            if (Long.compareUnsigned(remainder, trial) >= 0) {
                remainder -= trial;
                root |= 1;
            }
        }
        return round(false, half, root << 3 | (remainder != 0 ? 1 : 0), st);
    }

    long fusedMultiplyAdd(long a, long b, long c, FloatStatus st) {
        boolean productInvalid = isInfinite(a) && isZero(b) || isZero(a) && isInfinite(b);
        if (isNan(a) || isNan(b) || isNan(c)) {
            if (productInvalid) {
                // 7.2 (c) leaves infinity times zero plus a quiet NaN to the implementation: here always INVALID, as RISC-V demands
                st.flags |= FloatStatus.INVALID;
            }
            // c's turn comes last, but a signaling c goes before quiet a and b; a signaling a or b must not be made quiet before that
            boolean product = isSignaling(a) || isSignaling(b) || !isSignaling(c) && (isNan(a) || isNan(b));
            return product ? nan(a, b, st) : nan(c, c, st);
        }
        if (productInvalid) {
            return invalid(st);
        }
        boolean negative = sign(a) != sign(b);
        if (isInfinite(a) || isInfinite(b)) {
            return isInfinite(c) && sign(c) != negative ? invalid(st) : infinity(negative);
        }
        if (isInfinite(c)) {
            return c;
        }
        if (isZero(a) || isZero(b)) {
            if (isZero(c)) {
                return negative == sign(c) ? c : zero(st.roundingMode == FloatStatus.DOWN);
            }
            return c;
        }
        long sa = significand(a);
        long sb = significand(b);
        long high = Math.multiplyHigh(sa, sb);
        long low = sa * sb;
        int e = exponent(a) + exponent(b);
        // bring the leading one to bit 126 - 1 = 125 of the 128-bit product
        if (high >>> 61 == 0) {
            high = high << 1 | low >>> 63;
            low <<= 1;
        } else {
            e++;
        }
        if (isZero(c)) {
            return round(negative, e, high << 1 | low >>> 63 | ((low & Long.MAX_VALUE) != 0 ? 1 : 0), st);
        }
        boolean nc = sign(c);
        int ec = exponent(c);
        long ch = significand(c) >>> 1;
        long cl = significand(c) << 63;
        // larger exponent first; equal signs never overflow bit 127 because leading ones are at bit 125
        if (ec > e || ec == e && (Long.compareUnsigned(ch, high) > 0 || ch == high && Long.compareUnsigned(cl, low) > 0)) {
            long th = high;
            long tl = low;
            int te = e;
            boolean tn = negative;
            high = ch;
            low = cl;
            e = ec;
            negative = nc;
            ch = th;
            cl = tl;
            ec = te;
            nc = tn;
        }
        int d = e - ec;
        boolean sticky = false;
        if (d >= 128) {
            sticky = true;
            ch = 0;
            cl = 0;
        } else if (d >= 64) {
            sticky = cl != 0 || d > 64 && (ch & (1L << (d - 64)) - 1) != 0;
            cl = d == 64 ? ch : ch >>> (d - 64);
            ch = 0;
        } else if (d > 0) {
            sticky = (cl & (1L << d) - 1) != 0;
            cl = cl >>> d | ch << (64 - d);
            ch >>>= d;
        }
        long rh;
        long rl;
        if (negative == nc) {
            rl = low + cl;
            rh = high + ch + (Long.compareUnsigned(rl, low) < 0 ? 1 : 0);
        } else {
            // the lost bits borrow one from what is kept
            long subtract = cl + (sticky ? 1 : 0);
            long carry = sticky && subtract == 0 ? 1 : 0;
            rl = low - subtract;
            rh = high - ch - carry - (Long.compareUnsigned(low, subtract) < 0 ? 1 : 0);
        }
        if (rh == 0 && rl == 0 && !sticky) {
            return zero(st.roundingMode == FloatStatus.DOWN);
        }
        // normalise the leading one to bit 126, then keep the high word with a sticky bit
        int n = (rh != 0 ? Long.numberOfLeadingZeros(rh) : 64 + Long.numberOfLeadingZeros(rl)) - 1;
        int exponent = e + 1 - n;
        if (n >= 64) {
            rh = rl << (n - 64);
            rl = 0;
        } else if (n > 0) {
            rh = rh << n | rl >>> (64 - n);
            rl <<= n;
        }
        return round(negative, exponent, rh | (rl != 0 || sticky ? 1 : 0), st);
    }

    /**
     * To an integer, rounded; out of range and NaN give INVALID and the nearest bound (NaN: the largest).
     *
     * @param bits 32 or 64
     * @param signed two's complement or unsigned result
     */
    long toInteger(long a, int bits, boolean signed, int mode, FloatStatus st) {
        long max = signed ? (bits == 64 ? Long.MAX_VALUE : Integer.MAX_VALUE) : bits == 64 ? -1L : 0xffffffffL;
        long min = signed ? (bits == 64 ? Long.MIN_VALUE : Integer.MIN_VALUE) : 0;
        if (isNan(a)) {
            st.flags |= FloatStatus.INVALID;
            return max;
        }
        boolean negative = sign(a);
        if (isZero(a)) {
            return 0;
        }
        int e = isInfinite(a) ? 1000 : exponent(a);
        long magnitude = 0;
        boolean inexact = false;
        if (e > 63) {
            st.flags |= FloatStatus.INVALID;
            return negative ? min : max;
        }
        long s = significand(a);
        if (e == 63) {
            magnitude = s << 1;
        } else {
            int shift = 62 - e;
            long rest;
            long half;
            if (shift == 0) {
                magnitude = s;
                rest = 0;
                half = 1;
            } else if (shift < 63) {
                magnitude = s >>> shift;
                rest = s & (1L << shift) - 1;
                half = 1L << (shift - 1);
            } else {
                // below one: shift 63 is [0.5, 1); smaller ones are less than half
                rest = shift == 63 ? s : 1;
                half = 1L << 62;
            }
            inexact = rest != 0;
            if (increments(mode, negative, magnitude, rest, half)) {
                magnitude++;
            }
        }
        boolean fits = negative ? (signed ? Long.compareUnsigned(magnitude, -min) <= 0 : magnitude == 0)
            : Long.compareUnsigned(magnitude, max) <= 0;
        if (!fits) {
            st.flags |= FloatStatus.INVALID;
            return negative ? min : max;
        }
        if (inexact) {
            st.flags |= FloatStatus.INEXACT;
        }
        return negative ? -magnitude : magnitude;
    }

    /** From a 64-bit integer. */
    long fromInteger(long value, boolean signed, FloatStatus st) {
        if (value == 0) {
            return 0;
        }
        boolean negative = signed && value < 0;
        long m = negative ? -value : value;
        int n = Long.numberOfLeadingZeros(m);
        long s = n == 0 ? m >>> 1 | m & 1 : m << (n - 1);
        return round(negative, 63 - n, s, st);
    }

    /** From a number of another format. */
    long convert(Binary from, long a, FloatStatus st) {
        if (from.isNan(a)) {
            if (from.isSignaling(a)) {
                st.flags |= FloatStatus.INVALID;
            }
            if (st.defaultNan) {
                return defaultNan;
            }
            int shift = fractionBits - from.fractionBits;
            long payload = a & from.fractionMask;
            return zero(from.sign(a)) | defaultNan | (shift >= 0 ? payload << shift : payload >>> -shift);
        }
        if (from.isInfinite(a)) {
            return infinity(from.sign(a));
        }
        if (from.isZero(a)) {
            return zero(from.sign(a));
        }
        return round(from.sign(a), from.exponent(a), from.significand(a), st);
    }

    /** IEEE 754-2019 minimumNumber (or maximumNumber): a number wins over a quiet NaN, -0 is less than +0. */
    long minimum(long a, long b, boolean max, FloatStatus st) {
        if (isSignaling(a) || isSignaling(b)) {
            st.flags |= FloatStatus.INVALID;
        }
        if (isNan(a)) {
            return isNan(b) ? nan(a, b, st) : b;
        }
        if (isNan(b)) {
            return a;
        }
        boolean less = order(a) < order(b);
        return less != max ? a : b;
    }

    /** A number whose order is that of the values, -0 below +0. */
    private long order(long a) {
        long m = a & ~signBit & mask();
        return sign(a) ? -m - 1 : m;
    }

    boolean equal(long a, long b, FloatStatus st) {
        if (isNan(a) || isNan(b)) {
            if (isSignaling(a) || isSignaling(b)) {
                st.flags |= FloatStatus.INVALID;
            }
            return false;
        }
        return a == b || isZero(a) && isZero(b);
    }

    boolean less(long a, long b, boolean orEqual, FloatStatus st) {
        if (isNan(a) || isNan(b)) {
            st.flags |= FloatStatus.INVALID;
            return false;
        }
        if (isZero(a) && isZero(b)) {
            return orEqual;
        }
        return orEqual ? order(a) <= order(b) : order(a) < order(b);
    }

    int classify(long a) {
        boolean negative = sign(a);
        if (isNan(a)) {
            return isSignaling(a) ? 1 << 8 : 1 << 9;
        }
        if (isInfinite(a)) {
            return negative ? 1 : 1 << 7;
        }
        if (isZero(a)) {
            return negative ? 1 << 3 : 1 << 4;
        }
        if ((a & infinity) == 0) {
            return negative ? 1 << 2 : 1 << 5;
        }
        return negative ? 1 << 1 : 1 << 6;
    }
}
