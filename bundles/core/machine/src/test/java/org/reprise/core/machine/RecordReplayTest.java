package org.reprise.core.machine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.reprise.api.character.Console;
import org.reprise.api.machine.MachineException;
import org.reprise.api.machine.MachineState;
import org.reprise.api.machine.ShutdownCause;
import org.reprise.api.random.RandomBackend;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventKind;

class RecordReplayTest {
    private static final long LENGTH = 60_000;
    /** A host that a replay must not touch. */
    private static final HostTime DENIED = new HostTime() {
        @Override
        public long monotonic() {
            return 0;
        }

        @Override
        public long wall() {
            throw new AssertionError("replay reads the host's clock");
        }
    };

    private record Run(Map<String, Long> digests, byte[] output, long icount, long virtual) {
    }

    private static Run result(MachineHost machine) {
        return new Run(machine.digests(), machine.consoles().get(0).history(), machine.status().icount(), machine.status().virtualTime());
    }

    /** Records with input at irregular times. */
    private static Run record(TestParts parts, MemoryJournal journal) throws InterruptedException {
        Random random = new Random();
        try (MachineHost machine = parts.machine()) {
            machine.start(journal);
            Console console = machine.consoles().get(0);
            int typed = 0;
            while (!machine.awaitHalt(1 + random.nextInt(3))) {
                if (typed++ < 200) {
                    console.input(("line " + typed + "\n").getBytes(StandardCharsets.US_ASCII));
                }
                if (random.nextInt(4) == 0) {
                    pauseAndResume(machine);
                }
            }
            assertEquals(MachineState.SHUTDOWN, machine.status().state(), machine.problem().toString());
            assertEquals(5, machine.status().exitCode());
            assertNull(machine.problem().orElse(null));
            return result(machine);
        }
    }

    private static void pauseAndResume(MachineHost machine) {
        try {
            machine.pause();
        } catch (MachineException e) {
            assertEquals(MachineState.SHUTDOWN, machine.status().state(), "a pause is refused only because the guest was faster");
            return;
        }
        machine.resume();
    }

    private static Run replay(TestParts parts, List<Event> events) throws InterruptedException {
        parts.provide("random host", (RandomBackend) into -> {
            throw new AssertionError("replay reads random bytes");
        });
        try (MachineHost machine = parts.machine(DENIED)) {
            MemoryJournal journal = MemoryJournal.replaying(events);
            machine.start(journal);
            assertFalse(machine.consoles().get(0).input(new byte[] {1}));
            assertTrue(machine.awaitHalt(60_000));
            assertNull(journal.divergence());
            assertEquals(MachineState.SHUTDOWN, machine.status().state(), machine.problem().toString());
            assertEquals(5, machine.status().exitCode());
            assertEquals(ShutdownCause.GUEST_SHUTDOWN, machine.status().cause());
            assertTrue(machine.problem().orElseThrow().startsWith("replay reached the recording's end"), machine.problem().toString());
            assertTrue(journal.closed());
            return result(machine);
        }
    }

    @ParameterizedTest
    @CsvSource({"0,true,250000", "0,true,777", "0,false,250000", "0,false,100", "3,true,1000", "3,false,250000", "6,true,50000",
        "10,false,64"})
    void aReplayEqualsItsRecordingWhateverTheSlices(int shift, boolean sleep, long cap) throws InterruptedException {
        AtomicInteger kicks = new AtomicInteger();
        MemoryJournal log = MemoryJournal.recording();
        Run recorded = record(Workshop.machine(LENGTH, shift, sleep, cap, kicks), log);
        assertEquals(1, log.events(EventKind.END).size());
        assertTrue(log.events(EventKind.BLOCK).size() > 10, "the guest used its disk");
        assertTrue(log.events(EventKind.CLOCK_HOST).size() > 10, "the guest read the host's clock");
        assertTrue(log.events(EventKind.RANDOM).size() > 10, "the guest read random bytes");
        assertEquals(LENGTH / 10_000 + 1, log.events(EventKind.DIGEST).size());
        assertTrue(kicks.get() > 0);
        for (long otherCap : new long[] {1, 313, cap, 250_000}) {
            Run replayed = replay(Workshop.machine(LENGTH, shift, sleep, otherCap, null), log.written());
            assertEquals(recorded.digests(), replayed.digests());
            assertArrayEquals(recorded.output(), replayed.output());
            assertEquals(recorded.icount(), replayed.icount());
            assertEquals(recorded.virtual(), replayed.virtual());
        }
    }

