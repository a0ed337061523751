package org.reprise.core.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.reprise.api.block.BlockDriver;
import org.reprise.api.block.BlockNode;
import org.reprise.api.device.DeviceModel;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;
import org.reprise.api.machine.MachineState;
import org.reprise.api.machine.PartInfo;
import org.reprise.api.machine.ShutdownCause;
import org.reprise.api.state.State;

class AssemblyTest {
    private static final DeviceModel NOTHING = context -> new TestParts.ClosureDevice(() -> { }, s -> { });
    private static final FakeCpu.Program HALT = cpu -> cpu.context().shutdown(ShutdownCause.GUEST_SHUTDOWN, 0);

    /** Notes the order in which parts are created and reset. */
    private static DeviceModel noting(List<String> notes) {
        return context -> {
            notes.add("create " + context.config().name());
            return new TestParts.ClosureDevice(() -> notes.add("reset " + context.config().name()), s -> { });
        };
    }

    private static MachineException refused(MachineHost machine) {
        return assertThrows(MachineException.class, machine::start);
    }

    @Test
    void assemblyFollowsTheListOfPartsWhateverTheOrderOfServicesAndConfigurations() throws InterruptedException {
        List<String> expected = List.of("create b", "create a", "create c", "reset b", "reset a", "reset c");
        Random random = new Random(1);
        for (int i = 0; i < 10; i++) {
            List<String> notes = new ArrayList<>();
            TestParts parts = new TestParts().set("parts", "b,cpu0,a,c");
            List<Runnable> arrivals = new ArrayList<>(List.of(() -> parts.device("a", noting(notes)),
                    () -> parts.device("b", noting(notes)), () -> parts.device("c", noting(notes)), () -> parts.cpu(HALT)));
            Collections.shuffle(arrivals, random);
            arrivals.forEach(Runnable::run);
            try (MachineHost machine = parts.machine()) {
                machine.start();
                assertTrue(machine.awaitHalt(60_000));
                assertEquals(List.of("b", "cpu0", "a", "c"), machine.parts().stream().map(PartInfo::name).toList());
                assertEquals(List.of("b", "cpu0", "a", "c"), machine.partNames());
                assertEquals(List.of("cpu0", "ram", "b", "a", "c", "timers"), machine.digestComponents());
                assertEquals(machine.digestComponents(), List.copyOf(machine.digests().keySet()));
            }
            assertEquals(expected, notes);
        }
    }

    @Test
    void aMachineWaitsForPartsModelsAndDriversNamingEach() {
        TestParts parts = new TestParts().set("parts", "cpu0,disk0,uart0,ghost").set("random", "host");
        parts.configure("org.reprise.cpu", "cpu0", "arch", "fake").configure("org.reprise.drive", "disk0", "file", "x")
                .configure("org.reprise.device.ns16550a", "uart0", "backend", "file");
        try (MachineHost machine = parts.machine()) {
            List<String> expected = List.of(
                    "part cpu0: CPU architecture fake; install and start the cpu bundle that provides it",
                    "part disk0: block driver raw; install and start the block bundle that provides it",
                    "part disk0: block driver overlay; install and start the block bundle that provides it, or set overlay = none",
                    "part disk0: block filter blkreplay; install and start the block bundle that provides it",
                    "part uart0: device model ns16550a; install and start the device bundle that provides it",
                    "part uart0: character back end file; install and start the character bundle that provides it",
                    "part ghost: no configuration; add org.reprise.device.TYPE~ghost, org.reprise.cpu~ghost, org.reprise.drive~ghost or"
                            + " org.reprise.network~ghost with machine = vm",
                    "random back end host; install and start the random bundle that provides it");
            assertEquals(expected, machine.waitingFor());
            assertEquals(MachineState.WAITING, machine.status().state());
            MachineException e = refused(machine);
            assertEquals(ExitCode.WAITING, e.code());
            assertTrue(e.getMessage().contains(expected.get(0)) && e.getMessage().contains(expected.get(7)), e.getMessage());
            assertEquals(MachineState.WAITING, machine.status().state());
            parts.provide("device ns16550a", NOTHING);
            assertEquals(7, machine.waitingFor().size());
        }
    }

