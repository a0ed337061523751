package org.reprise.core.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reprise.api.device.ClockType;
import org.reprise.api.device.DeviceModel;
import org.reprise.api.device.InterruptLine;
import org.reprise.api.machine.MachineState;
import org.reprise.api.machine.ShutdownCause;
import org.reprise.api.net.NetworkBackend;
import org.reprise.api.net.NetworkFilter;
import org.reprise.api.net.NetworkFrame;
import org.reprise.api.net.NetworkLink;
import org.reprise.api.net.NetworkPort;
import org.reprise.api.net.NetworkReceiver;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventKind;

/** Network parts: frames are events, the card's flow control holds, nothing leaves a replay, an isolated back end is deterministic. */
class CableTest {
    static final long NIC = 0x6000;

    /** Writing n sends a frame of n bytes; reading gives a mix of what was received, and when; it takes two frames until it is read. */
    static DeviceModel nic() {
        return context -> {
            long[] seen = new long[1];
            int[] held = new int[1];
            InterruptLine line = context.interrupt("cpu0:IRQ");
            NetworkPort[] port = new NetworkPort[1];
            port[0] = context.network("network", new NetworkReceiver() {
                @Override
                public boolean canReceive() {
                    return held[0] < 2;
                }

                @Override
                public boolean takesUnfinished() {
                    return true;
                }

                @Override
                public void receive(NetworkFrame frame) {
                    held[0]++;
                    seen[0] = seen[0] * 31 + java.util.Arrays.hashCode(frame.bytes()) + frame.flags() + context.clock(ClockType.VIRTUAL);
                    line.set(true);
                }
            }).orElseThrow();
            TestParts.map(context, NIC, offset -> {
                held[0] = 0;
                line.set(false);
                port[0].acceptInput();
                return seen[0];
            }, (offset, value) -> port[0].send(NetworkFrame.complete(new byte[(int) value])));
            return new TestParts.ClosureDevice(() -> seen[0] = 0, s -> s.int64("seen", seen[0]));
        };
    }

    static NetworkFilter filterReplay() {
        return (config, recorder) -> new NetworkFilter.Tap() {
            @Override
            public void fromGuest(NetworkFrame frame, NetworkFilter.Next next) {
                if (!recorder.replaying()) {
                    next.pass(frame);
                }
            }

            @Override
            public void toGuest(NetworkFrame frame, NetworkFilter.Next next) {
                recorder.record(frame);
                next.pass(frame);
            }

            @Override
            public void replayed(NetworkFrame frame, NetworkFilter.Next next) {
                next.pass(frame);
            }
        };
    }

    /** Counts what passes towards the guest. */
    private static NetworkFilter counting(AtomicInteger count) {
        return (config, recorder) -> new NetworkFilter.Tap() {
            @Override
            public void fromGuest(NetworkFrame frame, NetworkFilter.Next next) {
                next.pass(frame);
            }

            @Override
            public void toGuest(NetworkFrame frame, NetworkFilter.Next next) {
                count.incrementAndGet();
                next.pass(frame);
            }
        };
    }

    /** Answers from a thread of its own, after a random time, with a few frames, one of them unfinished. */
    private static NetworkBackend busy(AtomicInteger opened, AtomicInteger sent) {
        return (config, host) -> {
            opened.incrementAndGet();
            Random random = new Random();
            return new NetworkLink() {
                @Override
                public void send(NetworkFrame frame) {
                    sent.incrementAndGet();
                    Thread answer = new Thread(() -> {
                        try {
                            Thread.sleep(0, random.nextInt(900_000));
                        } catch (InterruptedException e) {
                            throw new IllegalStateException(e);
                        }
                        host.execute(() -> {
                            byte[] bytes = new byte[60 + random.nextInt(100)];
                            random.nextBytes(bytes);
                            host.receive(new NetworkFrame(bytes, 34, 6, NetworkFrame.Segmentation.NONE, 0));
                            for (int i = random.nextInt(6); i > 0; i--) {
                                host.receive(NetworkFrame.complete(bytes));
                            }
                        });
                    });
                    answer.setDaemon(true);
                    answer.start();
                }

                @Override
                public void room() {
                    // nothing is held back
                }

                @Override
                public String describe() {
                    return "busy";
                }

                @Override
                public void close() {
                    // nothing is open
                }
            };
        };
    }

    private static TestParts machine(FakeCpu.Program program, NetworkBackend backend, AtomicInteger passed) {
        return new TestParts().set("rr.digest-interval", 5_000).cpu(program)
                .part("org.reprise.network", "net0", "backend", "far", "filters", "count").device("nic", nic(), "network", "net0")
                .device("timer", Workshop.timer()).provide("network far", backend).provide("network filter filter-replay", filterReplay())
                .provide("network filter count", counting(passed));
    }

    private static final FakeCpu.Program TALKATIVE = cpu -> {
        long n = cpu.n();
        if (cpu.context().icount() >= 60_000) {
            cpu.context().shutdown(ShutdownCause.GUEST_SHUTDOWN, 0);
            return;
        }
        if (n % 500 == 0) {
            cpu.store(NIC, 60 + n % 1000);
        }
        if (cpu.irq()) {
            cpu.see(cpu.load(NIC));
            cpu.load(Workshop.TIMER);
        }
        if (n % 700 == 0) {
            cpu.store(Workshop.TIMER, 2_000_000);
            cpu.waitForInterrupt();
        }
    };

    private static Map<String, Long> run(TestParts parts, MemoryJournal log) throws InterruptedException {
        try (MachineHost machine = parts.machine()) {
            machine.start(log);
            assertTrue(machine.awaitHalt(60_000));
            assertEquals(MachineState.SHUTDOWN, machine.status().state(), machine.problem().toString());
            return machine.digests();
        }
    }

