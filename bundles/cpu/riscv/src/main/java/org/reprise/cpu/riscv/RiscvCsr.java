package org.reprise.cpu.riscv;

import org.reprise.api.device.ClockType;
import org.reprise.api.device.Timer;
import org.reprise.api.state.State;
import org.reprise.api.state.Stateful;

/**
 * Control and status registers (Volume II, chapters "Control and Status Registers", "Machine-Level ISA", "Supervisor-Level ISA"; Volume I
 * for fcsr and the counters). mstatus is kept in its RV64 layout; RV32 sees it as mstatus and mstatush.
 */
final class RiscvCsr implements Stateful {
    static final long SIE = 1L << 1;
    static final long MIE = 1L << 3;
    static final long SPIE = 1L << 5;
    static final long MPIE = 1L << 7;
    static final long SPP = 1L << 8;
    static final long MPP = 3L << 11;
    static final long FS = 3L << 13;
    static final long MPRV = 1L << 17;
    static final long SUM = 1L << 18;
    static final long MXR = 1L << 19;
    static final long TVM = 1L << 20;
    static final long TW = 1L << 21;
    static final long TSR = 1L << 22;
    private static final long UXL_SXL = 0xaL << 32;
    private static final long SSTATUS = SIE | SPIE | SPP | FS | SUM | MXR;
    private static final long MSTATUS = SSTATUS | MIE | MPIE | MPP | MPRV | TVM | TW | TSR;
    private static final long S_INTERRUPTS = 1L << RiscvTraps.SSI | 1L << RiscvTraps.STI | 1L << RiscvTraps.SEI;
    private static final long INTERRUPTS = S_INTERRUPTS | 1L << RiscvTraps.MSI | 1L << RiscvTraps.MTI | 1L << RiscvTraps.MEI;
    private static final long DELEGABLE = 0xb3ffL;
    private static final long STCE = 1L << 63;
    /** menvcfg bits kept: FIOM, and STCE. */
    private static final long MENVCFG = STCE | 1;
    private static final long TICK = 100;

    private final RiscvCpu cpu;
    private final int xlen;
    private final Timer stimer;

    int privilege;
    long mstatus;
    long mtvec;
    long mepc;
    long mcause;
    long mtval;
    long stvec;
    long sepc;
    long scause;
    long stval;
    long medeleg;
    long mideleg;
    private long mscratch;
    private long sscratch;
    private long mie;
    /** The pending bits that software sets. */
    private long softwarePending;
    /** Levels of the interrupt inputs. */
    private long lines;
    private boolean supervisorTimer;
    private long stimecmp;
    private long mcounteren;
    private long scounteren;
    private long mcountinhibit;
    private long menvcfg;
    private long senvcfg;
    private long satp;
    private long cycleOffset;
    private long instretOffset;
    /** mhpmcounter3..31 and their events: no event is known, so the counters keep what is written to them. */
    private final long[] hpmCounter = new long[32];
    private final long[] hpmEvent = new long[32];
    int frm;

    RiscvCsr(RiscvCpu cpu, int xlen, Timer stimer) {
        this.cpu = cpu;
        this.xlen = xlen;
        this.stimer = stimer;
    }

    void reset() {
        privilege = 3;
        mstatus = 0;
        mtvec = 0;
        mepc = 0;
        mcause = 0;
        mtval = 0;
        stvec = 0;
        sepc = 0;
        scause = 0;
        stval = 0;
        medeleg = 0;
        mideleg = 0;
        mscratch = 0;
        sscratch = 0;
        mie = 0;
        softwarePending = 0;
        supervisorTimer = false;
        stimecmp = 0;
        mcounteren = 0;
        scounteren = 0;
        mcountinhibit = 0;
        menvcfg = 0;
        senvcfg = 0;
        satp = 0;
        cycleOffset = 0;
        instretOffset = 0;
        java.util.Arrays.fill(hpmCounter, 0);
        java.util.Arrays.fill(hpmEvent, 0);
        frm = 0;
        cpu.floatStatus.flags = 0;
        stimer.cancel();
    }

