package org.reprise.cpu.riscv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Traps, delegation, interrupts, translation, protection and counters, by the chapters of the manual's Volume II. */
class PrivilegedArchitectureTest {
    private static final long BASE = TinyMachine.BASE;
    private static final long HANDLER = BASE + 0x100;
    private static final long S_HANDLER = BASE + 0x200;
    private static final long DATA = BASE + 0x10000;
    private static final long ROOT = BASE + 0x20000;

    /** A machine whose handlers loop at HANDLER (M) and S_HANDLER (S). */
    private static TinyMachine machine(String mode, int... program) {
        TinyMachine m = new TinyMachine(mode, 64, program);
        m.put(HANDLER, Asm.jal(0, 0));
        m.put(S_HANDLER, Asm.jal(0, 0));
        m.cpu.csr.mtvec = HANDLER;
        m.cpu.csr.stvec = S_HANDLER;
        return m;
    }

    /** PMP entry 0 lets S and U modes do everything. */
    private static void openPmp(TinyMachine m) {
        m.cpu.pmp.writeAddress(0, -1L);
        m.cpu.pmp.writeConfig(0, 0x1f);
    }

    private static void enter(TinyMachine m, int privilege) {
        openPmp(m);
        m.cpu.csr.privilege = privilege;
        m.cpu.modeChanged();
        m.cpu.flushTranslations();
    }

    private static void trapped(TinyMachine m, long cause, long epc, long tval) {
        assertEquals(cause, m.cpu.csr.mcause, "mcause");
        assertEquals(epc, m.cpu.csr.mepc, "mepc");
        assertEquals(tval, m.cpu.csr.mtval, "mtval");
        assertEquals(3, m.cpu.csr.privilege);
        assertEquals(HANDLER, m.cpu.pc);
    }

    @ParameterizedTest
    @ValueSource(strings = {"interpreter", "compile"})
    void environmentCallsNameThePrivilegeAndCanBeDelegated(String mode) {
        for (int privilege : new int[] {0, 1, 3}) {
            try (TinyMachine m = machine(mode, Asm.NOP, Asm.ECALL)) {
                enter(m, privilege);
                m.run(2);
                trapped(m, 8 + privilege, BASE + 4, 0);
                assertEquals(privilege, (int) (m.cpu.csr.mstatus >>> 11) & 3, "MPP");
            }
        }
        try (TinyMachine m = machine(mode, Asm.ECALL)) {
            enter(m, 0);
            m.cpu.csr.medeleg = 1 << 8;
            m.run(1);
            assertEquals(8, m.cpu.csr.scause);
            assertEquals(BASE, m.cpu.csr.sepc);
            assertEquals(1, m.cpu.csr.privilege);
            assertEquals(S_HANDLER, m.cpu.pc);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"interpreter", "compile"})
    void faultsAreBeforeTheInstructionAndCarryTheirValue(String mode) {
        try (TinyMachine m = machine(mode, Asm.addi(5, 0, 7), 0xffffffff)) {
            m.run(2);
            trapped(m, 2, BASE + 4, 0xffffffffL);
            assertEquals(7, m.x(5));
        }
        try (TinyMachine m = machine(mode, Asm.lw(5, 6, 0))) {
            m.x(6, 0x4000);
            m.run(1);
            trapped(m, 5, BASE, 0x4000);
        }
        try (TinyMachine m = machine(mode, Asm.sw(5, 6, 4))) {
            m.x(6, 0x4000);
            m.run(1);
            trapped(m, 7, BASE, 0x4004);
        }
        try (TinyMachine m = machine(mode, Asm.amoaddW(5, 5, 6))) {
            m.x(6, DATA + 2);
            m.run(1);
            trapped(m, 6, BASE, DATA + 2);
        }
        try (TinyMachine m = machine(mode, Asm.csrrs(5, 0x7c0, 0))) {
            m.run(1);
            trapped(m, 2, BASE, Asm.csrrs(5, 0x7c0, 0) & 0xffffffffL);
        }
        try (TinyMachine m = machine(mode, Asm.EBREAK)) {
            m.run(1);
            trapped(m, 3, BASE, 0);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"interpreter", "compile"})
    void interruptsFollowEnablePriorityAndVector(String mode) {
        try (TinyMachine m = machine(mode, Asm.NOP, Asm.NOP, Asm.NOP, Asm.NOP)) {
            m.cpu.csr.mtvec = HANDLER | 1;
            m.put(HANDLER + 4 * 7, Asm.jal(0, 0));
            m.put(HANDLER + 4 * 11, Asm.jal(0, 0));
            m.cpu.csr.write(0x304, 1 << 7 | 1 << 11);
            m.cpu.input("MTI").set(true);
            m.run(1);
            assertEquals(BASE + 4, m.cpu.pc, "MIE is off");
            m.cpu.input("MEI").set(true);
            m.cpu.csr.mstatus |= RiscvCsr.MIE;
            m.run(1);
            assertEquals(HANDLER + 44, m.cpu.pc, "external before timer");
            assertEquals(Long.MIN_VALUE | 11, m.cpu.csr.mcause);
            assertEquals(BASE + 4, m.cpu.csr.mepc);
            assertEquals(0, m.cpu.csr.mstatus & RiscvCsr.MIE);
            assertEquals(RiscvCsr.MPIE, m.cpu.csr.mstatus & RiscvCsr.MPIE);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"interpreter", "compile"})
    void waitingEndsWithAPendingInterruptEvenIfNotTaken(String mode) {
        try (TinyMachine m = machine(mode, Asm.WFI, Asm.addi(5, 0, 1))) {
            m.cpu.csr.write(0x304, 1 << 7);
            m.run(1);
            assertTrue(m.cpu.idle());
            assertEquals(0, m.cpu.run(10));
            m.cpu.input("MTI").set(true);
            assertFalse(m.cpu.idle());
            m.run(1);
            assertEquals(1, m.x(5));
        }
    }

