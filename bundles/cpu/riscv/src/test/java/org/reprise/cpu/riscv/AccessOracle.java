package org.reprise.cpu.riscv;

import java.util.ArrayList;
import java.util.List;
import org.reprise.api.cpu.WatchListener.Access;
import org.reprise.api.cpu.Watchpoint;

/**
 * Says which accesses a program makes, without watchpoints: runs it instruction by instruction, takes each apart as the manual says, and looks at
 * memory before and after. Ranges are compared byte by byte.
 */
final class AccessOracle {
    private final WatchedProgram program;
    private final TinyMachine machine;
    private final WatchedProgram.Registers device;
    private final List<String> told = new ArrayList<>();
    /** Those of them that cross a page end, go to the device, are atomic, are floating-point, and that the handler made. */
    int crossing;
    int devices;
    int atomics;
    int floats;
    int bare;
    private long retired;
    /** Of the present instruction. */
    private long pc;

    AccessOracle(WatchedProgram program, TinyMachine machine, WatchedProgram.Registers device) {
        this.program = program;
        this.machine = machine;
        this.device = device;
    }

    static String line(long icount, long pc, Access a) {
        return icount + " pc=" + Long.toHexString(pc) + " " + a;
    }

    /** Runs so many instructions. @return the accesses that are watched */
    List<String> run(long instructions) {
        while (retired < instructions) {
            step();
        }
        return told;
    }

    private long plain(long address) {
        return program.xlen == 32 ? address & 0xffffffffL : address;
    }

    private long physical(long va, boolean translated) {
        long a = plain(va);
        Long page = translated ? program.pages.get(a & -4096L) : Long.valueOf(a & -4096L);
        return page == null ? -1 : page | a & 4095;
    }

    private long memory(long va, int size, boolean translated) {
        long value = 0;
        for (int i = 0; i < size; i++) {
            long at = physical(va + i, translated);
            if (at < TinyMachine.BASE) {
                return 0;
            }
            value |= machine.memory.read(at, 1) << 8 * i;
        }
        return value;
    }

    private void step() {
        RiscvCpu cpu = machine.cpu;
        boolean translated = program.paged && cpu.csr.privilege != 3;
        pc = cpu.pc;
        long fetched = translated ? TinyMachine.BASE + (plain(pc) - 0x40000000L) : plain(pc);
        int word = (int) machine.memory.read(fetched, 4);
        int opcode = word & 127;
        int size = 1 << (word >>> 12 & 3);
        int rd = word >>> 7 & 31;
        int rs2 = word >>> 20 & 31;
        boolean load = opcode == 0x03 || opcode == 0x07;
        boolean store = opcode == 0x23 || opcode == 0x27;
        boolean atomic = opcode == 0x2f;
        int function = word >>> 27;
        long imm = load ? word >> 20 : store ? word >> 25 << 5 | rd : 0;
        long va = machine.x(word >>> 15 & 31) + imm;
        long before = load || atomic ? memory(va, size, translated) : 0;
        long operand = opcode == 0x27 ? cpu.v[RiscvCpu.F0 + rs2] : machine.x(rs2);
        if (cpu.step() == 0) {
            return;
        }
        long physical = load || store || atomic ? physical(va, translated) : 0;
        int seen = told.size();
        boolean registers = physical >= WatchedProgram.DEVICE && physical < WatchedProgram.DEVICE + 0x1000;
        if (load || atomic && function != 3) {
            access(va, physical, translated, size, false, registers ? device.read : before);
        }
        if (store) {
            access(va, physical, translated, size, true, operand);
        } else if (atomic && (function == 3 ? machine.x(rd) == 0 : function != 2)) {
            access(va, physical, translated, size, true, registers ? device.written : memory(va, size, translated));
        }
        atomics += atomic ? told.size() - seen : 0;
        floats += opcode == 0x07 || opcode == 0x27 ? told.size() - seen : 0;
        retired++;
    }

    private void access(long va, long physical, boolean translated, int size, boolean write, long value) {
        for (Watchpoint p : program.points) {
            for (int i = 0; i < size && (write ? p.writes() : p.reads()); i++) {
                long at = p.physical() ? physical(va + i, translated) : plain(va + i);
                if (at >= p.address() && at < p.address() + p.length()) {
                    crossing += (va & 4095) + size > 4096 ? 1 : 0;
                    devices += physical < TinyMachine.BASE ? 1 : 0;
                    bare += machine.cpu.csr.privilege == 3 ? 1 : 0;
                    long seen = size == 8 ? value : value & (1L << 8 * size) - 1;
                    told.add(line(retired, pc, new Access(p, plain(va), physical, size, write, seen)));
                    return;
                }
            }
        }
    }
}
