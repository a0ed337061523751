package org.reprise.core.translator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reprise.api.cpu.WatchListener;
import org.reprise.api.cpu.Watchpoint;
import org.reprise.api.memory.MmioHandler;
import org.reprise.core.memory.PhysicalMemory;

/** Random programs, with self-modification, faults, device accesses and interrupts, run the same in every mode and with every budget. */
class TranslationIsInvisibleTest {
    /** The lower half is code, the upper half data; stores go to both. */
    private static final int RAM = 0x7000;
    private static final int CODE = 0x4000;

    /** Random programs of the longest test; a soak sets more. */
    private static final int PROGRAMS = Integer.getInteger("reprise.soak", 160);

    /** A device whose reads depend on how often it was accessed: an access too many or too few shows. Some writes ask for an interrupt. */
    private static final class Counter implements MmioHandler {
        long count;
        ToyCpu cpu;

        @Override
        public long read(long offset, int size) {
            return ++count * 0x0101010101010101L + offset;
        }

        @Override
        public void write(long offset, int size, long value) {
            count = count * 31 + value + offset + size;
            if ((count & 3) == 0) {
                cpu.line = true;
                cpu.attention();
            }
        }
    }

    private record Outcome(long[] registers, long pc, long traps, long interrupts, long device, long digest) {
        @Override
        public boolean equals(Object o) {
            return o instanceof Outcome p && Arrays.equals(registers, p.registers) && pc == p.pc && traps == p.traps
                && interrupts == p.interrupts && device == p.device && digest == p.digest;
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(registers);
        }

        @Override
        public String toString() {
            return Arrays.toString(registers) + " pc=" + pc + " traps=" + traps + " interrupts=" + interrupts + " device=" + device
                + " digest=" + Long.toHexString(digest);
        }
    }

    private static int instruction(Random r) {
        int kind = r.nextInt(100);
        int op;
        if (kind < 58) {
            op = r.nextInt(Op.SELECT + 1);
        } else if (kind < 72) {
            op = ToyCpu.LOADS + r.nextInt(7);
        } else if (kind < 77) {
            op = ToyCpu.STORES + r.nextInt(4);
        } else if (kind < 93) {
            op = ToyCpu.BRANCHES + r.nextInt(6);
        } else {
            op = ToyCpu.JUMP + r.nextInt(6);
        }
        return op | r.nextInt() & 0xffffff00;
    }

    private static Outcome run(long seed, Map<String, String> settings, long total, boolean split, boolean digests) {
        return run(seed, settings, total, split, digests, false, null, null);
    }

    /** Told of what is watched: keeps it with its position, or wants to stop now and then. */
    private static final class Watcher implements WatchListener {
        final List<String> told = new ArrayList<>();
        /** Watchpoints come and go, and stop the CPU; else they stay, and all that they see is kept. */
        final boolean comeAndGo;
        private ToyCpu cpu;
        private PhysicalMemory memory;
        private long before;
        private long stopAt = -1;

        Watcher(boolean comeAndGo) {
            this.comeAndGo = comeAndGo;
        }

        @Override
        public boolean accessed(Access a) {
            assertTrue(a.write() ? a.point().writes() : a.point().reads(), a.toString());
            if ((a.address() & 4095) + a.size() <= 4096) {
                assertTrue(a.point().touches(a.point().physical() ? a.physical() : a.address(), a.size()), a.toString());
                if (a.write() && a.physical() + a.size() <= RAM) {
                    assertEquals(memory.read(a.physical(), a.size()), a.value(), "the access is done");
                }
            }
            long at = before + cpu.retired();
            if (!comeAndGo) {
                told.add(at + " pc=" + Long.toHexString(cpu.pc()) + " " + a);
                return false;
            }
            if (a.value() % 3 == 0) {
                stopAt = at;
                return true;
            }
            return false;
        }

        /** @return how far the CPU may go: the whole of the budget when nobody wanted to stop */
        long expected(long budget) {
            assertEquals(stopAt != -1, cpu.atWatchpoint());
            long ran = stopAt == -1 ? budget : stopAt + 1 - before;
            stopAt = -1;
            return ran;
        }

