package org.reprise.cpu.riscv;

import java.util.List;
import java.util.Optional;
import org.reprise.api.cpu.CpuContext;
import org.reprise.api.device.ClockType;
import org.reprise.api.device.DeviceTreeNode;
import org.reprise.api.device.InterruptLine;
import org.reprise.api.state.State;
import org.reprise.core.decode.InstructionTable;
import org.reprise.core.softfloat.FloatStatus;
import org.reprise.core.translator.Frontend;
import org.reprise.core.translator.TranslatedCpu;

/** A RISC-V hart: what is not in the translated code's slots, traps, interrupts. Slots 0..31 are x0..x31, 32..63 f0..f31. */
final class RiscvCpu extends TranslatedCpu {
    static final int SLOTS = 64;
    static final int F0 = 32;
    /** Bits of the translation mode: privilege, MMU index of data accesses, FS off, FS not yet dirty. */
    static final int MODE_MMU_SHIFT = 2;
    static final int MODE_FS_OFF = 1 << 4;
    static final int MODE_FS_CLEAN = 1 << 5;

    private static final long TIMEBASE = 10_000_000;

    final int xlen;
    final FloatStatus floatStatus = new FloatStatus();
    final RiscvPmp pmp;
    final RiscvCsr csr;
    final RiscvReservation reservation = new RiscvReservation();
    /** While an AMO accesses memory, whose every fault is a store's. */
    boolean inAmo;
    private final RiscvMmu mmu;
    private final RiscvRegisters registers = new RiscvRegisters(this);
    private final long resetPc;
    /** For the disassembler, made when it is first used. */
    private InstructionTable table;
    /**
     * For comparisons with the reference emulator: count as it does. ECALL, EBREAK and undecodable instructions count as retired, and an
     * instruction that reads the time is counted before it reads.
     */
    private final boolean countTraps;
    /** Nanoseconds that a read of the time is ahead then. */
    final long timeAhead;
    private final InterruptLine[] inputs = new InterruptLine[12];

    RiscvCpu(CpuContext context, int xlen) {
        super(context, SLOTS);
        this.xlen = xlen;
        pmp = new RiscvPmp(xlen);
        csr = new RiscvCsr(this, xlen, context.timer("stimecmp", ClockType.VIRTUAL, this::supervisorTimer));
        mmu = new RiscvMmu(this, context.memory());
        resetPc = context.config().number("reset-pc", 0x1000);
        countTraps = context.config().flag("reference-counting", false);
        timeAhead = countTraps ? 1L << Integer.parseInt(context.machine().setting("shift", "3")) : 0;
        for (int n : RiscvTraps.PRIORITY) {
            inputs[n] = level -> csr.line(n, level);
        }
        floatStatus.defaultNan = true;
    }

    private void supervisorTimer() {
        csr.armSupervisorTimer();
    }

    long features() {
        return RiscvFrontend.features(xlen);
    }

    int index() {
        return context.index();
    }

    long clock(ClockType clock) {
        return context.clock(clock);
    }

    /** Instructions retired before the present one. */
    long retiredSoFar() {
        return retiredInAll();
    }

    void flushTranslations() {
        flushTlb();
    }

    void flushTranslation(long va) {
        flushTlb(canonical(va));
    }

    void enterAddressSpace() {
        enterAddressSpace(csr.addressSpace());
    }

    void noteLargePage(long va, long size) {
        largePage(va, size);
    }

    /** The translation mode may have changed. */
    void modeChanged() {
        long fs = csr.mstatus & RiscvCsr.FS;
        int m = csr.privilege | csr.dataMmu() << MODE_MMU_SHIFT;
        if (fs == 0) {
            m |= MODE_FS_OFF;
        } else if (fs != RiscvCsr.FS) {
            m |= MODE_FS_CLEAN;
        }
        setMode(m);
        attention();
    }

    // ---- traps ------------------------------------------------------------------------------------------------------------------

    @Override
    protected boolean takeTrap(long raised, long value) {
        long cause = raised & ~RiscvTraps.DECODED;
        if (raised == RiscvTraps.MAKE_FS_DIRTY) {
            csr.mstatus |= RiscvCsr.FS;
            modeChanged();
            return false;
        }
        enter(cause, value, false);
        return true;
    }

