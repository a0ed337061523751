package org.reprise.core.translator;

import org.reprise.api.memory.AddressSpace;
import org.reprise.core.memory.HostMemory;

/** A translated basic block: immutable IR, and what the dispatcher knows about it. */
final class Block extends Dispatched {
    /** Virtual address of the instruction after the last. */
    final long nextPc;
    /** Physical address of the first byte; of the page that the last byte is on, when another (else -1). */
    final long physical;
    final long secondPage;
    /** Operations (see {@link Op}), constants, target of JUMP and branches. */
    final int[] code;
    final long[] pool;
    final long target;
    /** Index in {@link #code} of the first operation of each instruction, and code.length behind the last. */
    final int[] starts;
    /** Offset of each instruction's address from {@link #pc}. */
    final short[] offsets;
    /** Number of instructions. */
    final int length;
    /** Number of temporaries used. */
    final int temps;

    /** False once its code was overwritten. */
    boolean valid = true;
    /** What an earlier run knew of a region that begins here, or null. */
    TranslationCache.Entry remembered;
    /** Times it was entered in the interpreter. */
    int heat;
    /** The regions that this block is part of, or null. */
    java.util.List<CompiledRegion> regions;
    /** The heat at which a region that begins here is asked for. */
    int due;
    /** Regions with this block that are being compiled: no other one is asked for meanwhile. */
    int pending;
    /** Where its computed jump went lately, the latest first: what a region can expect. Null for other terminators until one is seen. */
    long[] targets;
    /** Chain in the code cache's bucket. */
    Block chain;

    Block(long pc, long nextPc, int mode, long physical, long secondPage, int[] code, long[] pool, long target, int[] starts,
            short[] offsets, int temps) {
        super(pc, mode);
        this.nextPc = nextPc;
        this.physical = physical;
        this.secondPage = secondPage;
        this.code = code;
        this.pool = pool;
        this.target = target;
        this.starts = starts;
        this.offsets = offsets;
        this.length = offsets.length;
        this.temps = temps;
    }

    /** Number of the instruction that the operation at index {@code ip} belongs to. */
    int instructionAt(int ip) {
        int low = 0;
        int high = length - 1;
        while (low < high) {
            int mid = (low + high + 1) >>> 1;
            if (starts[mid] <= ip) {
                low = mid;
            } else {
                high = mid - 1;
            }
        }
        return low;
    }

    /** Address of instruction number {@code index}; of the one behind the last for {@code length}. */
    long pcOf(int index) {
        return index == length ? nextPc : pc + offsets[index];
    }

    /** Remembers where the computed jump at the end went. */
    void jumped(long to) {
        long[] t = targets;
        if (t == null) {
            targets = new long[] {to, to, to, to};
        } else if (t[0] != to) {
            int i = 1;
            while (i < t.length - 1 && t[i] != to) {
                i++;
            }
            System.arraycopy(t, 0, t, 1, i);
            t[0] = to;
        }
    }

    /** Hash of its code bytes. */
    long codeHash(AddressSpace memory) {
        long host = memory.hostAddress(physical & -4096L) + (physical & 4095);
        long hash = mode;
        for (long i = 0; i < nextPc - pc; i++) {
            hash = (hash ^ HostMemory.getByte(host + i)) * 0x9e3779b97f4a7c15L;
            hash ^= hash >>> 32;
        }
        return hash;
    }

    /** The terminator's code. */
    int terminator() {
        return code[code.length - 4] & 0xffff;
    }

    /** A listing, for people. */
    String listing(Helper[] helpers) {
        StringBuilder s = new StringBuilder();
        for (int i = 0; i < length; i++) {
            s.append(Long.toHexString(pcOf(i))).append(":\n");
            for (int ip = starts[i]; ip < starts[i + 1]; ip += 4) {
                int op = code[ip] & 0xffff;
                s.append("    ").append(Op.name(op)).append(" d").append(code[ip] >>> 16).append(' ');
                s.append(op == Op.CALL ? helpers[code[ip + 1]] : code[ip + 1]).append(' ').append(code[ip + 2]).append(' ').append(code[ip + 3]);
                s.append('\n');
            }
        }
        return s.toString();
    }
}