    @Test
    void aDriveWithoutMediumNeedsNoDriver() throws InterruptedException {
        List<Boolean> present = new ArrayList<>();
        TestParts parts = new TestParts();
        parts.part("org.reprise.drive", "disk0");
        parts.cpu(HALT).device("blk", context -> {
            present.add(context.block("drive").isPresent());
            return NOTHING.create(context);
        }, "drive", "disk0");
        try (MachineHost machine = parts.machine()) {
            machine.start();
            assertTrue(machine.awaitHalt(60_000));
        }
        assertEquals(List.of(false), present);
    }

    /** An image that notes how it is opened and closed. */
    private static BlockDriver image(String name, List<String> notes, int length) {
        return (config, below) -> {
            notes.add("open " + name + (config.flag("read-only", false) ? " read-only" : "")
                    + (below == null ? "" : " on " + below.describe()));
            return new BlockNode() {
                @Override
                public long length() {
                    return length;
                }

                @Override
                public boolean readOnly() {
                    return config.flag("read-only", false);
                }

                @Override
                public void read(long position, byte[] into, int offset, int count) {
                    throw new AssertionError("nothing reads");
                }

                @Override
                public void write(long position, byte[] from, int offset, int count) {
                    throw new AssertionError("nothing writes");
                }

                @Override
                public void flush() {
                    throw new AssertionError("nothing flushes");
                }

                @Override
                public void discard(long position, long count) {
                    throw new AssertionError("nothing discards");
                }

                @Override
                public String describe() {
                    return name;
                }

                @Override
                public void close() {
                    notes.add("close " + name);
                }
            };
        };
    }

    private static List<String> drive(int length, boolean replay, Object... values) throws InterruptedException {
        List<String> notes = new ArrayList<>();
        TestParts parts = new TestParts();
        parts.part("org.reprise.drive", "disk0", values);
        parts.provide("driver raw", image("raw", notes, length)).provide("driver overlay", image("overlay", notes, length))
                .provide("filter blkreplay", Workshop.filter()).cpu(HALT).device("blk", context -> {
                    notes.add("writable " + !context.block("drive").orElseThrow().readOnly());
                    return NOTHING.create(context);
                }, "drive", "disk0");
        MemoryJournal log = MemoryJournal.recording();
        try (MachineHost machine = parts.machine()) {
            machine.start(log);
            assertTrue(machine.awaitHalt(60_000));
        }
        if (replay) {
            notes.clear();
            try (MachineHost machine = parts.machine()) {
                machine.start(MemoryJournal.replaying(log.written()));
                assertTrue(machine.awaitHalt(60_000));
            }
        }
        return notes;
    }

    @Test
    void imagesAreOpenedReadOnlyUnderAnOverlay() throws InterruptedException {
        assertEquals(List.of("open raw read-only", "open overlay on raw", "writable true", "close overlay", "close raw"),
                drive(1024, false, "file", "x"));
        assertEquals(List.of("open raw", "writable true", "close raw"), drive(1024, false, "file", "x", "overlay", "none"));
        assertEquals(List.of("open raw read-only", "writable false", "close raw"), drive(1024, false, "file", "x", "read-only", true));
    }

    @Test
    void aReplayNeverWritesAnImage() throws InterruptedException {
        assertEquals(List.of("open raw read-only", "open overlay on raw", "writable true", "close overlay", "close raw"),
                drive(1024, true, "file", "x", "overlay", "none"));
    }

    @Test
    void aDriveWithoutAFileHasNothingToProtect() throws InterruptedException {
        assertEquals(List.of("open raw", "writable true", "close raw"), drive(1024, false, "size", 1024));
        assertEquals(List.of("open raw", "writable true", "close raw"), drive(1024, true, "size", 1024));
    }

    /** What a kept overlay is told that it stands on: to be written, to be replayed. */
    private static String standing(org.reprise.api.device.PartConfig config) {
        return config.has("backing") ? " on " + Path.of(config.text("backing")).getFileName()
                : config.has("backing0") ? " over " + Path.of(config.text("backing0")).getFileName() : "";
    }

