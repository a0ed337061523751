package org.reprise.core.softfloat;

import static org.junit.jupiter.api.Assertions.fail;

import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every operation in every rounding mode, result and flags, against exact arithmetic rounded by the definition of IEEE 754. */
class AgainstExactArithmeticTest {
    private static final String[] OPERATIONS = {"add", "sub", "mul", "div", "sqrt", "fma"};
    private static final RoundingMode[] MODES = {RoundingMode.HALF_EVEN, RoundingMode.DOWN, RoundingMode.FLOOR, RoundingMode.CEILING,
        RoundingMode.HALF_UP};
    /** Of each operation, format and mode. */
    private static final int CASES = 100_000;

    /** What exact arithmetic gives: bits and flags. */
    private record Expected(long bits, int flags) {
    }

    private static final Binary[] FORMATS = {Float32.FORMAT, Float64.FORMAT};

    /** The exact value num / den * 2^exponent, den positive. */
    private record Exact(BigInteger num, BigInteger den, int exponent) {
        Exact plus(Exact o) {
            int low = Math.min(exponent, o.exponent);
            return new Exact(num.shiftLeft(exponent - low).add(o.num.shiftLeft(o.exponent - low)), BigInteger.ONE, low);
        }

        Exact times(Exact o) {
            return new Exact(num.multiply(o.num), BigInteger.ONE, exponent + o.exponent);
        }

        Exact over(Exact o) {
            return new Exact(o.num.signum() < 0 ? num.negate() : num, o.num.abs(), exponent - o.exponent);
        }

        Exact negated() {
            return new Exact(num.negate(), den, exponent);
        }

        /** The root to far more digits than any format has, and one more that says whether others follow: a root is never a tie. */
        Exact root() {
            int odd = exponent & 1;
            BigInteger[] r = num.shiftLeft(odd + 160).sqrtAndRemainder();
            return new Exact(r[0].shiftLeft(1).add(BigInteger.valueOf(r[1].signum())), BigInteger.ONE, (exponent - odd) / 2 - 81);
        }
    }

    private static Exact value(Binary f, long bits) {
        int e = (int) (bits >>> f.fractionBits) & f.exponentMax;
        BigInteger m = BigInteger.valueOf(bits & f.fractionMask | (e != 0 ? 1L << f.fractionBits : 0));
        return new Exact(f.sign(bits) ? m.negate() : m, BigInteger.ONE, Math.max(e, 1) - f.bias - f.fractionBits);
    }

    /** The magnitude in units of 2^q, rounded by definition. */
    private static BigInteger quantum(Exact x, int q, int mode) {
        BigInteger n = x.num.abs();
        int s = q - x.exponent;
        BigInteger kept;
        int half;
        boolean rest;
        if (x.den.equals(BigInteger.ONE)) {
            kept = n.shiftRight(s);
            rest = s > 0 && n.getLowestSetBit() < s;
            half = s <= 0 || !n.testBit(s - 1) ? -1 : n.getLowestSetBit() == s - 1 ? 0 : 1;
        } else {
            BigInteger b = s > 0 ? x.den.shiftLeft(s) : x.den;
            BigInteger[] qr = (s > 0 ? n : n.shiftLeft(-s)).divideAndRemainder(b);
            kept = qr[0];
            rest = qr[1].signum() != 0;
            half = qr[1].shiftLeft(1).compareTo(b);
        }
        boolean up = switch (MODES[mode]) {
            case HALF_EVEN -> half > 0 || half == 0 && kept.testBit(0);
            case HALF_UP -> half >= 0;
            case FLOOR -> x.num.signum() < 0 && rest;
            case CEILING -> x.num.signum() > 0 && rest;
            default -> false;
        };
        return up ? kept.add(BigInteger.ONE) : kept;
    }

    /** Whether the magnitude is units * 2^q. */
    private static boolean is(Exact x, BigInteger units, int q) {
        int s = q - x.exponent;
        BigInteger u = units.multiply(x.den);
        return s >= 0 ? x.num.abs().equals(u.shiftLeft(s)) : x.num.abs().shiftLeft(-s).equals(u);
    }

