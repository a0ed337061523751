package org.reprise.core.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.reprise.api.cpu.WatchListener;
import org.reprise.api.cpu.Watchpoint;
import org.reprise.api.machine.DebugSession;
import org.reprise.api.machine.DebugSession.Stop;
import org.reprise.api.machine.MachineException;
import org.reprise.api.machine.MachineState;

/** What a debugger may do with a machine, and that each halt is told once with its reason. */
class DebuggerTest {
    @Test
    void stepsBreakpointsAndInterruptsHaltWhereTheyShould() throws Exception {
        try (MachineHost machine = new TestParts().cpu(cpu -> cpu.see(cpu.n())).machine()) {
            BlockingQueue<Stop> stops = new LinkedBlockingQueue<>();
            assertThrows(MachineException.class, () -> machine.debug(stops::add), "it is not started");
            machine.startPaused();
            assertEquals(MachineState.PAUSED, machine.status().state());
            assertEquals(0, machine.status().icount());
            DebugSession session = machine.debug(stops::add);
            assertThrows(MachineException.class, () -> machine.debug(stops::add), "there is a debugger already");
            for (int i = 1; i <= 5; i++) {
                session.step();
                assertEquals(Stop.STEP, stops.take());
                assertEquals(i, machine.status().icount());
            }
            session.breakpoints(List.of(1000L, 123_456L));
            session.resume();
            assertEquals(Stop.BREAKPOINT, stops.take());
            assertEquals(1000, machine.status().icount());
            session.resume();
            assertEquals(Stop.BREAKPOINT, stops.take());
            assertEquals(1000, machine.status().icount(), "it stays until it is stepped over");
            session.step();
            assertEquals(Stop.STEP, stops.take());
            session.resume();
            assertEquals(Stop.BREAKPOINT, stops.take());
            assertEquals(123_456, machine.status().icount());
            session.breakpoints(List.of());
            session.resume(200_000);
            assertEquals(Stop.STEP, stops.take());
            assertEquals(200_000, machine.status().icount());
            session.resume();
            session.interrupt();
            assertEquals(Stop.INTERRUPT, stops.take());
            session.close();
            machine.debug(stops::add).close();
            machine.stop();
        }
    }

    /** Instruction n loads from word n, and stores n to word n + 100. */
    private static final FakeCpu.Program COPIER = cpu -> {
        long n = cpu.n() % 1000;
        cpu.load(Workshop.RAM + 8 * n);
        cpu.store(Workshop.RAM + 8 * (n + 100), cpu.n());
    };

    @Test
    void watchpointsHaltBehindTheInstructionAlsoWhenItIsStepped() throws Exception {
        try (MachineHost machine = new TestParts().cpu(COPIER).machine()) {
            BlockingQueue<Stop> stops = new LinkedBlockingQueue<>();
            machine.startPaused();
            DebugSession session = machine.debug(stops::add);
            assertTrue(session.access().isEmpty());
            Watchpoint read = new Watchpoint(Watchpoint.Kind.READ, Workshop.RAM + 8 * 3 + 2, 1, false);
            Watchpoint both = new Watchpoint(Watchpoint.Kind.ACCESS, Workshop.RAM + 8 * 300, 8, true);
            session.watchpoints(List.of(read, both));
            for (int i = 0; i < 3; i++) {
                session.step();
                assertEquals(Stop.STEP, stops.take());
            }
            session.step();
            assertEquals(Stop.WATCHPOINT, stops.take(), "it wins over the step");
            assertEquals(4, machine.status().icount());
            assertEquals(new WatchListener.Access(read, Workshop.RAM + 8 * 3, Workshop.RAM + 8 * 3, 8, false, 0), session.access().orElseThrow());
            session.resume();
            assertEquals(Stop.WATCHPOINT, stops.take());
            assertEquals(201, machine.status().icount());
            WatchListener.Access stored = session.access().orElseThrow();
            assertEquals(new WatchListener.Access(both, Workshop.RAM + 8 * 300, Workshop.RAM + 8 * 300, 8, true, 200), stored);
            session.breakpoints(List.of(250L));
            session.resume();
            assertEquals(Stop.BREAKPOINT, stops.take());
            assertEquals(stored, session.access().orElseThrow(), "that of the last watchpoint");
            session.breakpoints(List.of());
            session.resume(301);
            assertEquals(Stop.WATCHPOINT, stops.take(), "at the limit, too");
            assertEquals(200, session.access().orElseThrow().value());
            session.watchpoints(List.of(new Watchpoint(Watchpoint.Kind.WRITE, Workshop.RAM + 8 * 500, 8, false)));
            session.close();
            machine.debug(stops::add).resume(5_000);
            assertEquals(Stop.STEP, stops.take(), "the next debugger does not inherit them");
            machine.stop();
        }
    }

    /** An instruction that makes several accesses halts once, and is about the first. */
    @Test
    void theFirstAccessOfAnInstructionIsTheOneTold() throws Exception {
        try (MachineHost machine = new TestParts().cpu(COPIER).machine()) {
            BlockingQueue<Stop> stops = new LinkedBlockingQueue<>();
            machine.startPaused();
            DebugSession session = machine.debug(stops::add);
            session.watchpoints(List.of(new Watchpoint(Watchpoint.Kind.ACCESS, Workshop.RAM, 0x10000, false)));
            for (int i = 1; i <= 3; i++) {
                session.resume();
                assertEquals(Stop.WATCHPOINT, stops.take());
                assertEquals(i, machine.status().icount());
                assertFalse(session.access().orElseThrow().write());
            }
            machine.stop();
        }
    }
}
