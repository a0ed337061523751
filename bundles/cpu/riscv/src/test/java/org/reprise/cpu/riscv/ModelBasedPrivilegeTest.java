package org.reprise.cpu.riscv;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Random states and accesses, the CPU against {@link PrivilegeModel}. Each test also says what its generator must have met. */
class ModelBasedPrivilegeTest {
    private static final long BASE = TinyMachine.BASE;
    private static final long HANDLER = BASE + 0x100;
    private static final long S_HANDLER = BASE + 0x300;
    private static final long ROOT = BASE + 0x10000;
    private static final int TABLES = 12;
    private static final long DATA = BASE + 0x40000;
    private static final int LOAD_X5_X6 = Asm.lw(5, 6, 0);
    private static final int STORE_X5_X6 = Asm.sw(5, 6, 0);
    private static final int LOOP = Asm.jal(0, 0);
    private final Map<String, Integer> met = new TreeMap<>();

    private void met(String what) {
        met.merge(what, 1, Integer::sum);
    }

    private void mustHaveMet(int times, String... what) {
        for (String w : what) {
            assertTrue(met.getOrDefault(w, 0) >= times, w + " was met too rarely: " + met);
        }
    }

    private static TinyMachine bare(String mode, int xlen) {
        TinyMachine m = new TinyMachine(mode, xlen, Asm.NOP);
        for (int i = 0; i < 16; i++) {
            m.put(HANDLER + 4 * i, LOOP);
            m.put(S_HANDLER + 4 * i, LOOP);
        }
        m.put(BASE + 0x400, LOOP);
        m.put(BASE + 0x500, LOOP);
        return m;
    }

    private static TinyMachine machine(String mode, int xlen) {
        TinyMachine m = bare(mode, xlen);
        m.cpu.pmp.writeAddress(0, -1L);
        m.cpu.pmp.writeConfig(0, 0x1f);
        return m;
    }

    private static long wide(int xlen, long address) {
        return xlen == 32 ? (int) address : address;
    }

    // ---- address translation ----------------------------------------------------------------------------------------------------