    @Override
    public void state(State s) {
        privilege = s.int32("privilege", privilege);
        mstatus = s.int64("mstatus", mstatus);
        mtvec = s.int64("mtvec", mtvec);
        mepc = s.int64("mepc", mepc);
        mcause = s.int64("mcause", mcause);
        mtval = s.int64("mtval", mtval);
        stvec = s.int64("stvec", stvec);
        sepc = s.int64("sepc", sepc);
        scause = s.int64("scause", scause);
        stval = s.int64("stval", stval);
        medeleg = s.int64("medeleg", medeleg);
        mideleg = s.int64("mideleg", mideleg);
        mscratch = s.int64("mscratch", mscratch);
        sscratch = s.int64("sscratch", sscratch);
        mie = s.int64("mie", mie);
        softwarePending = s.int64("mip", softwarePending);
        lines = s.int64("lines", lines);
        supervisorTimer = s.bool("stip", supervisorTimer);
        stimecmp = s.int64("stimecmp", stimecmp);
        mcounteren = s.int64("mcounteren", mcounteren);
        scounteren = s.int64("scounteren", scounteren);
        mcountinhibit = s.int64("mcountinhibit", mcountinhibit);
        menvcfg = s.int64("menvcfg", menvcfg);
        senvcfg = s.int64("senvcfg", senvcfg);
        satp = s.int64("satp", satp);
        cycleOffset = s.int64("cycle offset", cycleOffset);
        instretOffset = s.int64("instret offset", instretOffset);
        s.int64s("hpm counters", hpmCounter, 32);
        s.int64s("hpm events", hpmEvent, 32);
        frm = s.int32("frm", frm);
        cpu.floatStatus.flags = s.int32("fflags", cpu.floatStatus.flags);
    }

    // ---- what the MMU and the traps ask ---------------------------------------------------------------------------------------

    /** Levels of the page table, 0 for Bare. */
    int levels() {
        if (xlen == 32) {
            return satp < 0 || satp >>> 31 != 0 ? 2 : 0;
        }
        int mode = (int) (satp >>> 60);
        return mode == 8 ? 3 : mode == 9 ? 4 : 0;
    }

    long rootTable() {
        return (xlen == 32 ? satp & 0x3fffffL : satp & (1L << 44) - 1) << 12;
    }

    boolean makeExecutableReadable() {
        return (mstatus & MXR) != 0;
    }

    /** MMU index of loads and stores now. */
    int dataMmu() {
        int p = (mstatus & MPRV) != 0 && privilege == 3 ? (int) (mstatus >>> 11) & 3 : privilege;
        return p == 1 ? ((mstatus & SUM) != 0 ? 2 : 1) : p;
    }

    void line(int number, boolean level) {
        long before = lines;
        lines = level ? lines | 1L << number : lines & ~(1L << number);
        if (lines != before) {
            cpu.attention();
        }
    }

    long pending() {
        long p = softwarePending | lines;
        if ((menvcfg & STCE) != 0) {
            p = p & ~(1L << RiscvTraps.STI) | (supervisorTimer ? 1L << RiscvTraps.STI : 0);
        }
        return p;
    }

    /** mip as the basis of a set or clear: SEIP is the bit that software wrote. */
    long pendingForSet(long value) {
        long seip = 1L << RiscvTraps.SEI;
        return value & ~seip | softwarePending & seip;
    }

    long enabledPending() {
        return pending() & mie;
    }

    private long time() {
        return cpu.clock(ClockType.VIRTUAL) / TICK;
    }

    private long timeRead() {
        return (cpu.clock(ClockType.VIRTUAL) + cpu.timeAhead) / TICK;
    }

    /** Compares stimecmp with the time: raises or drops STIP, arms the timer for the moment it becomes due. */
    void armSupervisorTimer() {
        boolean due = (menvcfg & STCE) != 0 && Long.compareUnsigned(time(), stimecmp) >= 0;
        supervisorTimer = due;
        if (due || (menvcfg & STCE) == 0 || Long.compareUnsigned(stimecmp, Long.MAX_VALUE / TICK) > 0) {
            stimer.cancel();
        } else {
            stimer.set(stimecmp * TICK);
        }
        cpu.attention();
    }

