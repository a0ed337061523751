package org.reprise.core.translator;

import java.util.Arrays;

/**
 * Builds the IR of one basic block. A frontend's translate methods call it; operands are ints: a guest register slot, a temporary from
 * {@link #temp} (dead at the end of the instruction), or a constant from {@link #k}. Slot 0 reads as zero and must not be written.
 *
 * <p>Rule of precise faults: within one instruction no guest register slot is written before the last operation that can fault (loads,
 * stores, helpers with {@link Helper#FAULTS}); the builder checks it.
 */
public final class BlockBuilder {
    /** Longest block in instructions: short enough for the interpreter's tails, long enough for straight code. */
    static final int MAX_INSTRUCTIONS = 64;
    /** Most temporaries one instruction may use. */
    static final int MAX_TEMPS = 64;

    private final TranslatedCpu cpu;
    private final int slots;
    private int[] code = new int[1024];
    private long[] pool = new long[64];
    private final int[] starts = new int[MAX_INSTRUCTIONS + 1];
    private final short[] offsets = new short[MAX_INSTRUCTIONS];
    private int size;
    private int constants;
    private int count;
    private int temps;
    private int mostTemps;
    private long blockPc;
    private long pc;
    private long target;
    private boolean ended;
    private boolean wroteSlot;
    /** Slots of watched registers, and those of them that the present instruction writes. */
    private int[] watched;
    private final boolean[] wrote;
    private final Helper telling;
    private long pageBase;
    private long pageHost;
    private long firstPhysicalPage;
    private boolean secondPageUsed;
    private long secondHost;
    private long secondPhysicalPage;

    /** @param telling the helper that tells of writes of watched registers */
    BlockBuilder(TranslatedCpu cpu, int slots, Helper telling) {
        this.cpu = cpu;
        this.slots = slots;
        this.telling = telling;
        wrote = new boolean[slots];
    }

    /** Translates the block that begins at pc. Throws the guest's fetch fault through {@link TranslatedCpu#raise}. */
    Block build(long start, int mode, Frontend frontend, int most) {
        size = 0;
        constants = 0;
        count = 0;
        mostTemps = 0;
        blockPc = start;
        pc = start;
        ended = false;
        secondPageUsed = false;
        secondPhysicalPage = -1;
        watched = cpu.slowPath.watches.slots();
        pageBase = start & -4096L;
        firstPhysicalPage = cpu.fetchPage(start);
        pageHost = cpu.memory.hostAddress(firstPhysicalPage);
        while (!ended && count < most && (pc & -4096L) == pageBase) {
            temps = 0;
            wroteSlot = false;
            for (int slot : watched) {
                wrote[slot] = false;
            }
            starts[count] = size;
            offsets[count] = (short) (pc - blockPc);
            int opened = size;
            int length;
            try {
                length = frontend.translate(this, mode);
            } catch (FetchBeyondPage e) {
                size = opened;
                break;
            }
            for (int slot : watched) {
                tellFirst(opened, slot);
            }
            count++;
            pc += length;
            if (secondPageUsed || cpu.isBreakpoint(pc)) {
                break;
            }
        }
        if (!ended) {
            jump(pc);
        }
        starts[count] = size;
        long physical = firstPhysicalPage + (start & 4095);
        return new Block(start, pc, mode, physical, secondPhysicalPage, Arrays.copyOf(code, size), Arrays.copyOf(pool, constants), target,
                Arrays.copyOf(starts, count + 1), Arrays.copyOf(offsets, count), mostTemps);
    }

    /** The present instruction begins with telling of a slot, if it writes that: before it does anything else. */
    private void tellFirst(int opened, int slot) {
        if (!wrote[slot]) {
            return;
        }
        wrote[slot] = false;
        boolean last = ended;
        int length = size - opened;
        ended = false;
        wroteSlot = false;
        call(telling, temp(), k(slot), 0, 0);
        ended = last;
        int[] moved = Arrays.copyOfRange(code, opened + length, size);
        System.arraycopy(code, opened, code, opened + moved.length, length);
        System.arraycopy(moved, 0, code, opened, moved.length);
    }

