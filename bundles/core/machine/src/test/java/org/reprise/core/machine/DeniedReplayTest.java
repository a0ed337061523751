package org.reprise.core.machine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reprise.api.block.BlockDriver;
import org.reprise.api.block.BlockNode;
import org.reprise.api.character.CharacterBackend;
import org.reprise.api.character.CharacterChannel;
import org.reprise.api.device.DeviceModel;
import org.reprise.api.device.PartConfig;
import org.reprise.api.machine.MachineException;
import org.reprise.api.machine.MachineState;
import org.reprise.api.net.NetworkBackend;
import org.reprise.api.net.NetworkFilter;
import org.reprise.api.net.NetworkFrame;
import org.reprise.api.net.NetworkLink;
import org.reprise.api.random.RandomBackend;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventKind;

/**
 * A replay on a host that denies everything. The recording used every way out of a machine; its replay has a clock, random bytes, a network,
 * a terminal and an image that throw when they are touched, and ends with the same state.
 */
class DeniedReplayTest {
    static final long LENGTH = 60_000;
    private static final long NIC = CableTest.NIC;

    /** Thrown by what must not be touched; says what was. */
    static final class Denied extends AssertionError {
        private static final long serialVersionUID = 1;

        Denied(String what) {
            super("the replay " + what);
        }
    }

    static final HostTime NO_TIME = new HostTime() {
        @Override
        public long monotonic() {
            // it may look how long the replay takes: no guest sees it
            return 0;
        }

        @Override
        public long wall() {
            throw new Denied("reads the host's clock");
        }
    };

    /** The host that the recording is made on. */
    static final class Host {
        final AtomicInteger randoms = new AtomicInteger();
        final AtomicInteger sent = new AtomicInteger();
        final AtomicInteger printed = new AtomicInteger();
        final AtomicInteger written = new AtomicInteger();

        RandomBackend random() {
            Random random = new Random();
            return into -> {
                randoms.incrementAndGet();
                random.nextBytes(into);
            };
        }

        /** Answers each frame from a thread of its own. */
        NetworkBackend network() {
            return (config, host) -> new NetworkLink() {
                @Override
                public void send(NetworkFrame frame) {
                    byte[] answer = new byte[60 + sent.incrementAndGet() % 40];
                    Thread t = new Thread(() -> host.execute(() -> host.receive(NetworkFrame.complete(answer))));
                    t.setDaemon(true);
                    t.start();
                }

                @Override
                public void room() {
                    // nothing is held back
                }

                @Override
                public String describe() {
                    return "answers";
                }

                @Override
                public void close() {
                    // nothing is open
                }
            };
        }

        /** Types from a thread of its own, all the time; takes what is printed. */
        CharacterBackend terminal() {
            return (config, input) -> {
                AtomicBoolean closed = new AtomicBoolean();
                Thread t = new Thread(() -> {
                    for (int i = 0; !closed.get(); i++) {
                        input.input(("line " + i + "\n").getBytes(StandardCharsets.US_ASCII));
                        LockSupport.parkNanos(200_000);
                    }
                });
                t.setDaemon(true);
                t.start();
                return new CharacterChannel() {
                    @Override
                    public void write(byte[] bytes, int offset, int length) {
                        printed.addAndGet(length);
                    }

                    @Override
                    public void close() {
                        closed.set(true);
                    }
                };
            };
        }
    }

    /** An image in memory. @param writable false: it is opened read-only, and a write, a flush or a discard throws */
    static BlockDriver image(boolean writable, AtomicInteger written) {
        BlockDriver content = Workshop.image(1);
        return (config, below) -> {
            if (!writable) {
                assertTrue(config.flag("read-only", false), "the replay opens the image for writing");
            }
            return new PassingNode(content.open(config, below)) {
                @Override
                public boolean readOnly() {
                    return !writable;
                }

                @Override
                public void write(long position, byte[] from, int offset, int length) throws IOException {
                    if (!writable) {
                        throw new Denied("writes the image");
                    }
                    written.incrementAndGet();
                    super.write(position, from, offset, length);
                }

                @Override
                public void flush() throws IOException {
                    if (!writable) {
                        throw new Denied("flushes the image");
                    }
                    super.flush();
                }

                @Override
                public void discard(long position, long length) throws IOException {
                    if (!writable) {
                        throw new Denied("discards in the image");
                    }
                    super.discard(position, length);
                }
            };
        };
    }

    /** Keeps what is written in memory, by sector. */
    private static final BlockDriver OVERLAY = (PartConfig config, BlockNode below) -> new PassingNode(below) {
        private final Map<Long, byte[]> sectors = new HashMap<>();

        @Override
        public boolean readOnly() {
            return false;
        }

        @Override
        public void read(long position, byte[] into, int offset, int length) throws IOException {
            byte[] mine = sectors.get(position);
            if (mine == null) {
                super.read(position, into, offset, length);
            } else {
                System.arraycopy(mine, 0, into, offset, length);
            }
        }

        @Override
        public void write(long position, byte[] from, int offset, int length) {
            assertEquals(512, length, "this guest writes sector by sector");
            sectors.put(position, java.util.Arrays.copyOfRange(from, offset, offset + length));
        }

        @Override
        public void flush() {
            // nothing is kept for good
        }
    };

