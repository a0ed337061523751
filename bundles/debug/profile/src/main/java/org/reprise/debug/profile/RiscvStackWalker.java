package org.reprise.debug.profile;

import org.reprise.api.cpu.Cpu;
import org.reprise.api.debug.Symbol;
import org.reprise.api.debug.Symbols;
import org.reprise.api.machine.Observer.Sight;

/**
 * Follows frame pointers ("RISC-V ABIs Specification", "Frame Pointer Convention"): s0 points to the end of a function's frame, below it
 * lie the return address and the caller's s0. Linux is built so; programs mostly are not, then the walk ends at once, because what
 * follows no call instruction is no return address.
 *
 * <p>The innermost function may have no frame: not yet, not any more, or because it calls nobody. A function that saves s0 alone has it
 * where the return address would be. Register ra tells the caller then.
 */
final class RiscvStackWalker implements StackWalker {
    /** Frames are not greater. */
    private static final long GREATEST = 1 << 16;
    /** An interrupt's stack, the task's stack, a stack of last resort: so often may the frame pointer go somewhere else. */
    private static final int STACKS = 3;

    private final int word;
    private final long mask;
    private final int ra;
    private final int sp;
    private final int fp;
    private final byte[] pair;
    private final byte[] instruction = new byte[4];
    private Sight sight;
    private Symbols symbols;

    RiscvStackWalker(Cpu cpu) {
        ra = Registers.index(cpu, "ra");
        sp = Registers.index(cpu, "sp");
        fp = Registers.index(cpu, "fp");
        word = cpu.registers().get(sp).bits() / 8;
        mask = word == 8 ? -1L : 0xffff_ffffL;
        pair = new byte[2 * word];
    }

    @Override
    public int walk(Sight now, Symbols known, long[] into) {
        sight = now;
        symbols = known;
        Cpu cpu = now.cpu();
        into[0] = cpu.pc() & mask;
        int n = 1;
        long frame = cpu.register(fp) & mask;
        long back = cpu.register(ra) & mask;
        boolean framed = frame - (cpu.register(sp) & mask) >= 0 && frame - (cpu.register(sp) & mask) <= GREATEST && read(frame);
        boolean above = framed && second() > frame && second() - frame <= GREATEST && second() % word == 0;
        if (framed && !returns(second()) && above && returns(back)) {
            // saves s0 alone
            into[n++] = back;
            frame = second();
        } else if ((!framed || second() != back) && elsewhere(into[0], back)) {
            into[n++] = back;
        }
        return framed ? follow(frame, into, n) : n;
    }

    private int follow(long start, long[] into, int already) {
        int n = already;
        long frame = start;
        int stacks = 0;
        boolean other = false;
        while (n < into.length && frame % word == 0 && read(frame)) {
            long back = second();
            // what is on another stack must be a function that is known, else a kernel's callers would go on with those of a program
            if (!returns(back) || other && symbols.find(back - 1) == null) {
                break;
            }
            into[n++] = back;
            long next = first();
            other = next - frame <= 0 || next - frame > GREATEST;
            if (other && ++stacks > STACKS) {
                break;
            }
            frame = next;
        }
        return n;
    }

    private boolean read(long frame) {
        return frame != 0 && sight.read(frame - pair.length, pair) == pair.length;
    }

    /** The caller's frame pointer. */
    private long first() {
        return value(0);
    }

    /** The return address. */
    private long second() {
        return value(word);
    }

    private long value(int at) {
        long value = 0;
        for (int i = word - 1; i >= 0; i--) {
            value = value << 8 | pair[at + i] & 0xff;
        }
        return value;
    }

    /** A return address into another function than the one that the CPU is in. */
    private boolean elsewhere(long pc, long back) {
        Symbol here = symbols.find(pc);
        Symbol there = symbols.find(back - 1);
        return here != null && there != null && !here.equals(there) && returns(back);
    }

    /** Whether a call ends there: jal or jalr with rd = ra, c.jalr, and c.jal in RV32 ("RISC-V Instruction Set Manual", volume I). */
    private boolean returns(long address) {
        if ((address & 1) != 0 || Long.compareUnsigned(address, instruction.length) < 0
                || sight.read(address - instruction.length, instruction) < instruction.length) {
            return false;
        }
        int low = instruction[0] & 0xff | (instruction[1] & 0xff) << 8;
        int high = instruction[2] & 0xff | (instruction[3] & 0xff) << 8;
        boolean call = (low & 0xfff) == 0xef || (low & 0xfff) == 0xe7;
        boolean compressed = (high & 0xf07f) == 0x9002 && (high & 0xf80) != 0 || word == 4 && (high & 0xe003) == 0x2001;
        return call || compressed;
    }
}
