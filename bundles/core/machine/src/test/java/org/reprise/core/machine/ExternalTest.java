package org.reprise.core.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.reprise.api.block.BlockDriver;
import org.reprise.api.block.BlockRequest;
import org.reprise.api.character.CharacterReceiver;
import org.reprise.api.device.BottomHalf;
import org.reprise.api.device.ClockType;
import org.reprise.api.device.DeviceContext;
import org.reprise.api.device.DeviceModel;
import org.reprise.api.device.Timer;
import org.reprise.api.machine.MachineState;
import org.reprise.api.machine.ShutdownCause;
import org.reprise.api.replay.EventKind;

/** EXTERNAL timers and non-replayable bottom halves: no influence on the guest, and caught when they try. */
class ExternalTest {
    private static final FakeCpu.Program UNTIL_20000 = cpu -> {
        if (cpu.n() == 20_000) {
            cpu.context().shutdown(ShutdownCause.GUEST_SHUTDOWN, 0);
        }
    };

    /** A model whose external timer fires every {@code period} ns, noting VIRTUAL. */
    private static DeviceModel ticker(long period, List<Long> fired) {
        return context -> {
            Timer[] timer = new Timer[1];
            timer[0] = context.timer("beat", ClockType.VIRTUAL, () -> {
                fired.add(context.clock(ClockType.VIRTUAL));
                timer[0].set(context.clock(ClockType.VIRTUAL) + period);
            });
            return new TestParts.ClosureDevice(() -> timer[0].set(period), s -> { });
        };
    }

    private static TestParts tickerMachine(Object external, List<Long> fired, FakeCpu.Program program) {
        return new TestParts().cpu(program).device("ticker", ticker(333, fired)).provide("device ticker", ticker(333, fired),
                DeviceModel.TIMER_EXTERNAL, external);
    }

    @ParameterizedTest
    @CsvSource({"true", "beat", "other", "false"})
    void withoutARecordingExternalTimersRunDeterministically(String external) throws InterruptedException {
        List<Long> fired = new ArrayList<>();
        try (MachineHost machine = tickerMachine(external, fired, UNTIL_20000).machine()) {
            machine.start();
            assertTrue(machine.awaitHalt(60_000));
        }
        assertEquals(20_001 / 333, fired.size());
        for (int i = 0; i < fired.size(); i++) {
            assertEquals(333L * (i + 1), fired.get(i));
        }
    }

    @Test
    void inARecordingAnExternalTimerDoesNotShortenSlices() throws InterruptedException {
        List<Long> external = new ArrayList<>();
        record(tickerMachine(true, external, UNTIL_20000));
        assertEquals(0, external.size(), "20 000 instructions are one slice, at whose end the guest has shut down");
        List<Long> internal = new ArrayList<>();
        record(tickerMachine(new String[] {"other"}, internal, UNTIL_20000));
        assertEquals(20_001 / 333, internal.size());
    }