        static List<Watchpoint> points(Random r) {
            List<Watchpoint> points = new ArrayList<>();
            for (int i = r.nextInt(6); i > 0; i--) {
                points.add(new Watchpoint(Watchpoint.Kind.values()[r.nextInt(3)], r.nextInt(RAM + 0x200), 1 + r.nextInt(r.nextInt(3) == 0 ? 0x1800 : 64),
                    r.nextBoolean()));
            }
            return points;
        }
    }

    /**
     * @param debugged breakpoints come and go, and what they halt is stepped on
     * @param watcher told of what is watched, or null
     * @param passed gets the instructions with breakpoints that are passed, which stop nothing; or null
     */
    private static Outcome run(long seed, Map<String, String> settings, long total, boolean split, boolean digests, boolean debugged, Watcher watcher,
            List<String> passed) {
        Random r = new Random(seed);
        Counter counter = new Counter();
        try (PhysicalMemory memory = new PhysicalMemory()) {
            memory.addRam("ram", 0, RAM);
            memory.addMmio("counter", RAM, 0x100, counter);
            for (int i = 0; i < CODE; i += 4) {
                memory.write(i, 4, instruction(r));
            }
            for (int i = CODE; i < RAM; i += 8) {
                memory.write(i, 8, r.nextInt(0x6000));
            }
            ToyCpu cpu = new ToyCpu(memory, new ToyConfig(settings));
            counter.cpu = cpu;
            if (watcher != null) {
                watcher.cpu = cpu;
                watcher.memory = memory;
                cpu.watch(Watcher.points(new Random(seed * 0x9e3779b97f4a7c15L)), watcher);
            }
            cpu.reset();
            for (int i = 1; i < 16; i++) {
                cpu.v[i] = r.nextInt(4) == 0 ? r.nextLong() : r.nextInt(0x6000);
            }
            // where a cache lies is chance: it must not choose the slices
            Map<String, String> chosen = new HashMap<>(settings);
            chosen.remove("translator.cache");
            Random budgets = new Random(seed + chosen.hashCode());
            long[] before = new long[1];
            for (long done = 0; done < total;) {
                // interrupts come at fixed instruction counts, whatever the slices are
                long toInterrupt = 997 - done % 997;
                long budget = Math.min(total - done, toInterrupt);
                if (split) {
                    budget = Math.min(budget, 1 + budgets.nextInt(300));
                }
                if (debugged && budgets.nextInt(4) == 0) {
                    cpu.breakpoints(budgets.longs(budgets.nextInt(4), 0, RAM / 4).map(a -> a * 4).toArray());
                }
                if (passed != null && (done == 0 || split && budgets.nextInt(20) == 0)) {
                    cpu.breakpoints(new Random(seed).longs(CODE / 40, 0, CODE / 4).map(a -> a * 4).toArray(), address -> {
                        passed.add(before[0] + cpu.retired() + " " + Long.toHexString(address));
                        return false;
                    });
                }
                before[0] = done;
                if (watcher != null) {
                    watcher.before = done;
                    if (watcher.comeAndGo && budgets.nextInt(4) == 0) {
                        cpu.watch(Watcher.points(budgets), watcher);
                    }
                }
                long ran = cpu.run(budget);
                if (watcher != null) {
                    assertEquals(watcher.expected(budget), ran);
                } else if (debugged && cpu.atBreakpoint()) {
                    assertTrue(cpu.isBreakpoint(cpu.pc), "halted at 0x" + Long.toHexString(cpu.pc));
                    if (ran < budget) {
                        ran += cpu.step();
                    }
                } else {
                    assertTrue(ran == budget, "ran " + ran + " of " + budget);
                }
                done += ran;
                if (ran == 0) {
                    continue;
                }
                if (digests && budgets.nextInt(8) == 0) {
                    memory.digest();
                }
                if (done % 997 == 0) {
                    cpu.line = true;
                }
            }
            cpu.close();
            return new Outcome(Arrays.copyOf(cpu.v, ToyCpu.SLOTS), cpu.pc, cpu.traps, cpu.interrupts, counter.count, memory.digest());
        }
    }

