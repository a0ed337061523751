package org.reprise.core.machine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reprise.api.machine.DebugSession.Stop;
import org.reprise.api.machine.MachineException;
import org.reprise.api.machine.MachineState;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventKind;
import org.reprise.api.replay.Poke;
import org.reprise.core.machine.DeniedReplayTest.Host;
import org.reprise.core.machine.DeniedReplayTest.Run;

/** A replay that goes live becomes a recording of its own, which replays on a host that denies everything. */
class GoLiveTest {
    private static final long LENGTH = DeniedReplayTest.LENGTH;
    private static final long WORD = Workshop.RAM + 0x9000;

    private static TestParts parts(Host host) {
        return DeniedReplayTest.machine("temporary", DeniedReplayTest.image(false, null), host.random(), host.network(), host.terminal());
    }

    private static Run result(MachineHost machine) {
        assertEquals(MachineState.SHUTDOWN, machine.status().state(), machine.problem().toString());
        return new Run(machine.digests(), machine.consoles().get(0).history(), machine.status().icount());
    }

    private static void same(Run a, Run b, String what) {
        assertEquals(a.digests(), b.digests(), what);
        assertArrayEquals(a.output(), b.output(), what);
        assertEquals(a.icount(), b.icount(), what);
    }

    private static Run replay(List<Event> events) throws InterruptedException {
        MemoryJournal log = MemoryJournal.replaying(events);
        try (MachineHost machine = DeniedReplayTest.denied("temporary").machine(DeniedReplayTest.NO_TIME)) {
            machine.start(log);
            assertTrue(machine.awaitHalt(60_000));
            assertNull(log.divergence());
            return result(machine);
        }
    }

    /** Lets a replay that stands still go live. @return the branch's log */
    private static MemoryJournal goLive(MachineHost machine, List<Event> events) {
        MemoryJournal replay = (MemoryJournal) machine.journal();
        List<Event> past = new ArrayList<>(events.subList(0, (int) replay.events()));
        MemoryJournal branch = MemoryJournal.continuing(past);
        var before = machine.digests();
        long virtual = machine.status().virtualTime();
        machine.travel().goLive(branch);
        assertTrue(replay.closed());
        assertEquals("record", machine.status().mode());
        assertEquals(MachineState.PAUSED, machine.status().state());
        assertEquals(before, machine.digests(), "the guest sees nothing of it");
        assertEquals(virtual, machine.status().virtualTime());
        return branch;
    }

