package org.reprise.cpu.riscv;

import org.reprise.core.translator.BlockBuilder;
import org.reprise.core.translator.Helper;
import org.reprise.core.translator.Op;

/**
 * What the translate methods share, and the integer instructions: I, M, Zba, Zbb, Zbs (Volume I). One method per instruction, called by the
 * generated decoder with the fields that the decode table names. Slot n is register xn; results for x0 go to a temporary.
 */
abstract class RiscvIntegerTranslator {
    /** The hint of Zihintpause: a fence of writes before nothing. */
    private static final int PAUSE = 0x0100_000f;
    final RiscvHelpers helpers;
    final boolean wide;
    BlockBuilder b;
    int word;
    int length;
    int mmu;
    int mode;

    RiscvIntegerTranslator(RiscvHelpers helpers, int xlen) {
        this.helpers = helpers;
        this.wide = xlen == 64;
    }

    /** Begins an instruction. */
    final void begin(BlockBuilder builder, int translationMode, int instruction, int bytes) {
        b = builder;
        mode = translationMode;
        word = instruction;
        length = bytes;
        mmu = translationMode >>> RiscvCpu.MODE_MMU_SHIFT & 3;
    }

    /** An encoding that is no instruction here. */
    final void illegal() {
        b.call(helpers.illegal, b.temp(), b.k(word & 0xffffffffL), 0, 0);
        b.exitSet();
    }

    // ---- operands -------------------------------------------------------------------------------------------------------------

    /** Where a result for register rd goes. */
    final int to(int rd) {
        return rd == 0 ? b.temp() : rd;
    }

    final long address(long a) {
        return wide ? a : (int) a;
    }

    final long next() {
        return address(b.pc() + length);
    }

    /** A value of the instruction word as the last argument of helpers. */
    final int instruction() {
        return b.k(word & 0xffffffffL);
    }

    /** op on XLEN bits: {@code op32} for RV32. */
    private void alu(int op, int op32, int rd, int x, int y) {
        if (rd != 0) {
            b.op(wide ? op : op32, rd, x, y);
        }
    }

    private void word(int op, int rd, int x, int y) {
        if (rd != 0) {
            b.op(op, rd, x, y);
        }
    }

    private void unary(int op, int rd, int x) {
        if (rd != 0) {
            b.unary(op, rd, x);
        }
    }

    private void pure(Helper h, int rd, int rs1, int rs2) {
        if (rd != 0) {
            b.call(h, rd, rs1, rs2, 0);
        }
    }

    // ---- I: constants and control transfer ----------------------------------------------------------------------------------------

    final void lui(int rd, long imm) {
        if (rd != 0) {
            b.move(rd, b.k(imm));
        }
    }

    final void auipc(int rd, long imm) {
        if (rd != 0) {
            b.move(rd, b.k(address(b.pc() + imm)));
        }
    }

    final void jal(int rd, long imm) {
        if (rd != 0) {
            b.move(rd, b.k(next()));
        }
        b.jump(address(b.pc() + imm));
    }

    final void jalr(int rd, int rs1, long imm) {
        int t = b.temp();
        b.op(wide ? Op.ADD : Op.ADD32, t, rs1, b.k(imm));
        b.op(Op.AND, t, t, b.k(-2));
        if (rd != 0) {
            b.move(rd, b.k(next()));
        }
        b.jumpTo(t);
    }

    final void beq(int rs1, int rs2, long imm) {
        b.branch(Op.BREQ, rs1, rs2, address(b.pc() + imm));
    }

    final void bne(int rs1, int rs2, long imm) {
        b.branch(Op.BRNE, rs1, rs2, address(b.pc() + imm));
    }

    final void blt(int rs1, int rs2, long imm) {
        b.branch(Op.BRLT, rs1, rs2, address(b.pc() + imm));
    }

    final void bge(int rs1, int rs2, long imm) {
        b.branch(Op.BRGE, rs1, rs2, address(b.pc() + imm));
    }

    final void bltu(int rs1, int rs2, long imm) {
        b.branch(Op.BRLTU, rs1, rs2, address(b.pc() + imm));
    }

