package org.reprise.core.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
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
}
