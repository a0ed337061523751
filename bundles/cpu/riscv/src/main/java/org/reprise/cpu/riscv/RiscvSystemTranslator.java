package org.reprise.cpu.riscv;

/** System instructions (Volume II), Zicsr, Zifencei, and the A extension. */
abstract class RiscvSystemTranslator extends RiscvIntegerTranslator {
    RiscvSystemTranslator(RiscvHelpers helpers, int xlen) {
        super(helpers, xlen);
    }

    final void ecall() {
        b.call(helpers.ecall, b.temp(), 0, 0, 0);
        b.exitSet();
    }

    final void ebreak() {
        // mtval may be the address or zero (Volume II, "Machine Trap Value Register"); zero is what the reference emulator gives
        b.call(helpers.trap, b.temp(), b.k(RiscvTraps.BREAKPOINT), 0, 0);
        b.exitSet();
    }

    final void mret() {
        b.call(helpers.mret, b.temp(), instruction(), 0, 0);
        b.exitSet();
    }

    final void sret() {
        b.call(helpers.sret, b.temp(), instruction(), 0, 0);
        b.exitSet();
    }

    final void wfi() {
        b.call(helpers.wfi, b.temp(), instruction(), 0, 0);
        b.exit();
    }

    final void sfence_vma(int rs1, int rs2) {
        b.call(helpers.sfence, b.temp(), instruction(), rs1, b.k(rs1 | rs2 << 8));
        b.exit();
    }

    final void fence_i() {
        // translated code follows every store by itself; the block ends so that what comes next is looked up anew
        b.jump(next());
    }

    // ---- Zicsr ----------------------------------------------------------------------------------------------------------------------

    private void csr(int rd, int operand, int csr, int operation, boolean noWrite, boolean noRead) {
        int flags = operation | (noWrite ? RiscvSystem.NO_WRITE : 0) | (noRead ? RiscvSystem.NO_READ : 0);
        b.call(helpers.csr, to(rd), operand, b.k(csr | flags), instruction());
        b.exit();
    }

    final void csrrw(int rd, int rs1, int csr) {
        csr(rd, rs1, csr, RiscvSystem.WRITE, false, rd == 0);
    }

    final void csrrs(int rd, int rs1, int csr) {
        csr(rd, rs1, csr, RiscvSystem.SET, rs1 == 0, false);
    }

    final void csrrc(int rd, int rs1, int csr) {
        csr(rd, rs1, csr, RiscvSystem.CLEAR, rs1 == 0, false);
    }

    final void csrrwi(int rd, int uimm, int csr) {
        csr(rd, b.k(uimm), csr, RiscvSystem.WRITE, false, rd == 0);
    }

    final void csrrsi(int rd, int uimm, int csr) {
        csr(rd, b.k(uimm), csr, RiscvSystem.SET, uimm == 0, false);
    }

    final void csrrci(int rd, int uimm, int csr) {
        csr(rd, b.k(uimm), csr, RiscvSystem.CLEAR, uimm == 0, false);
    }

    // ---- A --------------------------------------------------------------------------------------------------------------------------

    private void reserved(int rd, int rs1, int size) {
        b.call(helpers.loadReserved, to(rd), rs1, 0, b.k(mmu | size << 4));
    }

    private void conditional(int rd, int rs1, int rs2, int size) {
        b.call(helpers.storeConditional, to(rd), rs1, rs2, b.k(mmu | size << 4));
    }

    private void amo(int operation, int rd, int rs1, int rs2, int size) {
        b.call(helpers.amo, to(rd), rs1, rs2, b.k(mmu | size << 4 | operation << 8));
    }

    final void lr_w(int rd, int rs1) {
        reserved(rd, rs1, 4);
    }

    final void lr_d(int rd, int rs1) {
        reserved(rd, rs1, 8);
    }

    final void sc_w(int rd, int rs1, int rs2) {
        conditional(rd, rs1, rs2, 4);
    }

    final void sc_d(int rd, int rs1, int rs2) {
        conditional(rd, rs1, rs2, 8);
    }

    final void amoswap_w(int rd, int rs1, int rs2) {
        amo(RiscvAtomics.SWAP, rd, rs1, rs2, 4);
    }

    final void amoswap_d(int rd, int rs1, int rs2) {
        amo(RiscvAtomics.SWAP, rd, rs1, rs2, 8);
    }

    final void amoadd_w(int rd, int rs1, int rs2) {
        amo(RiscvAtomics.ADD, rd, rs1, rs2, 4);
    }

    final void amoadd_d(int rd, int rs1, int rs2) {
        amo(RiscvAtomics.ADD, rd, rs1, rs2, 8);
    }

    final void amoxor_w(int rd, int rs1, int rs2) {
        amo(RiscvAtomics.XOR, rd, rs1, rs2, 4);
    }

    final void amoxor_d(int rd, int rs1, int rs2) {
        amo(RiscvAtomics.XOR, rd, rs1, rs2, 8);
    }

    final void amoand_w(int rd, int rs1, int rs2) {
        amo(RiscvAtomics.AND, rd, rs1, rs2, 4);
    }

    final void amoand_d(int rd, int rs1, int rs2) {
        amo(RiscvAtomics.AND, rd, rs1, rs2, 8);
    }

    final void amoor_w(int rd, int rs1, int rs2) {
        amo(RiscvAtomics.OR, rd, rs1, rs2, 4);
    }

    final void amoor_d(int rd, int rs1, int rs2) {
        amo(RiscvAtomics.OR, rd, rs1, rs2, 8);
    }

    final void amomin_w(int rd, int rs1, int rs2) {
        amo(RiscvAtomics.MIN, rd, rs1, rs2, 4);
    }

    final void amomin_d(int rd, int rs1, int rs2) {
        amo(RiscvAtomics.MIN, rd, rs1, rs2, 8);
    }

    final void amomax_w(int rd, int rs1, int rs2) {
        amo(RiscvAtomics.MAX, rd, rs1, rs2, 4);
    }

    final void amomax_d(int rd, int rs1, int rs2) {
        amo(RiscvAtomics.MAX, rd, rs1, rs2, 8);
    }

    final void amominu_w(int rd, int rs1, int rs2) {
        amo(RiscvAtomics.MINU, rd, rs1, rs2, 4);
    }

    final void amominu_d(int rd, int rs1, int rs2) {
        amo(RiscvAtomics.MINU, rd, rs1, rs2, 8);
    }

    final void amomaxu_w(int rd, int rs1, int rs2) {
        amo(RiscvAtomics.MAXU, rd, rs1, rs2, 4);
    }

    final void amomaxu_d(int rd, int rs1, int rs2) {
        amo(RiscvAtomics.MAXU, rd, rs1, rs2, 8);
    }
}
