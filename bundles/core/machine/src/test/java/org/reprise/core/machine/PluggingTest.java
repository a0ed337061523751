package org.reprise.core.machine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reprise.api.block.BlockDriver;
import org.reprise.api.device.ClockType;
import org.reprise.api.device.DeviceModel;
import org.reprise.api.device.InterruptLine;
import org.reprise.api.device.Timer;
import org.reprise.api.machine.MachineException;
import org.reprise.api.machine.MachineState;
import org.reprise.api.machine.ShutdownCause;
import org.reprise.api.memory.BusErrorException;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventKind;

/** Devices that come to a running machine and go: events like others, replayed where they were recorded, refused without a trace. */
class PluggingTest {
    private static final long SLOT = 0x7000;

    /** Reads as nothing: an empty slot. */
    private static DeviceModel slot() {
        return context -> {
            TestParts.map(context, context.config().number("address"), offset -> 0, (offset, value) -> { });
            return new TestParts.ClosureDevice(() -> { }, s -> { });
        };
    }

    /** Counts its timer's expiries, interrupts at each, reads random bytes in its reset; reading gives the count. */
    private static DeviceModel beeper() {
        return context -> {
            InterruptLine line = context.interrupt(context.config().text("interrupt"));
            long[] count = new long[1];
            byte[] seed = new byte[2];
            Timer[] timer = new Timer[1];
            timer[0] = context.timer("beep", ClockType.VIRTUAL, () -> {
                count[0]++;
                line.set(true);
                timer[0].set(context.clock(ClockType.VIRTUAL) + 700 + (seed[0] & 255));
            });
            TestParts.map(context, context.config().number("address"), offset -> {
                line.set(false);
                return count[0] << 8 | 1;
            }, (offset, value) -> { });
            return new TestParts.ClosureDevice(() -> {
                context.random(seed);
                timer[0].set(context.clock(ClockType.VIRTUAL) + 100);
            }, s -> {
                s.int64("count", count[0]);
                s.bytes("seed", seed);
            });
        };
    }

    /** Polls the slot, sleeps now and then, ends when it has seen the device come and go. */
    private static final FakeCpu.Program GUEST = new FakeCpu.Program() {
        @Override
        public void step(FakeCpu cpu) {
            if (cpu.n() % 64 == 0) {
                long seen = cpu.load(SLOT);
                if (cpu.irq()) {
                    cpu.load(Workshop.TIMER);
                }
                // how far it has come: 0 nothing seen, 1 the device was there, 2 it was gone again
                long stage = cpu.context().memory().read(Workshop.RAM, 8);
                if (stage == 0 && seen > 0x400 || stage == 1 && seen == 0) {
                    cpu.context().memory().write(Workshop.RAM, 8, stage + 1);
                }
                if (stage == 2) {
                    cpu.context().shutdown(ShutdownCause.GUEST_SHUTDOWN, 0);
                }
            }
            if (cpu.n() % 5_000 == 0) {
                cpu.store(Workshop.TIMER, 300_000);
                cpu.waitForInterrupt();
            }
        }
    };

    private static TestParts machine(boolean withModel) {
        byte[] next = {1};
        TestParts parts = new TestParts().set("random", "host").set("rr.digest-interval", 3_000).cpu(GUEST).device("timer", Workshop.timer())
                .device("slot", slot(), "address", SLOT, "interrupt", "cpu0:IRQ").provide("device slot", slot(), DeviceModel.SLOT, "bus")
                .provide("random host", (org.reprise.api.random.RandomBackend) into -> java.util.Arrays.fill(into, next[0]++));
        return withModel ? parts.provide("device beeper", beeper(), DeviceModel.BUS, "bus") : parts;
    }

    private static void awaitStage(MachineHost machine, int stage) throws InterruptedException {
        for (int i = 0; i < 60_000 && word(machine, Workshop.RAM) < stage; i++) {
            Thread.sleep(1);
        }
    }

    /** What a load by the first CPU would give; registers of devices included. */
    private static long word(MachineHost machine, long address) {
        return machine.inspect(cpus -> ((FakeCpu) cpus.get(0)).context().memory().read(address, 8));
    }

    @Test
    void aDeviceComesAndGoesInARecordingAndInItsReplay() throws InterruptedException {
        MemoryJournal log = MemoryJournal.recording();
        Map<String, Long> digests;
        try (MachineHost machine = machine(true).machine()) {
            machine.start(log);
            Thread.sleep(5);
            String id = machine.plug("beeper", Map.of());
            assertEquals("beeper-0", id);
            assertTrue(machine.parts().stream().anyMatch(part -> part.name().equals(id)));
            awaitStage(machine, 1);
            machine.unplug(id);
            assertFalse(machine.parts().stream().anyMatch(part -> part.name().equals(id)));
            assertTrue(machine.awaitHalt(60_000));
            assertEquals(MachineState.SHUTDOWN, machine.status().state(), machine.problem().toString());
            digests = machine.digests();
        }
        List<EventKind> kinds = log.written().stream().map(Event::kind).toList();
        assertTrue(kinds.contains(EventKind.PLUG) && kinds.contains(EventKind.UNPLUG), kinds.toString());
        assertEquals(EventKind.RANDOM, kinds.get(kinds.indexOf(EventKind.PLUG) + 1), "what it reads in its reset stands behind it");
        MemoryJournal replay = MemoryJournal.replaying(log.written());
        try (MachineHost machine = machine(true).machine()) {
            machine.start(replay);
            assertTrue(machine.awaitHalt(60_000));
            assertNull(replay.divergence());
            assertEquals(digests, machine.digests());
        }
    }