    /** An image that stands on another file. */
    private static BlockDriver standing(List<String> notes, Path on) {
        return (config, below) -> {
            Path file = Path.of(config.text("file"));
            notes.add("open " + file.getFileName() + (config.flag("read-only", false) ? " read-only" : "")
                    + standing(config));
            if (!Files.exists(file)) {
                Files.write(file, new byte[1]);
            }
            BlockNode node = image("standing", notes, 1024).open(config, below);
            notes.remove(notes.size() - 1);
            return (BlockNode) java.lang.reflect.Proxy.newProxyInstance(BlockNode.class.getClassLoader(), new Class<?>[] {BlockNode.class},
                    (proxy, method, arguments) -> method.getName().equals("sources") ? List.of(file, on) : method.invoke(node, arguments));
        };
    }

    @Test
    void anOverlayIsKeptAndPartOfARecordingOnceItIsThere(@TempDir Path folder) throws IOException, InterruptedException {
        Path disk = Files.write(folder.resolve("disk"), new byte[1024]);
        Path kept = folder.resolve("kept");
        List<String> notes = new ArrayList<>();
        TestParts parts = new TestParts();
        parts.part("org.reprise.drive", "disk0", "file", disk.toString(), "overlay", "kept", "overlay.file", kept.toString());
        parts.provide("driver raw", image("raw", notes, 1024)).provide("driver overlay", image("overlay", notes, 1024))
                .provide("driver qcow2", standing(notes, disk)).provide("filter blkreplay", Workshop.filter()).cpu(HALT)
                .device("blk", context -> {
                    notes.add("writable " + !context.block("drive").orElseThrow().readOnly());
                    return NOTHING.create(context);
                }, "drive", "disk0");
        try (MachineHost machine = parts.machine()) {
            assertEquals(Map.of("disk0.file", disk.toString()), machine.imagePaths());
            assertEquals(List.of("open raw read-only", "open overlay on raw"), notes.subList(0, 2));
            notes.clear();
            machine.start();
            assertTrue(machine.awaitHalt(60_000));
            assertEquals(List.of("open kept on disk", "writable true"), notes.subList(0, 2));
            notes.clear();
            Map<String, String> manifest = machine.manifest();
            assertEquals(List.of("open kept read-only over disk", "open overlay on standing"), notes.subList(0, 2));
            assertTrue(manifest.get("image.disk0.overlay.file").startsWith("1 bytes sha256:"), manifest.toString());
            assertTrue(manifest.get("image.disk0.file").startsWith("1024 bytes sha256:"), manifest.toString());
            assertEquals(Map.of("disk0.file", disk.toString(), "disk0.overlay.file", kept.toString()), machine.imagePaths());
        }
    }

    @Test
    void theFilesThatAnImageStandsOnArePartOfTheManifest(@TempDir Path folder) throws IOException {
        Path disk = Files.write(folder.resolve("disk"), new byte[1024]);
        Path base = Files.write(folder.resolve("base.raw"), new byte[512]);
        TestParts parts = new TestParts();
        parts.part("org.reprise.drive", "disk0", "file", disk.toString());
        parts.provide("driver raw", standing(new ArrayList<>(), base)).provide("driver overlay", image("o", new ArrayList<>(), 1024))
                .provide("filter blkreplay", Workshop.filter()).cpu(HALT);
        try (MachineHost machine = parts.machine()) {
            String before = machine.manifest().get("image.disk0.backing1");
            assertTrue(before.matches("512 bytes sha256:[0-9a-f]{64}"), before);
            Files.write(base, new byte[] {1});
            assertTrue(machine.manifest().get("image.disk0.backing1").startsWith("1 bytes sha256:"));
            assertEquals(Map.of("disk0.file", disk.toString(), "disk0.backing1", base.toString()), machine.imagePaths());
        }
        parts.part("org.reprise.drive", "disk1", "file", disk.toString(), "backing1", base.toString());
        try (MachineHost machine = parts.machine()) {
            assertFalse(machine.manifest().containsKey("part.disk1.backing1"), "where an image is does not matter");
        }
        MachineException e = assertThrows(MachineException.class, () -> drive(1024, false, "file", "x", "backing2", "y"));
        assertTrue(e.getMessage().contains("backing2 = \"y\" is no file that the drive stands on: its image x has 0 backing files"), e.getMessage());
    }

