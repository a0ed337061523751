package org.reprise.cpu.riscv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.reprise.api.cpu.WatchListener;

/** Watchpoints see each access exactly, in every mode, and the guest sees nothing of them. */
class WatchpointsTest {
    private static final long INSTRUCTIONS = 6_000;
    /** Random programs for each way of running them; a soak sets more. */
    private static final int PROGRAMS = Integer.getInteger("reprise.soak", 20);
    private static final Map<String, String> INTERPRETER = Map.of("translator.mode", "interpreter");
    private static final List<Map<String, String>> MODES = List.of(INTERPRETER,
        Map.of("translator.mode", "compile", "translator.promotion", "1000"),
        Map.of("translator.mode", "compile", "translator.promotion", "1"),
        Map.of("translator.mode", "mixed", "translator.threshold", "3", "translator.promotion", "1000"));

    /** What the guest can see, and the page walks, which it sees in accessed bits and missing fences. */
    private static String state(TinyMachine m, WatchedProgram.Registers device) {
        RiscvCpu c = m.cpu;
        return Arrays.toString(Arrays.copyOf(c.v, RiscvCpu.SLOTS)) + " pc=" + c.pc + " mepc=" + c.csr.mepc + " mcause=" + c.csr.mcause + " mtval="
            + c.csr.mtval + " mstatus=" + c.csr.mstatus + " reserved=" + c.reservation.valid + " device=" + device.count
            + " memory=" + Long.toHexString(m.memory.digest())
            + " walks=" + c.statistics().get("page walks");
    }

    private static String unwatched(WatchedProgram program) {
        try (TinyMachine m = new TinyMachine(INTERPRETER, program.xlen)) {
            WatchedProgram.Registers device = program.load(m);
            assertEquals(INSTRUCTIONS, m.cpu.run(INSTRUCTIONS));
            return state(m, device);
        }
    }

    /** How a run is cut and stopped. */
    private enum Drive { WHOLE, SLICES, STOPS, STEPS, COME_AND_GO }

    /** @param armed gets the instructions while whose run the watchpoints were set */
    private static String watched(WatchedProgram program, Map<String, String> settings, Drive drive, List<String> told, BitSet armed) {
        try (TinyMachine m = new TinyMachine(settings, program.xlen)) {
            WatchedProgram.Registers device = program.load(m);
            long[] before = {0};
            long[] last = {-1};
            WatchListener listener = access -> {
                last[0] = before[0] + m.cpu.retired();
                told.add(AccessOracle.line(last[0], m.cpu.pc(), access));
                return drive == Drive.STOPS || drive == Drive.STEPS;
            };
            m.cpu.watch(program.points, listener);
            Random r = new Random(program.seed);
            boolean on = true;
            while (before[0] < INSTRUCTIONS) {
                long budget = INSTRUCTIONS - before[0];
                if (drive == Drive.SLICES || drive == Drive.COME_AND_GO) {
                    budget = Math.min(budget, 1 + r.nextInt(400));
                }
                if (drive == Drive.COME_AND_GO) {
                    on = r.nextInt(3) != 0;
                    m.cpu.watch(on ? program.points : List.of(), listener);
                    if (r.nextInt(8) == 0) {
                        m.memory.digest();
                    }
                }
                int seen = told.size();
                long ran = drive == Drive.STEPS ? m.cpu.step() : m.cpu.run(budget);
                boolean stops = drive == Drive.STOPS || drive == Drive.STEPS;
                assertEquals(stops && told.size() > seen, m.cpu.atWatchpoint());
                if (m.cpu.atWatchpoint()) {
                    assertEquals(last[0] + 1, before[0] + ran, "stopped right behind the instruction");
                } else if (drive != Drive.STEPS) {
                    assertEquals(budget, ran);
                }
                armed.set((int) before[0], (int) (before[0] + ran), on);
                before[0] += ran;
            }
            return state(m, device);
        }
    }

    /** Compares all that modes and drives tell, and leave behind, with what is expected. */
    private static void compare(WatchedProgram program, long number, String state, List<String> accesses) {
        for (int mode = 0; mode < MODES.size(); mode++) {
            for (Drive drive : Drive.values()) {
                // all of them in the interpreter, which is quick here; two for each other mode
                if (mode == 0 || (drive.ordinal() + mode + number) % 5 < 2) {
                    List<String> told = new ArrayList<>();
                    String what = MODES.get(mode) + ", " + drive + ", program " + number;
                    BitSet armed = new BitSet();
                    assertEquals(state, watched(program, MODES.get(mode), drive, told, armed), what);
                    List<String> expected = accesses.stream().filter(a -> armed.get(Integer.parseInt(a.substring(0, a.indexOf(' '))))).toList();
                    assertEquals(String.join("\n", expected), String.join("\n", told), what);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"64, true", "64, false", "32, true", "32, false"})
    void everyModeTellsWhatAnOracleFinds(int xlen, boolean paged) {
        int found = 0;
        int[] kinds = new int[5];
        for (int n = 0; n < PROGRAMS; n++) {
            WatchedProgram program = new WatchedProgram(n, xlen, paged, false);
            String state = unwatched(program);
            try (TinyMachine m = new TinyMachine(INTERPRETER, xlen)) {
                WatchedProgram.Registers device = program.load(m);
                AccessOracle oracle = new AccessOracle(program, m, device);
                List<String> accesses = oracle.run(INSTRUCTIONS);
                assertEquals(state, state(m, device), "the oracle itself, program " + n);
                compare(program, n, state, accesses);
                found += accesses.size();
                int[] seen = {oracle.crossing, oracle.atomics, oracle.floats, oracle.bare, oracle.devices};
                Arrays.setAll(kinds, i -> kinds[i] + seen[i]);
            }
        }
        assertTrue(found > 100 * PROGRAMS, found + " accesses");
        for (int i = 0; i < (paged ? 5 : 3); i++) {
            assertTrue(kinds[i] >= 10,
                "crossing, atomic, floating-point, with paging also of the handler and to the device: " + Arrays.toString(kinds));
        }
    }

    /** Page tables and code that change under the program, with fences missing: what it sees depends on the TLB's contents. */
    @ParameterizedTest
    @ValueSource(ints = {64, 32})
    void programsThatSeeTheTlbSeeNoWatchpoints(int xlen) {
        int found = 0;
        for (int n = 1000; n < 1000 + 2 * PROGRAMS; n++) {
            WatchedProgram program = new WatchedProgram(n, xlen, true, true);
            String state = unwatched(program);
            List<String> interpreted = new ArrayList<>();
            assertEquals(state, watched(program, INTERPRETER, Drive.WHOLE, interpreted, new BitSet()), "program " + n);
            compare(program, n, state, interpreted);
            found += interpreted.size();
        }
        assertTrue(found > 50 * PROGRAMS, found + " accesses");
    }
}
