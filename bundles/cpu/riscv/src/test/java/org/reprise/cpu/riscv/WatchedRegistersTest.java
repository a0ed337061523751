package org.reprise.cpu.riscv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.reprise.api.cpu.InstructionSet;
import org.reprise.api.cpu.InstructionSet.Instruction;
import org.reprise.api.cpu.InstructionSet.Operand;
import org.reprise.api.cpu.WatchListener;
import org.reprise.api.cpu.Watchpoint;

/** Watched registers: each instruction that writes one is told of, as its disassembly says it, in every mode, and the guest sees nothing of it. */
class WatchedRegistersTest {
    private static final long INSTRUCTIONS = 6_000;
    private static final int PROGRAMS = Integer.getInteger("reprise.soak", 4);
    private static final Map<String, String> INTERPRETER = Map.of("translator.mode", "interpreter");
    private static final List<Map<String, String>> MODES = List.of(INTERPRETER,
        Map.of("translator.mode", "compile", "translator.promotion", "1000"),
        Map.of("translator.mode", "compile", "translator.promotion", "1"),
        Map.of("translator.mode", "mixed", "translator.threshold", "3", "translator.promotion", "1000"));
    /** First operands that are read, or are none. */
    private static final Set<String> WRITE_NOTHING = Set.of("sb", "sh", "sw", "sd", "fsw", "fsd", "c.sw", "c.sd", "c.fsw", "c.fsd", "c.swsp", "c.sdsp",
        "c.fswsp", "c.fsdsp", "beq", "bne", "blt", "bge", "bltu", "bgeu", "c.beqz", "c.bnez", "c.j", "c.jr", "fence", "fence.i", "ecall", "ebreak",
        "c.ebreak", "c.nop", "mret", "sret", "wfi", "sfence.vma");

    /** The number of the register that an instruction writes, by its text; -1 for none. */
    private static int written(RiscvCpu cpu, String disassembled) {
        String[] words = disassembled.split("[ ,]+");
        if (WRITE_NOTHING.contains(words[0]) || words[0].startsWith(".")) {
            return -1;
        }
        int register = cpu.registerNumber(words[0].equals("c.jal") || words[0].equals("c.jalr") ? "ra" : words[1]);
        assertTrue(register >= 0, disassembled);
        return register == 0 ? -1 : register;
    }

    private static List<Watchpoint> all() {
        List<Watchpoint> points = new ArrayList<>();
        for (int register = 1; register < 65; register++) {
            if (register != 32) {
                points.add(Watchpoint.register(0, register));
            }
        }
        return points;
    }

    @ParameterizedTest
    @ValueSource(ints = {64, 32})
    void everyInstructionWritesWhatItsTextSays(int xlen) {
        InstructionSet set = new RiscvArchitecture().instructions("rv" + xlen);
        Random r = new Random(7);
        int writers = 0;
        for (Map<String, String> mode : MODES.subList(0, 2)) {
            try (TinyMachine m = new TinyMachine(mode, xlen)) {
                List<WatchListener.Access> told = new ArrayList<>();
                m.cpu.watch(all(), access -> {
                    told.add(access);
                    return false;
                });
                m.cpu.csr.mtvec = TinyMachine.BASE + 0x8000;
                m.put(TinyMachine.BASE + 0x8000, Asm.jal(0, 0));
                long pc = TinyMachine.BASE + 0x1000;
                for (Instruction i : set.instructions()) {
                    if (Set.of("mret", "sret", "wfi").contains(i.name())) {
                        continue;
                    }
                    for (int n = 0; n < 6; n++) {
                        long word = i.match();
                        for (Operand o : i.operands()) {
                            word = o.insert(word, o.kind().equals("csr") ? 0x340 : n == 0 ? 1 : r.nextInt());
                        }
                        m.memory.writeBytes(pc, set.bytes(word, i.bytes()), 0, i.bytes());
                        for (int x = 1; x < 32; x++) {
                            m.x(x, (xlen == 32 ? (int) TinyMachine.BASE : TinyMachine.BASE) + 0x40000);
                        }
                        m.cpu.csr.mstatus |= RiscvCsr.FS;
                        m.cpu.csr.privilege = 3;
                        m.cpu.modeChanged();
                        m.cpu.sendTo(xlen == 32 ? (int) pc : pc);
                        String text = m.cpu.disassemble(pc);
                        int expected = written(m.cpu, text);
                        told.clear();
                        if (m.cpu.step() == 0) {
                            expected = -1;
                        }
                        assertEquals(expected < 0 ? 0 : 1, told.size(), text);
                        if (expected >= 0) {
                            writers++;
                            assertEquals(expected, told.get(0).address(), text);
                            long value = m.cpu.register(expected);
                            assertEquals(xlen == 32 && expected < 33 ? value & 0xffffffffL : value, told.get(0).value(), text);
                        }
                        pc += 8;
                    }
                }
            }
        }
        assertTrue(writers > 1500, writers + " writers");
    }