    @Override
    protected boolean countsTrap(long raised) {
        return countTraps && raised != RiscvTraps.MAKE_FS_DIRTY && (raised & RiscvTraps.DECODED) != 0;
    }

    private void enter(long cause, long value, boolean interrupt) {
        // a reservation made in one context must not let another's SC succeed
        reservation.valid = false;
        long delegated = interrupt ? csr.mideleg : csr.medeleg;
        long interruptBit = interrupt ? (xlen == 64 ? Long.MIN_VALUE : (long) Integer.MIN_VALUE) : 0;
        long s = csr.mstatus;
        if (csr.privilege <= 1 && (delegated >>> cause & 1) != 0) {
            csr.scause = cause | interruptBit;
            csr.sepc = pc;
            csr.stval = value;
            s = s & ~(RiscvCsr.SPP | RiscvCsr.SPIE) | (csr.privilege == 1 ? RiscvCsr.SPP : 0) | ((s & RiscvCsr.SIE) != 0 ? RiscvCsr.SPIE : 0);
            csr.mstatus = s & ~RiscvCsr.SIE;
            csr.privilege = 1;
            pc = vector(csr.stvec, cause, interrupt);
        } else {
            csr.mcause = cause | interruptBit;
            csr.mepc = pc;
            csr.mtval = value;
            s = s & ~(RiscvCsr.MPP | RiscvCsr.MPIE) | (long) csr.privilege << 11 | ((s & RiscvCsr.MIE) != 0 ? RiscvCsr.MPIE : 0);
            csr.mstatus = s & ~RiscvCsr.MIE;
            csr.privilege = 3;
            pc = vector(csr.mtvec, cause, interrupt);
        }
        modeChanged();
    }

    private long vector(long base, long cause, boolean interrupt) {
        long at = (base & -4) + ((base & 1) != 0 && interrupt ? 4 * cause : 0);
        return xlen == 32 ? (int) at : at;
    }

    @Override
    protected boolean takeInterrupt() {
        long pending = csr.enabledPending();
        if (pending == 0) {
            return false;
        }
        boolean machine = csr.privilege < 3 || (csr.mstatus & RiscvCsr.MIE) != 0;
        boolean supervisor = csr.privilege < 1 || csr.privilege == 1 && (csr.mstatus & RiscvCsr.SIE) != 0;
        long takeable = machine ? pending & ~csr.mideleg : 0;
        if (takeable == 0) {
            takeable = supervisor ? pending & csr.mideleg : 0;
        }
        for (int n : RiscvTraps.PRIORITY) {
            if ((takeable >>> n & 1) != 0) {
                enter(n, 0, true);
                return true;
            }
        }
        return false;
    }

    @Override
    protected boolean wakeUp() {
        return csr.enabledPending() != 0;
    }

    @Override
    protected RuntimeException busFault(long va, int access) {
        return raise(RiscvTraps.accessFault(inAmo ? WRITE : access), va);
    }

    @Override
    protected long translate(long va, int size, int access, int mmuIndex) {
        return mmu.translate(va, size, access, mmuIndex);
    }

    @Override
    protected int fetchMmu() {
        return csr.privilege == 3 ? 3 : csr.privilege;
    }

    @Override
    protected void resetState() {
        csr.reset();
        enterAddressSpace();
        pmp.reset();
        reservation.clear();
        pc = resetPc;
        modeChanged();
    }

    @Override
    protected Frontend createFrontend() {
        return new RiscvFrontend(this);
    }

    // ---- system instructions ----------------------------------------------------------------------------------------------------

    void returnFromMachine() {
        reservation.valid = false;
        long s = csr.mstatus;
        int previous = (int) (s >>> 11) & 3;
        s = s & ~(RiscvCsr.MIE | RiscvCsr.MPP) | ((s & RiscvCsr.MPIE) != 0 ? RiscvCsr.MIE : 0) | RiscvCsr.MPIE;
        if (previous != 3) {
            s &= ~RiscvCsr.MPRV;
        }
        csr.mstatus = s;
        csr.privilege = previous;
        pc = csr.mepc;
        modeChanged();
    }

