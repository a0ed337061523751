package org.reprise.core.translator;

/**
 * Operations of the intermediate representation. An operation is four ints: {@code op | d << 16, x, y, z}; operands d, x, y, z are
 * indices into the CPU's value array (guest register slots first, then temporaries) unless said otherwise. All values are 64-bit; a
 * 32-bit value is kept sign-extended, and operations named {@code …32} take the low half and give a sign-extended result.
 *
 * <p>Binary operations come in pairs: the even code takes y from the value array, the odd one (code + 1, {@code _K} in listings)
 * takes constant y from the block's pool.
 */
public final class Op {
    private Op() {
    }

    /** d = x + y. */
    public static final int ADD = 0;
    /** d = x - y. */
    public static final int SUB = 2;
    /** d = x &amp; y. */
    public static final int AND = 4;
    /** d = x | y. */
    public static final int OR = 6;
    /** d = x ^ y. */
    public static final int XOR = 8;
    /** d = x &lt;&lt; (y &amp; 63). */
    public static final int SHL = 10;
    /** d = x &gt;&gt;&gt; (y &amp; 63). */
    public static final int SHR = 12;
    /** d = x &gt;&gt; (y &amp; 63). */
    public static final int SAR = 14;
    /** d = x * y. */
    public static final int MUL = 16;
    /** 32-bit sum. */
    public static final int ADD32 = 18;
    /** 32-bit difference. */
    public static final int SUB32 = 20;
    /** 32-bit shift left by y &amp; 31. */
    public static final int SHL32 = 22;
    /** 32-bit logical shift right by y &amp; 31. */
    public static final int SHR32 = 24;
    /** 32-bit arithmetic shift right by y &amp; 31. */
    public static final int SAR32 = 26;
    /** 32-bit product. */
    public static final int MUL32 = 28;
    /** d = x == y ? 1 : 0. */
    public static final int SETEQ = 30;
    /** d = x != y ? 1 : 0. */
    public static final int SETNE = 32;
    /** d = x &lt; y ? 1 : 0, signed. */
    public static final int SETLT = 34;
    /** d = x &lt; y ? 1 : 0, unsigned. */
    public static final int SETLTU = 36;
    /** d = x rotated left by y &amp; 63. */
    public static final int ROTL = 38;
    /** d = x rotated right by y &amp; 63. */
    public static final int ROTR = 40;
    /** 32-bit rotation left. */
    public static final int ROTL32 = 42;
    /** 32-bit rotation right. */
    public static final int ROTR32 = 44;
    /** Signed minimum. */
    public static final int MIN = 46;
    /** Signed maximum. */
    public static final int MAX = 48;
    /** Unsigned minimum. */
    public static final int MINU = 50;
    /** Unsigned maximum. */
    public static final int MAXU = 52;
    /** High 64 bits of the signed product. */
    public static final int MULHS = 54;
    /** High 64 bits of the unsigned product. */
    public static final int MULHU = 56;
    /** 32-bit conjunction: d = x &amp; y of two values that are sign-extended 32-bit ones ({@link NarrowPass} makes it). */
    public static final int AND32 = 58;
    /** 32-bit disjunction, as {@link #AND32}. */
    public static final int OR32 = 60;
    /** 32-bit exclusive disjunction, as {@link #AND32}. */
    public static final int XOR32 = 62;
    /** Codes below this one are binary operations in pairs. */
    public static final int BINARY_END = 64;

    /** d = x. */
    public static final int MOV = 64;
    /** d = constant y of the pool. */
    public static final int MOVK = 65;
    /** d = low 8 bits of x, sign-extended. */
    public static final int SEXT8 = 66;
    /** d = low 16 bits of x, sign-extended. */
    public static final int SEXT16 = 67;
    /** d = low 32 bits of x, sign-extended. */
    public static final int SEXT32 = 68;
    /** d = low 8 bits of x. */
    public static final int ZEXT8 = 69;
    /** d = low 16 bits of x. */
    public static final int ZEXT16 = 70;
    /** d = low 32 bits of x, zero-extended. */
    public static final int ZEXT32 = 71;
    /** d = number of leading zeros of x: 0..64. */
    public static final int CLZ = 72;
    /** d = number of trailing zeros of x: 0..64. */
    public static final int CTZ = 73;
    /** d = number of ones in x. */
    public static final int POPCNT = 74;
    /** d = leading zeros of the low half: 0..32. */
    public static final int CLZ32 = 75;
    /** d = trailing zeros of the low half: 0..32. */
    public static final int CTZ32 = 76;
    /** d = ones in the low half. */
    public static final int POPCNT32 = 77;
    /** d = x with its 8 bytes reversed. */
    public static final int BSWAP = 78;
    /** Codes MOV, SEXT8 .. below this one take x only. */
    public static final int UNARY_END = 79;

    /** d = x != 0 ? y : z. */
    public static final int SELECT = 79;

    /** Load 8 bits, sign-extended, from x + y; y is the displacement itself, z the MMU index &lt;&lt; 3. The loads follow each other. */
    public static final int LD8S = 80;
    /** Load 8 bits, zero-extended. */
    public static final int LD8U = 81;
    /** Load 16 bits little-endian, sign-extended. */
    public static final int LD16S = 82;
    /** Load 16 bits little-endian, zero-extended. */
    public static final int LD16U = 83;
    /** Load 32 bits little-endian, sign-extended. */
    public static final int LD32S = 84;
    /** Load 32 bits little-endian, zero-extended. */
    public static final int LD32U = 85;
    /** Load 64 bits little-endian. */
    public static final int LD64 = 86;
    /** Store the low 8 bits of d (an operand here) to x + y; z as for loads. */
    public static final int ST8 = 87;
    /** Store 16 bits little-endian. */
    public static final int ST16 = 88;
    /** Store 32 bits little-endian. */
    public static final int ST32 = 89;
    /** Store 64 bits little-endian. */
    public static final int ST64 = 90;
    /** d = helper number x called with arguments y &amp; 0xffff, y &gt;&gt;&gt; 16, z. */
    public static final int CALL = 91;