    /** Address of the instruction being translated. */
    public long pc() {
        return pc;
    }

    /** Reads a byte of code at an offset from {@link #pc}. */
    public int fetch8(int offset) {
        long a = pc + offset;
        if ((a & -4096L) == pageBase) {
            return cpu.codeByte(pageHost, (int) (a & 4095));
        }
        if (count > 0) {
            throw FetchBeyondPage.INSTANCE;
        }
        if (!secondPageUsed) {
            secondPhysicalPage = cpu.fetchPage(a & -4096L);
            secondHost = cpu.memory.hostAddress(secondPhysicalPage);
            secondPageUsed = true;
        }
        return cpu.codeByte(secondHost, (int) (a & 4095));
    }

    /** Reads 16 bits of code, little-endian, at an offset from {@link #pc}. */
    public int fetch16(int offset) {
        return fetch8(offset) | fetch8(offset + 1) << 8;
    }

    /** Reads 32 bits of code, little-endian, at an offset from {@link #pc}. */
    public int fetch32(int offset) {
        return fetch16(offset) | fetch16(offset + 2) << 16;
    }

    // ---- operands -------------------------------------------------------------------------------------------------------------

    /** A fresh temporary, dead at the end of the instruction. */
    public int temp() {
        if (temps == MAX_TEMPS) {
            throw new IllegalStateException("more than " + MAX_TEMPS + " temporaries in the instruction at 0x" + Long.toHexString(pc));
        }
        temps++;
        mostTemps = Math.max(mostTemps, temps);
        return slots + temps - 1;
    }

    /** A constant operand. */
    public int k(long value) {
        if (value == 0) {
            return 0;
        }
        for (int i = constants - 1; i >= 0 && i >= constants - 8; i--) {
            if (pool[i] == value) {
                return -1 - i;
            }
        }
        if (constants == pool.length) {
            pool = Arrays.copyOf(pool, constants * 2);
        }
        pool[constants] = value;
        return -1 - constants++;
    }

    private int materialize(int operand) {
        if (operand >= 0) {
            return operand;
        }
        int t = temp();
        emit(Op.MOVK, t, 0, -1 - operand, 0);
        return t;
    }

    private void emit(int op, int d, int x, int y, int z) {
        if (ended) {
            throw new IllegalStateException("operation after the terminator at 0x" + Long.toHexString(pc));
        }
        if (size + 4 > code.length) {
            code = Arrays.copyOf(code, code.length * 2);
        }
        code[size] = op | d << 16;
        code[size + 1] = x;
        code[size + 2] = y;
        code[size + 3] = z;
        size += 4;
    }

    private void writes(int d) {
        if (d <= 0) {
            throw new IllegalArgumentException("destination " + d + " at 0x" + Long.toHexString(pc) + ": slot 0 and constants are not written");
        }
        if (d < slots) {
            wroteSlot = true;
            wrote[d] = true;
        }
    }

    private void mayFault() {
        if (wroteSlot) {
            throw new IllegalStateException("an operation that can fault follows a register write at 0x" + Long.toHexString(pc));
        }
    }

    // ---- operations -----------------------------------------------------------------------------------------------------------

    /** A binary operation of {@link Op} (even code): d = x op y. */
    public void op(int op, int d, int x, int y) {
        if ((op & 1) != 0 || op >= Op.BINARY_END) {
            throw new IllegalArgumentException(Op.name(op) + " is not a binary operation");
        }
        if (y < 0 || y == 0) {
            long ky = y == 0 ? 0 : pool[-1 - y];
            if (x <= 0) {
                move(d, k(Op.evaluate(op, x == 0 ? 0 : pool[-1 - x], ky)));
                return;
            }
            if (ky == 0 && (op == Op.ADD || op == Op.SUB || op == Op.OR || op == Op.XOR || op == Op.SHL || op == Op.SHR || op == Op.SAR)) {
                move(d, x);
                return;
            }
            if (y < 0) {
                writes(d);
                emit(op + 1, d, x, -1 - y, 0);
                return;
            }
        }
        int a = materialize(x);
        writes(d);
        emit(op, d, a, y, 0);
    }