    void returnFromSupervisor() {
        reservation.valid = false;
        long s = csr.mstatus;
        int previous = (s & RiscvCsr.SPP) != 0 ? 1 : 0;
        s = s & ~(RiscvCsr.SIE | RiscvCsr.SPP | RiscvCsr.MPRV) | ((s & RiscvCsr.SPIE) != 0 ? RiscvCsr.SIE : 0) | RiscvCsr.SPIE;
        csr.mstatus = s;
        csr.privilege = previous;
        pc = csr.sepc;
        modeChanged();
    }

    void sendTo(long address) {
        goTo(address);
    }

    void pauseHere() {
        context.yieldToOthers();
    }

    void waitHere() {
        waitForInterrupt();
    }

    // ---- for machines and debuggers -----------------------------------------------------------------------------------------------

    @Override
    public void state(State s) {
        super.state(s);
        s.nested("csr", csr);
        s.nested("pmp", pmp);
        s.nested("reservation", reservation);
        if (s.loading()) {
            enterAddressSpace();
            modeChanged();
        }
    }

    @Override
    public InterruptLine input(String name) {
        int n = RiscvTraps.number(name);
        if (n < 0) {
            throw new IllegalArgumentException("a RISC-V CPU has no interrupt input '" + name + "': there are MEI, SEI, MTI, STI, MSI, SSI");
        }
        return inputs[n];
    }

    @Override
    public long[] cells(String input) {
        input(input);
        return new long[] {RiscvTraps.number(input)};
    }

    @Override
    protected long canonical(long address) {
        return xlen == 32 ? (int) address : address;
    }

    @Override
    protected long plain(long address) {
        return xlen == 32 ? address & 0xffffffffL : address;
    }

    @Override
    public long translateForDebugger(long address) {
        return mmu.translateQuietly(canonical(address), csr.dataMmu());
    }

    @Override
    public String debuggerArchitecture() {
        return registers.architecture();
    }

    @Override
    public List<Register> registers() {
        return registers.list();
    }

    @Override
    public long register(int index) {
        return registers.get(index);
    }

    @Override
    public void register(int index, long value) {
        registers.set(index, value);
    }

    @Override
    public int registerNumber(String name) {
        return registers.number(name);
    }

    @Override
    public Optional<String> unwatchable(int register) {
        return registers.unwatchable(register);
    }

    @Override
    protected int slot(int register) {
        return registers.slot(register);
    }

    @Override
    public String disassemble(long address) {
        byte[] code = new byte[4];
        for (int i = 0; i < code.length; i++) {
            long physical = mmu.translateQuietly(canonical(address + i), fetchMmu());
            if (physical == -1 || memory.hostAddress(physical) == -1) {
                if (i == 0) {
                    return "(cannot be read: nothing is mapped there)";
                }
                break;
            }
            code[i] = (byte) memory.read(physical, 1);
        }
        int low = code[0] & 0xff | (code[1] & 0xff) << 8;
        int word = RiscvDecoder.length(low) == 2 ? low : low | (code[2] & 0xff) << 16 | (code[3] & 0xff) << 24;
        if (table == null) {
            table = RiscvTable.create();
        }
        return table.disassemble(word, address, features());
    }

    @Override
    public void describe(DeviceTreeNode cpus) {
        String base = xlen == 64 ? "rv64i" : "rv32i";
        DeviceTreeNode node = cpus.child("cpu@" + index());
        node.property("device_type", "cpu").cells("reg", index()).property("status", "okay").property("compatible", "riscv")
            .property("riscv,isa", (xlen == 64 ? "rv64" : "rv32") + "imafdc_zicntr_zicsr_zifencei_zba_zbb_zbs_sstc")
            .property("riscv,isa-base", base)
            .property("riscv,isa-extensions", "i", "m", "a", "f", "d", "c", "zicntr", "zicsr", "zifencei", "zba", "zbb", "zbs", "sstc")
            .property("mmu-type", xlen == 64 ? "riscv,sv48" : "riscv,sv32");
        node.child("interrupt-controller").cells("#interrupt-cells", 1).property("interrupt-controller")
            .property("compatible", "riscv,cpu-intc").standsFor(context.config().name());
        cpus.cells("timebase-frequency", TIMEBASE);
    }
}