    /** A pipe is a file that nobody has read to its end before its writer comes. */
    @Test
    @Timeout(60)
    void imagesAreReadForTheManifestWithoutTheMachinesThread(@TempDir Path folder) throws Exception {
        Path disk = folder.resolve("disk");
        assertEquals(0, new ProcessBuilder("mkfifo", disk.toString()).start().waitFor());
        TestParts parts = new TestParts();
        parts.part("org.reprise.drive", "disk0", "file", disk.toString());
        parts.provide("driver raw", image("raw", new ArrayList<>(), 1024)).provide("driver overlay", image("o", new ArrayList<>(), 1024))
                .provide("filter blkreplay", Workshop.filter()).cpu(HALT);
        try (MachineHost machine = parts.machine()) {
            machine.startPaused();
            Map<String, String> without = machine.manifest(List.of("disk0"));
            CompletableFuture<Map<String, String>> all = CompletableFuture.supplyAsync(machine::manifest);
            try (OutputStream writer = Files.newOutputStream(disk)) {
                // it has been opened for reading
                assertEquals(1, (int) machine.inspect(List::size), "the machine answers");
                writer.write(new byte[3]);
            }
            Map<String, String> read = new LinkedHashMap<>(all.get());
            assertTrue(read.remove("image.disk0.file").startsWith("3 bytes sha256:"));
            assertEquals(read, without);
        }
    }

    @Test
    void whatTheMachineWritesItselfIsNamed(@TempDir Path folder) throws IOException {
        Path kept = folder.resolve("kept");
        TestParts parts = new TestParts().cpu(HALT);
        parts.part("org.reprise.drive", "a", "file", "x").part("org.reprise.drive", "b", "file", "x", "overlay", "none")
                .part("org.reprise.drive", "c", "file", "x", "overlay", "kept", "overlay.file", kept.toString())
                .part("org.reprise.drive", "d", "file", "x", "overlay", "none", "read-only", "on").part("org.reprise.drive", "e", "size", "1K");
        try (MachineHost machine = parts.machine()) {
            assertEquals(List.of("b.file"), machine.written(), "an overlay that is made by the run is none of its images");
            Files.write(kept, new byte[1]);
            assertEquals(List.of("b.file", "c.overlay.file"), machine.written());
        }
    }

    @Test
    void overlaySettingsThatDoNotFitAreNamed() {
        for (Object[] values : new Object[][] {{"file", "x", "overlay", "forever"}, {"file", "x", "overlay", "kept"},
            {"file", "x", "overlay", "none", "overlay.file", "y"}}) {
            MachineException e = assertThrows(MachineException.class, () -> drive(1024, false, values));
            assertTrue(e.getMessage().contains("overlay = \"" + values[3] + "\"") && e.getMessage().contains("disk0"), e.getMessage());
        }
    }

    @Test
    void aDiskOfAWrongLengthIsRefused() {
        MachineException e = assertThrows(MachineException.class, () -> drive(1000, false, "file", "x"));
        assertEquals("machine vm, part disk0: file = \"x\" cannot be used as a drive: its length of 1000 bytes is not a positive"
                + " multiple of 512; extend the image (configuration org.reprise.drive~disk0)", e.getMessage());
        assertEquals(ExitCode.CONFIGURATION, e.code());
    }

    private static void assertConfigurationError(TestParts parts, String... pieces) {
        try (MachineHost machine = parts.machine()) {
            MachineException e = refused(machine);
            assertEquals(ExitCode.CONFIGURATION, e.code(), e.getMessage());
            for (String piece : pieces) {
                assertTrue(e.getMessage().contains(piece), e.getMessage());
            }
            assertEquals(MachineState.FAILED, machine.status().state());
            assertEquals(e.getMessage(), machine.problem().orElseThrow());
            machine.stop();
            assertEquals(MachineState.STOPPED, machine.status().state());
        }
    }