    final void bgeu(int rs1, int rs2, long imm) {
        b.branch(Op.BRGEU, rs1, rs2, address(b.pc() + imm));
    }

    // ---- I: memory ----------------------------------------------------------------------------------------------------------------

    final void load(int op, int rd, int rs1, long imm) {
        if (wide) {
            b.load(op, to(rd), rs1, (int) imm, mmu);
        } else {
            b.load(op, to(rd), narrowAddress(rs1, imm), 0, mmu);
        }
    }

    final void store(int op, int rs1, int value, long imm) {
        if (wide) {
            b.store(op, value, rs1, (int) imm, mmu);
        } else {
            b.store(op, value, narrowAddress(rs1, imm), 0, mmu);
        }
    }

    /** RV32 addresses wrap at 32 bits. */
    private int narrowAddress(int rs1, long imm) {
        if (imm == 0) {
            return rs1;
        }
        int t = b.temp();
        b.op(Op.ADD32, t, rs1, b.k(imm));
        return t;
    }

    final void lb(int rd, int rs1, long imm) {
        load(Op.LD8S, rd, rs1, imm);
    }

    final void lh(int rd, int rs1, long imm) {
        load(Op.LD16S, rd, rs1, imm);
    }

    final void lw(int rd, int rs1, long imm) {
        load(Op.LD32S, rd, rs1, imm);
    }

    final void lbu(int rd, int rs1, long imm) {
        load(Op.LD8U, rd, rs1, imm);
    }

    final void lhu(int rd, int rs1, long imm) {
        load(Op.LD16U, rd, rs1, imm);
    }

    final void lwu(int rd, int rs1, long imm) {
        load(Op.LD32U, rd, rs1, imm);
    }

    final void ld(int rd, int rs1, long imm) {
        load(Op.LD64, rd, rs1, imm);
    }

    final void sb(int rs1, int rs2, long imm) {
        store(Op.ST8, rs1, rs2, imm);
    }

    final void sh(int rs1, int rs2, long imm) {
        store(Op.ST16, rs1, rs2, imm);
    }

    final void sw(int rs1, int rs2, long imm) {
        store(Op.ST32, rs1, rs2, imm);
    }

    final void sd(int rs1, int rs2, long imm) {
        store(Op.ST64, rs1, rs2, imm);
    }

    final void fence() {
        // one thread runs all harts in order: memory is always consistent
        if (word == PAUSE) {
            b.call(helpers.pause, b.temp(), 0, 0, 0);
            b.exit();
        }
    }

    // ---- I: arithmetic ------------------------------------------------------------------------------------------------------------

    final void addi(int rd, int rs1, long imm) {
        alu(Op.ADD, Op.ADD32, rd, rs1, b.k(imm));
    }

    final void slti(int rd, int rs1, long imm) {
        alu(Op.SETLT, Op.SETLT, rd, rs1, b.k(imm));
    }

    final void sltiu(int rd, int rs1, long imm) {
        alu(Op.SETLTU, Op.SETLTU, rd, rs1, b.k(imm));
    }

    final void xori(int rd, int rs1, long imm) {
        alu(Op.XOR, Op.XOR, rd, rs1, b.k(imm));
    }

    final void ori(int rd, int rs1, long imm) {
        alu(Op.OR, Op.OR, rd, rs1, b.k(imm));
    }

    final void andi(int rd, int rs1, long imm) {
        alu(Op.AND, Op.AND, rd, rs1, b.k(imm));
    }

    final void slli(int rd, int rs1, int shamt) {
        alu(Op.SHL, Op.SHL32, rd, rs1, b.k(shamt));
    }

    final void srli(int rd, int rs1, int shamt) {
        alu(Op.SHR, Op.SHR32, rd, rs1, b.k(shamt));
    }

    final void srai(int rd, int rs1, int shamt) {
        alu(Op.SAR, Op.SAR32, rd, rs1, b.k(shamt));
    }

    final void add(int rd, int rs1, int rs2) {
        alu(Op.ADD, Op.ADD32, rd, rs1, rs2);
    }