    private static void map(TinyMachine m, long va, long pa, int flags, int level) {
        map(m, ROOT, va, pa, flags, level);
    }

    private static void map(TinyMachine m, long root, long va, long pa, int flags, int level) {
        long table = root;
        for (int l = 2; l > level; l--) {
            long at = table + (va >>> 12 + 9 * l & 511) * 8;
            long next = root + 0x1000L * (3 - l) + ((va >>> 12 + 9 * l & 511) << 13 & 0x6000);
            m.memory.write(at, 8, next >>> 12 << 10 | 1);
            table = next;
        }
        m.memory.write(table + (va >>> 12 + 9 * level & 511) * 8, 8, pa >>> 12 << 10 | flags);
    }

    private static void sv39(TinyMachine m, int privilege) {
        // the code itself: a gigapage of identity
        m.memory.write(ROOT + 2 * 8, 8, BASE >>> 12 << 10 | 0xcf | (privilege == 0 ? 0x10 : 0));
        m.cpu.csr.write(0x180, 8L << 60 | ROOT >>> 12);
        enter(m, privilege);
    }

    @ParameterizedTest
    @ValueSource(strings = {"interpreter", "compile"})
    void pagesAreWalkedAndTheirBitsSet(String mode) {
        long va = 0x1234567000L;
        try (TinyMachine m = machine(mode, Asm.lw(5, 6, 8), Asm.sw(5, 6, 12), Asm.lw(7, 6, 0))) {
            map(m, va, DATA, 0x07, 0);
            long leaf = ROOT + 0x2000 + ((va >>> 21 & 511) << 13 & 0x6000) + (va >>> 12 & 511) * 8;
            m.memory.write(DATA + 8, 4, 0x55667788);
            sv39(m, 1);
            m.x(6, va);
            m.run(1);
            assertEquals(0x55667788, m.x(5));
            assertEquals(0x40, m.memory.read(leaf, 1) & 0xc0, "accessed, not dirty");
            m.run(1);
            assertEquals(0xc0, m.memory.read(leaf, 1) & 0xc0, "dirty");
            assertEquals(0x55667788, m.memory.read(DATA + 12, 4));
            m.x(6, va + 0x1000);
            m.run(1);
            trapped(m, 13, BASE + 8, va + 0x1000);
        }
    }

    private static int sfence(int rs1) {
        return Asm.SFENCE | rs1 << 15;
    }

