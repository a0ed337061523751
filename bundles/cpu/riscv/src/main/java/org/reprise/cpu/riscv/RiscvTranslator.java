package org.reprise.cpu.riscv;

import org.reprise.core.translator.Helper;
import org.reprise.core.translator.Op;

/**
 * The F and D extensions, on top of the integer and system instructions: the class that the generated decoder calls. Arithmetic is done by
 * helpers; moves, sign operations on doubles, loads and stores are IR. With mstatus.FS off every instruction is illegal; the first
 * instruction that can change floating-point state makes FS dirty and is translated again, so that code with FS dirty pays nothing.
 */
final class RiscvTranslator extends RiscvSystemTranslator {
    private static final int F0 = RiscvCpu.F0;
    private static final long BOX = 0xffffffff00000000L;

    RiscvTranslator(RiscvHelpers helpers, int xlen) {
        super(helpers, xlen);
    }

    /** False when the instruction only reads floating-point state but may not: the trap is emitted. */
    private boolean readable() {
        if ((mode & RiscvCpu.MODE_FS_OFF) != 0) {
            illegal();
            return false;
        }
        return true;
    }

    /** False when the instruction may not change floating-point state now: what happens instead is emitted. */
    private boolean writable() {
        if (!readable()) {
            return false;
        }
        if ((mode & RiscvCpu.MODE_FS_CLEAN) != 0) {
            b.call(helpers.makeDirty, b.temp(), 0, 0, 0);
            b.jump(b.pc());
            return false;
        }
        return true;
    }

    private void compute(Helper h, int fd, int x, int y) {
        if (writable()) {
            b.call(h, F0 + fd, x, y, instruction());
        }
    }

    /** Integer result. */
    private void test(Helper h, int rd, int x, int y) {
        if (writable()) {
            b.call(h, to(rd), x, y, instruction());
        }
    }

    private void fused(Helper h, int fd, int fs1, int fs2, int fs3) {
        if (writable()) {
            b.call(helpers.setRounding, b.temp(), 0, 0, instruction());
            b.call(h, F0 + fd, F0 + fs1, F0 + fs2, F0 + fs3);
        }
    }

    // ---- loads, stores, moves -----------------------------------------------------------------------------------------------------

    final void flw(int fd, int rs1, long imm) {
        if (writable()) {
            int t = b.temp();
            load(Op.LD32S, t, rs1, imm);
            b.op(Op.OR, F0 + fd, t, b.k(BOX));
        }
    }

    final void fld(int fd, int rs1, long imm) {
        if (writable()) {
            load(Op.LD64, F0 + fd, rs1, imm);
        }
    }

    final void fsw(int rs1, int fs2, long imm) {
        if (readable()) {
            store(Op.ST32, rs1, F0 + fs2, imm);
        }
    }

    final void fsd(int rs1, int fs2, long imm) {
        if (readable()) {
            store(Op.ST64, rs1, F0 + fs2, imm);
        }
    }

    final void fmv_x_w(int rd, int fs1) {
        if (readable() && rd != 0) {
            b.unary(Op.SEXT32, rd, F0 + fs1);
        }
    }

    final void fmv_x_d(int rd, int fs1) {
        if (readable() && rd != 0) {
            b.move(rd, F0 + fs1);
        }
    }

    final void fmv_w_x(int fd, int rs1) {
        if (writable()) {
            b.op(Op.OR, F0 + fd, rs1, b.k(BOX));
        }
    }

    final void fmv_d_x(int fd, int rs1) {
        if (writable()) {
            b.move(F0 + fd, rs1);
        }
    }

    // ---- sign operations ------------------------------------------------------------------------------------------------------------

    final void fsgnj_s(int fd, int fs1, int fs2) {
        compute(helpers.signS, fd, F0 + fs1, F0 + fs2);
    }

    final void fsgnjn_s(int fd, int fs1, int fs2) {
        compute(helpers.signNotS, fd, F0 + fs1, F0 + fs2);
    }

    final void fsgnjx_s(int fd, int fs1, int fs2) {
        compute(helpers.signXorS, fd, F0 + fs1, F0 + fs2);
    }