    final void sub(int rd, int rs1, int rs2) {
        alu(Op.SUB, Op.SUB32, rd, rs1, rs2);
    }

    final void sll(int rd, int rs1, int rs2) {
        alu(Op.SHL, Op.SHL32, rd, rs1, rs2);
    }

    final void slt(int rd, int rs1, int rs2) {
        alu(Op.SETLT, Op.SETLT, rd, rs1, rs2);
    }

    final void sltu(int rd, int rs1, int rs2) {
        alu(Op.SETLTU, Op.SETLTU, rd, rs1, rs2);
    }

    final void xor(int rd, int rs1, int rs2) {
        alu(Op.XOR, Op.XOR, rd, rs1, rs2);
    }

    final void srl(int rd, int rs1, int rs2) {
        alu(Op.SHR, Op.SHR32, rd, rs1, rs2);
    }

    final void sra(int rd, int rs1, int rs2) {
        alu(Op.SAR, Op.SAR32, rd, rs1, rs2);
    }

    final void or(int rd, int rs1, int rs2) {
        alu(Op.OR, Op.OR, rd, rs1, rs2);
    }

    final void and(int rd, int rs1, int rs2) {
        alu(Op.AND, Op.AND, rd, rs1, rs2);
    }

    final void addiw(int rd, int rs1, long imm) {
        word(Op.ADD32, rd, rs1, b.k(imm));
    }

    final void slliw(int rd, int rs1, int shamt) {
        word(Op.SHL32, rd, rs1, b.k(shamt));
    }

    final void srliw(int rd, int rs1, int shamt) {
        word(Op.SHR32, rd, rs1, b.k(shamt));
    }

    final void sraiw(int rd, int rs1, int shamt) {
        word(Op.SAR32, rd, rs1, b.k(shamt));
    }

    final void addw(int rd, int rs1, int rs2) {
        word(Op.ADD32, rd, rs1, rs2);
    }

    final void subw(int rd, int rs1, int rs2) {
        word(Op.SUB32, rd, rs1, rs2);
    }

    final void sllw(int rd, int rs1, int rs2) {
        word(Op.SHL32, rd, rs1, rs2);
    }

    final void srlw(int rd, int rs1, int rs2) {
        word(Op.SHR32, rd, rs1, rs2);
    }

    final void sraw(int rd, int rs1, int rs2) {
        word(Op.SAR32, rd, rs1, rs2);
    }

    // ---- M --------------------------------------------------------------------------------------------------------------------------

    final void mul(int rd, int rs1, int rs2) {
        alu(Op.MUL, Op.MUL32, rd, rs1, rs2);
    }

    final void mulh(int rd, int rs1, int rs2) {
        high(rd, rs1, rs2, false);
    }

    final void mulhu(int rd, int rs1, int rs2) {
        if (wide) {
            word(Op.MULHU, rd, rs1, rs2);
        } else if (rd != 0) {
            int x = b.temp();
            int y = b.temp();
            b.unary(Op.ZEXT32, x, rs1);
            b.unary(Op.ZEXT32, y, rs2);
            upper(rd, x, y);
        }
    }

    final void mulhsu(int rd, int rs1, int rs2) {
        if (wide) {
            pure(helpers.mulhsu, rd, rs1, rs2);
        } else {
            high(rd, rs1, rs2, true);
        }
    }

    private void high(int rd, int rs1, int rs2, boolean unsignedSecond) {
        if (wide) {
            word(Op.MULHS, rd, rs1, rs2);
        } else if (rd != 0) {
            int y = rs2;
            if (unsignedSecond) {
                y = b.temp();
                b.unary(Op.ZEXT32, y, rs2);
            }
            upper(rd, rs1, y);
        }
    }

    /** RV32: bits 63..32 of the 64-bit product of two extended operands. */
    private void upper(int rd, int x, int y) {
        int t = b.temp();
        b.op(Op.MUL, t, x, y);
        b.op(Op.SAR, rd, t, b.k(32));
    }

    final void div(int rd, int rs1, int rs2) {
        pure(wide ? helpers.div : helpers.divw, rd, rs1, rs2);
    }

