package org.reprise.cpu.riscv;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BinaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Register-register instructions on boundary and random operands against definitions in unbounded integers. */
class IntegerInstructionsTest {
    private static final int OP = 0x33;
    private static final int OP32 = 0x3b;

    /** @param bits width on which the operation works @param define unsigned operands of that width to any integer */
    private record Case(String name, int word, int bits, BinaryOperator<BigInteger> define) {
    }

    private static BigInteger signed(BigInteger v, int bits) {
        BigInteger m = v.mod(BigInteger.ONE.shiftLeft(bits));
        return m.testBit(bits - 1) ? m.subtract(BigInteger.ONE.shiftLeft(bits)) : m;
    }

    private static int instruction(int funct7, int funct3, int opcode) {
        return Asm.r(funct7, 2, 1, funct3, 3, opcode);
    }

    private static List<Case> cases(int xlen) {
        List<Case> c = new ArrayList<>();
        for (int bits : xlen == 64 ? new int[] {64, 32} : new int[] {32}) {
            int op = bits == xlen ? OP : OP32;
            BigInteger mask = BigInteger.valueOf(bits - 1);
            BigInteger ones = BigInteger.ONE.shiftLeft(bits).subtract(BigInteger.ONE);
            c.add(new Case("add", instruction(0, 0, op), bits, BigInteger::add));
            c.add(new Case("sub", instruction(32, 0, op), bits, BigInteger::subtract));
            c.add(new Case("sll", instruction(0, 1, op), bits, (a, b) -> a.shiftLeft(b.and(mask).intValue())));
            c.add(new Case("srl", instruction(0, 5, op), bits, (a, b) -> a.shiftRight(b.and(mask).intValue())));
            c.add(new Case("sra", instruction(32, 5, op), bits, (a, b) -> signed(a, bits).shiftRight(b.and(mask).intValue())));
            c.add(new Case("mul", instruction(1, 0, op), bits, BigInteger::multiply));
            c.add(new Case("div", instruction(1, 4, op), bits, (a, b) -> b.signum() == 0 ? ones : signed(a, bits).divide(signed(b, bits))));
            c.add(new Case("divu", instruction(1, 5, op), bits, (a, b) -> b.signum() == 0 ? ones : a.divide(b)));
            c.add(new Case("rem", instruction(1, 6, op), bits, (a, b) -> b.signum() == 0 ? a : signed(a, bits).remainder(signed(b, bits))));
            c.add(new Case("remu", instruction(1, 7, op), bits, (a, b) -> b.signum() == 0 ? a : a.remainder(b)));
            c.add(new Case("rol", instruction(48, 1, op), bits, (a, b) -> rotate(a, b.and(mask).intValue(), bits)));
            c.add(new Case("ror", instruction(48, 5, op), bits, (a, b) -> rotate(a, (bits - b.and(mask).intValue()) % bits, bits)));
        }
        BigInteger mask = BigInteger.valueOf(xlen - 1);
        c.add(new Case("slt", instruction(0, 2, OP), xlen, (a, b) -> bool(signed(a, xlen).compareTo(signed(b, xlen)) < 0)));
        c.add(new Case("sltu", instruction(0, 3, OP), xlen, (a, b) -> bool(a.compareTo(b) < 0)));
        c.add(new Case("mulh", instruction(1, 1, OP), xlen, (a, b) -> signed(a, xlen).multiply(signed(b, xlen)).shiftRight(xlen)));
        c.add(new Case("mulhsu", instruction(1, 2, OP), xlen, (a, b) -> signed(a, xlen).multiply(b).shiftRight(xlen)));
        c.add(new Case("mulhu", instruction(1, 3, OP), xlen, (a, b) -> a.multiply(b).shiftRight(xlen)));
        c.add(new Case("andn", instruction(32, 7, OP), xlen, BigInteger::andNot));
        c.add(new Case("xnor", instruction(32, 4, OP), xlen, (a, b) -> a.xor(b).not()));
        c.add(new Case("min", instruction(5, 4, OP), xlen, (a, b) -> signed(a, xlen).min(signed(b, xlen))));
        c.add(new Case("maxu", instruction(5, 7, OP), xlen, BigInteger::max));
        c.add(new Case("sh3add", instruction(16, 6, OP), xlen, (a, b) -> a.shiftLeft(3).add(b)));
        c.add(new Case("bset", instruction(20, 1, OP), xlen, (a, b) -> a.setBit(b.and(mask).intValue())));
        c.add(new Case("bclr", instruction(36, 1, OP), xlen, (a, b) -> a.clearBit(b.and(mask).intValue())));
        c.add(new Case("bext", instruction(36, 5, OP), xlen, (a, b) -> bool(a.testBit(b.and(mask).intValue()))));
        return c;
    }

    private static BigInteger rotate(BigInteger a, int left, int bits) {
        return a.shiftLeft(left).or(a.shiftRight(bits - left));
    }

    private static BigInteger bool(boolean b) {
        return b ? BigInteger.ONE : BigInteger.ZERO;
    }

    private static long operand(Random r, int xlen) {
        long[] edges = {0, 1, -1, Long.MIN_VALUE, Long.MAX_VALUE, Integer.MIN_VALUE, Integer.MAX_VALUE, 0x80000000L, 0xffffffffL, 31, 32, 63, 64};
        long v = r.nextInt(3) == 0 ? edges[r.nextInt(edges.length)] : r.nextLong() >> r.nextInt(64);
        return xlen == 32 ? (int) v : v;
    }

    @ParameterizedTest
    @ValueSource(strings = {"interpreter 64", "compile 64", "interpreter 32", "compile 32"})
    void instructionsFollowTheirDefinitions(String how) {
        String mode = how.split(" ")[0];
        int xlen = Integer.parseInt(how.split(" ")[1]);
        Random r = new Random(xlen);
        for (Case c : cases(xlen)) {
            try (TinyMachine m = new TinyMachine(mode, xlen, c.word, Asm.jal(0, -4))) {
                for (int k = 0; k < 300; k++) {
                    long a = operand(r, xlen);
                    long b = operand(r, xlen);
                    m.x(1, a);
                    m.x(2, b);
                    // long enough slices that the compiled loop is entered
                    long ran = m.cpu.run(64);
                    assertEquals(64, ran);
                    BigInteger modulus = BigInteger.ONE.shiftLeft(c.bits);
                    long expected = signed(c.define.apply(BigInteger.valueOf(a).mod(modulus), BigInteger.valueOf(b).mod(modulus)), c.bits).longValue();
                    assertEquals(expected, m.x(3), c.name + c.bits + " " + Long.toHexString(a) + ", " + Long.toHexString(b));
                }
            }
        }
    }
}