    @Test
    void framesFromOutsideAreEventsAndReplayWithoutTheBackEnd() throws InterruptedException {
        AtomicInteger opened = new AtomicInteger();
        AtomicInteger sent = new AtomicInteger();
        AtomicInteger passed = new AtomicInteger();
        MemoryJournal log = MemoryJournal.recording();
        Map<String, Long> digests = run(machine(TALKATIVE, busy(opened, sent), passed), log);
        List<Event> frames = log.written().stream().filter(e -> e.kind() == EventKind.NET).toList();
        assertTrue(frames.size() > 100, frames.size() + " frames");
        assertEquals(frames.size(), passed.get());
        assertTrue(sent.get() > 100);
        AtomicInteger again = new AtomicInteger();
        MemoryJournal replay = MemoryJournal.replaying(log.written());
        assertEquals(digests, run(machine(TALKATIVE, busy(opened, sent), again), replay));
        assertNull(replay.divergence());
        assertEquals(1, opened.get(), "a replay opens no back end");
        assertEquals(passed.get(), again.get(), "filters nearer to the card see the log's frames");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void aFrameThatIsMissingSuperfluousOrDamagedInTheLogIsFound(int damage) throws InterruptedException {
        MemoryJournal log = MemoryJournal.recording();
        run(machine(TALKATIVE, busy(new AtomicInteger(), new AtomicInteger()), new AtomicInteger()), log);
        List<Event> events = new ArrayList<>(log.written());
        int at = events.indexOf(events.stream().filter(e -> e.kind() == EventKind.NET).skip(20).findFirst().orElseThrow());
        Event frame = events.get(at);
        if (damage == 0) {
            events.remove(at);
        } else {
            byte[] data = frame.data().clone();
            data[20] ^= 1;
            events.set(at, new Event(frame.kind(), frame.icount(), frame.source(), damage == 1 ? -1 : frame.value(), data));
        }
        MemoryJournal replay = MemoryJournal.replaying(events);
        try (MachineHost machine = machine(TALKATIVE, busy(new AtomicInteger(), new AtomicInteger()), new AtomicInteger()).machine()) {
            machine.start(replay);
            assertTrue(machine.awaitHalt(60_000));
            assertEquals(MachineState.FAILED, machine.status().state());
        }
    }

    /** Answers with a timer, on the machine's thread only, with the time. */
    private static NetworkBackend isolated(List<Long> times) {
        return (config, host) -> {
            ArrayDeque<Long> due = new ArrayDeque<>();
            org.reprise.api.device.Timer[] timer = new org.reprise.api.device.Timer[1];
            timer[0] = host.timer("answer", () -> {
                times.add(host.now());
                host.receive(NetworkFrame.complete(new byte[64]));
                due.remove();
                if (!due.isEmpty()) {
                    timer[0].set(due.peek());
                }
            });
            return new NetworkLink() {
                @Override
                public void send(NetworkFrame frame) {
                    due.add(host.now() + 12_345);
                    timer[0].set(due.peek());
                }

                @Override
                public void room() {
                    // nothing is held back
                }

                @Override
                public String describe() {
                    return "isolated";
                }

                @Override
                public void close() {
                    // nothing is open
                }
            };
        };
    }

    @Test
    void withoutARecordingAnIsolatedBackEndAnswersAtTheSameIcountInEachRun() throws InterruptedException {
        List<Long> first = new ArrayList<>();
        List<Long> second = new ArrayList<>();
        Map<String, Long> a = run(machine(TALKATIVE, isolated(first), new AtomicInteger()), null);
        Map<String, Long> b = run(machine(TALKATIVE, isolated(second), new AtomicInteger()).set("slice-cap", 777), null);
        assertTrue(first.size() > 50);
        assertEquals(first, second);
        assertEquals(a, b);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aRecordingOfABackEndWithTimersReplays(boolean sleep) throws InterruptedException {
        List<Long> times = new ArrayList<>();
        MemoryJournal log = MemoryJournal.recording();
        Map<String, Long> digests = run(machine(TALKATIVE, isolated(times), new AtomicInteger()).set("sleep", sleep), log);
        assertFalse(times.isEmpty());
        MemoryJournal replay = MemoryJournal.replaying(log.written());
        assertEquals(digests, run(machine(TALKATIVE, isolated(new ArrayList<>()), new AtomicInteger()).set("sleep", sleep), replay));
        assertNull(replay.divergence());
    }

    @Test
    void aBackEndThatIsRefusedIsToldWhenThereIsRoom() throws InterruptedException {
        AtomicInteger taken = new AtomicInteger();
        AtomicInteger rooms = new AtomicInteger();
        NetworkBackend flood = (config, host) -> new NetworkLink() {
            private boolean full;

            private void fill() {
                while (!full && taken.get() < 5_000) {
                    full = !host.receive(NetworkFrame.complete(new byte[1000]));
                    taken.addAndGet(full ? 0 : 1);
                }
            }

            @Override
            public void send(NetworkFrame frame) {
                fill();
            }

            @Override
            public void room() {
                rooms.incrementAndGet();
                full = false;
                fill();
            }

            @Override
            public String describe() {
                return "flood";
            }

            @Override
            public void close() {
                // nothing is open
            }
        };
        AtomicInteger passed = new AtomicInteger();
        run(machine(cpu -> {
            if (cpu.n() == 0) {
                cpu.store(NIC, 60);
            }
            if (cpu.irq()) {
                cpu.load(NIC);
            }
            if (passed.get() == 5_000) {
                cpu.context().shutdown(ShutdownCause.GUEST_SHUTDOWN, 0);
            }
        }, flood, passed), null);
        assertEquals(5_000, taken.get());
        assertNotEquals(0, rooms.get());
    }
}