    final void fsgnj_d(int fd, int fs1, int fs2) {
        if (writable()) {
            if (fs1 == fs2) {
                b.move(F0 + fd, F0 + fs1);
            } else {
                sign(fd, fs1, F0 + fs2);
            }
        }
    }

    final void fsgnjn_d(int fd, int fs1, int fs2) {
        if (writable()) {
            int t = b.temp();
            b.op(Op.XOR, t, F0 + fs2, b.k(-1));
            sign(fd, fs1, t);
        }
    }

    private void sign(int fd, int fs1, int from) {
        int m = b.temp();
        int s = b.temp();
        b.op(Op.AND, m, F0 + fs1, b.k(Long.MAX_VALUE));
        b.op(Op.AND, s, from, b.k(Long.MIN_VALUE));
        b.op(Op.OR, F0 + fd, m, s);
    }

    final void fsgnjx_d(int fd, int fs1, int fs2) {
        if (writable()) {
            int s = b.temp();
            b.op(Op.AND, s, F0 + fs2, b.k(Long.MIN_VALUE));
            b.op(Op.XOR, F0 + fd, F0 + fs1, s);
        }
    }

    // ---- arithmetic -------------------------------------------------------------------------------------------------------------------

    final void fadd_s(int fd, int fs1, int fs2, int rm) {
        compute(helpers.addS, fd, F0 + fs1, F0 + fs2);
    }

    final void fsub_s(int fd, int fs1, int fs2, int rm) {
        compute(helpers.subS, fd, F0 + fs1, F0 + fs2);
    }

    final void fmul_s(int fd, int fs1, int fs2, int rm) {
        compute(helpers.mulS, fd, F0 + fs1, F0 + fs2);
    }

    final void fdiv_s(int fd, int fs1, int fs2, int rm) {
        compute(helpers.divS, fd, F0 + fs1, F0 + fs2);
    }

    final void fsqrt_s(int fd, int fs1, int rm) {
        compute(helpers.sqrtS, fd, F0 + fs1, 0);
    }

    final void fmin_s(int fd, int fs1, int fs2) {
        compute(helpers.minS, fd, F0 + fs1, F0 + fs2);
    }

    final void fmax_s(int fd, int fs1, int fs2) {
        compute(helpers.maxS, fd, F0 + fs1, F0 + fs2);
    }

    final void fmadd_s(int fd, int fs1, int fs2, int fs3, int rm) {
        fused(helpers.fmaddS, fd, fs1, fs2, fs3);
    }

    final void fmsub_s(int fd, int fs1, int fs2, int fs3, int rm) {
        fused(helpers.fmsubS, fd, fs1, fs2, fs3);
    }

    final void fnmsub_s(int fd, int fs1, int fs2, int fs3, int rm) {
        fused(helpers.fnmsubS, fd, fs1, fs2, fs3);
    }

    final void fnmadd_s(int fd, int fs1, int fs2, int fs3, int rm) {
        fused(helpers.fnmaddS, fd, fs1, fs2, fs3);
    }

    final void feq_s(int rd, int fs1, int fs2) {
        test(helpers.eqS, rd, F0 + fs1, F0 + fs2);
    }

    final void flt_s(int rd, int fs1, int fs2) {
        test(helpers.ltS, rd, F0 + fs1, F0 + fs2);
    }

    final void fle_s(int rd, int fs1, int fs2) {
        test(helpers.leS, rd, F0 + fs1, F0 + fs2);
    }

    final void fclass_s(int rd, int fs1) {
        if (readable()) {
            b.call(helpers.classS, to(rd), F0 + fs1, 0, 0);
        }
    }

    final void fcvt_w_s(int rd, int fs1, int rm) {
        test(helpers.cvtWS, rd, F0 + fs1, 0);
    }

    final void fcvt_s_w(int fd, int rs1, int rm) {
        compute(helpers.cvtSW, fd, rs1, 0);
    }

    final void fcvt_wu_s(int rd, int fs1, int rm) {
        test(helpers.cvtWuS, rd, F0 + fs1, 0);
    }

    final void fcvt_s_wu(int fd, int rs1, int rm) {
        compute(helpers.cvtSWu, fd, rs1, 0);
    }

    final void fcvt_l_s(int rd, int fs1, int rm) {
        test(helpers.cvtLS, rd, F0 + fs1, 0);
    }

