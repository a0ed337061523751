package org.reprise.core.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reprise.api.machine.MachineState;
import org.reprise.api.machine.ShutdownCause;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventKind;

class IdleTest {
    private static final long WAIT = 3_000_000;

    /** Arms the timer, waits for it, notes VIRTUAL; five times. */
    private static FakeCpu.Program sleeper(List<Long> woken) {
        return cpu -> {
            long step = cpu.n() % 3;
            if (step == 0) {
                cpu.store(Workshop.TIMER, WAIT);
                cpu.waitForInterrupt();
            } else if (step == 1) {
                woken.add(cpu.load(Workshop.CLOCK + 16));
            } else {
                cpu.load(Workshop.TIMER);
                if (cpu.n() == 14) {
                    cpu.context().shutdown(ShutdownCause.GUEST_SHUTDOWN, 0);
                }
            }
        };
    }

    private static TestParts parts(FakeCpu.Program program, boolean sleep) {
        return new TestParts().set("sleep", sleep).cpu(program).device("uart0", Workshop.uart()).device("timer", Workshop.timer())
                .device("clock", Workshop.clock());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anUndisturbedIdleMachineWakesExactlyAtItsDeadlinesAndLogsNothing(boolean sleep) throws InterruptedException {
        List<Long> woken = new ArrayList<>();
        MemoryJournal log = MemoryJournal.recording();
        try (MachineHost machine = parts(sleeper(woken), sleep).machine()) {
            machine.start(log);
            assertTrue(machine.awaitHalt(60_000));
            assertEquals(MachineState.SHUTDOWN, machine.status().state(), machine.problem().toString());
        }
        // Armed while the first instruction of a round executes; VIRTUAL jumps to the deadline; two more instructions end the round.
        List<Long> expected = new ArrayList<>();
        long virtual = 0;
        for (int i = 0; i < 5; i++) {
            virtual += WAIT;
            expected.add(virtual);
            virtual += 2;
        }
        assertEquals(expected, woken);
        assertEquals(List.of(EventKind.DIGEST, EventKind.END), log.written().stream().map(Event::kind).toList(),
                "what replay can derive is not logged");
    }

    @Test
    void anIdleMachineWokenEarlyLogsHowFarVirtualHasCome() throws InterruptedException {
        long hour = 3_600_000_000_000L;
        FakeCpu.Program program = cpu -> {
            if (cpu.n() == 0) {
                cpu.store(Workshop.TIMER, hour);
                cpu.waitForInterrupt();
            } else {
                cpu.see(cpu.load(Workshop.CLOCK + 16));
                if (cpu.load(Workshop.UART + 8) == 'x') {
                    cpu.context().shutdown(ShutdownCause.GUEST_SHUTDOWN, 0);
                }
            }
        };
        MemoryJournal log = MemoryJournal.recording();
        long virtual;
        try (MachineHost machine = parts(program, true).machine()) {
            machine.start(log);
            Thread.sleep(20);
            machine.consoles().get(0).input(new byte[] {'x'});
            assertTrue(machine.awaitHalt(60_000));
            virtual = machine.status().virtualTime();
        }
        List<Event> events = log.written();
        assertEquals(List.of(EventKind.CLOCK_WARP, EventKind.CHAR_READ, EventKind.DIGEST, EventKind.END),
                events.stream().map(Event::kind).toList());
        long warp = events.get(0).value();
        assertTrue(warp > 1 && warp < hour, "VIRTUAL followed the host: " + warp);
        assertEquals(warp + 1, virtual, "one instruction after the wake-up");
        replayed(parts(program, true), events, virtual);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anIdleMachineWithoutDeadlineWaitsForInput(boolean sleep) throws InterruptedException {
        FakeCpu.Program program = cpu -> {
            cpu.see(cpu.load(Workshop.CLOCK + 16));
            if (cpu.n() > 0 && cpu.load(Workshop.UART + 8) == 'x') {
                cpu.context().shutdown(ShutdownCause.GUEST_SHUTDOWN, 0);
            } else {
                cpu.waitForInterrupt();
            }
        };
        MemoryJournal log = MemoryJournal.recording();
        long virtual;
        try (MachineHost machine = parts(program, sleep).machine()) {
            machine.start(log);
            Thread.sleep(10);
            machine.consoles().get(0).input(new byte[] {'a'});
            Thread.sleep(10);
            machine.consoles().get(0).input(new byte[] {'x'});
            assertTrue(machine.awaitHalt(60_000));
            assertEquals(MachineState.SHUTDOWN, machine.status().state());
            virtual = machine.status().virtualTime();
        }
        assertEquals(sleep ? 2 : 0, log.events(EventKind.CLOCK_WARP).size(), "without sleep VIRTUAL stands");
        replayed(parts(program, sleep), log.written(), virtual);
    }

    /** Timers that wake nobody fall between the arrival of an event and the wake-up: replay must pass them in the same order. */
    @Test
    void anEventAfterIdleJumpsIsReplayedAfterThem() throws InterruptedException {
        FakeCpu.Program program = cpu -> {
            if (cpu.n() == 0) {
                cpu.store(Workshop.TIMER, 1);
                cpu.waitForInterrupt();
            } else {
                cpu.see(cpu.load(Workshop.CLOCK + 16));
                cpu.see(cpu.load(SilentTicker.BASE));
                long c = cpu.load(Workshop.UART + 8);
                if (c == 'x') {
                    cpu.context().shutdown(ShutdownCause.GUEST_SHUTDOWN, 0);
                } else if (c < 0) {
                    cpu.load(Workshop.TIMER);
                    cpu.waitForInterrupt();
                }
            }
        };
        for (boolean sleep : new boolean[] {true, false}) {
            MemoryJournal log = MemoryJournal.recording();
            long virtual;
            try (MachineHost machine = parts(program, sleep).device("ticker", SilentTicker.model(1_000_000)).machine()) {
                machine.start(log);
                for (int i = 0; i < 10; i++) {
                    Thread.sleep(4);
                    machine.consoles().get(0).input(new byte[] {(byte) (i == 9 ? 'x' : 'a')});
                }
                assertTrue(machine.awaitHalt(60_000));
                virtual = machine.status().virtualTime();
            }
            assertTrue(virtual > 1_000_000, "the ticker has ticked");
            replayed(parts(program, sleep).device("ticker", SilentTicker.model(1_000_000)), log.written(), virtual);
        }
    }

    /** A device with a periodic timer that interrupts nobody; its register counts. */
    private static final class SilentTicker {
        static final long BASE = 0x9000;

        static org.reprise.api.device.DeviceModel model(long period) {
            return context -> {
                long[] count = new long[1];
                var timer = new org.reprise.api.device.Timer[1];
                timer[0] = context.timer("tick", org.reprise.api.device.ClockType.VIRTUAL, () -> {
                    count[0]++;
                    timer[0].set(context.clock(org.reprise.api.device.ClockType.VIRTUAL) + period);
                });
                TestParts.map(context, BASE, offset -> count[0], (offset, value) -> { });
                return new TestParts.ClosureDevice(() -> timer[0].set(period), s -> s.int64("count", count[0]));
            };
        }
    }

    private static void replayed(TestParts parts, List<Event> events, long virtual) throws InterruptedException {
        try (MachineHost machine = parts.machine()) {
            MemoryJournal journal = MemoryJournal.replaying(events);
            machine.start(journal);
            assertTrue(machine.awaitHalt(60_000));
            assertNull(journal.divergence());
            assertEquals(MachineState.SHUTDOWN, machine.status().state(), machine.problem().toString());
            assertEquals(virtual, machine.status().virtualTime());
        }
    }
}