    private static Run runToItsEnd(MachineHost machine) throws InterruptedException {
        machine.resume();
        assertTrue(machine.consoles().get(0).input("another line\n".getBytes(StandardCharsets.US_ASCII)));
        assertTrue(machine.awaitHalt(60_000));
        return result(machine);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aBranchFromAnywhereReplaysAndItsRecordingDoesAsBefore(long seed) throws InterruptedException {
        Run[] recorded = new Run[1];
        List<Event> events = DeniedReplayTest.record("temporary", new Host(), recorded).written();
        Random random = new Random(seed);
        long[] forks = {seed == 1 ? 0 : random.nextLong(1, LENGTH), random.nextLong(1, LENGTH), events.get(events.size() / 2).icount()};
        for (long fork : forks) {
            Host host = new Host();
            Run lived;
            MemoryJournal branch;
            try (MachineHost machine = parts(host).machine()) {
                machine.startPaused(MemoryJournal.replaying(events));
                if (fork > 0) {
                    assertEquals(Stop.STEP, machine.travel().run(fork), machine.problem().toString());
                }
                assertEquals(0, host.sent.get() + host.randoms.get() + host.printed.get(), "a replay uses nothing of its host");
                branch = goLive(machine, events);
                lived = runToItsEnd(machine);
            }
            assertTrue(fork > LENGTH - 5_000 || host.sent.get() > 3 && host.randoms.get() > 0 && host.printed.get() > 0, "it lived, from " + fork);
            same(lived, replay(branch.written()), "branch at " + fork);
            assertTrue(fork > LENGTH - 5_000 || !recorded[0].digests().equals(lived.digests()), "it went another way from " + fork);
        }
        same(recorded[0], replay(events), "the recording itself");
    }

    @Test
    void aBranchOfABranchAndPokesInBoth() throws InterruptedException {
        Run[] recorded = new Run[1];
        List<Event> events = DeniedReplayTest.record("temporary", new Host(), recorded).written();
        MemoryJournal first;
        Run lived;
        byte[] word = {1, 2, 3, 4, 5, 6, 7, 8};
        try (MachineHost machine = parts(new Host()).machine()) {
            machine.startPaused(MemoryJournal.replaying(events));
            machine.travel().run(20_000);
            assertThrows(MachineException.class, () -> machine.travel().poke(List.of(new Poke.Register(0, "acc", 5))), "a replay is not changed");
            first = goLive(machine, events);
            machine.travel().poke(List.of(new Poke.Memory(Poke.PHYSICAL, WORD, word), new Poke.Register(0, "acc", -5)));
            long acc = machine.inspect(cpus -> cpus.get(0).register(0));
            assertEquals(-5, acc);
            lived = runToItsEnd(machine);
        }
        List<Event> poked = first.events(EventKind.POKE);
        assertEquals(List.of(20_000L), poked.stream().map(Event::icount).toList());
        assertEquals("80009000=0102030405060708\ncpu0.acc=fffffffffffffffb", new String(poked.get(0).data(), StandardCharsets.UTF_8));
        same(lived, replay(first.written()), "the first branch");
        MemoryJournal second;
        try (MachineHost machine = parts(new Host()).machine()) {
            machine.startPaused(MemoryJournal.replaying(first.written()));
            machine.travel().run(35_000);
            second = goLive(machine, first.written());
            machine.travel().run(40_000);
            machine.travel().poke(List.of(new Poke.Memory(0, WORD + 4090, new byte[12]), new Poke.Key("", "typed\n".getBytes(StandardCharsets.US_ASCII))));
            lived = runToItsEnd(machine);
        }
        assertEquals(List.of(20_000L, 40_000L), second.events(EventKind.POKE).stream().map(Event::icount).toList());
        same(lived, replay(second.written()), "the second branch");
    }

    @Test
    void aPokeThatCannotBeMadeChangesNothingAndSaysWhy() throws InterruptedException {
        try (MachineHost machine = parts(new Host()).machine()) {
            MemoryJournal log = MemoryJournal.recording();
            machine.startPaused(log);
            machine.travel().run(1_000);
            var before = machine.digests();
            Poke good = new Poke.Register(0, "acc", 77);
            for (Poke bad : List.of(new Poke.Register(0, "x99", 1), new Poke.Register(3, "acc", 1), new Poke.Memory(Poke.PHYSICAL, Workshop.UART, new byte[1]),
                    new Poke.Memory(Poke.PHYSICAL, Workshop.RAM + 0xffff, new byte[2]), new Poke.Memory(Poke.PHYSICAL, -4, new byte[8]),
                    new Poke.Memory(Poke.PHYSICAL, Workshop.RAM, new byte[0]), new Poke.Key("uart7", new byte[1]))) {
                MachineException refused = assertThrows(MachineException.class, () -> machine.travel().poke(List.of(good, bad)), bad.toString());
                assertTrue(refused.getMessage().length() > 30, refused.getMessage());
            }
            assertEquals(before, machine.digests());
            machine.resume();
            assertThrows(MachineException.class, () -> machine.travel().poke(List.of(good)), "while the guest runs");
            assertTrue(machine.awaitHalt(60_000));
            assertTrue(log.events(EventKind.POKE).isEmpty());
        }
    }

    @Test
    void whatADebuggerChangesInARecordedMachineIsReplayed() throws InterruptedException {
        MemoryJournal log = MemoryJournal.recording();
        Run lived;
        try (MachineHost machine = parts(new Host()).machine()) {
            machine.startPaused(log);
            var session = machine.debug(stop -> { });
            machine.travel().run(30_000);
            session.write(0, WORD, new byte[] {9});
            session.register(0, 0, 12345);
            session.close();
            lived = runToItsEnd(machine);
        }
        assertEquals(2, log.events(EventKind.POKE).size());
        same(lived, replay(log.written()), "with what the debugger did");
        List<Event> without = new ArrayList<>(log.written());
        without.removeIf(e -> e.kind() == EventKind.POKE || e.kind() == EventKind.DIGEST);
        MemoryJournal journal = MemoryJournal.replaying(without);
        try (MachineHost machine = DeniedReplayTest.denied("temporary").machine(DeniedReplayTest.NO_TIME)) {
            machine.start(journal);
            assertTrue(machine.awaitHalt(60_000));
            assertTrue(journal.divergence() != null || !lived.digests().equals(machine.digests()), "the pokes were needed");
        }
    }

    @Test
    void aReplayWhoseBackEndsCannotBeOpenedStaysAReplay() throws InterruptedException {
        Run[] recorded = new Run[1];
        List<Event> events = DeniedReplayTest.record("temporary", new Host(), recorded).written();
        Host host = new Host();
        TestParts parts = DeniedReplayTest.machine("temporary", DeniedReplayTest.image(false, null), host.random(), host.network(), (config, input) -> {
            throw new java.io.IOException("there is no terminal");
        });
        MemoryJournal journal = MemoryJournal.replaying(events);
        try (MachineHost machine = parts.machine()) {
            machine.startPaused(journal);
            machine.travel().run(10_000);
            MemoryJournal branch = MemoryJournal.continuing(events.subList(0, (int) journal.events()));
            MachineException refused = assertThrows(MachineException.class, () -> machine.travel().goLive(branch));
            assertTrue(refused.getMessage().contains("there is no terminal"), refused.getMessage());
            assertEquals("replay", machine.status().mode());
            machine.resume();
            assertTrue(machine.awaitHalt(60_000));
            assertNull(journal.divergence());
            same(recorded[0], result(machine), "goes on as recorded");
        }
        assertEquals(0, host.sent.get());
    }

    @Test
    void theEndOfARecordingIsNoEndForABranchButAShutdownIs() throws InterruptedException {
        Run[] recorded = new Run[1];
        List<Event> whole = DeniedReplayTest.record("temporary", new Host(), recorded).written();
        try (MachineHost machine = parts(new Host()).machine()) {
            machine.start(MemoryJournal.replaying(whole));
            assertTrue(machine.awaitHalt(60_000));
            MachineException refused = assertThrows(MachineException.class, () -> machine.travel().goLive(MemoryJournal.recording()));
            assertTrue(refused.getMessage().contains("shutdown"), refused.getMessage());
        }
        // stopped on its way; and cut off at any event: at an answer, it ends within an instruction
        int cut = 0;
        int torn = 0;
        List<Integer> lengths = new ArrayList<>();
        for (int kept = 5; kept < whole.size(); kept += Math.max(1, whole.size() / 12)) {
            lengths.add(kept);
        }
        // the guest has asked for the shutdown, of which the log does not tell any more
        lengths.add(whole.size() - 1);
        for (int kept : lengths) {
            List<Event> events = whole.subList(0, kept);
            MemoryJournal replay = MemoryJournal.cut(events, events.get(kept - 1).icount());
            MemoryJournal branch;
            Run lived;
            try (MachineHost machine = parts(new Host()).machine()) {
                machine.start(replay);
                assertTrue(machine.awaitHalt(60_000));
                // an answer that nobody has asked for yet is not taken over
                branch = MemoryJournal.continuing(events.subList(0, (int) replay.events()));
                assertEquals(MachineState.PAUSED, machine.status().state());
                try {
                    machine.travel().goLive(branch);
                } catch (MachineException e) {
                    assertTrue(e.getMessage().contains("rr:step -1"), e.getMessage());
                    torn++;
                    continue;
                }
                lived = runToItsEnd(machine);
            }
            same(lived, replay(branch.written()), "cut behind " + kept);
            cut++;
        }
        assertTrue(cut > 3, cut + " branches, " + torn + " ended within an instruction");
    }

    @Test
    void theGuestsClockGoesOnFromWhatIsRecorded() throws InterruptedException {
        long longAgo = 1_000_000_000_000_000_000L;
        HostTime then = new HostTime() {
            @Override
            public long monotonic() {
                return System.nanoTime();
            }

            @Override
            public long wall() {
                return longAgo;
            }
        };
        MemoryJournal log = MemoryJournal.recording();
        try (MachineHost machine = parts(new Host()).machine(then)) {
            machine.start(log);
            assertTrue(machine.awaitHalt(60_000));
        }
        MemoryJournal branch;
        try (MachineHost machine = parts(new Host()).machine()) {
            machine.startPaused(MemoryJournal.replaying(log.written()));
            machine.travel().run(LENGTH / 2 + 5_000);
            branch = goLive(machine, log.written());
            runToItsEnd(machine);
        }
        List<Event> reads = branch.events(EventKind.CLOCK_HOST).stream().filter(e -> e.icount() > LENGTH / 2 + 5_000).toList();
        assertFalse(reads.isEmpty());
        for (Event read : reads) {
            assertTrue(read.value() > longAgo && read.value() < longAgo + 600_000_000_000L, read.value() - longAgo + " ns later");
        }
        assertNotEquals(reads.get(0).value(), reads.get(reads.size() - 1).value());
    }
}