    /** d = x. */
    public void move(int d, int x) {
        writes(d);
        if (x < 0) {
            emit(Op.MOVK, d, 0, -1 - x, 0);
        } else if (x != d) {
            emit(Op.MOV, d, x, 0, 0);
        }
    }

    /** A unary operation of {@link Op}: SEXT8 .. BSWAP. */
    public void unary(int op, int d, int x) {
        if (op < Op.SEXT8 || op >= Op.UNARY_END) {
            throw new IllegalArgumentException(Op.name(op) + " is not a unary operation");
        }
        int a = materialize(x);
        writes(d);
        emit(op, d, a, 0, 0);
    }

    /** d = condition != 0 ? x : y. */
    public void select(int d, int condition, int x, int y) {
        int c = materialize(condition);
        int a = materialize(x);
        int b = materialize(y);
        writes(d);
        emit(Op.SELECT, d, c, a, b);
    }

    /**
     * A load of {@link Op}.
     *
     * @param d destination
     * @param address base address
     * @param displacement added to it, 64-bit arithmetic
     * @param mmu MMU index 0..7, as {@link TranslatedCpu#translate} understands it
     */
    public void load(int op, int d, int address, int displacement, int mmu) {
        if (!Op.isLoad(op)) {
            throw new IllegalArgumentException(Op.name(op) + " is not a load");
        }
        mayFault();
        int a = materialize(address);
        writes(d);
        emit(op, d, a, displacement, mmu << 3);
    }

    /** A store of {@link Op}; operands as for {@link #load}. */
    public void store(int op, int value, int address, int displacement, int mmu) {
        if (!Op.isStore(op)) {
            throw new IllegalArgumentException(Op.name(op) + " is not a store");
        }
        mayFault();
        int v = materialize(value);
        int a = materialize(address);
        emit(op, v, a, displacement, mmu << 3);
    }

    /** d = helper(a, b, c). Pass a temporary as destination when the result is of no use, and 0 for unused arguments. */
    public void call(Helper helper, int d, int a, int b, int c) {
        if (helper.faults()) {
            mayFault();
        }
        int x = materialize(a);
        int y = materialize(b);
        int z = materialize(c);
        writes(d);
        emit(Op.CALL, d, helper.number, x | y << 16, z);
    }

    // ---- terminators ----------------------------------------------------------------------------------------------------------

    /** Ends the block: goes to a fixed address. */
    public void jump(long address) {
        target = address;
        emit(Op.JUMP, 0, 0, 0, 0);
        ended = true;
    }

    /** Ends the block: goes to a computed address (already aligned as the architecture says). */
    public void jumpTo(int address) {
        int a = materialize(address);
        emit(Op.JUMP_TO, 0, a, 0, 0);
        ended = true;
    }

    /** Ends the block: a conditional branch of {@link Op} to a fixed address, else to the next instruction. */
    public void branch(int op, int x, int y, long address) {
        if (!Op.isBranch(op)) {
            throw new IllegalArgumentException(Op.name(op) + " is not a branch");
        }
        int a = materialize(x);
        int b = materialize(y);
        target = address;
        emit(op, 0, a, b, 0);
        ended = true;
    }

    /** Ends the block after a {@link Helper#SYSTEM} helper: the dispatcher goes on at the next instruction. */
    public void exit() {
        emit(Op.EXIT, 0, 0, 0, 0);
        ended = true;
    }

    /** Ends the block after a {@link Helper#SYSTEM} helper that has set the program counter. */
    public void exitSet() {
        emit(Op.EXIT_SET, 0, 0, 0, 0);
        ended = true;
    }

    /** True when the block has its terminator. */
    public boolean ended() {
        return ended;
    }
}