    @Test
    void badValuesAreRefusedNamingKeyAndValue() {
        assertConfigurationError(new TestParts().cpu(HALT).set("ram", "12Q"), "machine vm: ram = \"12Q\"");
        assertConfigurationError(new TestParts().cpu(HALT).set("ram", "1000"), "ram = \"1000\" is not a RAM size");
        assertConfigurationError(new TestParts().cpu(HALT).set("shift", "11"), "shift = \"11\" is out of range; use 0..10");
        assertConfigurationError(new TestParts().cpu(HALT).set("sleep", "perhaps"), "sleep = \"perhaps\"");
        assertConfigurationError(new TestParts().device("a", NOTHING), "0 CPUs");
        TestParts nine = new TestParts().cpu(HALT);
        for (int i = 1; i < 9; i++) {
            nine.part("org.reprise.cpu", "cpu" + i, "arch", "fake");
        }
        assertConfigurationError(nine, "9 CPUs are configured (cpu0, cpu1, ", "a machine has 1..8");
    }

    @Test
    void badWiringIsRefusedNamingPartAndReference() {
        for (Map.Entry<String, String> wrong : Map.of("plic", "is no reference",
                "plic:1", "names part plic, which the machine does not have", "cpu0:NMI", "there is no input NMI; there is IRQ",
                "dev:1", "names part dev, which has no interrupt inputs").entrySet()) {
            assertConfigurationError(new TestParts().cpu(HALT).device("dev", context -> {
                context.interrupt(context.config().text("interrupt"));
                return NOTHING.create(context);
            }, "interrupt", wrong.getKey()), "machine vm, part dev: interrupt \"" + wrong.getKey() + "\"", wrong.getValue());
        }
    }

    @Test
    void overlappingRegistersAreRefused() {
        DeviceModel model = context -> {
            context.map(context.config().name(), 0x1000, 0x100, new org.reprise.api.memory.MmioHandler() {
                @Override
                public long read(long offset, int size) {
                    return 0;
                }

                @Override
                public void write(long offset, int size, long value) {
                    throw new AssertionError("nothing writes");
                }
            });
            return NOTHING.create(context);
        };
        assertConfigurationError(new TestParts().cpu(HALT).device("one", model).device("two", model), "one", "two");
    }

    @Test
    void anUnreadableImageIsRefusedNamingTheFile(@TempDir Path folder) throws IOException {
        DeviceModel loader = context -> {
            context.image("kernel").orElseThrow();
            return NOTHING.create(context);
        };
        Path missing = folder.resolve("vmlinux");
        assertConfigurationError(new TestParts().cpu(HALT).device("loader", loader, "kernel", missing.toString()),
                "machine vm, part loader: kernel = \"" + missing + "\" does not exist");
        assertConfigurationError(new TestParts().cpu(HALT).device("loader", loader, "kernel", folder.toString()), "is a folder");
    }

    @Test
    void whatAResetRefusesIsAConfigurationError() {
        assertConfigurationError(new TestParts().cpu(HALT).device("loader", context -> new TestParts.ClosureDevice(() -> {
            throw new IllegalArgumentException("RAM of 64 KiB is too small for the kernel");
        }, s -> { })), "RAM of 64 KiB is too small");
    }

    @Test
    void anInterruptMayNameAPartThatIsCreatedLater() throws InterruptedException {
        TestParts parts = new TestParts().device("uart0", Workshop.uart()).cpu(HALT);
        try (MachineHost machine = parts.machine()) {
            machine.start();
            assertTrue(machine.awaitHalt(60_000));
            assertEquals(MachineState.SHUTDOWN, machine.status().state());
        }
    }