    final void divu(int rd, int rs1, int rs2) {
        pure(wide ? helpers.divu : helpers.divuw, rd, rs1, rs2);
    }

    final void rem(int rd, int rs1, int rs2) {
        pure(wide ? helpers.rem : helpers.remw, rd, rs1, rs2);
    }

    final void remu(int rd, int rs1, int rs2) {
        pure(wide ? helpers.remu : helpers.remuw, rd, rs1, rs2);
    }

    final void mulw(int rd, int rs1, int rs2) {
        word(Op.MUL32, rd, rs1, rs2);
    }

    final void divw(int rd, int rs1, int rs2) {
        pure(helpers.divw, rd, rs1, rs2);
    }

    final void divuw(int rd, int rs1, int rs2) {
        pure(helpers.divuw, rd, rs1, rs2);
    }

    final void remw(int rd, int rs1, int rs2) {
        pure(helpers.remw, rd, rs1, rs2);
    }

    final void remuw(int rd, int rs1, int rs2) {
        pure(helpers.remuw, rd, rs1, rs2);
    }

    // ---- Zba ------------------------------------------------------------------------------------------------------------------------

    private void shiftAdd(int rd, int rs1, int rs2, int shift, boolean zeroExtend) {
        if (rd != 0) {
            int t = b.temp();
            if (zeroExtend) {
                b.unary(Op.ZEXT32, t, rs1);
                b.op(Op.SHL, t, t, b.k(shift));
            } else {
                b.op(Op.SHL, t, rs1, b.k(shift));
            }
            alu(Op.ADD, Op.ADD32, rd, t, rs2);
        }
    }

    final void sh1add(int rd, int rs1, int rs2) {
        shiftAdd(rd, rs1, rs2, 1, false);
    }

    final void sh1add_uw(int rd, int rs1, int rs2) {
        shiftAdd(rd, rs1, rs2, 1, true);
    }

    final void sh2add(int rd, int rs1, int rs2) {
        shiftAdd(rd, rs1, rs2, 2, false);
    }

    final void sh2add_uw(int rd, int rs1, int rs2) {
        shiftAdd(rd, rs1, rs2, 2, true);
    }

    final void sh3add(int rd, int rs1, int rs2) {
        shiftAdd(rd, rs1, rs2, 3, false);
    }

    final void sh3add_uw(int rd, int rs1, int rs2) {
        shiftAdd(rd, rs1, rs2, 3, true);
    }

    final void add_uw(int rd, int rs1, int rs2) {
        shiftAdd(rd, rs1, rs2, 0, true);
    }

    final void slli_uw(int rd, int rs1, int shamt) {
        if (rd != 0) {
            int t = b.temp();
            b.unary(Op.ZEXT32, t, rs1);
            b.op(Op.SHL, rd, t, b.k(shamt));
        }
    }

    // ---- Zbb ------------------------------------------------------------------------------------------------------------------------

    private void inverted(int op, int rd, int rs1, int rs2) {
        if (rd != 0) {
            int t = b.temp();
            b.op(Op.XOR, t, rs2, b.k(-1));
            b.op(op, rd, rs1, t);
        }
    }

    final void andn(int rd, int rs1, int rs2) {
        inverted(Op.AND, rd, rs1, rs2);
    }

    final void orn(int rd, int rs1, int rs2) {
        inverted(Op.OR, rd, rs1, rs2);
    }

    final void xnor(int rd, int rs1, int rs2) {
        inverted(Op.XOR, rd, rs1, rs2);
    }

    final void clz(int rd, int rs1) {
        unary(wide ? Op.CLZ : Op.CLZ32, rd, rs1);
    }

    final void ctz(int rd, int rs1) {
        unary(wide ? Op.CTZ : Op.CTZ32, rd, rs1);
    }

    final void cpop(int rd, int rs1) {
        unary(wide ? Op.POPCNT : Op.POPCNT32, rd, rs1);
    }

    final void clzw(int rd, int rs1) {
        unary(Op.CLZ32, rd, rs1);
    }

    final void ctzw(int rd, int rs1) {
        unary(Op.CTZ32, rd, rs1);
    }

