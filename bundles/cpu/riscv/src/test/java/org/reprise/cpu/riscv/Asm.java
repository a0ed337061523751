package org.reprise.cpu.riscv;

/** Encodes the instructions that the tests need, straight from the manual's formats and not from the decode table. */
final class Asm {
    static final int ECALL = 0x73;
    static final int EBREAK = 0x100073;
    static final int MRET = 0x30200073;
    static final int SRET = 0x10200073;
    static final int WFI = 0x10500073;
    static final int SFENCE = 0x12000073;
    static final int NOP = 0x13;

    private Asm() {
    }

    static int r(int funct7, int rs2, int rs1, int funct3, int rd, int opcode) {
        return funct7 << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode;
    }

    static int i(int imm, int rs1, int funct3, int rd, int opcode) {
        return imm << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode;
    }

    static int addi(int rd, int rs1, int imm) {
        return i(imm, rs1, 0, rd, 0x13);
    }

    static int ld(int rd, int rs1, int imm) {
        return i(imm, rs1, 3, rd, 0x03);
    }

    static int lw(int rd, int rs1, int imm) {
        return i(imm, rs1, 2, rd, 0x03);
    }

    static int sw(int rs2, int rs1, int imm) {
        return r(imm >> 5 & 127, rs2, rs1, 2, imm & 31, 0x23);
    }

    static int csrrw(int rd, int csr, int rs1) {
        return i(csr, rs1, 1, rd, 0x73);
    }

    static int csrrs(int rd, int csr, int rs1) {
        return i(csr, rs1, 2, rd, 0x73);
    }

    static int jal(int rd, int offset) {
        return (offset >> 20 & 1) << 31 | (offset >> 1 & 0x3ff) << 21 | (offset >> 11 & 1) << 20 | (offset >> 12 & 0xff) << 12 | rd << 7 | 0x6f;
    }

    static int lr(int rd, int rs1) {
        return r(2 << 2, 0, rs1, 2, rd, 0x2f);
    }

    static int sc(int rd, int rs2, int rs1) {
        return r(3 << 2, rs2, rs1, 2, rd, 0x2f);
    }

    static int amoaddW(int rd, int rs2, int rs1) {
        return r(0, rs2, rs1, 2, rd, 0x2f);
    }

    /** fadd.d rd, rs1, rs2 with dynamic rounding. */
    static int faddD(int rd, int rs1, int rs2) {
        return r(1, rs2, rs1, 7, rd, 0x53);
    }
}