    /** Two CPUs on one memory, in turns: each writes over the other's code and uses what the other had compiled. */
    private static List<Outcome> runTwo(long seed, Map<String, String> settings, long total, boolean split) {
        Random r = new Random(seed);
        Counter counter = new Counter();
        try (PhysicalMemory memory = new PhysicalMemory()) {
            memory.addRam("ram", 0, RAM);
            memory.addMmio("counter", RAM, 0x100, counter);
            for (int i = 0; i < CODE; i += 4) {
                memory.write(i, 4, instruction(r));
            }
            Map<String, Object> shared = new HashMap<>();
            ToyCpu[] cpus = new ToyCpu[2];
            for (int i = 0; i < cpus.length; i++) {
                cpus[i] = new ToyCpu(memory, new ToyConfig(settings), shared);
                cpus[i].reset();
                for (int x = 1; x < 16; x++) {
                    cpus[i].v[x] = r.nextInt(4) == 0 ? r.nextLong() : r.nextInt(0x6000);
                }
            }
            Random budgets = new Random(seed + settings.hashCode());
            for (long done = 0, turn = 0; done < total; turn++) {
                ToyCpu cpu = cpus[(int) turn & 1];
                counter.cpu = cpu;
                for (long left = 173; left > 0;) {
                    long ran = cpu.run(split ? Math.min(left, 1 + budgets.nextInt(90)) : left);
                    left -= ran;
                    done += ran;
                }
                cpu.line = turn % 7 == 0;
            }
            List<Outcome> outcomes = new ArrayList<>();
            for (ToyCpu cpu : cpus) {
                cpu.close();
                outcomes.add(new Outcome(Arrays.copyOf(cpu.v, ToyCpu.SLOTS), cpu.pc, cpu.traps, cpu.interrupts, counter.count, memory.digest()));
            }
            if (settings.containsKey("translator.promotion")) {
                reused += cpus[1].statistics().get("regions whose code another one had");
            }
            return outcomes;
        }
    }

    private static long reused;

