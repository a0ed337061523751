package org.reprise.core.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.reprise.api.device.ClockType;
import org.reprise.api.device.DeviceModel;
import org.reprise.api.device.Timer;
import org.reprise.api.machine.MachineState;
import org.reprise.api.machine.ShutdownCause;

class TimerExactnessTest {
    private static final long BASE = 0x1000;

    /** Writing v arms the timer v ns from now; each expiry notes the position, and arms the next while there are periods left. */
    private static DeviceModel timerDevice(List<String> fired) {
        return context -> {
            Timer[] timer = new Timer[1];
            long[] period = new long[2];
            timer[0] = context.timer("t", ClockType.VIRTUAL, () -> {
                fired.add("t@" + context.clock(ClockType.VIRTUAL));
                if (--period[1] > 0) {
                    timer[0].set(context.clock(ClockType.VIRTUAL) + period[0]);
                }
            });
            TestParts.map(context, BASE, offset -> context.clock(ClockType.VIRTUAL), (offset, value) -> {
                period[0] = value;
                period[1] = offset == 0 ? 1 : offset;
                timer[0].set(context.clock(ClockType.VIRTUAL) + value);
            });
            return new TestParts.ClosureDevice(() -> { }, s -> { });
        };
    }

    private static List<String> run(int shift, long cap, FakeCpu.Program program) throws InterruptedException {
        List<String> fired = new ArrayList<>();
        TestParts parts = new TestParts().set("shift", shift).set("slice-cap", cap).cpu(program).device("timer", timerDevice(fired));
        try (MachineHost machine = parts.machine()) {
            machine.start();
            machine.awaitHalt(0);
            assertEquals(MachineState.SHUTDOWN, machine.status().state(), machine.problem().toString());
        }
        return fired;
    }

    @ParameterizedTest
    @CsvSource({"0,1", "0,7", "0,250000", "1,1", "1,1000", "3,5", "3,250000", "10,3", "10,250000"})
    void aTimerFiresAtTheFirstBoundaryAtWhichItsDeadlineIsReached(int shift, long cap) throws InterruptedException {
        // Armed by instruction 100 (icount 100 while it executes) for 1001 ns later.
        List<String> fired = run(shift, cap, cpu -> {
            if (cpu.n() == 100) {
                cpu.store(BASE, 1001);
            }
            if (cpu.n() == 5000) {
                cpu.context().shutdown(ShutdownCause.GUEST_SHUTDOWN, 0);
            }
        });
        long deadline = (100L << shift) + 1001;
        long icount = (deadline + (1L << shift) - 1) >> shift;
        assertEquals(List.of("t@" + (icount << shift)), fired);
    }

    @ParameterizedTest
    @CsvSource({"0,1", "0,13", "0,250000", "2,13", "4,250000"})
    void aPeriodicTimerFiresAtTheSameInstructionsWhateverTheSlices(int shift, long cap) throws InterruptedException {
        FakeCpu.Program program = cpu -> {
            if (cpu.n() == 10) {
                cpu.store(BASE + 20, 333);
            }
            if (cpu.n() == 20_000) {
                cpu.context().shutdown(ShutdownCause.GUEST_SHUTDOWN, 0);
            }
        };
        List<String> expected = new ArrayList<>();
        long now = 10L << shift;
        for (int i = 0; i < 20; i++) {
            long icount = (now + 333 + (1L << shift) - 1) >> shift;
            now = icount << shift;
            expected.add("t@" + now);
        }
        assertEquals(expected, run(shift, cap, program));
    }

    @Test
    void aDeadlineInThePastFiresRightAfterTheInstruction() throws InterruptedException {
        List<String> fired = run(0, 250_000, cpu -> {
            if (cpu.n() == 50) {
                cpu.store(BASE, -10);
            }
            if (cpu.n() == 100) {
                cpu.context().shutdown(ShutdownCause.GUEST_SHUTDOWN, 0);
            }
        });
        assertEquals(List.of("t@51"), fired);
    }

    @Test
    void clocksReadInAnInstructionAreExact() throws InterruptedException {
        List<Long> read = new ArrayList<>();
        run(2, 250_000, cpu -> {
            if (cpu.n() == 7 || cpu.n() == 999) {
                read.add(cpu.load(BASE));
                read.add(cpu.context().icount());
            }
            if (cpu.n() == 1000) {
                cpu.context().shutdown(ShutdownCause.GUEST_SHUTDOWN, 0);
            }
        });
        assertEquals(List.of(28L, 7L, 3996L, 999L), read);
    }

    @Test
    void timersThatFallDueTogetherRunByDeadlineThenByCreation() throws InterruptedException {
        List<String> fired = new ArrayList<>();
        DeviceModel model = context -> {
            Timer late = context.timer("late", ClockType.VIRTUAL, () -> fired.add("late"));
            Timer first = context.timer("first", ClockType.VIRTUAL, () -> fired.add("first"));
            Timer second = context.timer("second", ClockType.VIRTUAL, () -> fired.add("second"));
            Timer cancelled = context.timer("cancelled", ClockType.VIRTUAL, () -> fired.add("cancelled"));
            return new TestParts.ClosureDevice(() -> {
                // With 1024 ns per instruction all are due after the first.
                cancelled.set(100);
                second.set(500);
                late.set(900);
                first.set(500);
                cancelled.cancel();
                assertTrue(first.pending());
                assertEquals(500, first.deadline());
                assertEquals(Long.MAX_VALUE, cancelled.deadline());
            }, s -> { });
        };
        TestParts parts = new TestParts().set("shift", 10).device("timer", model).cpu(cpu -> {
            if (cpu.n() == 10) {
                cpu.context().shutdown(ShutdownCause.GUEST_SHUTDOWN, 0);
            }
        });
        try (MachineHost machine = parts.machine()) {
            machine.start();
            machine.awaitHalt(0);
        }
        assertEquals(List.of("first", "second", "late"), fired);
    }

    @Test
    void aBottomHalfScheduledByAnInstructionRunsRightAfterIt() throws InterruptedException {
        List<Long> ran = new ArrayList<>();
        DeviceModel model = context -> {
            var half = context.bottomHalf("bh", () -> ran.add(context.clock(ClockType.VIRTUAL)));
            TestParts.map(context, BASE, offset -> 0, (offset, value) -> {
                half.schedule();
                half.schedule();
            });
            return new TestParts.ClosureDevice(() -> { }, s -> { });
        };
        TestParts parts = new TestParts().device("d", model).cpu(cpu -> {
            if (cpu.n() == 40) {
                cpu.store(BASE, 1);
            }
            if (cpu.n() == 99) {
                cpu.context().shutdown(ShutdownCause.GUEST_SHUTDOWN, 3);
            }
        });
        try (MachineHost machine = parts.machine()) {
            machine.start();
            machine.awaitHalt(0);
            assertEquals(100, machine.status().icount());
            assertEquals(3, machine.status().exitCode());
            assertEquals(ShutdownCause.GUEST_SHUTDOWN, machine.status().cause());
        }
        assertEquals(List.of(41L), ran);
    }
}
