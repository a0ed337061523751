package org.reprise.core.softfloat;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigDecimal;
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
    private static final int CASES = 6_000;

    /** What exact arithmetic gives: bits and flags. */
    private record Expected(long bits, int flags) {
    }

    private static final Binary[] FORMATS = {Float32.FORMAT, Float64.FORMAT};

    private static BigDecimal value(Binary f, long bits) {
        int e = (int) (bits >>> f.fractionBits) & f.exponentMax;
        long m = bits & f.fractionMask | (e != 0 ? 1L << f.fractionBits : 0);
        int scale = Math.max(e, 1) - f.bias - f.fractionBits;
        BigDecimal d = new BigDecimal(m);
        d = scale >= 0 ? d.multiply(new BigDecimal(BigInteger.ONE.shiftLeft(scale))) : d.divide(new BigDecimal(BigInteger.ONE.shiftLeft(-scale)));
        return f.sign(bits) ? d.negate() : d;
    }

    /** Rounds the exact value num/den (den positive, num not zero) by definition. */
    private static Expected round(Binary f, BigInteger num, BigInteger den, int mode) {
        boolean negative = num.signum() < 0;
        BigInteger n = num.abs();
        // the exponent e with 2^e <= n/den < 2^(e+1)
        int e = n.bitLength() - den.bitLength();
        if (compare(n, den, e) < 0) {
            e--;
        }
        int emin = 1 - f.bias;
        BigInteger unbounded = quantum(n, den, e - f.fractionBits, negative, mode);
        boolean tiny = e < emin && !(e == emin - 1 && unbounded.bitLength() > f.precision);
        int q = Math.max(e, emin) - f.fractionBits;
        BigInteger kept = quantum(n, den, q, negative, mode);
        boolean inexact = compare(n, den.multiply(kept.max(BigInteger.ONE)), q) != 0 || kept.signum() == 0;
        int flags = inexact ? FloatStatus.INEXACT | (tiny ? FloatStatus.UNDERFLOW : 0) : 0;
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

    /** Compares n / den with 2^e. */
    private static int compare(BigInteger n, BigInteger den, int e) {
        return e >= 0 ? n.compareTo(den.shiftLeft(e)) : n.shiftLeft(-e).compareTo(den);
    }

    /** n / den in units of 2^q, rounded. */
    private static BigInteger quantum(BigInteger n, BigInteger den, int q, boolean negative, int mode) {
        BigInteger a = q >= 0 ? n : n.shiftLeft(-q);
        BigInteger b = q >= 0 ? den.shiftLeft(q) : den;
        BigDecimal exact = new BigDecimal(negative ? a.negate() : a);
        BigInteger[] qr = a.divideAndRemainder(b);
        int half = qr[1].shiftLeft(1).compareTo(b);
        boolean up = switch (MODES[mode]) {
            case HALF_EVEN -> half > 0 || half == 0 && qr[0].testBit(0);
            case HALF_UP -> half >= 0;
            case FLOOR -> exact.signum() < 0 && qr[1].signum() != 0;
            case CEILING -> exact.signum() > 0 && qr[1].signum() != 0;
            default -> false;
        };
        return up ? qr[0].add(BigInteger.ONE) : qr[0];
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
                for (int i = 0; i < CASES / (f == Float64.FORMAT ? 3 : 1); i++) {
                    long a = operand(f, r);
                    long b = r.nextInt(4) == 0 ? a ^ r.nextLong() & f.fractionMask >>> r.nextInt(f.fractionBits) : operand(f, r);
                    long c = operand(f, r);
                    check(f, op, a, b, c, mode);
                }
            }
        }
    }

    private static void check(Binary f, String op, long a, long b, long c, int mode) {
        long x = op.equals("sqrt") ? a & ~f.signBit : a;
        BigDecimal va = value(f, x);
        BigDecimal vb = value(f, b);
        Expected expected;
        if (op.equals("div")) {
            if (vb.signum() == 0 || va.signum() == 0) {
                return;
            }
            BigDecimal n = va.multiply(BigDecimal.valueOf(vb.signum()));
            BigDecimal d = vb.abs();
            int scale = Math.max(Math.max(n.scale(), d.scale()), 0);
            expected = round(f, n.movePointRight(scale).toBigIntegerExact(), d.movePointRight(scale).toBigIntegerExact(), mode);
        } else if (op.equals("sqrt")) {
            if (va.signum() == 0) {
                return;
            }
            expected = root(f, x, mode);
        } else {
            BigDecimal exact = switch (op) {
                case "add" -> va.add(vb);
                case "sub" -> va.subtract(vb);
                case "mul" -> va.multiply(vb);
                default -> va.multiply(vb).add(value(f, c));
            };
            if (exact.signum() == 0) {
                return;
            }
            int scale = Math.max(exact.scale(), 0);
            expected = round(f, exact.movePointRight(scale).toBigIntegerExact(), BigInteger.TEN.pow(scale), mode);
        }
        FloatStatus st = new FloatStatus();
        st.roundingMode = mode;
        long got = actual(f, op, x, b, c, st);
        String what = op + " mode " + mode + " " + Long.toHexString(x) + " " + Long.toHexString(b) + " " + Long.toHexString(c);
        assertEquals(Long.toHexString(expected.bits), Long.toHexString(got), what);
        assertEquals(expected.flags, st.flags, "flags of " + what);
        // with INEXACT raised before, host arithmetic may be used: same result, no new flag but those that were due
        FloatStatus raised = new FloatStatus();
        raised.roundingMode = mode;
        raised.flags = FloatStatus.INEXACT;
        assertEquals(Long.toHexString(expected.bits), Long.toHexString(actual(f, op, x, b, c, raised)), "with INEXACT raised: " + what);
        assertEquals(expected.flags | FloatStatus.INEXACT, raised.flags, "with INEXACT raised: flags of " + what);
    }

    /** The root to 120 binary digits, and one more that says whether there are further ones: a root is never a tie. */
    private static Expected root(Binary f, long bits, int mode) {
        int e = (int) (bits >>> f.fractionBits) & f.exponentMax;
        BigInteger n = BigInteger.valueOf(bits & f.fractionMask | (e != 0 ? 1L << f.fractionBits : 0));
        int scale = Math.max(e, 1) - f.bias - f.fractionBits;
        if ((scale & 1) != 0) {
            n = n.shiftLeft(1);
            scale--;
        }
        BigInteger[] root = n.shiftLeft(240).sqrtAndRemainder();
        BigInteger marked = root[0].shiftLeft(1).add(root[1].signum() != 0 ? BigInteger.ONE : BigInteger.ZERO);
        int exponent = scale / 2 - 121;
        return exponent >= 0 ? round(f, marked.shiftLeft(exponent), BigInteger.ONE, mode)
            : round(f, marked, BigInteger.ONE.shiftLeft(-exponent), mode);
    }
}