    /** Rounds a value other than zero by definition. */
    private static Expected round(Binary f, Exact x, int mode, boolean tininessBeforeRounding) {
        boolean negative = x.num.signum() < 0;
        // the e with 2^e <= |x| < 2^(e + 1)
        int e = x.num.abs().bitLength() - x.den.bitLength();
        BigInteger n = x.num.abs();
        if ((e >= 0 ? n.compareTo(x.den.shiftLeft(e)) : n.shiftLeft(-e).compareTo(x.den)) < 0) {
            e--;
        }
        e += x.exponent;
        int emin = 1 - f.bias;
        boolean tiny = e < emin;
        if (tiny && !tininessBeforeRounding) {
            tiny = e < emin - 1 || quantum(x, e - f.fractionBits, mode).bitLength() <= f.precision;
        }
        int q = Math.max(e, emin) - f.fractionBits;
        BigInteger kept = quantum(x, q, mode);
        int flags = is(x, kept, q) ? 0 : FloatStatus.INEXACT | (tiny ? FloatStatus.UNDERFLOW : 0);
        long sign = negative ? f.signBit : 0;
        if (kept.bitLength() > f.precision) {
            kept = kept.shiftRight(1);
            q++;
        }
        if (kept.bitLength() == f.precision && q + f.fractionBits > f.bias) {
            boolean away = mode == FloatStatus.NEAREST_EVEN || mode == FloatStatus.NEAREST_AWAY || mode == FloatStatus.UP && !negative
                || mode == FloatStatus.DOWN && negative;
            return new Expected(sign | (away ? f.infinity : f.infinity - 1), FloatStatus.OVERFLOW | FloatStatus.INEXACT);
        }
        long biased = kept.bitLength() < f.precision ? 0 : q + f.fractionBits + f.bias;
        return new Expected(sign | biased << f.fractionBits | kept.longValueExact() & f.fractionMask, flags);
    }

    private static long operand(Binary f, Random r) {
        long sign = r.nextBoolean() ? f.signBit : 0;
        long fraction = switch (r.nextInt(4)) {
            case 0 -> 0;
            case 1 -> f.fractionMask;
            case 2 -> 1L << r.nextInt(f.fractionBits);
            default -> r.nextLong() & f.fractionMask;
        };
        int e = switch (r.nextInt(4)) {
            case 0 -> r.nextInt(3);
            case 1 -> f.exponentMax - 1 - r.nextInt(3);
            case 2 -> f.bias + r.nextInt(2 * f.precision) - f.precision;
            default -> 1 + r.nextInt(f.exponentMax - 1);
        };
        return sign | (long) e << f.fractionBits | fraction;
    }