    @Test
    void cpusThatShareCodeGiveTheSameStateAsInterpreters() {
        reused = 0;
        for (long seed = 50_000; seed < 50_000 + PROGRAMS / 2; seed++) {
            List<Outcome> expected = runTwo(seed, Map.of("translator.mode", "interpreter"), 40_000, false);
            assertEquals(expected, runTwo(seed, Map.of("translator.mode", "compile", "translator.promotion", "500"), 40_000, true), "compile, seed " + seed);
            assertEquals(expected, runTwo(seed, Map.of("translator.mode", "mixed", "translator.threshold", "3"), 40_000, true), "mixed, seed " + seed);
        }
        assertTrue(reused > PROGRAMS, reused + " regions used code that was there");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void everyModeGivesTheSameStateAsTheInterpreter(long part) {
        for (long seed = part * 1000; seed < part * 1000 + 60; seed++) {
            long total = 20_000;
            Outcome expected = run(seed, Map.of("translator.mode", "interpreter"), total, false, false);
            assertEquals(expected, run(seed, Map.of("translator.mode", "interpreter"), total, true, true), "interpreter, split, seed " + seed);
            assertEquals(expected, run(seed, Map.of("translator.mode", "compile"), total, false, false), "compile, seed " + seed);
            assertEquals(expected, run(seed, Map.of("translator.mode", "compile"), total, true, true), "compile, split, seed " + seed);
            assertEquals(expected, run(seed, Map.of("translator.mode", "mixed", "translator.threshold", "3"), total, true, true),
                "mixed, seed " + seed);
        }
    }

    /**
     * Any choice of passes, thresholds and sizes; every region hot, or every other; the IR verified after each pass; with a translation
     * cache that remembers other programs, and this one as well in a second run.
     */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void everyChoiceOfPassesGivesTheSameStateAsTheInterpreter(long part, @TempDir Path folder) {
        Random choices = new Random(part);
        long total = 20_000;
        long runs = 0;
        for (long i = 0; i < PROGRAMS / 4; i++) {
            long seed = part * 1_000_000_000 + i;
            Outcome expected = run(seed, Map.of("translator.mode", "interpreter"), total, false, false);
            Map<String, String> settings = choice(choices);
            assertEquals(expected, run(seed, settings, total, true, true), settings + ", seed " + seed);
            runs++;
            if (i % 4 == 0) {
                settings.put("translator.cache", folder.toString());
                for (String state : List.of("knows other programs", "knows this program")) {
                    assertEquals(expected, run(seed, settings, total, true, true), settings + ", seed " + seed + ", the cache " + state);
                    runs++;
                }
            }
        }
        if (Integer.getInteger("reprise.soak") != null) {
            System.out.printf("soak, part %d of 4: %,d programs, %,d comparisons, %,d instructions in each mode, no difference%n", part,
                PROGRAMS / 4, runs, runs * total);
        }
    }

    private static Map<String, String> choice(Random r) {
        StringBuilder passes = new StringBuilder("none");
        for (String name : Passes.names()) {
            if (r.nextInt(3) != 0) {
                passes.append(',').append(name);
            }
        }
        return new HashMap<>(Map.of("translator.mode", r.nextInt(4) == 0 ? "mixed" : "compile", "translator.passes", passes.toString(),
            "translator.verify", "true", "translator.promotion", List.of("1", "100", "2000").get(r.nextInt(3)),
            "translator.region", List.of("1", "10", "100", "2000").get(r.nextInt(4)),
            "translator.threshold", List.of("0", "1", "3", "10", "50").get(r.nextInt(5))));
    }

    /** Breakpoints halt exactly where they are, in compiled code too, and neither they nor single steps change what the guest does. */
    @ParameterizedTest
    @ValueSource(strings = {"interpreter", "compile", "mixed"})
    void breakpointsAndStepsAreInvisible(String mode) {
        for (long seed = 7000; seed < 7040; seed++) {
            long total = 20_000;
            Outcome expected = run(seed, Map.of("translator.mode", "interpreter"), total, false, false);
            assertEquals(expected, run(seed, Map.of("translator.mode", mode, "translator.threshold", "3"), total, true, true, true, null, null), mode
                + ", seed " + seed);
        }
    }

    /** Breakpoints that stop nothing are told of each time that their instruction is about to be executed, in loops of compiled code, too. */
    @ParameterizedTest
    @ValueSource(strings = {"interpreter", "compile", "mixed"})
    void breakpointsThatStopNothingAreAllPassed(String mode) {
        long all = 0;
        for (long seed = 9000; seed < 9080; seed++) {
            long total = 20_000;
            List<String> expected = new ArrayList<>();
            Outcome end = run(seed, Map.of("translator.mode", "interpreter"), total, false, false, false, null, expected);
            List<String> passed = new ArrayList<>();
            Map<String, String> settings = Map.of("translator.mode", mode, "translator.threshold", "3", "translator.promotion", "500");
            assertEquals(end, run(seed, settings, total, true, true, false, null, passed), mode + ", seed " + seed);
            assertEquals(expected, passed, mode + ", seed " + seed);
            all += expected.size();
        }
        assertTrue(all > 10_000, all + " breakpoints were passed");
    }

    /** Watchpoints change nothing that the guest sees, stop exactly behind the instruction, and see the same in every mode. */
    @ParameterizedTest
    @ValueSource(strings = {"interpreter", "compile", "mixed"})
    void watchpointsAreInvisibleAndSeeTheSame(String mode) {
        Map<String, String> settings = Map.of("translator.mode", mode, "translator.threshold", "3", "translator.promotion", "500");
        Map<String, String> interpreter = Map.of("translator.mode", "interpreter");
        long seen = 0;
        for (long seed = 8000; seed < 8080; seed++) {
            long total = 20_000;
            Outcome expected = run(seed, interpreter, total, false, false);
            assertEquals(expected, run(seed, settings, total, true, true, false, new Watcher(true), null), mode + ", seed " + seed);
            Watcher reference = new Watcher(false);
            assertEquals(expected, run(seed, interpreter, total, false, false, false, reference, null), "interpreter, seed " + seed);
            Watcher watcher = new Watcher(false);
            assertEquals(expected, run(seed, settings, total, true, true, false, watcher, null), mode + ", seed " + seed);
            assertEquals(reference.told, watcher.told, mode + ", seed " + seed);
            seen += reference.told.size();
        }
        assertTrue(seen > 2000, seen + " accesses were seen");
    }

    /** An instruction that does nothing has no operations: it is fetched again all the same when the store before it has changed it. */
    @ParameterizedTest
    @ValueSource(strings = {"interpreter", "compile"})
    void aStoreIsSeenByTheNextInstructionAlsoWhenThatDidNothing(String mode) {
        try (PhysicalMemory memory = new PhysicalMemory()) {
            memory.addRam("ram", 0, RAM);
            // 0: word at r4 = r3 ; 4: r1 += 0 ; 8: r2 += r1 ; c: jump 0
            memory.write(0, 4, ToyCpu.STORES + 2 | 2 << 8 | 4 << 16);
            memory.write(4, 4, Op.ADD | 0 << 8 | 1 << 16);
            memory.write(8, 4, Op.ADD | 1 << 8 | 2 << 16 | 1 << 24);
            memory.write(12, 4, ToyCpu.JUMP | (-3 * 2 & 0xff) << 24);
            ToyCpu cpu = new ToyCpu(memory, new ToyConfig(Map.of("translator.mode", mode)));
            cpu.reset();
            // elsewhere first, so that there is compiled code
            cpu.v[3] = 0;
            cpu.v[4] = CODE;
            cpu.run(40);
            assertEquals(0, cpu.v[1]);
            // now r1 += 1 * 0x1234567
            cpu.v[3] = Op.ADD + 1 | 0 << 8 | 1 << 16 | 1 << 24;
            cpu.v[4] = 4;
            cpu.run(2);
            assertEquals(0x1234567, cpu.v[1]);
            assertEquals(8, cpu.pc);
            cpu.close();
        }
    }

    @Test
    void hotLoopsAreCompiledAsRegionsOfSeveralBlocks() throws InterruptedException {
        try (PhysicalMemory memory = new PhysicalMemory()) {
            memory.addRam("ram", 0, RAM);
            // 0: r1 += 0x1234567 ; 4: if (r1 == r3) skip ; 8: r2 += r1 ; c: jump 0
            memory.write(0, 4, Op.ADD + 1 | 0 << 8 | 1 << 16 | 1 << 24);
            memory.write(4, 4, ToyCpu.BRANCHES | 0 << 8 | 3 << 16 | 4 << 24);
            memory.write(8, 4, Op.ADD | 1 << 8 | 2 << 16 | 1 << 24);
            memory.write(12, 4, ToyCpu.JUMP | (-3 * 2 & 0xff) << 24);
            ToyCpu cpu = new ToyCpu(memory, new ToyConfig(Map.of("translator.mode", "mixed", "translator.threshold", "10")));
            cpu.reset();
            long ran = 0;
            long deadline = 20_000;
            while (cpu.statistics().get("regions") == 0 && deadline-- > 0) {
                ran += cpu.run(100_000);
                Thread.sleep(1);
            }
            long before = cpu.statistics().get("instructions interpreted in whole blocks");
            ran += cpu.run(4_000_000);
            long interpreted = cpu.statistics().get("instructions interpreted in whole blocks") - before;
            assertTrue(cpu.statistics().get("regions") > 0, cpu.statistics().toString());
            assertTrue(interpreted < 400_000, "interpreted " + interpreted);
            assertEquals(0, ran % 4);
            assertEquals(ran / 4 * 0x1234567L, cpu.v[1]);
            cpu.close();
        }
    }

    @Test
    void regionsAreEventsOfTheFlightRecorder(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("regions.jfr");
        try (Recording recording = new Recording()) {
            recording.enable(RegionCompiledEvent.class);
            recording.start();
            run(1, Map.of("translator.mode", "compile"), 2_000, false, false);
            recording.stop();
            recording.dump(file);
        }
        List<RecordedEvent> events = RecordingFile.readAllEvents(file);
        assertTrue(events.size() > 10, events.size() + " events");
        for (RecordedEvent e : events) {
            assertEquals("org.reprise.RegionCompiled", e.getEventType().getName());
            assertTrue(e.getInt("instructions") > 0 && e.getInt("bytecodes") > 0 && e.getLong("address") < CODE, e.toString());
        }
    }
}