    /** A chain of tables for one address, with an entry that is anything at some level. */
    private static void map(TinyMachine m, SplittableRandom random, int levels, long va) {
        int bits = levels == 2 ? 10 : 9;
        int size = levels == 2 ? 4 : 8;
        long table = ROOT;
        for (int i = levels - 1; i >= 0; i--) {
            long at = table + (va >>> 12 + bits * i & (1 << bits) - 1) * size;
            boolean leaf = i == 0 || random.nextInt(4) == 0;
            long pte;
            if (leaf) {
                long page = i == 0 ? DATA + 0x1000L * random.nextInt(16) : BASE;
                pte = page >>> 12 << 10 | random.nextInt(256);
                pte |= random.nextInt(8) == 0 ? 0 : 1;
                pte |= random.nextInt(3) == 0 ? 0 : 2;
                if (i > 0 && random.nextInt(4) == 0) {
                    pte |= 1 << 10;
                }
            } else {
                table = ROOT + 0x1000L * (1 + random.nextInt(TABLES - 1));
                long place = random.nextInt(24) == 0 ? 0x1000 : table;
                pte = place >>> 12 << 10 | (random.nextInt(16) == 0 ? random.nextInt(256) & ~0xe : 1);
            }
            if (size == 8 && random.nextInt(24) == 0) {
                pte |= 1L << 54 + random.nextInt(10);
            }
            m.memory.write(at, size, pte);
            if (leaf) {
                return;
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"interpreter,32,2", "compile,32,2", "interpreter,64,3", "compile,64,3", "interpreter,64,4", "compile,64,4"})
    void addressesAreTranslatedAsTheManualSays(String mode, int xlen, int levels) {
        SplittableRandom random = new SplittableRandom(levels * 1000L + mode.length());
        try (TinyMachine m = machine(mode, xlen)) {
            for (int i = 0; i < 0x20000; i += 4) {
                m.memory.write(DATA + i, 4, 0x10000000L + i);
            }
            PrivilegeModel.Memory tables = new PrivilegeModel.Memory() {
                @Override
                public long read(long address, int bytes) {
                    return m.memory.read(address, bytes);
                }

                @Override
                public boolean there(long address, int bytes) {
                    return m.memory.isRam(address, bytes);
                }
            };
            for (int n = 0; n < 6000; n++) {
                if (n % 40 == 0) {
                    byte[] empty = new byte[0x1000 * TABLES];
                    m.memory.writeBytes(ROOT, empty, 0, empty.length);
                }
                // superpages begin at RAM's start, so the low bits are an offset into RAM
                long high = random.nextInt(3) == 0 ? -1L : random.nextLong() & 0xff;
                long va = high << 30 ^ (long) random.nextInt(4) << 21 | 0x40000 + 0x1000L * random.nextInt(16) + 4L * random.nextInt(0x3ff);
                if (levels > 2 && random.nextInt(16) == 0) {
                    va ^= 1L << 12 + 9 * levels + random.nextInt(64 - 12 - 9 * levels);
                }
                va = wide(xlen, va);
                map(m, random, levels, va);
                int access = random.nextInt(3);
                int privilege = random.nextInt(2);
                boolean sum = random.nextBoolean();
                boolean mxr = random.nextBoolean();
                PrivilegeModel.Outcome expected = PrivilegeModel.translate(tables, ROOT, levels, va, access, privilege, sum, mxr);
                byte[] before = new byte[0x1000 * TABLES];
                m.memory.readBytes(ROOT, before, 0, before.length);
                boolean there = expected.cause() == -1 && m.memory.isRam(expected.physical(), 4);
                long code = there && access == PrivilegeModel.FETCH ? m.memory.read(expected.physical(), 8) : 0;

                m.cpu.csr.mtvec = wide(xlen, HANDLER);
                m.cpu.csr.mstatus = (sum ? RiscvCsr.SUM : 0) | (mxr ? RiscvCsr.MXR : 0);
                m.cpu.csr.write(0x180, (xlen == 32 ? 1L << 31 : (levels == 3 ? 8L : 9L) << 60) | ROOT >>> 12);
                m.x(5, 0x5a5a5a5a);
                m.x(6, va);
                if (access == PrivilegeModel.FETCH) {
                    m.cpu.csr.privilege = privilege;
                    m.cpu.pc = va;
                    if (there) {
                        m.put(expected.physical(), Asm.addi(7, 0, 77), LOOP);
                    }
                    m.x(7, 0);
                    m.cpu.modeChanged();
                    m.cpu.flushTranslations();
                    m.cpu.run(2);
                } else {
                    m.cpu.csr.mstatus |= RiscvCsr.MPRV | (long) privilege << 11;
                    m.cpu.flushTranslations();
                    run(m, 3, access == PrivilegeModel.LOAD ? LOAD_X5_X6 : STORE_X5_X6);
                }

                String what = "case " + n + ", va 0x" + Long.toHexString(va) + ", access " + access + ", privilege " + privilege + ", " + expected;
                int cause = expected.cause() == -1 && !there ? new int[] {5, 7, 1}[access] : expected.cause();
                met("cause " + cause);
                if (cause == -1) {
                    if (access == PrivilegeModel.FETCH) {
                        assertEquals(va + 4, m.cpu.pc, what);
                    } else {
                        assertTrue(m.cpu.pc != wide(xlen, HANDLER), what);
                    }
                    switch (access) {
                        case PrivilegeModel.LOAD -> assertEquals((int) m.memory.read(expected.physical(), 4), m.x(5), what);
                        case PrivilegeModel.STORE -> assertEquals(0x5a5a5a5aL, m.memory.read(expected.physical(), 4), what);
                        default -> {
                            assertEquals(77, m.x(7), what);
                            m.memory.write(expected.physical(), 8, code);
                        }
                    }
                } else {
                    assertEquals(wide(xlen, HANDLER), m.cpu.pc, what);
                    assertEquals(cause, m.cpu.csr.mcause, what);
                    assertEquals(va, m.cpu.csr.mtval, what);
                }
                if (expected.leaf() != -1) {
                    met("A or D set");
                    int size = levels == 2 ? 4 : 8;
                    assertEquals(expected.entry(), m.memory.read(expected.leaf(), size), what);
                    // some pointers lead to what is no table
                    boolean table = expected.leaf() >= ROOT && expected.leaf() < ROOT + before.length;
                    for (int i = 0; table && i < size; i++) {
                        before[(int) (expected.leaf() - ROOT) + i] = (byte) (expected.entry() >>> 8 * i);
                    }
                }
                byte[] after = new byte[before.length];
                m.memory.readBytes(ROOT, after, 0, after.length);
                assertArrayEquals(before, after, () -> "page tables after " + what);
            }
            wasCompiled(m, mode);
            mustHaveMet(100, "cause -1", "cause 12", "cause 13", "cause 15", "A or D set");
            mustHaveMet(5, "cause 1", "cause 5", "cause 7");
        }
    }

    /** Until a fence an access may see the old entry or the new one, after it only the new one; nobody sees another address space. */
    @ParameterizedTest
    @ValueSource(strings = {"interpreter", "compile"})
    void changedEntriesAreSeenAfterAFenceAndOtherAddressSpacesNever(String mode) {
        SplittableRandom random = new SplittableRandom(7);
        try (TinyMachine m = machine(mode, 64)) {
            for (int page = 0; page < 16; page++) {
                m.memory.write(DATA + 0x1000L * page, 4, page);
            }
            long[] roots = {ROOT, ROOT + 0x4000};
            int[][] mapped = new int[2][8];
            // what may still be seen: every mapping since the last fence
            BitSet[][] old = new BitSet[2][8];
            for (int space = 0; space < 2; space++) {
                for (int page = 0; page < 8; page++) {
                    old[space][page] = new BitSet();
                }
                m.memory.write(roots[space], 8, roots[space] + 0x1000 >>> 12 << 10 | 1);
                m.memory.write(roots[space] + 0x1000, 8, roots[space] + 0x2000 >>> 12 << 10 | 1);
            }
            m.cpu.csr.mtvec = HANDLER;
            int space = 0;
            for (int n = 0; n < 20_000; n++) {
                int page = random.nextInt(8);
                switch (random.nextInt(6)) {
                    case 0 -> {
                        int target = random.nextInt(16);
                        boolean global = page >= 6;
                        for (int s = global ? 0 : space; s <= (global ? 1 : space); s++) {
                            old[s][page].set(mapped[s][page]);
                            mapped[s][page] = target;
                            m.memory.write(roots[s] + 0x2000 + 8L * page, 8, DATA + 0x1000L * target >>> 12 << 10 | 0xc7 | (global ? 0x20 : 0));
                        }
                        met("changed");
                    }
                    case 1 -> {
                        // sfence.vma in its four forms; x6 the address, x7 the address space
                        int form = random.nextInt(4);
                        m.x(6, 0x1000L * page);
                        m.x(7, space + 1);
                        run(m, 3, 0x12000073 | ((form & 1) != 0 ? 6 << 15 : 0) | ((form & 2) != 0 ? 7 << 20 : 0));
                        for (int p = 0; p < 8; p++) {
                            boolean covers = (form & 1) == 0 || p == page;
                            // with an address space given, global entries need not be fenced
                            if (covers && ((form & 2) == 0 || p < 6)) {
                                for (int s = 0; s < 2; s++) {
                                    if ((form & 2) == 0 || s == space) {
                                        old[s][p].clear();
                                    }
                                }
                            }
                        }
                        met("fence " + form);
                    }
                    case 2 -> {
                        space ^= 1;
                        m.cpu.csr.write(0x180, 8L << 60 | (long) (space + 1) << 44 | roots[space] >>> 12);
                        met("address space changed");
                    }
                    default -> {
                        if (m.cpu.csr.levels() == 0 || (m.memory.read(roots[space] + 0x2000 + 8L * page, 8) & 1) == 0) {
                            continue;
                        }
                        m.x(6, 0x1000L * page);
                        m.cpu.csr.mstatus = RiscvCsr.MPRV | 1L << 11;
                        run(m, 3, LOAD_X5_X6);
                        long seen = m.x(5);
                        boolean fresh = seen == mapped[space][page];
                        assertTrue(fresh || old[space][page].get((int) seen), "access " + n + " to page " + page + " in space " + space
                            + " saw page " + seen + ", mapped " + mapped[space][page]);
                        met(fresh ? "new seen" : "old seen");
                    }
                }
            }
            wasCompiled(m, mode);
            mustHaveMet(200, "changed", "fence 0", "fence 1", "fence 2", "fence 3", "address space changed", "new seen");
        }
    }

    /**
     * Executes an instruction in a mode. Each stands at a place of its own, before a jump to itself, and handlers are jumps to themselves: two
     * instructions may retire, so that a whole block fits the budget and compiled code is entered.
     *
     * @return the instruction's address
     */
    private static long run(TinyMachine m, int privilege, int instruction) {
        long at = BASE + 0x800;
        while (m.memory.read(at, 4) != 0 && (int) m.memory.read(at, 4) != instruction) {
            at += 16;
        }
        if (m.memory.read(at, 4) == 0) {
            m.put(at, instruction, LOOP);
        }
        m.cpu.csr.privilege = privilege;
        m.cpu.pc = wide(m.cpu.xlen, at);
        m.cpu.modeChanged();
        m.cpu.run(2);
        return wide(m.cpu.xlen, at);
    }

    /** The compiled variants did run compiled code. */
    private static void wasCompiled(TinyMachine m, String mode) {
        if (mode.equals("compile")) {
            // each block is interpreted when it is met first, and compiled for all other times
            Map<String, Long> figures = m.cpu.statistics();
            assertTrue(figures.get("instructions in regions") > 0, figures.toString());
            assertTrue(figures.get("instructions interpreted in whole blocks") <= figures.get("instructions translated"), figures.toString());
        }
    }

    // ---- protection -------------------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource({"interpreter,32", "compile,32", "interpreter,64", "compile,64"})
    void memoryIsProtectedAsTheManualSays(String mode, int xlen) {
        SplittableRandom random = new SplittableRandom(xlen + mode.length());
        for (int round = 0; round < 150; round++) {
            try (TinyMachine m = bare(mode, xlen)) {
                int[] config = new int[RiscvPmp.ENTRIES];
                long[] address = new long[RiscvPmp.ENTRIES];
                int entries = 1 + random.nextInt(6);
                for (int i = 0; i < entries; i++) {
                    long word = DATA + random.nextInt(0x40) * 4L + random.nextInt(3) * 0x1000L >>> 2;
                    address[i] = random.nextInt(10) == 0 ? (xlen == 64 ? (1L << 54) - 1 : 0xffffffffL) : word | (1L << random.nextInt(8)) - 1;
                    int c = random.nextInt(256) & 0x9f;
                    config[i] = (c & 3) == 2 ? c & ~2 : c;
                }
                // the code below runs in M mode: the last entry lets all of it
                m.cpu.csr.mtvec = wide(xlen, HANDLER);
                for (int i = 0; i < entries; i++) {
                    m.cpu.pmp.writeAddress(i, address[i]);
                }
                for (int g = 0; g < 16; g += xlen / 8) {
                    long v = 0;
                    for (int i = 0; i < xlen / 8; i++) {
                        v |= (long) config[g + i] << 8 * i;
                    }
                    m.cpu.pmp.writeConfig(g / 4, v);
                }
                m.cpu.flushTranslations();
                if (!PrivilegeModel.allowed(config, address, xlen, BASE + 0x800, 4, 3, 4)) {
                    continue;
                }
                for (int n = 0; n < 60; n++) {
                    int privilege = new int[] {0, 1, 3}[random.nextInt(3)];
                    boolean store = random.nextBoolean();
                    long at = DATA + random.nextInt(0x3100) - random.nextInt(0x40);
                    m.x(6, wide(xlen, at));
                    m.cpu.csr.mstatus = RiscvCsr.MPRV | (long) privilege << 11;
                    // an access that crosses a page is made in parts
                    boolean allowed = true;
                    for (long part = at; part < at + 4;) {
                        long end = Math.min(at + 4, (part & -4096L) + 4096);
                        int step = (at & 4095) > 4092 ? 1 : (int) (end - part);
                        allowed &= PrivilegeModel.allowed(config, address, xlen, part, step, privilege, store ? 2 : 1);
                        part += step;
                    }
                    if ((at & 4095) > 4092) {
                        continue;
                    }
                    long place = run(m, 3, store ? STORE_X5_X6 : LOAD_X5_X6);
                    String what = "round " + round + ", access " + n + " at 0x" + Long.toHexString(at) + " by " + privilege + (store ? " store" : " load");
                    if (allowed) {
                        met("allowed " + privilege);
                        assertEquals(place + 4, m.cpu.pc, what);
                    } else {
                        met("denied " + privilege);
                        assertEquals(wide(xlen, HANDLER), m.cpu.pc, what);
                        assertEquals(store ? 7 : 5, m.cpu.csr.mcause, what);
                        assertEquals(wide(xlen, at), m.cpu.csr.mtval, what);
                    }
                }
            }
        }
        mustHaveMet(50, "allowed 0", "allowed 1", "allowed 3", "denied 0", "denied 1", "denied 3");
    }

    // ---- interrupts and traps -----------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource({"interpreter,32", "compile,32", "interpreter,64", "compile,64"})
    void interruptsAreTakenByEnableDelegationAndPriority(String mode, int xlen) {
        String[] inputs = {"SSI", "MSI", "STI", "MTI", "SEI", "MEI"};
        SplittableRandom random = new SplittableRandom(xlen * 3L + mode.length());
        try (TinyMachine m = machine(mode, xlen)) {
            for (int n = 0; n < 20_000; n++) {
                m.cpu.csr.mstatus = 0;
                m.cpu.csr.write(0x344, 0);
                long pending = 0;
                for (int i = 0; i < 6; i++) {
                    boolean on = random.nextInt(3) == 0;
                    m.cpu.input(inputs[i]).set(on);
                    pending |= on ? 1L << 2 * i + 1 : 0;
                }
                long soft = random.nextInt(3) == 0 ? random.nextLong() & 0x222 : 0;
                m.cpu.csr.write(0x344, soft);
                pending |= soft;
                long enabled = random.nextLong() & 0xaaa;
                long delegated = random.nextLong() & 0x222;
                m.cpu.csr.write(0x304, enabled);
                m.cpu.csr.write(0x303, delegated);
                boolean vectored = random.nextBoolean();
                m.cpu.csr.write(0x305, HANDLER | (vectored ? 1 : 0));
                m.cpu.csr.write(0x105, S_HANDLER | (vectored ? 1 : 0));
                boolean mie = random.nextBoolean();
                boolean sie = random.nextBoolean();
                int privilege = new int[] {0, 1, 3}[random.nextInt(3)];
                m.cpu.csr.mstatus = (mie ? RiscvCsr.MIE : 0) | (sie ? RiscvCsr.SIE : 0);
                m.x(5, 0);
                int expected = PrivilegeModel.interrupt(pending, enabled, delegated, privilege, mie, sie);
                long place = run(m, privilege, Asm.addi(5, 5, 1));
                String what = "case " + n + ": pending " + Long.toHexString(pending) + ", enabled " + Long.toHexString(enabled) + ", delegated "
                    + Long.toHexString(delegated) + ", privilege " + privilege + ", MIE " + mie + ", SIE " + sie;
                if (expected < 0) {
                    met("none");
                    assertEquals(1, m.x(5), what);
                    continue;
                }
                met("interrupt " + expected);
                int number = expected & 15;
                boolean supervisor = expected >= 16;
                long bit = xlen == 64 ? Long.MIN_VALUE : Integer.MIN_VALUE;
                assertEquals(0, m.x(5), what);
                assertEquals(wide(xlen, (supervisor ? S_HANDLER : HANDLER) + (vectored ? 4 * number : 0)), m.cpu.pc, what);
                assertEquals(bit | number, supervisor ? m.cpu.csr.scause : m.cpu.csr.mcause, what);
                assertEquals(place, supervisor ? m.cpu.csr.sepc : m.cpu.csr.mepc, what);
                assertEquals(supervisor ? 1 : 3, m.cpu.csr.privilege, what);
                long s = m.cpu.csr.mstatus;
                if (supervisor) {
                    assertEquals(privilege == 1, (s & RiscvCsr.SPP) != 0, what);
                    assertEquals(sie, (s & RiscvCsr.SPIE) != 0, what);
                    assertEquals(0, s & RiscvCsr.SIE, what);
                    assertEquals(mie, (s & RiscvCsr.MIE) != 0, what);
                } else {
                    assertEquals(privilege, (int) (s >>> 11) & 3, what);
                    assertEquals(mie, (s & RiscvCsr.MPIE) != 0, what);
                    assertEquals(0, s & RiscvCsr.MIE, what);
                    assertEquals(sie, (s & RiscvCsr.SIE) != 0, what);
                }
            }
            wasCompiled(m, mode);
            mustHaveMet(20, "none", "interrupt 1", "interrupt 3", "interrupt 5", "interrupt 7", "interrupt 9", "interrupt 11", "interrupt 17",
                "interrupt 21", "interrupt 25");
        }
    }

    /** Exceptions in handlers, returns from all modes, allowed and not: the status stack as two small stacks of the model. */
    @ParameterizedTest
    @CsvSource({"interpreter,32", "compile,32", "interpreter,64", "compile,64"})
    void trapsNestAndReturn(String mode, int xlen) {
        SplittableRandom random = new SplittableRandom(xlen * 5L + mode.length());
        int mret = 0x30200073;
        int sret = 0x10200073;
        int wfi = 0x10500073;
        try (TinyMachine m = machine(mode, xlen)) {
            m.cpu.csr.write(0x305, HANDLER);
            m.cpu.csr.write(0x105, S_HANDLER);
            int privilege = 3;
            boolean mie = false;
            boolean mpie = false;
            int mpp = 0;
            boolean sie = false;
            boolean spie = false;
            boolean spp = false;
            for (int n = 0; n < 20_000; n++) {
                long delegated = random.nextInt(3) == 0 ? 0 : random.nextLong() & 0xb3ff;
                m.cpu.csr.medeleg = delegated;
                boolean tsr = random.nextInt(4) == 0;
                boolean tw = random.nextInt(4) == 0;
                m.cpu.csr.mstatus = m.cpu.csr.mstatus & ~(RiscvCsr.TSR | RiscvCsr.TW) | (tsr ? RiscvCsr.TSR : 0) | (tw ? RiscvCsr.TW : 0);
                int instruction = new int[] {Asm.ECALL, Asm.EBREAK, 0xffffffff, mret, sret, wfi, Asm.NOP}[random.nextInt(7)];
                m.cpu.csr.mepc = wide(xlen, BASE + 0x400);
                m.cpu.csr.sepc = wide(xlen, BASE + 0x500);
                int cause = -1;
                long pc = -1;
                if (instruction == Asm.ECALL) {
                    cause = 8 + privilege;
                } else if (instruction == Asm.EBREAK) {
                    cause = 3;
                } else if (instruction == -1 || instruction == mret && privilege < 3 || instruction == sret && (privilege == 0 || privilege == 1 && tsr)
                        || instruction == wfi && (privilege == 0 || privilege == 1 && tw)) {
                    cause = 2;
                }
                int from = privilege;
                if (cause >= 0 && privilege < 3 && (delegated >>> cause & 1) != 0) {
                    spp = privilege == 1;
                    spie = sie;
                    sie = false;
                    privilege = 1;
                    pc = wide(xlen, S_HANDLER);
                    met("S handles " + cause);
                } else if (cause >= 0) {
                    mpp = privilege;
                    mpie = mie;
                    mie = false;
                    privilege = 3;
                    pc = wide(xlen, HANDLER);
                    met("M handles " + cause);
                } else if (instruction == mret) {
                    privilege = mpp;
                    mie = mpie;
                    mpie = true;
                    mpp = 0;
                    pc = m.cpu.csr.mepc;
                    met("mret to " + privilege);
                } else if (instruction == sret) {
                    privilege = spp ? 1 : 0;
                    sie = spie;
                    spie = true;
                    spp = false;
                    pc = m.cpu.csr.sepc;
                    met("sret from " + from);
                }
                long place = run(m, from, instruction);
                pc = pc == -1 ? place + 4 : pc;
                String what = "case " + n + ": " + Integer.toHexString(instruction) + " in mode " + from + ", delegated " + Long.toHexString(delegated);
                assertEquals(pc, m.cpu.pc, what);
                assertEquals(privilege, m.cpu.csr.privilege, what);
                long s = m.cpu.csr.mstatus;
                assertEquals(mie, (s & RiscvCsr.MIE) != 0, what);
                assertEquals(mpie, (s & RiscvCsr.MPIE) != 0, what);
                assertEquals(mpp, (int) (s >>> 11) & 3, what);
                assertEquals(sie, (s & RiscvCsr.SIE) != 0, what);
                assertEquals(spie, (s & RiscvCsr.SPIE) != 0, what);
                assertEquals(spp, (s & RiscvCsr.SPP) != 0, what);
                if (instruction == wfi && cause < 0) {
                    assertTrue(m.cpu.idle(), what);
                    m.cpu.sendTo(pc);
                }
                if (random.nextInt(3) == 0) {
                    // somebody writes the stacks
                    privilege = new int[] {0, 1, 3}[random.nextInt(3)];
                    mie = random.nextBoolean();
                    sie = random.nextBoolean();
                    mpp = new int[] {0, 1, 3}[random.nextInt(3)];
                    spp = random.nextBoolean();
                    m.cpu.csr.mstatus = (mie ? RiscvCsr.MIE : 0) | (mpie ? RiscvCsr.MPIE : 0) | (long) mpp << 11 | (sie ? RiscvCsr.SIE : 0)
                        | (spie ? RiscvCsr.SPIE : 0) | (spp ? RiscvCsr.SPP : 0);
                }
            }
            wasCompiled(m, mode);
            mustHaveMet(20, "S handles 2", "S handles 3", "S handles 8", "S handles 9", "M handles 2", "M handles 3", "M handles 8", "M handles 9",
                "M handles 11", "mret to 0", "mret to 1", "mret to 3", "sret from 1", "sret from 3");
        }
    }

    /** Who may read cycle, time and instret, and what they count. */
    @ParameterizedTest
    @CsvSource({"interpreter,32", "compile,32", "interpreter,64", "compile,64"})
    void countersAreReadByWhoMayAndCount(String mode, int xlen) {
        SplittableRandom random = new SplittableRandom(xlen * 7L + mode.length());
        try (TinyMachine m = machine(mode, xlen)) {
            m.cpu.csr.write(0x305, HANDLER);
            long executed = 0;
            for (int n = 0; n < 5_000; n++) {
                int bit = random.nextInt(3);
                long machine = random.nextLong() & 7;
                long supervisor = random.nextLong() & 7;
                int privilege = new int[] {0, 1, 3}[random.nextInt(3)];
                m.cpu.csr.write(0x306, machine);
                m.cpu.csr.write(0x106, supervisor);
                m.now = n * 1000L;
                boolean allowed = privilege == 3 || (machine >>> bit & 1) != 0 && (privilege == 1 || (supervisor >>> bit & 1) != 0);
                long place = run(m, privilege, Asm.csrrs(5, 0xc00 + bit, 0));
                String what = "case " + n + ", counter " + bit + " by " + privilege + ", mcounteren " + machine + ", scounteren " + supervisor;
                if (allowed) {
                    met("read by " + privilege);
                    assertEquals(place + 4, m.cpu.pc, what);
                    assertEquals(bit == 1 ? n * 10L : executed, m.x(5), what);
                } else {
                    met("refused to " + privilege);
                    assertEquals(2, m.cpu.csr.mcause, what);
                    assertEquals(wide(xlen, HANDLER), m.cpu.pc, what);
                }
                executed += 2;
            }
            wasCompiled(m, mode);
            mustHaveMet(100, "read by 0", "read by 1", "read by 3", "refused to 0", "refused to 1");
        }
    }
}