    private static MemoryJournal record(TestParts parts) throws InterruptedException {
        MemoryJournal log = MemoryJournal.recording();
        try (MachineHost machine = parts.machine()) {
            machine.start(log);
            assertTrue(machine.awaitHalt(60_000));
            assertEquals(MachineState.SHUTDOWN, machine.status().state(), machine.problem().toString());
        }
        return log;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void inARecordingAnExternalTimerDoesNotEndAnIdleWait(boolean sleep) throws InterruptedException {
        FakeCpu.Program program = cpu -> {
            if (cpu.n() == 0) {
                cpu.store(Workshop.TIMER, 20_000_000);
                cpu.waitForInterrupt();
            } else {
                cpu.see(cpu.context().clock(ClockType.VIRTUAL));
                cpu.context().shutdown(ShutdownCause.GUEST_SHUTDOWN, 0);
            }
        };
        List<Long> fired = new ArrayList<>();
        TestParts parts = new TestParts().set("sleep", sleep).cpu(program).device("timer", Workshop.timer())
                .device("ticker", ticker(5_000_000, fired))
                .provide("device ticker", ticker(5_000_000, fired), DeviceModel.TIMER_EXTERNAL, true);
        MemoryJournal log = MemoryJournal.recording();
        Map<String, Long> digests;
        try (MachineHost machine = parts.machine()) {
            machine.start(log);
            assertTrue(machine.awaitHalt(60_000));
            assertEquals(20_000_001, machine.status().virtualTime());
            digests = machine.digests();
        }
        assertEquals(List.of(EventKind.DIGEST, EventKind.END), log.written().stream().map(e -> e.kind()).toList());
        if (sleep) {
            assertTrue(fired.get(0) < 20_000_000, "while the machine sleeps, the outside goes on: " + fired);
        } else {
            assertEquals(List.of(20_000_000L), fired, "a machine that does not sleep is at its deadline at once");
        }
        for (int i = 1; i < fired.size(); i++) {
            assertTrue(fired.get(i) - fired.get(i - 1) >= 5_000_000, "paced by the host: " + fired);
        }
        try (MachineHost machine = parts.machine()) {
            MemoryJournal replay = MemoryJournal.replaying(log.written());
            machine.start(replay);
            assertTrue(machine.awaitHalt(60_000));
            assertNull(replay.divergence());
            assertEquals(digests, machine.digests());
        }
    }

    // The guard.

    /** What a callback does, made from the context while assembling. */
    private interface Deed extends BiFunction<DeviceContext, String, Runnable> {
    }

    private static String problemOf(Deed deed, boolean half, Object timerExternal, Object bhReplayable) throws InterruptedException {
        DeviceModel model = context -> {
            Runnable work = deed.apply(context, "x");
            BottomHalf bottomHalf = context.bottomHalf("bh", work);
            Timer timer = context.timer("t", ClockType.VIRTUAL, half ? bottomHalf::schedule : work);
            return new TestParts.ClosureDevice(() -> timer.set(100), s -> { });
        };
        TestParts parts = new TestParts().set("random", "host").provide("random host", (org.reprise.api.random.RandomBackend) into -> { });
        parts.part("org.reprise.drive", "disk0", "file", "memory");
        parts.provide("driver raw", Workshop.image(0)).provide("driver overlay", (BlockDriver) (config, below) -> below)
                .provide("filter blkreplay", Workshop.filter());
        parts.cpu(UNTIL_20000).device("nic", model, "drive", "disk0")
                .provide("device nic", model, DeviceModel.TIMER_EXTERNAL, timerExternal, DeviceModel.BH_REPLAYABLE, bhReplayable);
        try (MachineHost machine = parts.machine()) {
            machine.start();
            assertTrue(machine.awaitHalt(60_000));
            assertEquals(MachineState.FAILED == machine.status().state(), machine.problem().isPresent());
            return machine.problem().orElse(null);
        }
    }

    private static final Map<String, Deed> DEEDS = Map.of(
            "interrupt line cpu0:IRQ", (context, x) -> {
                var line = context.interrupt("cpu0:IRQ");
                return () -> line.set(true);
            },
            "write at physical address 0x80000008", (context, x) -> () -> context.memory().write(0x80000008L, 4, 1),
            "write at physical address 0x80000010", (context, x) -> () -> context.memory().writeBytes(0x80000010L, new byte[4], 0, 4),
            "direct write at physical address 0x80001000", (context, x) -> () -> context.memory().prepareWrite(0x80001000L),
            "timer guest", (context, x) -> {
                Timer guest = context.timer("guest", ClockType.VIRTUAL, () -> { });
                return () -> guest.set(1000);
            },
            "a block request", (context, x) -> {
                var queue = context.block("drive").orElseThrow();
                return () -> queue.submit(new BlockRequest(BlockRequest.Operation.READ, 0, new byte[512], 512, error -> { }));
            },
            "HOST clock", (context, x) -> () -> context.clock(ClockType.HOST),
            "random bytes", (context, x) -> () -> context.random(new byte[1]),
            "shutdown", (context, x) -> () -> context.shutdown(ShutdownCause.GUEST_SHUTDOWN, 0),
            "console output", (context, x) -> {
                var port = context.character(new CharacterReceiver() {
                    @Override
                    public int canReceive() {
                        return 0;
                    }

                    @Override
                    public void receive(byte[] bytes) {
                        throw new AssertionError("was not asked for");
                    }
                });
                return () -> port.write('x');
            });

    @Test
    void anExternalTimerThatTouchesGuestStateIsCaught() throws InterruptedException {
        for (Map.Entry<String, Deed> deed : DEEDS.entrySet()) {
            String problem = problemOf(deed.getValue(), false, new String[] {"t"}, true);
            assertTrue(problem != null && problem.contains("EXTERNAL timer t of part nic (model nic) touched guest state: "),
                    deed.getKey() + problem);
            assertTrue(problem.contains(deed.getKey()), deed.getKey() + ": " + problem);
        }
    }

    @Test
    void aNonReplayableBottomHalfThatTouchesGuestStateIsCaught() throws InterruptedException {
        for (Map.Entry<String, Deed> deed : DEEDS.entrySet()) {
            String problem = problemOf(deed.getValue(), true, false, false);
            assertTrue(problem != null && problem.contains("non-replayable bottom half bh of part nic (model nic) touched guest state: "
                    + deed.getKey()), deed.getKey() + ": " + problem);
        }
    }

    @Test
    void whatIsDeclaredForTheGuestMayTouchGuestState() throws InterruptedException {
        for (Map.Entry<String, Deed> deed : DEEDS.entrySet()) {
            assertNull(problemOf(deed.getValue(), false, new String[] {"other"}, false), deed.getKey());
            assertNull(problemOf(deed.getValue(), true, false, new String[] {"bh"}), deed.getKey());
        }
    }

    @Test
    void whatAnExternalTimerSchedulesBecomesAnEventOfTheRecording() throws InterruptedException {
        List<Long> ran = new ArrayList<>();
        DeviceModel model = context -> {
            BottomHalf half = context.bottomHalf("rx", () -> {
                ran.add(context.clock(ClockType.VIRTUAL));
                context.memory().write(Workshop.RAM, 8, ran.size());
            });
            Timer timer = context.timer("t", ClockType.VIRTUAL, half::schedule);
            return new TestParts.ClosureDevice(() -> timer.set(100), s -> { });
        };
        TestParts parts = new TestParts().set("slice-cap", 1000).cpu(UNTIL_20000).device("nic", model)
                .provide("device nic", model, DeviceModel.TIMER_EXTERNAL, true);
        MemoryJournal log = record(parts);
        assertEquals(1, log.events(EventKind.BH).size());
        assertEquals(List.of(log.events(EventKind.BH).get(0).icount()), ran);
        List<Long> recorded = List.copyOf(ran);
        ran.clear();
        parts.set("slice-cap", 77);
        try (MachineHost machine = parts.machine()) {
            MemoryJournal replay = MemoryJournal.replaying(log.written());
            machine.start(replay);
            assertTrue(machine.awaitHalt(60_000));
            assertNull(replay.divergence());
        }
        assertEquals(recorded, ran);
    }

    @Test
    void aNonReplayableBottomHalfIsNeverLogged() throws InterruptedException {
        List<Boolean> ran = new ArrayList<>();
        DeviceModel model = context -> {
            BottomHalf half = context.bottomHalf("gui", () -> ran.add(true));
            return new TestParts.ClosureDevice(half::schedule, s -> { });
        };
        TestParts parts = new TestParts().cpu(UNTIL_20000).device("ui", model)
                .provide("device ui", model, DeviceModel.BH_REPLAYABLE, "false");
        MemoryJournal log = record(parts);
        assertFalse(ran.isEmpty());
        assertEquals(List.of(EventKind.DIGEST, EventKind.END), log.written().stream().map(e -> e.kind()).toList());
    }

    @Test
    void aCallFromAnotherThreadNamesMachinePartAndThread() throws InterruptedException {
        DeviceContext[] escaped = new DeviceContext[1];
        var line = new org.reprise.api.device.InterruptLine[1];
        DeviceModel model = context -> {
            escaped[0] = context;
            line[0] = context.interrupt("cpu0:IRQ");
            return new TestParts.ClosureDevice(() -> { }, s -> { });
        };
        try (MachineHost machine = new TestParts().cpu(UNTIL_20000).device("nic", model).machine()) {
            machine.start();
            assertTrue(machine.awaitHalt(60_000));
            for (Runnable call : List.<Runnable>of(() -> line[0].set(true), () -> escaped[0].clock(ClockType.VIRTUAL),
                    () -> escaped[0].memory().write(Workshop.RAM, 1, 1))) {
                String message = org.junit.jupiter.api.Assertions.assertThrows(IllegalStateException.class, call::run).getMessage();
                assertEquals("machine vm, part nic: called on thread \"" + Thread.currentThread().getName()
                        + "\"; guest state belongs to thread \"reprise-machine-vm\"", message);
            }
        }
    }
}
