package org.reprise.core.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.reprise.api.device.ClockType;
import org.reprise.api.machine.MachineException;
import org.reprise.api.machine.MachineState;
import org.reprise.api.machine.ShutdownCause;
import org.reprise.api.replay.EventKind;

/** shift=auto: VIRTUAL follows the host, never goes back, and a replay adapts as the recording did, whatever the host's time. */
class AutoShiftTest {
    @Test
    void theShiftFollowsWhatVirtualIsAheadOrBehind() {
        AutoShift auto = new AutoShift();
        assertEquals(3, auto.look(3, 10_000_000, 80_000_000, 80_000_000));
        assertEquals(20_000_000, auto.next());
        assertEquals(4, auto.look(3, 20_000_000, 160_000_000, 400_000_000), "behind: more ns for an instruction");
        assertEquals(4, auto.look(4, 30_000_000, 320_000_000, 500_000_000), "comes nearer by itself");
        assertEquals(3, auto.look(4, 40_000_000, 900_000_000, 700_000_000), "ahead: fewer");
        assertEquals(0, auto.look(0, 50_000_000, 2_000_000_000, 0), "not below 0");
        assertEquals(10, auto.look(10, 60_000_000, 0, 5_000_000_000L), "not above 10");
    }

    /** A host on which each look at the clock takes a given time. */
    private static HostTime host(long step) {
        return new HostTime() {
            private long now;

            @Override
            public synchronized long monotonic() {
                return now += step;
            }

            @Override
            public long wall() {
                return 1;
            }
        };
    }

    private static Map<String, Long> run(HostTime time, MemoryJournal log, long[] virtual) throws InterruptedException {
        long[] last = {-1};
        TestParts parts = new TestParts().set("shift", "auto").set("rr.digest-interval", 15_000_000).device("timer", Workshop.timer()).cpu(cpu -> {
            if (cpu.n() % 4096 == 0) {
                long now = cpu.context().clock(ClockType.VIRTUAL);
                assertTrue(now > last[0], "VIRTUAL went back");
                last[0] = now;
                cpu.see(now);
            }
            if (cpu.n() % 9_000_000 == 17) {
                cpu.store(Workshop.TIMER, 30_000_000);
                cpu.waitForInterrupt();
            }
            if (cpu.irq()) {
                cpu.load(Workshop.TIMER);
            }
            if (cpu.n() == 85_000_000) {
                cpu.context().shutdown(ShutdownCause.GUEST_SHUTDOWN, 0);
            }
        });
        try (MachineHost machine = parts.machine(time)) {
            machine.start(log);
            assertTrue(machine.awaitHalt(120_000));
            assertEquals(MachineState.SHUTDOWN, machine.status().state(), machine.problem().toString());
            virtual[0] = machine.status().virtualTime();
            return machine.digests();
        }
    }

    @Test
    void aReplayAdaptsAsTheRecordingDid() throws InterruptedException {
        long[] slow = new long[1];
        long[] again = new long[1];
        MemoryJournal log = MemoryJournal.recording();
        Map<String, Long> digests = run(host(5_000_000), log, slow);
        assertTrue(slow[0] > (85_000_000L << AutoShift.FIRST) * 2, "VIRTUAL is " + slow[0] + ": it did not follow a slow host");
        assertEquals(8, log.written().stream().filter(e -> e.kind() == EventKind.CLOCK_VIRTUAL_RT).count());
        MemoryJournal replay = MemoryJournal.replaying(log.written());
        assertEquals(digests, run(host(1), replay, again));
        assertNull(replay.divergence());
        assertEquals(slow[0], again[0]);
    }

    @Test
    void withoutSleepItIsRefused() {
        MachineException e = assertThrows(MachineException.class, () -> {
            try (MachineHost machine = new TestParts().set("shift", "auto").set("sleep", "off").cpu(cpu -> { }).machine()) {
                machine.start();
            }
        });
        assertTrue(e.getMessage().contains("sleep = on"), e.getMessage());
    }
}
