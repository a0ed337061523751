package org.reprise.core.translator;

import java.lang.invoke.MethodHandles;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.reprise.api.cpu.CpuContext;
import org.reprise.api.device.ClockType;
import org.reprise.api.device.DeviceTreeNode;
import org.reprise.api.device.InterruptLine;
import org.reprise.api.device.MachineDescription;
import org.reprise.api.device.PartConfig;
import org.reprise.api.device.Timer;
import org.reprise.api.machine.ShutdownCause;
import org.reprise.api.memory.AddressSpace;

/**
 * A machine language made for tests: one 32-bit word per instruction, {@code op | d << 8 | x << 16 | y << 24}, with an instruction for
 * every IR operation, so that random words exercise all of the translator. Paging: virtual page n is physical page n ^ the xor register,
 * except that addresses with bit 30 set fault.
 */
final class ToyCpu extends TranslatedCpu {
    static final int SLOTS = 17;
    static final int LOADS = 120;
    static final int STORES = 130;
    static final int BRANCHES = 140;
    static final int JUMP = 150;
    static final int JUMP_TO = 151;
    static final int XOR_PAGES = 152;
    static final int RAISE = 153;
    static final int COUNT = 154;
    static final int HELPER_LOAD = 155;

    long traps;
    long pageXor;
    long interrupts;
    boolean line;

    ToyCpu(AddressSpace memory, PartConfig config) {
        this(memory, config, new HashMap<>());
    }

    /** @param shared what the CPUs of a machine share */
    ToyCpu(AddressSpace memory, PartConfig config, Map<String, Object> shared) {
        super(new Context(memory, config, shared), SLOTS);
    }

    @Override
    protected Frontend createFrontend() {
        return new ToyFrontend();
    }

    @Override
    protected long translate(long va, int size, int access, int mmu) {
        if ((va & 1L << 30) != 0) {
            throw raise(access, va);
        }
        return va & -4096L ^ pageXor | PERM_READ | PERM_WRITE | PERM_EXECUTE;
    }

    @Override
    protected int fetchMmu() {
        return 1;
    }

    @Override
    protected boolean takeTrap(long cause, long value) {
        traps = traps * 31 + cause * 7 + value + pc;
        v[16] = pc;
        pc = vector(traps);
        return true;
    }

    @Override
    protected boolean takeInterrupt() {
        if (!line) {
            return false;
        }
        line = false;
        interrupts = interrupts * 31 + pc;
        v[15] = pc;
        pc = vector(interrupts);
        return true;
    }

    /** One of 64 handlers: programs see much of their code, and come back to it. */
    private static long vector(long number) {
        return (number * 0x9e3779b97f4a7c15L >>> 58) << 8;
    }

    @Override
    protected boolean wakeUp() {
        return line;
    }

    @Override
    protected RuntimeException busFault(long va, int access) {
        return raise(16 + access, va);
    }

    @Override
    protected void resetState() {
        pc = 0;
        traps = 0;
        pageXor = 0;
        interrupts = 0;
        line = false;
        setMode(1);
    }

    static long xorPages(TranslatedCpu cpu, long a, long b, long c) {
        ToyCpu toy = (ToyCpu) cpu;
        toy.pageXor = a & 0x3000;
        toy.flushTlb();
        return toy.retiredInAll();
    }

    static long raiseFault(TranslatedCpu cpu, long a, long b, long c) {
        throw cpu.raise(99, a);
    }

    static long count(TranslatedCpu cpu, long a, long b, long c) {
        return cpu.retiredInAll() * 1000 + (cpu.pc & 0xff);
    }

    static long helperLoad(TranslatedCpu cpu, long a, long b, long c) {
        return cpu.loadForHelper(a & ~7L, 8, 1) + b;
    }

    private static final class ToyFrontend implements Frontend {
        private final Helper.Table table = new Helper.Table();
        private final Helper xorPages = table.add(ToyCpu.class, "xorPages", ToyCpu::xorPages, Helper.SYSTEM);
        private final Helper raiseFault = table.add(ToyCpu.class, "raiseFault", ToyCpu::raiseFault, Helper.FAULTS);
        private final Helper count = table.add(ToyCpu.class, "count", ToyCpu::count, Helper.SYSTEM);
        private final Helper helperLoad = table.add(ToyCpu.class, "helperLoad", ToyCpu::helperLoad, Helper.FAULTS);