    /** The workshop's guest, which sends a frame now and then. */
    private static FakeCpu.Program guest() {
        FakeCpu.Program workshop = Workshop.guest(LENGTH);
        return cpu -> {
            if (cpu.n() % 500 == 7) {
                cpu.store(NIC, 60);
            }
            if (cpu.n() % 64 == 0) {
                cpu.load(NIC);
            }
            workshop.step(cpu);
        };
    }

    static TestParts machine(String overlay, BlockDriver image, RandomBackend random, NetworkBackend network, CharacterBackend terminal) {
        TestParts parts = new TestParts().set("random", "host").set("rr.digest-interval", 10_000);
        parts.cpu(guest()).part("org.reprise.drive", "disk0", "file", "memory", "overlay", overlay)
                .part("org.reprise.network", "net0", "backend", "far").device("uart0", Workshop.uart(), "backend", "line")
                .device("timer", Workshop.timer()).device("clock", Workshop.clock()).device("disk", Workshop.disk(), "drive", "disk0")
                .device("nic", CableTest.nic(), "network", "net0").device("finisher", Workshop.finisher(null));
        NetworkFilter filter = CableTest.filterReplay();
        return parts.provide("driver raw", image).provide("driver overlay", OVERLAY).provide("filter blkreplay", Workshop.filter())
                .provide("random host", random).provide("network far", network).provide("network filter filter-replay", filter)
                .provide("character line", terminal);
    }

    record Run(Map<String, Long> digests, byte[] output, long icount) {
    }

    private static Run run(MachineHost machine, MemoryJournal journal) throws InterruptedException {
        try (machine) {
            machine.start(journal);
            assertTrue(machine.awaitHalt(60_000));
            assertEquals(MachineState.SHUTDOWN, machine.status().state(), machine.problem().toString());
            assertEquals(5, machine.status().exitCode());
            return new Run(machine.digests(), machine.consoles().get(0).history(), machine.status().icount());
        }
    }

    static MemoryJournal record(String overlay, Host host, Run[] run) throws InterruptedException {
        MemoryJournal log = MemoryJournal.recording();
        run[0] = run(machine(overlay, image(true, host.written), host.random(), host.network(), host.terminal()).machine(), log);
        return log;
    }

    @ParameterizedTest
    @ValueSource(strings = {"temporary", "none"})
    void aReplayDoesWithoutAnythingOutside(String overlay) throws InterruptedException {
        Host host = new Host();
        Run[] recorded = new Run[1];
        List<Event> events = record(overlay, host, recorded).written();
        for (EventKind kind : List.of(EventKind.CLOCK_HOST, EventKind.RANDOM, EventKind.NET, EventKind.CHAR_READ, EventKind.BLOCK)) {
            assertTrue(events.stream().filter(e -> e.kind() == kind).count() > 5, "the recording has hardly any " + kind);
        }
        assertTrue(host.randoms.get() > 5 && host.sent.get() > 50 && host.printed.get() > 20, "the guest used its host");
        assertEquals(overlay.equals("none"), host.written.get() > 0, "writes to the image");

        MemoryJournal log = MemoryJournal.replaying(events);
        Run replayed = run(denied(overlay).machine(NO_TIME), log);
        assertNull(log.divergence());
        assertEquals(recorded[0].digests(), replayed.digests());
        assertArrayEquals(recorded[0].output(), replayed.output());
        assertEquals(recorded[0].icount(), replayed.icount());
    }

    static TestParts denied(String overlay) {
        return machine(overlay, image(false, null), into -> {
            throw new Denied("reads random bytes");
        }, (config, host) -> {
            throw new Denied("opens a network");
        }, (config, input) -> {
            throw new Denied("opens a terminal");
        });
    }

    /** What denies would be noticed: a machine that is not replayed cannot even start on such a host. */
    @Test
    void aLiveMachineDoesNotRunOnSuchAHost() throws InterruptedException {
        try (MachineHost machine = denied("temporary").machine(NO_TIME)) {
            MachineException denied = assertThrows(MachineException.class, machine::start);
            assertTrue(denied.getMessage().contains("opens a"), denied.getMessage());
        }
        DeviceModel clock = Workshop.clock();
        TestParts onlyClock = new TestParts().cpu(cpu -> cpu.load(Workshop.CLOCK)).device("clock", clock);
        try (MachineHost machine = onlyClock.machine(NO_TIME)) {
            machine.start();
            assertTrue(machine.awaitHalt(60_000));
            assertEquals(MachineState.FAILED, machine.status().state());
            assertTrue(machine.problem().orElseThrow().contains("reads the host's clock"), machine.problem().toString());
        }
    }
}