    @Test
    void aModelThatIsNotInstalledIsNamedBeforeAReplay() throws InterruptedException {
        MemoryJournal log = MemoryJournal.recording();
        try (MachineHost machine = machine(true).machine()) {
            machine.start(log);
            machine.plug("beeper", Map.of("id", "b"));
            machine.stop();
        }
        Event plug = log.written().stream().filter(e -> e.kind() == EventKind.PLUG).findFirst().orElseThrow();
        try (MachineHost machine = machine(false).machine()) {
            Optional<String> obstacle = machine.obstacle(plug, false);
            assertTrue(obstacle.orElseThrow().contains("device model beeper, plugged as b, is not installed"), obstacle.toString());
        }
        try (MachineHost machine = machine(true).machine()) {
            assertEquals(Optional.empty(), machine.obstacle(plug, false));
        }
    }

    /** An image that stands on another one, which lies beside. */
    private static BlockDriver standingOn(Path below) {
        BlockDriver content = Workshop.image(1);
        return (config, ignored) -> new PassingNode(content.open(config, ignored)) {
            @Override
            public List<Path> sources() {
                return List.of(Path.of(config.text("file")), below);
            }
        };
    }

    @Test
    void anImageThatWasChangedIsNamedBeforeAReplayEvenWhenThePluggedOneOnlyStandsOnIt(@TempDir Path folder) throws Exception {
        Path disk = Files.writeString(folder.resolve("disk"), "disk");
        Path below = Files.writeString(folder.resolve("below"), "below");
        TestParts parts = machine(true).provide("driver raw", standingOn(below))
                .provide("driver overlay", (BlockDriver) (config, image) -> image).provide("filter blkreplay", Workshop.filter())
                .provide("device drawer", drawer(), DeviceModel.BUS, "bus");
        MemoryJournal log = MemoryJournal.recording();
        try (MachineHost machine = parts.machine()) {
            machine.start(log);
            machine.plug("drawer", Map.of("id", "d", "drive.file", disk.toString()));
            machine.stop();
        }
        Event plug = log.written().stream().filter(e -> e.kind() == EventKind.PLUG).findFirst().orElseThrow();
        assertTrue(new String(plug.data(), UTF_8).contains("set.drive.backing1=" + below + "\n"), "the recording says where it was");
        try (MachineHost machine = parts.machine()) {
            assertEquals(Optional.empty(), machine.obstacle(plug, false));
            Files.writeString(below, "other");
            String changed = machine.obstacle(plug, false).orElseThrow();
            assertTrue(changed.contains("drive.backing1 of device d") && changed.contains(below.toString()), changed);
            Files.delete(disk);
            String gone = machine.obstacle(plug, false).orElseThrow();
            assertTrue(gone.contains("drive.file = " + disk) && gone.contains("device d"), gone);
        }
    }

    /** The recorded run makes the overlay and goes on in it; a replay begins without it, and writes nothing. */
    @Test
    void anOverlayThatThePluggedDriveMadeIsNoImageOfTheRecording(@TempDir Path folder) throws Exception {
        Path disk = Files.writeString(folder.resolve("disk"), "disk");
        Path kept = folder.resolve("kept");
        List<String> opened = new ArrayList<>();
        BlockDriver content = Workshop.image(1);
        TestParts parts = machine(true).provide("driver raw", content).provide("driver qcow2", (BlockDriver) (config, ignored) -> {
            opened.add(config.text("overlay"));
            Files.writeString(Path.of(config.text("file")), "made");
            return content.open(config, ignored);
        }).provide("driver overlay", (BlockDriver) (config, image) -> image).provide("filter blkreplay", Workshop.filter())
                .provide("device drawer", drawer(), DeviceModel.BUS, "bus");
        MemoryJournal log = MemoryJournal.recording();
        try (MachineHost machine = parts.machine()) {
            machine.start(log);
            machine.plug("drawer", Map.of("id", "d", "drive.file", disk.toString(), "drive.overlay", "kept", "drive.overlay.file", kept.toString()));
            machine.stop();
        }
        assertEquals(List.of("none"), opened, "opened once, to be written");
        Event plug = log.written().stream().filter(e -> e.kind() == EventKind.PLUG).findFirst().orElseThrow();
        MemoryJournal replay = MemoryJournal.replaying(log.written());
        try (MachineHost machine = parts.machine()) {
            assertEquals(Optional.empty(), machine.obstacle(plug, false));
            machine.start(replay);
            assertTrue(machine.awaitHalt(60_000));
            assertNull(replay.divergence());
        }
        assertEquals(1, opened.size(), "a replay leaves it alone");
    }