    final void fcvt_s_l(int fd, int rs1, int rm) {
        compute(helpers.cvtSL, fd, rs1, 0);
    }

    final void fcvt_lu_s(int rd, int fs1, int rm) {
        test(helpers.cvtLuS, rd, F0 + fs1, 0);
    }

    final void fcvt_s_lu(int fd, int rs1, int rm) {
        compute(helpers.cvtSLu, fd, rs1, 0);
    }

    final void fadd_d(int fd, int fs1, int fs2, int rm) {
        compute(helpers.addD, fd, F0 + fs1, F0 + fs2);
    }

    final void fsub_d(int fd, int fs1, int fs2, int rm) {
        compute(helpers.subD, fd, F0 + fs1, F0 + fs2);
    }

    final void fmul_d(int fd, int fs1, int fs2, int rm) {
        compute(helpers.mulD, fd, F0 + fs1, F0 + fs2);
    }

    final void fdiv_d(int fd, int fs1, int fs2, int rm) {
        compute(helpers.divD, fd, F0 + fs1, F0 + fs2);
    }

    final void fsqrt_d(int fd, int fs1, int rm) {
        compute(helpers.sqrtD, fd, F0 + fs1, 0);
    }

    final void fmin_d(int fd, int fs1, int fs2) {
        compute(helpers.minD, fd, F0 + fs1, F0 + fs2);
    }

    final void fmax_d(int fd, int fs1, int fs2) {
        compute(helpers.maxD, fd, F0 + fs1, F0 + fs2);
    }

    final void fmadd_d(int fd, int fs1, int fs2, int fs3, int rm) {
        fused(helpers.fmaddD, fd, fs1, fs2, fs3);
    }

    final void fmsub_d(int fd, int fs1, int fs2, int fs3, int rm) {
        fused(helpers.fmsubD, fd, fs1, fs2, fs3);
    }

    final void fnmsub_d(int fd, int fs1, int fs2, int fs3, int rm) {
        fused(helpers.fnmsubD, fd, fs1, fs2, fs3);
    }

    final void fnmadd_d(int fd, int fs1, int fs2, int fs3, int rm) {
        fused(helpers.fnmaddD, fd, fs1, fs2, fs3);
    }

    final void feq_d(int rd, int fs1, int fs2) {
        test(helpers.eqD, rd, F0 + fs1, F0 + fs2);
    }

    final void flt_d(int rd, int fs1, int fs2) {
        test(helpers.ltD, rd, F0 + fs1, F0 + fs2);
    }

    final void fle_d(int rd, int fs1, int fs2) {
        test(helpers.leD, rd, F0 + fs1, F0 + fs2);
    }

    final void fclass_d(int rd, int fs1) {
        if (readable()) {
            b.call(helpers.classD, to(rd), F0 + fs1, 0, 0);
        }
    }

    final void fcvt_w_d(int rd, int fs1, int rm) {
        test(helpers.cvtWD, rd, F0 + fs1, 0);
    }

    final void fcvt_d_w(int fd, int rs1, int rm) {
        compute(helpers.cvtDW, fd, rs1, 0);
    }

    final void fcvt_wu_d(int rd, int fs1, int rm) {
        test(helpers.cvtWuD, rd, F0 + fs1, 0);
    }

    final void fcvt_d_wu(int fd, int rs1, int rm) {
        compute(helpers.cvtDWu, fd, rs1, 0);
    }

    final void fcvt_l_d(int rd, int fs1, int rm) {
        test(helpers.cvtLD, rd, F0 + fs1, 0);
    }

    final void fcvt_d_l(int fd, int rs1, int rm) {
        compute(helpers.cvtDL, fd, rs1, 0);
    }

    final void fcvt_lu_d(int rd, int fs1, int rm) {
        test(helpers.cvtLuD, rd, F0 + fs1, 0);
    }

    final void fcvt_d_lu(int fd, int rs1, int rm) {
        compute(helpers.cvtDLu, fd, rs1, 0);
    }

    final void fcvt_s_d(int fd, int fs1, int rm) {
        compute(helpers.cvtSD, fd, F0 + fs1, 0);
    }

    final void fcvt_d_s(int fd, int fs1, int rm) {
        compute(helpers.cvtDS, fd, F0 + fs1, 0);
    }
}