    // ---- instructions ---------------------------------------------------------------------------------------------------------

    /** False when the register does not exist or may not be accessed from here. */
    boolean accessible(int csr, boolean write) {
        if ((csr >>> 8 & 3) > privilege || write && csr >>> 10 == 3) {
            return false;
        }
        if (csr <= 3) {
            return csr != 0 && (mstatus & FS) != 0;
        }
        boolean counter = csr >= 0xc00 && csr < 0xc20 || csr >= 0xc80 && csr < 0xca0;
        if (counter) {
            int bit = csr & 31;
            return (privilege == 3 || (mcounteren >>> bit & 1) != 0) && (privilege > 0 || (scounteren >>> bit & 1) != 0)
                && (xlen == 32 || csr < 0xc80);
        }
        return switch (csr) {
            case 0x180 -> privilege == 3 || (mstatus & TVM) == 0;
            case 0x14d -> stimecmpAccessible();
            case 0x15d -> xlen == 32 && stimecmpAccessible();
            case 0x310, 0x31a -> xlen == 32;
            default -> exists(csr);
        };
    }

    /** Whether a CPU of this width has the register, whoever may use it now. */
    boolean present(int csr) {
        boolean counter = csr >= 0xc00 && csr < 0xc20 || csr >= 0xc80 && csr < 0xca0 && xlen == 32;
        return counter || switch (csr) {
            case 1, 2, 3, 0x180, 0x14d -> true;
            case 0x15d, 0x310, 0x31a -> xlen == 32;
            default -> exists(csr);
        };
    }

    private boolean stimecmpAccessible() {
        return privilege == 3 || (mcounteren & 2) != 0 && (menvcfg & STCE) != 0;
    }

    private boolean exists(int csr) {
        if (csr >= 0x3a0 && csr < 0x3a4) {
            return xlen == 32 || (csr & 1) == 0;
        }
        if (csr >= 0x3b0 && csr < 0x3c0 || csr >= 0x323 && csr < 0x340 || csr >= 0xb03 && csr < 0xb20) {
            return true;
        }
        if (csr >= 0xb83 && csr < 0xba0) {
            return xlen == 32;
        }
        return switch (csr) {
            case 0x100, 0x104, 0x105, 0x106, 0x10a, 0x140, 0x141, 0x142, 0x143, 0x144, 0x300, 0x301, 0x302, 0x303, 0x304, 0x305, 0x306, 0x30a,
                0x320, 0x340, 0x341, 0x342, 0x343, 0x344, 0xb00, 0xb02, 0xf11, 0xf12, 0xf13, 0xf14, 0xf15 -> true;
            case 0xb80, 0xb82 -> xlen == 32;
            default -> false;
        };
    }

    /** mhpmevent3..31, mhpmcounter3..31, hpmcounter3..31 and the upper halves. */
    private static boolean performance(int csr) {
        boolean block = csr >= 0x320 && csr < 0x340 || csr >= 0xb00 && csr < 0xb20 || csr >= 0xb80 && csr < 0xba0 || csr >= 0xc00 && csr < 0xc20
            || csr >= 0xc80 && csr < 0xca0;
        return block && (csr & 31) >= 3;
    }

    /** Value of an accessible register, sign-extended on RV32. */
    long read(int csr) {
        long v = value(csr);
        return xlen == 32 ? (int) v : v;
    }