    @Test
    void theManifestHoldsWhatTheGuestSeesAndNoPaths(@TempDir Path folder) throws IOException {
        Path kernel = Files.write(folder.resolve("kernel"), "abc".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        Path disk = Files.write(folder.resolve("disk"), new byte[1024]);
        TestParts parts = new TestParts().set("shift", 3).set("rr.digest-interval", 1000).set("random", "host").set("feature", "g:a:1");
        parts.part("org.reprise.drive", "disk0", "file", disk.toString());
        parts.provide("driver raw", image("raw", new ArrayList<>(), 1024)).provide("driver overlay", image("o", new ArrayList<>(), 1024))
                .provide("filter blkreplay", Workshop.filter()).provide("random host", (org.reprise.api.random.RandomBackend) into -> { });
        parts.cpu(HALT).device("loader", context -> {
            context.image("kernel").orElseThrow();
            assertTrue(context.image("initrd").isEmpty());
            return NOTHING.create(context);
        }, "kernel", kernel.toString(), "append", "quiet", "backend.file", "x", "translator.mode", "mixed");
        try (MachineHost machine = parts.machine()) {
            Map<String, String> manifest = machine.manifest();
            assertEquals(MachineState.STOPPED, machine.status().state());
            assertEquals("disk0,cpu0,loader", manifest.get("machine.parts"));
            assertEquals("3", manifest.get("machine.shift"));
            assertEquals("64K", manifest.get("machine.ram"));
            assertEquals("g:a:1", manifest.get("machine.feature"));
            assertEquals("quiet", manifest.get("part.loader.append"));
            assertEquals("device loader", manifest.get("part.loader.type"));
            assertEquals(
                    "3 bytes sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", manifest.get("image.loader.kernel"));
            assertEquals(
                    "1024 bytes sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef", manifest.get("image.disk0.file"));
            assertEquals(5, manifest.keySet().stream().filter(key -> key.startsWith("bundle.")).count());
            assertFalse(manifest.toString().contains(folder.toString()), manifest.toString());
            for (String hostOnly : List.of("rr.", "random", "backend", "translator", "overlay")) {
                assertTrue(manifest.keySet().stream().noneMatch(key -> !key.startsWith("bundle.") && key.contains(hostOnly)), hostOnly);
            }
            assertEquals(Map.of("loader.kernel", kernel.toString(), "disk0.file", disk.toString()), machine.imagePaths());
            assertEquals(manifest, machine.manifest());
        }
    }

    @Test
    void aModelThatDoesNotSupportReplayBlocksRecordingButNotRunning() throws InterruptedException {
        TestParts parts = new TestParts().cpu(HALT).device("gpu", NOTHING)
                .provide("device gpu", NOTHING, DeviceModel.REPLAY_SUPPORTED, "it draws on the host; use model fb");
        try (MachineHost machine = parts.machine()) {
            assertEquals(List.of("part gpu (model gpu): it draws on the host; use model fb"), machine.blockers());
            MachineException e = assertThrows(MachineException.class, () -> machine.start(MemoryJournal.recording()));
            assertTrue(e.getMessage().contains("part gpu (model gpu): it draws on the host"), e.getMessage());
            machine.start();
            assertTrue(machine.awaitHalt(60_000));
        }
    }

    @Test
    void aPowerCycleStartsFromTheSameState() throws InterruptedException {
        List<Map<String, Long>> digests = new ArrayList<>();
        TestParts parts = new TestParts().device("timer", Workshop.timer()).cpu(cpu -> {
            cpu.store(Workshop.RAM + cpu.n() * 8, cpu.load(Workshop.RAM + cpu.n() * 8) + 1);
            cpu.store(Workshop.TIMER, 500);
            if (cpu.n() == 1000) {
                cpu.context().shutdown(ShutdownCause.GUEST_SHUTDOWN, 0);
            }
        });
        try (MachineHost machine = parts.machine()) {
            for (int i = 0; i < 3; i++) {
                machine.start();
                assertTrue(machine.awaitHalt(60_000));
                digests.add(machine.digests());
                assertEquals(1001, machine.status().icount());
            }
        }
        assertEquals(digests.get(0), digests.get(1));
        assertEquals(digests.get(0), digests.get(2));
    }

    @Test
    void theDigestHashesNamesAndValues() {
        List<java.util.function.Consumer<State>> states = List.of(s -> { }, s -> s.bool("a", false), s -> s.bool("a", true),
                s -> s.int32("b", 1), s -> s.int32("a", 2), s -> s.int64("a", 1L << 32), s -> s.bytes("a", new byte[] {1}),
                s -> s.bytes("a", new byte[] {1, 0}), s -> s.int64s("a", new long[] {1, 2}, 2), s -> s.int64s("a", new long[] {2, 1}, 2),
                s -> s.int32s("a", new int[] {1, 2, 0}), s -> s.nested("a", inner -> inner.int32("b", 2)),
                s -> s.nested("a", inner -> inner.int32("c", 2)));
        List<Long> digests = states.stream().map(state -> HashState.digest(state::accept)).toList();
        assertEquals(digests.size(), digests.stream().distinct().count(), digests.toString());
        assertEquals(digests.get(5), HashState.digest(s -> s.int64("a", 1L << 32)));
    }
}
