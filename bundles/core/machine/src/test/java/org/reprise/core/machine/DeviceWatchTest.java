package org.reprise.core.machine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reprise.api.cpu.WatchListener;
import org.reprise.api.cpu.Watchpoint;
import org.reprise.api.device.ClockType;
import org.reprise.api.device.DeviceModel;
import org.reprise.api.device.Timer;
import org.reprise.api.machine.DebugSession;
import org.reprise.api.machine.DebugSession.Stop;
import org.reprise.api.travel.Capture;
import org.reprise.api.travel.MachineImage;
import org.reprise.api.travel.PageSource;

/** Watchpoints see what devices write: between two instructions, and within one. What stepping and looking finds is what is told. */
class DeviceWatchTest {
    private static final long END = 3_000;
    /** Written by a timer, and by an instruction that stores to the device: 12 bytes over a page's end. */
    private static final long LATE = Workshop.RAM + 0x4010;
    private static final long NOW = Workshop.RAM + 0x5ffa;

    private static DeviceModel dma() {
        return context -> {
            long[] writes = new long[1];
            Timer timer = context.timer("late", ClockType.VIRTUAL, () -> context.memory().write(LATE, 8, ++writes[0]));
            TestParts.map(context, Workshop.TIMER, offset -> 0, (offset, value) -> {
                if (offset == 0) {
                    timer.set(context.clock(ClockType.VIRTUAL) + value);
                } else {
                    byte[] bytes = new byte[12];
                    Arrays.fill(bytes, (byte) ++writes[0]);
                    context.memory().writeBytes(NOW, bytes, 0, bytes.length);
                }
            });
            // what a reset writes at power-on is no news
            return new TestParts.ClosureDevice(() -> context.memory().write(LATE, 8, writes[0] = 77), s -> writes[0] = s.int64("writes", writes[0]));
        };
    }

    private static TestParts parts() {
        return new TestParts().cpu(cpu -> {
            if (cpu.n() % 97 == 5) {
                cpu.store(Workshop.TIMER, 10 + cpu.n() % 50);
            } else if (cpu.n() % 89 == 3) {
                cpu.store(Workshop.TIMER + 8, 1);
            }
        }).device("dma", dma());
    }

    /** Icounts at which something has changed when the instruction there is done. */
    private static List<Long> changes(long address, int length) throws Exception {
        List<Long> changes = new ArrayList<>();
        try (MachineHost machine = parts().machine()) {
            BlockingQueue<Stop> stops = new LinkedBlockingQueue<>();
            machine.startPaused();
            DebugSession session = machine.debug(stops::add);
            byte[] before = session.read(DebugSession.PHYSICAL, address, length);
            while (machine.status().icount() < END) {
                long at = machine.status().icount();
                session.step();
                assertEquals(Stop.STEP, stops.take());
                byte[] now = session.read(DebugSession.PHYSICAL, address, length);
                if (!Arrays.equals(before, now)) {
                    changes.add(at);
                }
                before = now;
            }
            machine.stop();
        }
        return changes;
    }

    private record Told(long icount, WatchListener.Access access) {
    }

    private static List<Told> told(Watchpoint point) throws Exception {
        List<Told> told = new ArrayList<>();
        try (MachineHost machine = parts().machine()) {
            BlockingQueue<Stop> stops = new LinkedBlockingQueue<>();
            machine.startPaused();
            DebugSession session = machine.debug(stops::add);
            session.watchpoints(List.of(point));
            for (session.resume(END); stops.take() == Stop.WATCHPOINT; session.resume(END)) {
                WatchListener.Access access = session.access().orElseThrow();
                assertEquals("dma", access.device());
                assertArrayEquals(session.read(DebugSession.PHYSICAL, access.physical(), Math.min(access.size(), 8)), bytes(access), "it is done");
                told.add(new Told(machine.status().icount(), access));
            }
            assertEquals(END, machine.status().icount());
            session.watchpoints(List.of());
            session.resume(2 * END);
            assertEquals(Stop.STEP, stops.take(), "nothing is watched any more");
            machine.stop();
        }
        return told;
    }

    private static byte[] bytes(WatchListener.Access access) {
        byte[] bytes = new byte[Math.min(access.size(), 8)];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (access.value() >>> 8 * i);
        }
        return bytes;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatATimerWritesHaltsTheMachineBetweenTwoInstructions(boolean physical) throws Exception {
        List<Long> expected = changes(LATE + 2, 4);
        // the number is too small for these bytes: it is a write all the same
        assertEquals(List.of(), expected);
        List<Long> all = changes(LATE, 8);
        assertTrue(all.size() > 20, all.toString());
        List<Told> told = told(new Watchpoint(Watchpoint.Kind.WRITE, LATE + 2, 4, physical));
        assertEquals(all, told.stream().map(Told::icount).toList());
        told.forEach(t -> assertEquals(LATE + 2 + " 4", t.access().address() + " " + t.access().size()));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatIsWrittenWithinAnInstructionHaltsBehindIt(boolean physical) throws Exception {
        List<Long> expected = changes(NOW, 12);
        assertTrue(expected.size() > 20, expected.toString());
        List<Told> told = told(new Watchpoint(Watchpoint.Kind.ACCESS, NOW + 4, 100, physical));
        assertEquals(expected, told.stream().map(t -> t.icount() - 1).toList());
        // a virtual range may go on anywhere behind its page
        told.forEach(t -> assertEquals(NOW + 4 + (physical ? " 8" : " 2"), t.access().address() + " " + t.access().size()));
    }

    /** Where nothing is different. */
    private static final PageSource SAME = new PageSource() {
        @Override
        public int[] different(String space) {
            return new int[0];
        }

        @Override
        public int[] written(String space) {
            return new int[0];
        }

        @Override
        public boolean read(String space, int page, byte[] into) {
            throw new AssertionError("page " + page + " of " + space + " is read");
        }
    };

    @Test
    void aRestoredMachineKnowsWhetherItStandsBehindAWrite() throws Exception {
        try (MachineHost machine = parts().machine()) {
            BlockingQueue<Stop> stops = new LinkedBlockingQueue<>();
            machine.startPaused();
            DebugSession session = machine.debug(stops::add);
            session.watchpoints(List.of(new Watchpoint(Watchpoint.Kind.WRITE, LATE, 8, true)));
            session.resume(END);
            assertEquals(Stop.WATCHPOINT, stops.take());
            MachineImage behind = image(machine);
            assertTrue(machine.travel().behindDevices());
            session.step();
            assertEquals(Stop.STEP, stops.take());
            MachineImage further = image(machine);
            machine.travel().restore(behind, SAME, null);
            assertTrue(machine.travel().behindDevices());
            machine.travel().restore(further, SAME, null);
            assertFalse(machine.travel().behindDevices());
            machine.stop();
        }
    }

    private static MachineImage image(MachineHost machine) {
        try (Capture capture = machine.travel().capture(true, true).orElseThrow()) {
            return capture.image();
        }
    }

    @Test
    void readsAndNeighboursAreNotTold() throws Exception {
        assertEquals(List.of(), told(new Watchpoint(Watchpoint.Kind.READ, LATE, 8, true)));
        assertEquals(List.of(), told(new Watchpoint(Watchpoint.Kind.WRITE, LATE - 8, 8, true)));
        assertEquals(List.of(), told(new Watchpoint(Watchpoint.Kind.WRITE, LATE + 8, 100, false)));
        assertEquals(List.of(), told(new Watchpoint(Watchpoint.Kind.WRITE, NOW + 12, Long.MAX_VALUE, false)), "a range beyond all bounds is looked up to a bound");
    }
}