    private long value(int csr) {
        if (csr >= 0x3a0 && csr < 0x3a4) {
            return cpu.pmp.readConfig(csr - 0x3a0);
        }
        if (csr >= 0x3b0 && csr < 0x3c0) {
            return cpu.pmp.readAddress(csr - 0x3b0);
        }
        if (performance(csr)) {
            return csr < 0x400 ? hpmEvent[csr & 31] : (csr & 0x80) != 0 ? hpmCounter[csr & 31] >>> 32
                : hpmCounter[csr & 31];
        }
        return switch (csr) {
            case 0x001 -> cpu.floatStatus.flags;
            case 0x002 -> frm;
            case 0x003 -> cpu.floatStatus.flags | frm << 5;
            case 0x100 -> status(mstatus & SSTATUS | (xlen == 64 ? 2L << 32 : 0));
            case 0x104 -> mie & mideleg;
            case 0x105 -> stvec;
            case 0x106 -> scounteren;
            case 0x10a -> senvcfg;
            case 0x140 -> sscratch;
            case 0x141 -> sepc;
            case 0x142 -> scause;
            case 0x143 -> stval;
            case 0x144 -> pending() & mideleg;
            case 0x14d -> stimecmp;
            case 0x15d -> stimecmp >>> 32;
            case 0x180 -> satp;
            case 0x300 -> status(mstatus | (xlen == 64 ? UXL_SXL : 0));
            case 0x301 -> (xlen == 64 ? 2L << 62 : 1L << 30) | 0x14112dL;
            case 0x302 -> medeleg;
            case 0x303 -> mideleg;
            case 0x304 -> mie;
            case 0x305 -> mtvec;
            case 0x306 -> mcounteren;
            case 0x30a -> menvcfg;
            case 0x31a -> menvcfg >>> 32;
            case 0x320 -> mcountinhibit;
            case 0x340 -> mscratch;
            case 0x341 -> mepc;
            case 0x342 -> mcause;
            case 0x343 -> mtval;
            case 0x344 -> pending();
            case 0xb00, 0xc00 -> cycles();
            case 0xb02, 0xc02 -> instructions();
            case 0xb80, 0xc80 -> cycles() >>> 32;
            case 0xb82, 0xc82 -> instructions() >>> 32;
            case 0xc01 -> timeRead();
            case 0xc81 -> timeRead() >>> 32;
            case 0xf14 -> cpu.index();
            default -> 0;
        };
    }

    /** mstatus or sstatus with SD, in the layout of the width. */
    private long status(long v) {
        boolean dirty = (mstatus & FS) == FS;
        return xlen == 64 ? v | (dirty ? 1L << 63 : 0) : v & 0x7fffffffL | (dirty ? 1L << 31 : 0);
    }

    private long cycles() {
        return (mcountinhibit & 1) != 0 ? cycleOffset : cpu.retiredSoFar() + cycleOffset;
    }

    private long instructions() {
        return (mcountinhibit & 4) != 0 ? instretOffset : cpu.retiredSoFar() + instretOffset;
    }

    private long low(long old, long v) {
        return xlen == 32 ? old & -1L << 32 | v & 0xffffffffL : v;
    }

    private static long high(long old, long v) {
        return old & 0xffffffffL | v << 32;
    }

