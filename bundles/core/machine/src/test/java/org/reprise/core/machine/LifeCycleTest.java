package org.reprise.core.machine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.reprise.api.character.CharacterBackend;
import org.reprise.api.character.CharacterChannel;
import org.reprise.api.character.CharacterInput;
import org.reprise.api.character.Console;
import org.reprise.api.machine.MachineException;
import org.reprise.api.machine.MachineState;
import org.reprise.api.machine.ShutdownCause;

class LifeCycleTest {
    private static final FakeCpu.Program BUSY = cpu -> { };

    private static long pc(MachineHost machine) {
        return machine.<Long>inspect(cpus -> cpus.get(0).pc());
    }

    @Test
    void requestsFromOtherThreadsAreCarriedOutAtInstructionBoundaries() {
        try (MachineHost machine = new TestParts().cpu(BUSY).machine()) {
            assertEquals(MachineState.STOPPED, machine.status().state());
            machine.start();
            assertEquals(MachineState.RUNNING, machine.status().state());
            machine.pause();
            assertEquals(MachineState.PAUSED, machine.status().state());
            assertEquals(pc(machine), pc(machine), "the guest stands still");
            assertEquals(machine.digests(), machine.digests());
            machine.reset();
            assertEquals(MachineState.PAUSED, machine.status().state());
            assertEquals(0, pc(machine));
            machine.resume();
            assertEquals(MachineState.RUNNING, machine.status().state());
            assertNotNull(machine.inspect(cpus -> cpus.get(0).pc()), "a running machine is inspected between slices");
            machine.stop();
            assertEquals(MachineState.STOPPED, machine.status().state());
            machine.start();
            machine.stop();
        }
    }

    @Test
    void requestsThatDoNotFitTheStateAreRefused() throws InterruptedException {
        TestParts parts = new TestParts().cpu(cpu -> {
            if (cpu.n() == 50_000_000) {
                cpu.context().shutdown(ShutdownCause.GUEST_PANIC, 9);
            }
        });
        try (MachineHost machine = parts.machine()) {
            assertEquals("machine vm cannot be paused: it is stopped", assertThrows(MachineException.class, machine::pause).getMessage());
            assertThrows(MachineException.class, machine::resume);
            assertThrows(MachineException.class, machine::reset);
            assertThrows(MachineException.class, machine::digests);
            assertThrows(MachineException.class, machine::detachJournal);
            assertThrows(MachineException.class, () -> machine.inspect(cpus -> 1));
            machine.stop();
            machine.start();
            assertEquals("machine vm is running already; stop it first", assertThrows(MachineException.class, machine::start).getMessage());
            assertThrows(MachineException.class, machine::digests);
            machine.pause();
            assertTrue(assertThrows(MachineException.class, machine::start).getMessage().contains("paused"));
            machine.resume();
            assertTrue(machine.awaitHalt(60_000));
            assertEquals(ShutdownCause.GUEST_PANIC, machine.status().cause());
            assertEquals(9, machine.status().exitCode());
            assertEquals("machine vm cannot be resumed: it is shutdown",
                    assertThrows(MachineException.class, machine::resume).getMessage());
        }
    }