    @Test
    void twoLiveRunsOfThisGuestDiffer() throws InterruptedException {
        Run first = record(Workshop.machine(LENGTH, 0, true, 250_000, null), MemoryJournal.recording());
        Run second = record(Workshop.machine(LENGTH, 0, true, 250_000, null), MemoryJournal.recording());
        assertNotEquals(first.digests(), second.digests());
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void inputTypedAtIrregularTimesReachesTheGuestWithNothingLost(boolean sleep) throws InterruptedException {
        // Reads until it has seen 'q', waiting for an interrupt in between; with sleep=off a periodic timer keeps it jumping.
        FakeCpu.Program echo = cpu -> {
            if (cpu.n() % 100 == 0) {
                cpu.store(Workshop.TIMER, 10_000_000);
            }
            long c = cpu.load(Workshop.UART + 8);
            if (c >= 0) {
                cpu.store(Workshop.UART, c);
            }
            if (c == 'q') {
                cpu.context().shutdown(ShutdownCause.GUEST_SHUTDOWN, 5);
            }
            cpu.load(Workshop.TIMER);
            if (c < 0) {
                cpu.waitForInterrupt();
            }
        };
        StringBuilder expected = new StringBuilder();
        MemoryJournal log = MemoryJournal.recording();
        Run recorded;
        try (MachineHost machine = echoMachine(echo, sleep).machine()) {
            machine.start(log);
            for (int i = 0; i < 50; i++) {
                Thread.sleep(i % 3);
                String text = "text " + i + " that does not fit into the FIFO\n";
                expected.append(text);
                assertTrue(machine.consoles().get(0).input(text.getBytes(StandardCharsets.US_ASCII)));
            }
            machine.consoles().get(0).input(new byte[] {'q'});
            assertTrue(machine.awaitHalt(60_000));
            recorded = result(machine);
        }
        assertEquals(expected + "q", new String(recorded.output(), StandardCharsets.US_ASCII));
        Run replayed = replay(echoMachine(echo, sleep), log.written());
        assertEquals(recorded.digests(), replayed.digests());
        assertEquals(expected + "q", new String(replayed.output(), StandardCharsets.US_ASCII));
    }

    private static TestParts echoMachine(FakeCpu.Program program, boolean sleep) {
        return new TestParts().set("sleep", sleep).set("slice-cap", 1000).cpu(program).device("uart0", Workshop.uart())
                .device("timer", Workshop.timer());
    }

    @Test
    void aStoppedRecordingReplaysToItsEndAndPausesThere() throws InterruptedException {
        MemoryJournal log = MemoryJournal.recording();
        try (MachineHost machine = Workshop.machine(Long.MAX_VALUE, 0, true, 5000, null).machine()) {
            machine.start(log);
            Thread.sleep(20);
            machine.reset();
            Thread.sleep(20);
            machine.stop();
            assertEquals(MachineState.STOPPED, machine.status().state());
        }
        List<Event> events = log.written();
        assertEquals(1, log.events(EventKind.RESET_REQUESTED).size());
        assertEquals(1, log.events(EventKind.SHUTDOWN).size());
        assertEquals(ShutdownCause.HOST_QUIT.ordinal(), events.get(events.size() - 1).value());
        try (MachineHost machine = Workshop.machine(Long.MAX_VALUE, 0, true, 5000, null).machine(DENIED)) {
            MemoryJournal replay = MemoryJournal.replaying(events);
            machine.start(replay);
            assertTrue(machine.awaitHalt(60_000));
            assertEquals(MachineState.PAUSED, machine.status().state(), machine.problem().toString());
            assertEquals(events.get(events.size() - 1).icount(), machine.status().icount());
            assertEquals(ShutdownCause.HOST_QUIT, machine.status().cause());
            assertNull(replay.divergence());
        }
    }

    @Test
    void aRecordingEndedByTheUserLetsTheMachineRunOnLive() throws InterruptedException {
        MemoryJournal log = MemoryJournal.recording();
        try (MachineHost machine = Workshop.machine(Long.MAX_VALUE, 0, true, 5000, null).machine()) {
            machine.start(log);
            assertEquals("record", machine.status().mode());
            Thread.sleep(30);
            machine.detachJournal();
            assertEquals("live", machine.status().mode());
            assertEquals(MachineState.RUNNING, machine.status().state());
            assertNull(machine.journal());
        }
        List<Event> events = log.written();
        assertEquals(-1, events.get(events.size() - 1).value());
        try (MachineHost machine = Workshop.machine(Long.MAX_VALUE, 0, true, 5000, null).machine(DENIED)) {
            machine.start(MemoryJournal.replaying(events));
            assertTrue(machine.awaitHalt(60_000));
            assertEquals(MachineState.PAUSED, machine.status().state(), machine.problem().toString());
            assertTrue(machine.problem().orElseThrow().contains("stopped while the machine ran on"), machine.problem().toString());
        }
    }

    @Test
    void aLogCutAnywhereReplaysUpToTheCutAndPauses() throws InterruptedException {
        MemoryJournal log = MemoryJournal.recording();
        record(Workshop.machine(LENGTH, 0, true, 5000, null), log);
        List<Event> events = log.written();
        for (int kept = 1; kept < events.size(); kept += Math.max(1, events.size() / 40)) {
            List<Event> prefix = events.subList(0, kept);
            long icount = prefix.get(kept - 1).icount();
            try (MachineHost machine = Workshop.machine(LENGTH, 0, true, 313, null).machine(DENIED)) {
                MemoryJournal replay = MemoryJournal.cut(prefix, icount);
                machine.start(replay);
                assertTrue(machine.awaitHalt(60_000));
                assertEquals(MachineState.PAUSED, machine.status().state(), kept + " of " + events.size() + ": " + machine.problem());
                assertEquals(icount, machine.status().icount());
                assertEquals("replay stands at the log's end: cut at icount " + icount, machine.problem().orElseThrow());
                assertTrue(replay.closed());
            }
        }
    }

    @Test
    void aFullDiskEndsTheRecordingAndTheMachineRunsOn() throws InterruptedException {
        MemoryJournal log = MemoryJournal.recording();
        try (MachineHost machine = Workshop.machine(3_000_000, 0, true, 5000, null).machine()) {
            machine.start(log);
            Thread.sleep(20);
            log.fail("disk full");
            assertTrue(machine.awaitHalt(60_000));
            assertEquals(MachineState.SHUTDOWN, machine.status().state(), machine.problem().toString());
            assertEquals("live", machine.status().mode());
            assertTrue(machine.problem().orElseThrow().contains("disk full"), machine.problem().toString());
        }
        assertTrue(log.closed());
        assertTrue(log.events(EventKind.END).isEmpty());
    }
}
