package org.reprise.core.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;
import org.reprise.api.machine.MachineState;
import org.reprise.api.replay.Poke;

/** Several CPUs on one thread: turns do not depend on slices, recordings replay, the number of CPUs is one setting. */
class SmpTest {
    private static final long WORD = Workshop.RAM + 0x4000;

    /** The first CPU looks at everything; the others race with it for a word of memory, spin, sleep for ever in the end. */
    private static FakeCpu.Program guest(long length) {
        FakeCpu.Program first = Workshop.guest(length);
        return cpu -> {
            long n = cpu.n();
            if (cpu.context().index() == 0) {
                first.step(cpu);
                cpu.see(cpu.context().memory().read(WORD, 8));
                return;
            }
            long mixed = cpu.context().memory().read(WORD, 8) * 31 + n + cpu.context().index();
            cpu.context().memory().write(WORD, 8, mixed);
            cpu.see(mixed);
            if (n % (37 * cpu.context().index()) == 5) {
                cpu.context().yieldToOthers();
            }
            if (n == 9_000) {
                cpu.waitForInterrupt();
            }
        };
    }

    private static TestParts machine(int cpus, long cap) {
        return Workshop.machine(60_000, 1, false, cap, null).cpu(guest(60_000), false).set("cpus", cpus);
    }

    private static Map<String, Long> run(TestParts parts, MemoryJournal log) throws InterruptedException {
        try (MachineHost machine = parts.machine()) {
            machine.start(log);
            assertTrue(machine.awaitHalt(60_000));
            assertEquals(MachineState.SHUTDOWN, machine.status().state(), machine.problem().toString());
            return machine.digests();
        }
    }

    @ParameterizedTest
    @CsvSource({"2, 250000, 1", "3, 1, 77", "4, 777, 250000", "8, 250000, 3"})
    void aRecordingReplaysWithOtherSlices(int cpus, long cap, long otherCap) throws InterruptedException {
        MemoryJournal log = MemoryJournal.recording();
        Map<String, Long> digests = run(machine(cpus, cap), log);
        assertEquals(cpus, digests.keySet().stream().filter(name -> name.startsWith("cpu")).count());
        MemoryJournal replay = MemoryJournal.replaying(log.written());
        assertEquals(digests, run(machine(cpus, otherCap), replay));
        assertNull(replay.divergence());
    }

    /** In the middle of turns, with registers of both changed. */
    @ParameterizedTest
    @ValueSource(longs = {0, 4_321, 25_000, 59_000})
    void aReplayOfTwoCpusGoesLive(long fork) throws InterruptedException {
        MemoryJournal log = MemoryJournal.recording();
        Map<String, Long> recorded = run(machine(2, 777), log);
        MemoryJournal branch;
        Map<String, Long> lived;
        try (MachineHost machine = machine(2, 250_000).machine()) {
            MemoryJournal replay = MemoryJournal.replaying(log.written());
            machine.startPaused(replay);
            if (fork > 0) {
                machine.travel().run(fork);
            }
            branch = MemoryJournal.continuing(log.written().subList(0, (int) replay.events()));
            Map<String, Long> before = machine.digests();
            machine.travel().goLive(branch);
            assertEquals(before, machine.digests());
            machine.travel().poke(List.of(new Poke.Register(0, "acc", 1), new Poke.Register(1, "acc", 2), new Poke.Memory(1, WORD, new byte[] {1, 2, 3, 4, 5, 6, 7, 8})));
            machine.resume();
            assertTrue(machine.awaitHalt(60_000));
            assertEquals(MachineState.SHUTDOWN, machine.status().state(), machine.problem().toString());
            lived = machine.digests();
        }
        MemoryJournal again = MemoryJournal.replaying(branch.written());
        assertEquals(lived, run(machine(2, 313), again));
        assertNull(again.divergence());
        assertNotEquals(recorded.get("cpu1"), lived.get("cpu1"));
        assertEquals(recorded, run(machine(2, 1), MemoryJournal.replaying(log.written())));
    }

    @Test
    void cpusStandBehindEachOtherInTheListOfParts() {
        try (MachineHost machine = machine(3, 1).machine()) {
            assertEquals(List.of("disk0", "cpu0", "cpu1", "cpu2"), machine.partNames().subList(0, 4));
            assertEquals(List.of("cpu0", "cpu1", "cpu2", "ram"), machine.digestComponents().subList(0, 4));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 9, -1})
    void aNumberOfCpusOutOfRangeIsRefused(int cpus) {
        MachineException e = assertThrows(MachineException.class, () -> {
            try (MachineHost machine = machine(cpus, 1).machine()) {
                machine.start();
            }
        });
        assertEquals(ExitCode.CONFIGURATION, e.code());
        assertTrue(e.getMessage().contains("cpus") && e.getMessage().contains("1..8"), e.getMessage());
    }

    @Test
    void eachCpuSeesTheOthersWork() throws InterruptedException {
        assertNotEquals(run(machine(2, 250_000), null).get("cpu0"), run(machine(3, 250_000), null).get("cpu0"));
    }
}