    @Test
    void manyThreadsMayAskAtOnce() throws Exception {
        try (MachineHost machine = new TestParts().set("slice-cap", 1000).cpu(BUSY).machine()) {
            machine.start();
            ExecutorService pool = Executors.newFixedThreadPool(4);
            List<Future<?>> users = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                users.add(pool.submit(() -> {
                    for (int i = 0; i < 200; i++) {
                        machine.pause();
                        machine.inspect(cpus -> cpus.get(0).pc());
                        machine.resume();
                    }
                }));
            }
            for (Future<?> user : users) {
                user.get();
            }
            pool.shutdown();
            assertTrue(pool.awaitTermination(60, TimeUnit.SECONDS));
            assertEquals(MachineState.RUNNING, machine.status().state());
            assertFalse(machine.awaitHalt(1));
        }
    }

    @Test
    void aGuestResetGoesOnCountingInstructions() throws InterruptedException {
        TestParts parts = new TestParts().device("finisher", Workshop.finisher(null)).cpu(cpu -> {
            if (cpu.context().icount() == 500) {
                cpu.store(Workshop.FINISHER, 256);
            } else if (cpu.context().icount() == 800) {
                cpu.store(Workshop.FINISHER, 7);
            }
        });
        try (MachineHost machine = parts.machine()) {
            machine.start();
            assertTrue(machine.awaitHalt(60_000));
            assertEquals(801, machine.status().icount());
            assertEquals(300, pc(machine), "reset right after instruction 500, shut down after 300 more");
            assertEquals(7, machine.status().exitCode());
        }
    }

    @Test
    void aModelWithdrawnWhileInUsePausesTheMachineNamingIt() throws InterruptedException {
        TestParts parts = new TestParts().cpu(BUSY).device("timer", Workshop.timer());
        try (MachineHost machine = parts.machine()) {
            machine.start();
            machine.withdrawn("a service that it does not use");
            assertEquals(MachineState.RUNNING, machine.status().state());
            machine.withdrawn(parts.withdraw("device timer"));
            assertTrue(machine.awaitHalt(60_000));
            assertEquals(MachineState.PAUSED, machine.status().state());
            assertTrue(machine.problem().orElseThrow().contains("device model timer, which it uses, was withdrawn"));
            assertEquals(machine.problem().orElseThrow(), assertThrows(MachineException.class, machine::resume).getMessage());
            assertEquals(List.of("cpu0", "ram", "timer", "timers"), List.copyOf(machine.digests().keySet()), "it stays inspectable");
            machine.stop();
            assertEquals(MachineState.WAITING, machine.status().state());
            parts.provide("device timer", Workshop.timer());
            machine.start();
            assertEquals(MachineState.RUNNING, machine.status().state());
        }
    }

    @Test
    void aFailureOfAPartFailsTheMachineWithItsPosition() throws InterruptedException {
        TestParts parts = new TestParts().cpu(cpu -> {
            if (cpu.n() == 1234) {
                throw new IllegalStateException("broken decoder");
            }
        });
        try (MachineHost machine = parts.machine()) {
            machine.start();
            assertTrue(machine.awaitHalt(60_000));
            assertEquals(MachineState.FAILED, machine.status().state());
            assertEquals("machine vm failed at icount 1234: broken decoder", machine.problem().orElseThrow());
        }
    }

    @Test
    void aRemovedMachineRefusesRequests() {
        MachineHost machine = new TestParts().cpu(BUSY).machine();
        machine.start();
        machine.close();
        assertTrue(assertThrows(MachineException.class, machine::start).getMessage().contains("is gone"));
    }

    private static FakeCpu.Program printer(int bytes) {
        return cpu -> {
            if (cpu.n() < bytes) {
                cpu.store(Workshop.UART, cpu.n() % 251);
            } else {
                cpu.context().shutdown(ShutdownCause.GUEST_SHUTDOWN, 0);
            }
        };
    }

    private static byte[] printed(int from, int to) {
        byte[] bytes = new byte[to - from];
        for (int i = from; i < to; i++) {
            bytes[i - from] = (byte) (i % 251);
        }
        return bytes;
    }

    @Test
    void aConsoleKeepsTheLastMebibyteAndReplaysItToObservers() throws Exception {
        int total = ConsolePort.HISTORY + 12_345;
        TestParts parts = new TestParts().cpu(printer(total)).device("uart0", Workshop.uart());
        try (MachineHost machine = parts.machine()) {
            machine.start();
            ByteArrayOutputStream early = new ByteArrayOutputStream();
            machine.consoles().get(0).attach(early::write, Integer.MAX_VALUE);
            assertTrue(machine.awaitHalt(60_000));
            Console console = machine.consoles().get(0);
            assertEquals("uart0", console.name());
            assertEquals(total, console.written());
            assertArrayEquals(printed(total - ConsolePort.HISTORY, total), console.history());
            assertArrayEquals(printed(0, total), early.toByteArray());
            ByteArrayOutputStream late = new ByteArrayOutputStream();
            console.attach(late::write, 100).close();
            assertArrayEquals(printed(total - 100, total), late.toByteArray());
            // A power cycle begins a new history; observers stay.
            early.reset();
            machine.start();
            assertTrue(machine.awaitHalt(60_000));
            assertEquals(total, machine.consoles().get(0).written());
            assertArrayEquals(printed(0, total), early.toByteArray());
            assertEquals(100, late.size());
        }
    }

    @Test
    void anObserverThatFailsIsDetachedAndTheGuestGoesOn() throws InterruptedException {
        TestParts parts = new TestParts().set("slice-cap", 100).cpu(printer(1000)).device("uart0", Workshop.uart());
        try (MachineHost machine = parts.machine()) {
            machine.start();
            assertTrue(machine.awaitHalt(60_000));
            List<Integer> calls = new ArrayList<>();
            machine.consoles().get(0).attach((bytes, offset, length) -> {
                calls.add(length);
                throw new IllegalStateException("gone");
            }, 0);
            machine.start();
            assertTrue(machine.awaitHalt(60_000));
            assertEquals(MachineState.SHUTDOWN, machine.status().state());
            assertEquals(1, calls.size());
        }
    }

    /** A back end that keeps what is written and can type. */
    private static final class Loop implements CharacterBackend {
        private final ByteArrayOutputStream output = new ByteArrayOutputStream();
        private final CountDownLatch closed = new CountDownLatch(1);
        private CharacterInput input;
        private int opened;

        @Override
        public CharacterChannel open(org.reprise.api.device.PartConfig config, CharacterInput in) {
            input = in;
            opened++;
            return new CharacterChannel() {
                @Override
                public void write(byte[] bytes, int offset, int length) {
                    output.write(bytes, offset, length);
                }

                @Override
                public void close() {
                    closed.countDown();
                }
            };
        }
    }

    @Test
    void aBackEndIsAnAdditionalOutletThatAReplayDoesNotOpen() throws InterruptedException {
        Loop loop = new Loop();
        TestParts parts = new TestParts().provide("character loop", loop).device("uart0", Workshop.uart(), "backend", "loop").cpu(cpu -> {
            long c = cpu.load(Workshop.UART + 8);
            if (c >= 0) {
                cpu.store(Workshop.UART, c + 1);
                cpu.context().shutdown(ShutdownCause.GUEST_SHUTDOWN, 0);
            }
        });
        MemoryJournal log = MemoryJournal.recording();
        try (MachineHost machine = parts.machine()) {
            machine.start(log);
            assertTrue(loop.input.input(new byte[] {'a'}));
            assertTrue(machine.awaitHalt(60_000));
            assertEquals("b", loop.output.toString(java.nio.charset.StandardCharsets.US_ASCII));
            assertArrayEquals(new byte[] {'b'}, machine.consoles().get(0).history());
        }
        assertEquals(0, loop.closed.getCount());
        try (MachineHost machine = parts.machine()) {
            machine.start(MemoryJournal.replaying(log.written()));
            assertTrue(machine.awaitHalt(60_000));
            assertArrayEquals(new byte[] {'b'}, machine.consoles().get(0).history());
            assertThrows(MachineException.class, machine::resume, "a replay that has ended is not resumed");
        }
        assertEquals(1, loop.opened);
        assertEquals(1, loop.output.size());
    }

    @Test
    void aReplayCanBePausedResumedAndLeftButNotReset() {
        MemoryJournal log = MemoryJournal.recording();
        TestParts parts = new TestParts().set("slice-cap", 1000).cpu(BUSY);
        try (MachineHost machine = parts.machine()) {
            machine.start(log);
            while (machine.status().icount() < 5_000_000) {
                Thread.onSpinWait();
            }
            machine.stop();
        }
        try (MachineHost machine = parts.machine()) {
            MemoryJournal replay = MemoryJournal.replaying(log.written());
            machine.start(replay);
            machine.pause();
            assertEquals("replay", machine.status().mode());
            assertThrows(MachineException.class, machine::reset);
            if (machine.journal() != null) {
                machine.resume();
            }
            machine.detachJournal();
            assertEquals(MachineState.STOPPED, machine.status().state());
            assertTrue(replay.closed());
        }
    }
}