    private static long actual(Binary f, String op, long a, long b, long c, FloatStatus st) {
        if (f == Float32.FORMAT) {
            int x = (int) a;
            int y = (int) b;
            int z = (int) c;
            return 0xffffffffL & switch (op) {
                case "add" -> Float32.add(x, y, st);
                case "sub" -> Float32.sub(x, y, st);
                case "mul" -> Float32.mul(x, y, st);
                case "div" -> Float32.div(x, y, st);
                case "sqrt" -> Float32.sqrt(x, st);
                default -> Float32.fma(x, y, z, st);
            };
        }
        return switch (op) {
            case "add" -> Float64.add(a, b, st);
            case "sub" -> Float64.sub(a, b, st);
            case "mul" -> Float64.mul(a, b, st);
            case "div" -> Float64.div(a, b, st);
            case "sqrt" -> Float64.sqrt(a, st);
            default -> Float64.fma(a, b, c, st);
        };
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4})
    void resultsAndFlagsAreThoseOfExactArithmetic(int mode) {
        Random r = new Random(754 + mode);
        for (Binary f : FORMATS) {
            for (String op : OPERATIONS) {
                for (int i = 0; i < CASES; i++) {
                    long a = operand(f, r);
                    long b = r.nextInt(4) == 0 ? a ^ r.nextLong() & f.fractionMask >>> r.nextInt(f.fractionBits) : operand(f, r);
                    long c = operand(f, r);
                    if (op.equals("fma") && r.nextInt(4) == 0) {
                        // an addend that cancels the product up to its last digits
                        FloatStatus st = new FloatStatus();
                        long p = f.multiply(a, b, st);
                        c = (st.flags & FloatStatus.OVERFLOW) != 0 ? c : p ^ f.signBit ^ r.nextInt(4);
                    }
                    check(f, op, op.equals("sqrt") ? a & ~f.signBit : a, b, c, mode, r.nextBoolean());
                }
            }
        }
    }

    private static void check(Binary f, String op, long a, long b, long c, int mode, boolean tininessBeforeRounding) {
        Exact x = value(f, a);
        Exact y = value(f, b);
        if (op.equals("div") && y.num.signum() == 0) {
            return;
        }
        Exact exact = switch (op) {
            case "add" -> x.plus(y);
            case "sub" -> x.plus(y.negated());
            case "mul" -> x.times(y);
            case "div" -> x.over(y);
            case "sqrt" -> x.root();
            default -> x.times(y).plus(value(f, c));
        };
        if (exact.num.signum() == 0) {
            // the signs of zeros have rules of their own: SpecialValuesTest
            return;
        }
        Expected expected = round(f, exact, mode, tininessBeforeRounding);
        // with INEXACT raised before, host arithmetic may be used: same result, no new flag but those that were due
        for (int before = 0; before <= FloatStatus.INEXACT; before++) {
            FloatStatus st = status(mode, before);
            st.tininessBeforeRounding = tininessBeforeRounding;
            long got = actual(f, op, a, b, c, st);
            compare(expected, before, got, st, op, a, b, c);
        }
        if (mode == FloatStatus.NEAREST_EVEN && expected.bits != host(f, op, a, b, c)) {
            fail("the host disagrees with exact arithmetic: " + what(op, mode, a, b, c));
        }
    }

    private static FloatStatus status(int mode, int flags) {
        FloatStatus st = new FloatStatus();
        st.roundingMode = mode;
        st.flags = flags;
        return st;
    }

    private static String what(String op, int mode, long a, long b, long c) {
        return op + " mode " + mode + " " + Long.toHexString(a) + " " + Long.toHexString(b) + " " + Long.toHexString(c);
    }

    private static void compare(Expected expected, int before, long got, FloatStatus st, String op, long a, long b, long c) {
        if (expected.bits != got || (expected.flags | before) != st.flags) {
            fail(what(op, st.roundingMode, a, b, c) + ", flags before " + before + ", tininess before rounding " + st.tininessBeforeRounding
                + ": expected " + Long.toHexString(expected.bits) + " flags " + (expected.flags | before) + ", got " + Long.toHexString(got)
                + " flags " + st.flags);
        }
    }

    private static long host(Binary f, String op, long a, long b, long c) {
        if (f == Float32.FORMAT) {
            float x = Float.intBitsToFloat((int) a);
            float y = Float.intBitsToFloat((int) b);
            return 0xffffffffL & Float.floatToRawIntBits(switch (op) {
                case "add" -> x + y;
                case "sub" -> x - y;
                case "mul" -> x * y;
                case "div" -> x / y;
                case "sqrt" -> (float) Math.sqrt(x);
                default -> Math.fma(x, y, Float.intBitsToFloat((int) c));
            });
        }
        double x = Double.longBitsToDouble(a);
        double y = Double.longBitsToDouble(b);
        return Double.doubleToRawLongBits(switch (op) {
            case "add" -> x + y;
            case "sub" -> x - y;
            case "mul" -> x * y;
            case "div" -> x / y;
            case "sqrt" -> Math.sqrt(x);
            default -> Math.fma(x, y, Double.longBitsToDouble(c));
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4})
    void conversionsAreThoseOfExactArithmetic(int mode) {
        Random r = new Random(1985 + mode);
        for (Binary f : FORMATS) {
            boolean single = f == Float32.FORMAT;
            for (int i = 0; i < CASES; i++) {
                long a = operand(f, r);
                int x = (int) a;
                FloatStatus st = status(mode, 0);
                compare(integer(f, a, 32, true, mode), 0, single ? Float32.toInt32(x, st) : Float64.toInt32(a, st), st, "toInt32", a, 0, 0);
                st = status(mode, 0);
                int u = single ? Float32.toUint32(x, st) : Float64.toUint32(a, st);
                compare(integer(f, a, 32, false, mode), 0, u & 0xffffffffL, st, "toUint32", a, 0, 0);
                st = status(mode, 0);
                compare(integer(f, a, 64, true, mode), 0, single ? Float32.toInt64(x, st) : Float64.toInt64(a, st), st, "toInt64", a, 0, 0);
                st = status(mode, 0);
                long v = single ? Float32.toUint64(x, st) : Float64.toUint64(a, st);
                compare(integer(f, a, 64, false, mode), 0, v, st, "toUint64", a, 0, 0);
                long n = r.nextLong() >> r.nextInt(64);
                int m = (int) n;
                st = status(mode, 0);
                v = single ? Float32.fromInt64(n, st) & 0xffffffffL : Float64.fromInt64(n, st);
                compare(of(f, BigInteger.valueOf(n), mode), 0, v, st, "fromInt64", n, 0, 0);
                st = status(mode, 0);
                v = single ? Float32.fromUint64(n, st) & 0xffffffffL : Float64.fromUint64(n, st);
                compare(of(f, new BigInteger(Long.toUnsignedString(n)), mode), 0, v, st, "fromUint64", n, 0, 0);
                st = status(mode, 0);
                v = single ? Float32.fromInt32(m, st) & 0xffffffffL : Float64.fromInt32(m, st);
                compare(of(f, BigInteger.valueOf(m), mode), 0, v, st, "fromInt32", m, 0, 0);
                st = status(mode, 0);
                v = single ? Float32.fromUint32(m, st) & 0xffffffffL : Float64.fromUint32(m, st);
                compare(of(f, BigInteger.valueOf(m & 0xffffffffL), mode), 0, v, st, "fromUint32", m, 0, 0);
                Binary other = single ? Float64.FORMAT : Float32.FORMAT;
                // exponents about those of binary32, where narrowing overflows and underflows
                long w = single ? a : a & (f.signBit | f.fractionMask) | 850L + r.nextInt(320) << f.fractionBits;
                st = status(mode, 0);
                v = single ? Float64.fromFloat32((int) w, st) : Float32.fromFloat64(w, st) & 0xffffffffL;
                Exact e = value(f, w);
                if (e.num.signum() != 0) {
                    compare(round(other, e, mode, false), 0, v, st, "convert", w, 0, 0);
                }
            }
        }
    }

    private static Expected of(Binary f, BigInteger n, int mode) {
        return n.signum() == 0 ? new Expected(0, 0) : round(f, new Exact(n, BigInteger.ONE, 0), mode, false);
    }

    private static Expected integer(Binary f, long a, int bits, boolean signed, int mode) {
        Exact x = value(f, a);
        if (x.num.signum() == 0) {
            return new Expected(0, 0);
        }
        BigInteger magnitude = quantum(x, 0, mode);
        BigInteger n = x.num.signum() < 0 ? magnitude.negate() : magnitude;
        BigInteger min = signed ? BigInteger.ONE.shiftLeft(bits - 1).negate() : BigInteger.ZERO;
        BigInteger max = BigInteger.ONE.shiftLeft(signed ? bits - 1 : bits).subtract(BigInteger.ONE);
        if (n.compareTo(min) < 0 || n.compareTo(max) > 0) {
            return new Expected((n.signum() < 0 ? min : max).longValue(), FloatStatus.INVALID);
        }
        return new Expected(n.longValue(), is(x, magnitude, 0) ? 0 : FloatStatus.INEXACT);
    }
}