    /** Writes an accessible register, WARL rules applied. */
    void write(int csr, long value) {
        long v = xlen == 32 ? value & 0xffffffffL : value;
        if (csr >= 0x3a0 && csr < 0x3a4) {
            cpu.pmp.writeConfig(csr - 0x3a0, v);
            cpu.flushTranslations();
            return;
        }
        if (csr >= 0x3b0 && csr < 0x3c0) {
            cpu.pmp.writeAddress(csr - 0x3b0, v);
            cpu.flushTranslations();
            return;
        }
        if (performance(csr)) {
            int n = csr & 31;
            if (csr < 0x400) {
                hpmEvent[n] = v;
            } else {
                hpmCounter[n] = (csr & 0x80) != 0 ? high(hpmCounter[n], v) : low(hpmCounter[n], v);
            }
            return;
        }
        switch (csr) {
            case 0x001 -> floating((int) v & 31, frm);
            case 0x002 -> floating(cpu.floatStatus.flags, (int) v & 7);
            case 0x003 -> floating((int) v & 31, (int) v >>> 5 & 7);
            case 0x100 -> status(mstatus & ~SSTATUS | v & SSTATUS, mstatus);
            case 0x104 -> mie = mie & ~mideleg | v & mideleg & S_INTERRUPTS;
            case 0x105 -> stvec = vector(v, stvec);
            case 0x106 -> scounteren = v & 0xffffffffL;
            case 0x10a -> senvcfg = v & 1;
            case 0x140 -> sscratch = value;
            case 0x141 -> sepc = value & -2;
            case 0x142 -> scause = value;
            case 0x143 -> stval = value;
            case 0x144 -> softwarePending = softwarePending & ~(mideleg & 1L << RiscvTraps.SSI) | v & mideleg & 1L << RiscvTraps.SSI;
            case 0x14d -> {
                stimecmp = low(stimecmp, v);
                armSupervisorTimer();
            }
            case 0x15d -> {
                stimecmp = high(stimecmp, v);
                armSupervisorTimer();
            }
            case 0x180 -> satp(v);
            case 0x300 -> {
                long next = mstatus & ~MSTATUS | v & MSTATUS;
                if ((next & MPP) == 2L << 11) {
                    next = next & ~MPP | mstatus & MPP;
                }
                status(next, mstatus);
            }
            case 0x302 -> medeleg = v & DELEGABLE;
            case 0x303 -> mideleg = v & S_INTERRUPTS;
            case 0x304 -> mie = v & INTERRUPTS;
            case 0x305 -> mtvec = vector(v, mtvec);
            case 0x306 -> mcounteren = v & 0xffffffffL;
            case 0x30a -> {
                menvcfg = low(menvcfg, v) & MENVCFG;
                armSupervisorTimer();
            }
            case 0x31a -> {
                menvcfg = high(menvcfg, v) & MENVCFG;
                armSupervisorTimer();
            }
            case 0x320 -> inhibit(v & 0xfffffffdL);
            case 0x340 -> mscratch = value;
            case 0x341 -> mepc = value & -2;
            case 0x342 -> mcause = value;
            case 0x343 -> mtval = value;
            case 0x344 -> softwarePending = softwarePending & ~S_INTERRUPTS | v & S_INTERRUPTS;
            // a write takes the place of this instruction's own increment
            case 0xb00 -> cycleOffset += low(cycles(), v) - cycles() - ((mcountinhibit & 1) != 0 ? 0 : 1);
            case 0xb02 -> instretOffset += low(instructions(), v) - instructions() - ((mcountinhibit & 4) != 0 ? 0 : 1);
            case 0xb80 -> cycleOffset += high(cycles(), v) - cycles() - ((mcountinhibit & 1) != 0 ? 0 : 1);
            case 0xb82 -> instretOffset += high(instructions(), v) - instructions() - ((mcountinhibit & 4) != 0 ? 0 : 1);
            default -> {
            }
        }
        cpu.attention();
    }

    private static long vector(long v, long old) {
        return (v & 3) > 1 ? old : v;
    }

    private void floating(int flags, int mode) {
        cpu.floatStatus.flags = flags;
        frm = mode;
        mstatus |= FS;
        cpu.modeChanged();
    }

    private void status(long next, long before) {
        mstatus = next;
        if (((next ^ before) & MXR) != 0) {
            cpu.flushTranslations();
        }
        cpu.modeChanged();
    }

    private void inhibit(long v) {
        long retired = cpu.retiredSoFar() + 1;
        if (((mcountinhibit ^ v) & 1) != 0) {
            cycleOffset += (v & 1) != 0 ? retired : -retired;
        }
        if (((mcountinhibit ^ v) & 4) != 0) {
            instretOffset += (v & 4) != 0 ? retired : -retired;
        }
        mcountinhibit = v;
    }

    private void satp(long v) {
        if (xlen == 64) {
            int mode = (int) (v >>> 60);
            if (mode != 0 && mode != 8 && mode != 9) {
                return;
            }
        }
        satp = v;
        // no fence: translations of other address spaces stay (Volume II, "Supervisor Memory-Management Fence Instruction")
        cpu.enterAddressSpace();
    }

    /** Mode, ASID and root: what stands for the address space. */
    long addressSpace() {
        return satp;
    }
}
