package org.reprise.core.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.reprise.api.machine.MachineException;
import org.reprise.api.machine.MachineState;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventKind;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DivergenceTest {
    private static final long LENGTH = 40_000;
    private List<Event> events;

    @BeforeAll
    void record() throws InterruptedException {
        MemoryJournal log = MemoryJournal.recording();
        try (MachineHost machine = Workshop.machine(LENGTH, 0, true, 5000, null).machine()) {
            machine.start(log);
            Thread.sleep(5);
            machine.consoles().get(0).input("some input that is longer than the FIFO".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            assertTrue(machine.awaitHalt(60_000));
        }
        events = log.written();
        for (EventKind kind : List.of(EventKind.CHAR_READ, EventKind.BLOCK, EventKind.CLOCK_HOST, EventKind.RANDOM, EventKind.CLOCK_WARP,
                EventKind.DIGEST, EventKind.END, EventKind.BH)) {
            assertTrue(index(events, kind) >= 0, "the recording has an event " + kind);
        }
    }

    private static int index(List<Event> events, EventKind kind) {
        for (int i = 0; i < events.size(); i++) {
            if (events.get(i).kind() == kind) {
                return i;
            }
        }
        return -1;
    }

    private String replay(List<Event> changed) throws InterruptedException {
        return replay(Workshop.machine(LENGTH, 0, true, 5000, null), changed);
    }

    private static String replay(TestParts parts, List<Event> changed) throws InterruptedException {
        try (MachineHost machine = parts.machine()) {
            MemoryJournal journal = MemoryJournal.replaying(changed);
            machine.start(journal);
            assertTrue(machine.awaitHalt(60_000), "replay must end");
            assertEquals(MachineState.FAILED, machine.status().state(), machine.problem().toString());
            assertEquals(journal.divergence(), machine.problem().orElseThrow());
            assertTrue(journal.closed());
            // It can be inspected where it stands, and not be resumed.
            assertEquals(machine.digestComponents(), List.copyOf(machine.digests().keySet()));
            org.junit.jupiter.api.Assertions.assertThrows(MachineException.class, machine::resume);
            return machine.problem().orElseThrow();
        }
    }

    private List<Event> change(EventKind kind, UnaryOperator<Event> change) {
        List<Event> changed = new ArrayList<>(events);
        int i = index(changed, kind);
        Event event = change.apply(changed.get(i));
        if (event == null) {
            changed.remove(i);
        } else {
            changed.set(i, event);
        }
        return changed;
    }

    private static Event with(Event e, long icount, int source, long value, byte[] data) {
        return new Event(e.kind(), icount, source, value, data);
    }

    @Test
    void aChangedInputByteIsFoundByTheNextDigest() throws InterruptedException {
        String report = replay(change(EventKind.CHAR_READ, e -> {
            byte[] data = e.data().clone();
            data[0] ^= 1;
            return with(e, e.icount(), e.source(), e.value(), data);
        }));
        assertTrue(report.contains("digest of cpu0"), report);
    }

    @Test
    void aChangedClockReadIsFoundByTheNextDigest() throws InterruptedException {
        String report = replay(change(EventKind.CLOCK_HOST, e -> with(e, e.icount(), e.source(), e.value() + 1, e.data())));
        assertTrue(report.contains("digest of cpu0"), report);
    }

    @Test
    void aMissingClockReadIsFoundAtOnce() throws InterruptedException {
        String report = replay(change(EventKind.CLOCK_HOST, e -> null));
        assertTrue(report.contains("CLOCK_HOST read by part clock"), report);
    }

    @Test
    void aReadAtAnotherInstructionIsFound() throws InterruptedException {
        int i = index(events, EventKind.RANDOM);
        Event random = events.get(i);
        String report = replay(change(EventKind.RANDOM, e -> with(e, e.icount() + 1, e.source(), e.value(), e.data())));
        assertTrue(report.startsWith("diverged at icount " + random.icount() + ": expected RANDOM of 3 bytes for part clock at icount "
                + (random.icount() + 1)), report);
    }

    @Test
    void aReadByAnotherPartIsFound() throws InterruptedException {
        String report = replay(change(EventKind.RANDOM, e -> with(e, e.icount(), e.source() + 1, e.value(), e.data())));
        assertTrue(report.contains("actual RANDOM of 3 bytes for part clock"), report);
    }

    @Test
    void anAdditionalReadThatTheGuestDoesNotDoIsFound() throws InterruptedException {
        int i = index(events, EventKind.BLOCK);
        List<Event> changed = new ArrayList<>(events);
        changed.add(i, new Event(EventKind.CLOCK_HOST, events.get(i).icount(), 3, 1, Event.NO_DATA));
        assertTrue(replay(changed).contains("CLOCK_HOST"));
    }

    @Test
    void aCompletionOfARequestThatWasNotStartedIsFound() throws InterruptedException {
        String report = replay(change(EventKind.BLOCK, e -> with(e, e.icount(), e.source(), 4711, e.data())));
        assertTrue(report.contains("BLOCK completion of request 4711 of drive disk0"), report);
        assertTrue(report.contains("not in flight"), report);
    }

    @Test
    void anEventForAPartThatCannotTakeItIsFound() throws InterruptedException {
        assertTrue(replay(change(EventKind.CHAR_READ, e -> with(e, e.icount(), 3, e.value(), e.data()))).contains("CHAR_READ"));
        assertTrue(replay(change(EventKind.CHAR_READ, e -> with(e, e.icount(), e.source(), e.value(), new byte[100])))
                .contains("can receive"));
        assertTrue(replay(change(EventKind.BH, e -> with(e, e.icount(), e.source(), 99, e.data()))).contains("no such bottom half"));
    }

    @Test
    void aShiftedWarpIsFound() throws InterruptedException {
        String report = replay(change(EventKind.CLOCK_WARP, e -> with(e, e.icount() + 1, e.source(), e.value(), e.data())));
        assertTrue(report.startsWith("diverged at icount "), report);
    }

    @Test
    void aWrongDigestNamesComponentAndBothValues() throws InterruptedException {
        List<String> components = List.of("cpu0", "ram", "uart0", "timer", "clock", "disk", "finisher", "timers");
        for (int component = 0; component < components.size(); component++) {
            int at = 8 * component + 7;
            String report = replay(change(EventKind.DIGEST, e -> {
                byte[] data = e.data().clone();
                data[at] ^= 1;
                return with(e, e.icount(), e.source(), e.value(), data);
            }));
            assertTrue(report.matches("diverged at icount 10000: expected digest of " + components.get(component)
                    + " 0x[0-9a-f]{16}; actual digest of " + components.get(component) + " 0x[0-9a-f]{16}"), report);
        }
    }

    @Test
    void anEndThatTheGuestDoesNotReachIsFound() throws InterruptedException {
        List<Event> changed = new ArrayList<>(events.subList(0, events.size() / 2));
        Event last = changed.get(changed.size() - 1);
        changed.add(new Event(EventKind.END, last.icount() + 1, 0, events.get(events.size() - 1).value(), Event.NO_DATA));
        String report = replay(changed);
        assertTrue(report.contains("expected END (guest-shutdown, exit code 5) at icount " + (last.icount() + 1)), report);
    }

    @Test
    void aGuestThatShutsDownWhereTheLogGoesOnIsFound() throws InterruptedException {
        String report = replay(Workshop.machine(LENGTH / 2 + 1000, 0, true, 5000, null), events);
        assertTrue(report.startsWith("diverged at icount "), report);
    }

    @Test
    void aGuestWithAnotherExitCodeIsFound() throws InterruptedException {
        List<Event> changed = new ArrayList<>(events);
        Event end = changed.remove(changed.size() - 1);
        changed.add(with(end, end.icount(), 0, end.value() + 256, Event.NO_DATA));
        assertTrue(replay(changed).contains("the guest shut down (guest-shutdown, exit code 5)"));
    }

    @Test
    void aGuestThatSleepsForEverIsFound() throws InterruptedException {
        MemoryJournal log = MemoryJournal.recording();
        try (MachineHost machine = reader(false).machine()) {
            machine.start(log);
            assertTrue(machine.awaitHalt(60_000));
        }
        assertTrue(replay(reader(true), log.written()).endsWith("the CPU waits for an interrupt and no timer is armed"));
    }

    /** Reads HOST at icount 500; or falls asleep before. */
    private static TestParts reader(boolean sleepy) {
        return new TestParts().device("clock", Workshop.clock()).cpu(cpu -> {
            if (cpu.n() == 400 && sleepy) {
                cpu.waitForInterrupt();
            }
            if (cpu.n() == 500) {
                cpu.load(Workshop.CLOCK);
                cpu.context().shutdown(org.reprise.api.machine.ShutdownCause.GUEST_SHUTDOWN, 0);
            }
        });
    }

    @Test
    void anotherMachineIsFound() throws InterruptedException {
        assertTrue(replay(Workshop.machine(LENGTH, 1, true, 5000, null), events).startsWith("diverged"));
    }
}