        @Override
        public String configuration() {
            return "toy";
        }

        @Override
        public int slots() {
            return SLOTS;
        }

        @Override
        public Helper.Table helpers() {
            return table;
        }

        @Override
        public MethodHandles.Lookup lookup() {
            return MethodHandles.lookup();
        }

        @Override
        public int maxInstructionLength() {
            return 4;
        }

        @Override
        public int instructionAlignment() {
            return 4;
        }

        @Override
        public int translate(BlockBuilder b, int mode) {
            int word = b.fetch32(0);
            int op = word & 0xff;
            int d = 1 + (word >>> 8 & 15);
            int x = word >>> 16 & 15;
            int y = word >>> 24 & 15;
            int k = word >> 24;
            if (op < Op.BINARY_END) {
                b.op(op & ~1, d, x, (op & 1) != 0 ? b.k(k * 0x1234567L) : y);
            } else if (op < Op.UNARY_END && op >= Op.SEXT8) {
                b.unary(op, d, x);
            } else if (op == Op.MOV || op == Op.MOVK) {
                b.move(d, op == Op.MOV ? x : b.k(word * 0x100000001L));
            } else if (op == Op.SELECT) {
                b.select(d, x, y, d);
            } else if (op >= LOADS && op < LOADS + 7) {
                b.load(Op.LD8S + op - LOADS, d, address(b, x), k, 1);
            } else if (op >= STORES && op < STORES + 4) {
                b.store(Op.ST8 + op - STORES, d, address(b, x), k, 1);
            } else if (op >= BRANCHES && op < BRANCHES + 6) {
                b.branch(Op.BREQ + op - BRANCHES, d, x, b.pc() + 4 + 4L * (k >> 2));
            } else if (op == JUMP) {
                b.jump(b.pc() + 4L * (k >> 1));
            } else if (op == JUMP_TO) {
                int t = b.temp();
                b.op(Op.AND, t, x, b.k(0x3ffc));
                b.jumpTo(t);
            } else if (op == XOR_PAGES || op == COUNT) {
                b.call(op == COUNT ? count : xorPages, d, x, y, 0);
                b.exit();
            } else if (op == HELPER_LOAD) {
                b.call(helperLoad, d, address(b, x), y, 0);
            } else {
                b.call(raiseFault, b.temp(), b.k(word), 0, 0);
                b.jump(b.pc() + 4);
            }
            return 4;
        }

        /** Most random addresses fall into RAM, some into registers, nowhere, or fault. */
        private static int address(BlockBuilder b, int x) {
            int t = b.temp();
            b.op(Op.AND, t, x, b.k(0x40007fffL));
            return t;
        }
    }

    private record Context(AddressSpace memory, PartConfig config, Map<String, Object> sharedObjects) implements CpuContext {
        @Override
        public MachineDescription machine() {
            throw new AssertionError();
        }

        @Override
        public int index() {
            return 0;
        }

        @Override
        public long clock(ClockType clock) {
            throw new AssertionError();
        }

        @Override
        public long icount() {
            throw new AssertionError();
        }

        @Override
        public Timer timer(String name, ClockType clock, Runnable callback) {
            throw new AssertionError();
        }

        @Override
        @SuppressWarnings("unchecked")
        public <T> T shared(String key, Supplier<T> maker) {
            return (T) sharedObjects.computeIfAbsent(key, k -> maker.get());
        }

        @Override
        public void yieldToOthers() {
            // there is no other CPU
        }

        @Override
        public void shutdown(ShutdownCause cause, int exitCode) {
            throw new AssertionError();
        }
    }

    // ---- not used by the tests ------------------------------------------------------------------------------------------------

    @Override
    public long translateForDebugger(long address) {
        return address ^ pageXor;
    }

    @Override
    public String debuggerArchitecture() {
        return "toy";
    }

    @Override
    public List<Register> registers() {
        return List.of();
    }

    @Override
    public long register(int index) {
        return v[index];
    }

    @Override
    public void register(int index, long value) {
        v[index] = value;
    }

    @Override
    public String disassemble(long address) {
        return "";
    }

    @Override
    public void describe(DeviceTreeNode cpus) {
    }

    @Override
    public InterruptLine input(String name) {
        throw new IllegalArgumentException(name);
    }

    @Override
    public long[] cells(String input) {
        return new long[0];
    }
}