    /** Terminators, each the last operation of its block. Goes to the block's target. */
    public static final int JUMP = 92;
    /** Goes to the address x. */
    public static final int JUMP_TO = 93;
    /** Goes to the block's target if x == y, else to the next block. */
    public static final int BREQ = 94;
    /** … if x != y. */
    public static final int BRNE = 95;
    /** … if x &lt; y, signed. */
    public static final int BRLT = 96;
    /** … if x &gt;= y, signed. */
    public static final int BRGE = 97;
    /** … if x &lt; y, unsigned. */
    public static final int BRLTU = 98;
    /** … if x &gt;= y, unsigned. */
    public static final int BRGEU = 99;
    /** Leaves translated code and goes on at the next instruction: a helper changed what translated code depends on. */
    public static final int EXIT = 100;
    /** Leaves translated code; the helper before it has set the program counter. */
    public static final int EXIT_SET = 101;
    /** Number of codes. */
    public static final int COUNT = 102;

    private static final String[] BINARY = {"add", "sub", "and", "or", "xor", "shl", "shr", "sar", "mul", "add32", "sub32", "shl32", "shr32",
        "sar32", "mul32", "seteq", "setne", "setlt", "setltu", "rotl", "rotr", "rotl32", "rotr32", "min", "max", "minu", "maxu", "mulhs",
        "mulhu", "and32", "or32", "xor32"};
    private static final String[] OTHER = {"mov", "movk", "sext8", "sext16", "sext32", "zext8", "zext16", "zext32", "clz", "ctz", "popcnt",
        "clz32", "ctz32", "popcnt32", "bswap", "select", "ld8s", "ld8u", "ld16s", "ld16u", "ld32s", "ld32u", "ld64", "st8", "st16", "st32",
        "st64", "call", "jump", "jump_to", "breq", "brne", "brlt", "brge", "brltu", "brgeu", "exit", "exit_set"};

    /** Name of an operation, for listings. */
    public static String name(int op) {
        return op < BINARY_END ? BINARY[op >> 1] + ((op & 1) != 0 ? "_k" : "") : OTHER[op - BINARY_END];
    }

    /** True for a load. */
    public static boolean isLoad(int op) {
        return op >= LD8S && op <= LD64;
    }

    /** True for a store. */
    public static boolean isStore(int op) {
        return op >= ST8 && op <= ST64;
    }

    /** True for a conditional branch. */
    public static boolean isBranch(int op) {
        return op >= BREQ && op <= BRGEU;
    }

    /** True for an operation that ends a block. */
    public static boolean isTerminator(int op) {
        return op >= JUMP;
    }

    /** Evaluates a binary operation (even code); what the interpreter does, for constant folding and tests. */
    public static long evaluate(int op, long x, long y) {
        return switch (op) {
            case ADD -> x + y;
            case SUB -> x - y;
            case AND -> x & y;
            case OR -> x | y;
            case XOR -> x ^ y;
            case SHL -> x << y;
            case SHR -> x >>> y;
            case SAR -> x >> y;
            case MUL -> x * y;
            case ADD32 -> (int) (x + y);
            case SUB32 -> (int) (x - y);
            case SHL32 -> (int) x << (int) y;
            case SHR32 -> (int) x >>> (int) y;
            case SAR32 -> (int) x >> (int) y;
            case MUL32 -> (int) x * (int) y;
            case SETEQ -> x == y ? 1 : 0;
            case SETNE -> x != y ? 1 : 0;
            case SETLT -> x < y ? 1 : 0;
            case SETLTU -> Long.compareUnsigned(x, y) < 0 ? 1 : 0;
            case ROTL -> Long.rotateLeft(x, (int) y);
            case ROTR -> Long.rotateRight(x, (int) y);
            case ROTL32 -> Integer.rotateLeft((int) x, (int) y);
            case ROTR32 -> Integer.rotateRight((int) x, (int) y);
            case MIN -> Math.min(x, y);
            case MAX -> Math.max(x, y);
            case MINU -> Long.compareUnsigned(x, y) < 0 ? x : y;
            case MAXU -> Long.compareUnsigned(x, y) < 0 ? y : x;
            case MULHS -> Math.multiplyHigh(x, y);
            case MULHU -> unsignedMultiplyHigh(x, y);
            case AND32 -> (int) x & (int) y;
            case OR32 -> (int) x | (int) y;
            case XOR32 -> (int) x ^ (int) y;
            default -> throw new IllegalArgumentException("not a binary operation: " + name(op));
        };
    }

    /** High half of the unsigned product (Math.unsignedMultiplyHigh is not in Java 17). */
    public static long unsignedMultiplyHigh(long x, long y) {
        return Math.multiplyHigh(x, y) + ((x >> 63) & y) + ((y >> 63) & x);
    }

    /** Branch condition of a conditional branch code. */
    public static boolean taken(int op, long x, long y) {
        return switch (op) {
            case BREQ -> x == y;
            case BRNE -> x != y;
            case BRLT -> x < y;
            case BRGE -> x >= y;
            case BRLTU -> Long.compareUnsigned(x, y) < 0;
            case BRGEU -> Long.compareUnsigned(x, y) >= 0;
            default -> throw new IllegalArgumentException("not a branch: " + name(op));
        };
    }
}