    private static String state(TinyMachine m) {
        RiscvCpu c = m.cpu;
        return java.util.Arrays.toString(java.util.Arrays.copyOf(c.v, RiscvCpu.SLOTS)) + " pc=" + c.pc + " mepc=" + c.csr.mepc + " memory="
            + Long.toHexString(m.memory.digest()) + " walks=" + c.statistics().get("page walks");
    }

    /** Programs that loop, trap and miss the TLB; all modes tell the same as stepping and looking at the text of each instruction. */
    @ParameterizedTest
    @CsvSource({"64, true", "64, false", "32, true"})
    void everyModeTellsWhatSteppingFinds(int xlen, boolean paged) {
        int found = 0;
        for (int n = 0; n < PROGRAMS; n++) {
            WatchedProgram program = new WatchedProgram(n, xlen, paged, false);
            Random r = new Random(n);
            // one that loops write, one of the handler's, one that few write
            List<Integer> registers = List.of(5 + r.nextInt(11), 31, 33 + 1 + r.nextInt(11), 16 + r.nextInt(10));
            List<String> expected = new ArrayList<>();
            String state;
            try (TinyMachine m = new TinyMachine(INTERPRETER, xlen)) {
                program.load(m);
                for (long retired = 0; retired < INSTRUCTIONS;) {
                    long pc = m.cpu.pc;
                    int register = written(m.cpu, m.cpu.disassemble(pc));
                    if (m.cpu.step() != 0) {
                        if (registers.contains(register)) {
                            expected.add(retired + " pc=" + Long.toHexString(pc) + " " + register + "=" + m.cpu.register(register));
                        }
                        retired++;
                    }
                }
                state = state(m);
            }
            found += expected.size();
            for (Map<String, String> mode : MODES) {
                for (boolean stops : new boolean[] {false, true}) {
                    List<String> told = new ArrayList<>();
                    try (TinyMachine m = new TinyMachine(mode, xlen)) {
                        program.load(m);
                        long[] before = {0};
                        m.cpu.watch(registers.stream().map(register -> Watchpoint.register(0, register)).toList(), access -> {
                            int register = (int) access.address();
                            told.add(before[0] + m.cpu.retired() + " pc=" + Long.toHexString(m.cpu.pc()) + " " + register + "=" + m.cpu.register(register));
                            return stops;
                        });
                        while (before[0] < INSTRUCTIONS) {
                            int seen = told.size();
                            before[0] += m.cpu.run(INSTRUCTIONS - before[0]);
                            assertEquals(stops && told.size() > seen, m.cpu.atWatchpoint());
                        }
                        assertEquals(state, state(m), mode + ", program " + n);
                    }
                    assertEquals(String.join("\n", expected), String.join("\n", told), mode + ", program " + n);
                }
            }
        }
        assertTrue(found > 100 * PROGRAMS, found + " writes");
    }

    @Test
    void whatIsWatchedCanChangeInTheMiddleOfHotCode() {
        try (TinyMachine m = new TinyMachine(MODES.get(1), 64, Asm.addi(5, 5, 1), Asm.addi(6, 6, 0), Asm.jal(0, -8))) {
            long[] told = {0};
            WatchListener listener = access -> {
                told[0]++;
                return false;
            };
            m.cpu.run(3000);
            m.cpu.watch(List.of(Watchpoint.register(0, 6)), listener);
            m.cpu.run(3000);
            assertEquals(1000, told[0], "a write that changes nothing is one");
            m.cpu.watch(List.of(Watchpoint.register(1, 6)), listener);
            m.cpu.run(3000);
            assertEquals(1000, told[0], "another CPU's register");
            m.cpu.watch(List.of(Watchpoint.register(0, 5), Watchpoint.register(0, 6)), listener);
            m.cpu.run(3000);
            assertEquals(3000, told[0]);
            m.cpu.watch(List.of(), listener);
            m.cpu.run(3000);
            assertEquals(3000, told[0]);
            assertEquals(5000, m.x(5));
        }
    }

    @Test
    void registersAreFoundByAllTheirNames() {
        try (TinyMachine m = new TinyMachine(INTERPRETER, 64)) {
            RiscvCpu c = m.cpu;
            assertEquals(8, c.registerNumber("s0"));
            assertEquals(8, c.registerNumber("fp"));
            assertEquals(8, c.registerNumber("x8"));
            assertEquals(c.registerNumber("fa0"), c.registerNumber("f10"));
            assertEquals(43, c.registerNumber("f10"));
            assertEquals(-1, c.registerNumber("x32"));
            for (String name : List.of("zero", "pc", "mstatus", "priv")) {
                int register = c.registerNumber(name);
                assertTrue(register >= 0 && c.unwatchable(register).isPresent(), name);
                assertThrows(IllegalArgumentException.class, () -> c.watch(List.of(Watchpoint.register(0, register)), access -> false), name);
            }
            assertTrue(c.unwatchable(c.registerNumber("t6")).isEmpty() && c.unwatchable(c.registerNumber("ft11")).isEmpty());
        }
    }
}