    @ParameterizedTest
    @ValueSource(strings = {"interpreter", "compile"})
    void aFenceOfAnAddressForgetsItsPageOnly(String mode) {
        long va = 0x1234567000L;
        try (TinyMachine m = machine(mode, Asm.lw(5, 6, 0), Asm.lw(7, 8, 0), sfence(6), Asm.lw(5, 6, 0), Asm.lw(7, 8, 0), sfence(0), Asm.lw(7, 8, 0))) {
            for (int page = 0; page < 4; page++) {
                m.memory.write(DATA + 0x1000 * page, 4, 42 + page);
            }
            map(m, va, DATA, 0xc7, 0);
            map(m, va + 0x1000, DATA + 0x1000, 0xc7, 0);
            sv39(m, 1);
            m.x(6, va);
            m.x(8, va + 0x1000);
            m.run(2);
            map(m, va, DATA + 0x2000, 0xc7, 0);
            map(m, va + 0x1000, DATA + 0x3000, 0xc7, 0);
            m.run(3);
            assertEquals(44, m.x(5));
            assertEquals(43, m.x(7), "nobody asked for this page");
            m.run(2);
            assertEquals(45, m.x(7));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"interpreter", "compile"})
    void aFenceOfAnAddressInALargePageForgetsAllOfIt(String mode) {
        try (TinyMachine m = machine(mode, Asm.lw(5, 6, 0), Asm.lw(5, 8, 0), sfence(6), Asm.lw(5, 8, 0))) {
            map(m, 0x40000000L, BASE, 0xc7, 1);
            sv39(m, 1);
            m.x(6, 0x40010000L);
            m.x(8, 0x40011000L);
            m.run(2);
            map(m, 0x40000000L, BASE, 0, 1);
            m.run(2);
            trapped(m, 13, BASE + 12, 0x40011000L);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"interpreter", "compile"})
    void addressSpacesKeepTheirTranslationsUntilAFence(String mode) {
        long va = 0x1234567000L;
        long otherRoot = ROOT + 0x20000;
        try (TinyMachine m = machine(mode, Asm.lw(5, 6, 0), Asm.csrrw(0, 0x180, 9), Asm.lw(5, 8, 0), Asm.csrrw(0, 0x180, 10), Asm.lw(5, 6, 0),
                sfence(8), Asm.lw(5, 6, 0), sfence(6), Asm.lw(5, 6, 0), Asm.csrrw(0, 0x180, 9), Asm.lw(5, 8, 0))) {
            for (int page = 0; page < 4; page++) {
                m.memory.write(DATA + 0x1000 * page, 4, 42 + page);
            }
            map(m, ROOT, va, DATA, 0xc7, 0);
            map(m, otherRoot, va + 0x1000, DATA + 0x1000, 0xc7, 0);
            sv39(m, 1);
            m.memory.write(otherRoot + 2 * 8, 8, BASE >>> 12 << 10 | 0xcf);
            m.x(6, va);
            m.x(8, va + 0x1000);
            m.x(9, 8L << 60 | 7L << 44 | otherRoot >>> 12);
            m.x(10, 8L << 60 | ROOT >>> 12);
            m.run(1);
            assertEquals(42, m.x(5));
            m.run(2);
            assertEquals(43, m.x(5));
            map(m, ROOT, va, DATA + 0x2000, 0xc7, 0);
            map(m, otherRoot, va + 0x1000, DATA + 0x3000, 0xc7, 0);
            m.run(2);
            assertEquals(42, m.x(5), "kept while it was away");
            m.run(2);
            assertEquals(42, m.x(5), "another page");
            m.run(2);
            assertEquals(44, m.x(5));
            m.run(2);
            assertEquals(45, m.x(5), "the fence was for all address spaces");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"interpreter", "compile"})
    void userPagesNeedSumAndMisalignedSuperpagesFault(String mode) {
        try (TinyMachine m = machine(mode, Asm.lw(5, 6, 0), Asm.lw(5, 6, 0))) {
            map(m, 0x40000000L, DATA, 0x17, 0);
            sv39(m, 1);
            m.x(6, 0x40000000L);
            m.run(1);
            trapped(m, 13, BASE, 0x40000000L);
        }
        try (TinyMachine m = machine(mode, Asm.lw(5, 6, 0))) {
            map(m, 0x40000000L, DATA, 0x17, 0);
            m.memory.write(DATA, 4, 99);
            m.cpu.csr.mstatus |= RiscvCsr.SUM;
            sv39(m, 1);
            m.x(6, 0x40000000L);
            m.run(1);
            assertEquals(99, m.x(5));
        }
        try (TinyMachine m = machine(mode, Asm.lw(5, 6, 0))) {
            map(m, 0x40000000L, BASE + 0x1000, 0x07, 1);
            sv39(m, 1);
            m.x(6, 0x40000000L);
            m.run(1);
            trapped(m, 13, BASE, 0x40000000L);
        }
        try (TinyMachine m = machine(mode, Asm.lw(5, 6, 0))) {
            sv39(m, 1);
            m.x(6, 0x4000000000000L);
            m.run(1);
            trapped(m, 13, BASE, 0x4000000000000L);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"interpreter", "compile"})
    void physicalMemoryProtectionDecidesByTheFirstMatch(String mode) {
        try (TinyMachine m = machine(mode, Asm.lw(5, 6, 0), Asm.lw(5, 6, 8), Asm.lw(5, 6, 0))) {
            // entry 0: 8 bytes at DATA, nothing; entry 1: everything
            m.cpu.pmp.writeAddress(0, DATA >>> 2);
            m.cpu.pmp.writeAddress(1, -1L);
            m.cpu.pmp.writeConfig(0, 0x1f18);
            m.cpu.csr.privilege = 1;
            m.cpu.modeChanged();
            m.cpu.flushTranslations();
            m.memory.write(DATA + 8, 4, 5);
            m.x(6, DATA);
            m.run(1);
            trapped(m, 5, BASE, DATA);
            m.cpu.csr.privilege = 1;
            m.cpu.modeChanged();
            m.cpu.pc = BASE + 4;
            m.run(1);
            assertEquals(5, m.x(5));
        }
        try (TinyMachine m = machine(mode, Asm.lw(5, 6, 0))) {
            m.cpu.pmp.writeAddress(0, DATA >>> 2);
            m.cpu.pmp.writeConfig(0, 0x98);
            m.cpu.pmp.writeConfig(0, 0);
            m.x(6, DATA);
            m.run(1);
            trapped(m, 5, BASE, DATA);
        }
        try (TinyMachine m = machine(mode, Asm.NOP)) {
            m.cpu.csr.privilege = 0;
            m.cpu.modeChanged();
            m.run(1);
            trapped(m, 1, BASE, BASE);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"interpreter", "compile"})
    void floatingPointIsIllegalWhenOffAndMakesItsStateDirty(String mode) {
        try (TinyMachine m = machine(mode, Asm.faddD(1, 2, 3))) {
            m.run(1);
            trapped(m, 2, BASE, Asm.faddD(1, 2, 3) & 0xffffffffL);
        }
        try (TinyMachine m = machine(mode, Asm.faddD(1, 2, 3))) {
            m.cpu.csr.mstatus = 1L << 13;
            m.cpu.modeChanged();
            m.cpu.v[RiscvCpu.F0 + 2] = Double.doubleToRawLongBits(1.5);
            m.cpu.v[RiscvCpu.F0 + 3] = Double.doubleToRawLongBits(0.1);
            m.run(1);
            assertEquals(1.6, Double.longBitsToDouble(m.cpu.v[RiscvCpu.F0 + 1]));
            assertEquals(RiscvCsr.FS, m.cpu.csr.mstatus & RiscvCsr.FS);
            assertEquals(1, m.cpu.floatStatus.flags, "inexact");
            assertEquals(BASE + 4, m.cpu.pc);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"interpreter", "compile"})
    void reservationsHoldForTheirAddressOnly(String mode) {
        try (TinyMachine m = machine(mode, Asm.lr(5, 6), Asm.sc(7, 8, 6), Asm.sc(9, 8, 6), Asm.lr(5, 6), Asm.sc(7, 8, 10))) {
            m.x(6, DATA);
            m.x(10, DATA + 4);
            m.x(8, 77);
            m.run(3);
            assertEquals(0, m.x(7));
            assertEquals(1, m.x(9), "a second SC fails");
            assertEquals(77, m.memory.read(DATA, 4));
            m.run(2);
            assertEquals(1, m.x(7));
            assertEquals(0, m.memory.read(DATA + 4, 4));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"interpreter", "compile"})
    void countersCountWhatRetired(String mode) {
        try (TinyMachine m = machine(mode, Asm.NOP, Asm.csrrs(5, 0xc02, 0), Asm.csrrw(0, 0xb02, 6), Asm.csrrs(7, 0xb02, 0), Asm.csrrs(8, 0xc01, 0))) {
            m.x(6, 1000);
            m.now = 123_456;
            m.run(5);
            assertEquals(1, m.x(5));
            assertEquals(1000, m.x(7), "the write takes the place of the increment");
            assertEquals(1234, m.x(8));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"interpreter", "compile"})
    void registersKeepOnlyLegalValues(String mode) {
        try (TinyMachine m = machine(mode, Asm.csrrw(0, 0x300, 6), Asm.csrrw(5, 0x300, 0), Asm.csrrw(0, 0x305, 6), Asm.csrrs(7, 0x305, 0),
                Asm.csrrw(0, 0x180, 6), Asm.csrrs(8, 0x180, 0), Asm.csrrw(0, 0x302, 6), Asm.csrrs(9, 0x302, 0))) {
            m.x(6, -1);
            m.run(2);
            assertEquals(3, (m.x(5) >>> 11) & 3, "MPP");
            assertEquals(0xa, (m.x(5) >>> 32) & 15, "UXL and SXL are 64 bits");
            m.run(2);
            assertEquals(HANDLER, m.x(7), "a reserved vector mode is not written");
            m.run(2);
            assertEquals(0, m.x(8), "a reserved translation mode is not written");
            m.run(2);
            assertEquals(0, m.x(9) & 1 << 11, "calls from machine mode are not delegable");
        }
    }
}