    /** A device that has a drive and does nothing with it. */
    private static DeviceModel drawer() {
        return context -> {
            assertTrue(context.block("drive").isPresent());
            TestParts.map(context, context.config().number("address"), offset -> 1, (offset, value) -> { });
            return new TestParts.ClosureDevice(() -> { }, s -> { });
        };
    }

    @Test
    void whatDoesNotFitIsRefusedAndLeavesNoTrace() throws InterruptedException {
        MemoryJournal log = MemoryJournal.recording();
        Map<String, Long> digests;
        TestParts parts = machine(true).provide("device nowhere", beeper()).provide("device shy", beeper(), DeviceModel.BUS, "bus",
                DeviceModel.REPLAY_SUPPORTED, "it dials out").provide("driver raw", Workshop.image(1))
                .provide("driver overlay", (BlockDriver) (config, below) -> below).provide("filter blkreplay", Workshop.filter());
        try (MachineHost machine = parts.machine()) {
            assertThrows(MachineException.class, () -> machine.plug("beeper", Map.of()), "it is not started");
            machine.start(log);
            machine.pause();
            Map<String, Long> before = withoutTimers(machine);
            assertRefused(machine, "ghost", Map.of(), "no device model ghost");
            assertRefused(machine, "nowhere", Map.of(), "give it address");
            assertRefused(machine, "shy", Map.of(), "it dials out");
            assertRefused(machine, "beeper", Map.of("slot", "timer"), "slot timer is not free; free are [slot]");
            assertRefused(machine, "nowhere", Map.of("address", "0x7800", "interrupt", "cpu0:IRQ"), "overlaps");
            assertRefused(machine, "nowhere", Map.of("address", "0x9000", "interrupt", "cpu0:NMI"), "there is no input NMI");
            assertRefused(machine, "beeper", Map.of("id", "timer"), "there is a part timer already");
            assertRefused(machine, "beeper", Map.of("drive.file", "no/such/image"), "cannot be read");
            assertRefused(machine, "beeper", Map.of("note", "two\nlines"), "line break");
            assertEquals(before, withoutTimers(machine));
            machine.plug("beeper", Map.of());
            assertRefused(machine, "beeper", Map.of(), "no slot of bus bus is free");
            assertThrows(MachineException.class, () -> machine.unplug("ghost"));
            machine.resume();
            awaitStage(machine, 1);
            machine.unplug("beeper-0");
            assertTrue(machine.awaitHalt(60_000));
            digests = machine.digests();
        }
        MemoryJournal replay = MemoryJournal.replaying(log.written());
        try (MachineHost machine = parts.machine()) {
            machine.start(replay);
            assertTrue(machine.awaitHalt(60_000));
            assertNull(replay.divergence());
            assertEquals(digests, machine.digests());
        }
    }

    /** An idle machine's VIRTUAL goes on when somebody comes to it, whatever the answer. */
    private static Map<String, Long> withoutTimers(MachineHost machine) {
        Map<String, Long> digests = machine.digests();
        digests.remove("timers");
        return digests;
    }

    private static void assertRefused(MachineHost machine, String model, Map<String, String> settings, String why) {
        RuntimeException e = assertThrows(RuntimeException.class, () -> machine.plug(model, settings));
        assertTrue(e.getMessage().contains(why), e.getMessage());
    }

    @Test
    void aDescriptionInTheLogThatMakesNoSenseIsFound() throws InterruptedException {
        for (String text : List.of("", "id=x", "id=x\nmodel=beeper", "nonsense", "id=x\nmodel=beeper\nslot=ghost\n")) {
            Event plug = new Event(EventKind.PLUG, 0, 0, 0, text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
            MemoryJournal replay = MemoryJournal.replaying(List.of(plug, new Event(EventKind.END, 0, 0, -1, Event.NO_DATA)));
            try (MachineHost machine = machine(true).machine()) {
                machine.start(replay);
                assertTrue(machine.awaitHalt(60_000));
                assertEquals(MachineState.FAILED, machine.status().state(), text);
            }
        }
    }

    @Test
    void afterUnpluggingNothingOfTheDeviceIsLeft() throws InterruptedException {
        try (MachineHost machine = machine(true).provide("device nowhere", beeper()).machine()) {
            machine.startPaused();
            Map<String, Long> before = machine.digests();
            for (int i = 0; i < 3; i++) {
                machine.plug("nowhere", Map.of("id", "n", "address", "0x9000", "interrupt", "cpu0:IRQ"));
                assertEquals(1, word(machine, 0x9000) & 1);
                machine.unplug("n");
                assertThrows(BusErrorException.class, () -> word(machine, 0x9000));
            }
            assertEquals(before, machine.digests());
        }
    }
}