    final void cpopw(int rd, int rs1) {
        unary(Op.POPCNT32, rd, rs1);
    }

    final void sext_b(int rd, int rs1) {
        unary(Op.SEXT8, rd, rs1);
    }

    final void sext_h(int rd, int rs1) {
        unary(Op.SEXT16, rd, rs1);
    }

    final void zext_h(int rd, int rs1) {
        unary(Op.ZEXT16, rd, rs1);
    }

    final void min(int rd, int rs1, int rs2) {
        word(Op.MIN, rd, rs1, rs2);
    }

    final void max(int rd, int rs1, int rs2) {
        word(Op.MAX, rd, rs1, rs2);
    }

    final void minu(int rd, int rs1, int rs2) {
        word(Op.MINU, rd, rs1, rs2);
    }

    final void maxu(int rd, int rs1, int rs2) {
        word(Op.MAXU, rd, rs1, rs2);
    }

    final void rol(int rd, int rs1, int rs2) {
        alu(Op.ROTL, Op.ROTL32, rd, rs1, rs2);
    }

    final void ror(int rd, int rs1, int rs2) {
        alu(Op.ROTR, Op.ROTR32, rd, rs1, rs2);
    }

    final void rori(int rd, int rs1, int shamt) {
        alu(Op.ROTR, Op.ROTR32, rd, rs1, b.k(shamt));
    }

    final void rolw(int rd, int rs1, int rs2) {
        word(Op.ROTL32, rd, rs1, rs2);
    }

    final void rorw(int rd, int rs1, int rs2) {
        word(Op.ROTR32, rd, rs1, rs2);
    }

    final void roriw(int rd, int rs1, int shamt) {
        word(Op.ROTR32, rd, rs1, b.k(shamt));
    }

    final void orc_b(int rd, int rs1) {
        pure(helpers.orcb, rd, rs1, 0);
        if (rd != 0 && !wide) {
            b.unary(Op.SEXT32, rd, rd);
        }
    }

    final void rev8(int rd, int rs1) {
        if (rd != 0) {
            if (wide) {
                b.unary(Op.BSWAP, rd, rs1);
            } else {
                int t = b.temp();
                b.unary(Op.BSWAP, t, rs1);
                b.op(Op.SAR, rd, t, b.k(32));
            }
        }
    }

    // ---- Zbs ------------------------------------------------------------------------------------------------------------------------

    private int bit(int rs2) {
        int t = b.temp();
        b.op(wide ? Op.SHL : Op.SHL32, t, b.k(1), rs2);
        return t;
    }

    private int bit(int shamt, boolean invert) {
        long m = wide ? 1L << shamt : 1 << shamt;
        return b.k(invert ? ~m : m);
    }

    final void bclr(int rd, int rs1, int rs2) {
        inverted(Op.AND, rd, rs1, rd == 0 ? 0 : bit(rs2));
    }

    final void bset(int rd, int rs1, int rs2) {
        word(Op.OR, rd, rs1, rd == 0 ? 0 : bit(rs2));
    }

    final void binv(int rd, int rs1, int rs2) {
        word(Op.XOR, rd, rs1, rd == 0 ? 0 : bit(rs2));
    }

    final void bext(int rd, int rs1, int rs2) {
        if (rd != 0) {
            int t = b.temp();
            b.op(wide ? Op.SHR : Op.SHR32, t, rs1, rs2);
            b.op(Op.AND, rd, t, b.k(1));
        }
    }

    final void bclri(int rd, int rs1, int shamt) {
        word(Op.AND, rd, rs1, bit(shamt, true));
    }

    final void bseti(int rd, int rs1, int shamt) {
        word(Op.OR, rd, rs1, bit(shamt, false));
    }

    final void binvi(int rd, int rs1, int shamt) {
        word(Op.XOR, rd, rs1, bit(shamt, false));
    }

    final void bexti(int rd, int rs1, int shamt) {
        if (rd != 0) {
            int t = b.temp();
            b.op(wide ? Op.SHR : Op.SHR32, t, rs1, b.k(shamt));
            b.op(Op.AND, rd, t, b.k(1));
        }
    }
}
