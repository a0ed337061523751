package org.reprise.itests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What cannot work is refused, with the thing, the value and the remedy named, and the documented exit code. */
@Tag("command")
class RefusalsIT {
    private static final int USAGE = 2;
    private static final int FEATURE = 3;
    private static final int CONFIGURATION = 4;
    private static final int MISMATCH = 6;
    private static final int DAMAGED = 8;
    private static final int CUT_OFF = 9;
    private static final int RECORDING_IO = 10;

    @TempDir
    static Path folder;
    private static Path recording;

    @BeforeAll
    static void record() throws Exception {
        recording = folder.resolve("good.rr");
        Cli.Result r = Cli.run("run", "virt-riscv64", "--guest", "demo-riscv64", "--record", recording.toString(), "--exit-on-shutdown");
        assertEquals(0, r.code(), r.err());
    }

    private static Cli.Result refused(int code, List<String> named, String... arguments) throws Exception {
        Cli.Result r = Cli.run(arguments);
        assertEquals(code, r.code(), String.join(" ", arguments) + "\n" + r.err());
        for (String n : named) {
            assertTrue(r.err().contains(n), "'" + n + "' is not in:\n" + r.err());
        }
        return r;
    }

    private static void mismatch(List<String> named, String... options) throws Exception {
        List<String> line = new ArrayList<>(List.of("verify", recording.toString()));
        line.addAll(Arrays.asList(options));
        refused(MISMATCH, named, line.toArray(String[]::new));
    }

    @Test
    void anotherMachineIsRefusedWithFieldAndBothValues() throws Exception {
        mismatch(List.of("machine.ram", "64M", "96M"), "--ram", "96M");
        mismatch(List.of("machine.shift", "recorded 3", "here 2"), "--shift", "2");
        mismatch(List.of("machine.parts", "vrng0"), "--set",
            "machine.parts=cpu0,finisher,rtc0,clint,plic,uart0,disk0,vblk0,net0,vnet0,vcon0,slot4,slot5,slot6,slot7,loader");
        mismatch(List.of("part.uart0.address", "0x10000000", "0x10009000"), "--set", "uart0.address=0x10009000", "--set", "loader.stdout=");
    }

    @Test
    void otherImagesAreRefused() throws Exception {
        Path guest = Cli.home().resolve("guests/demo-riscv64");
        Path disk = folder.resolve("disk.img");
        byte[] bytes = Files.readAllBytes(guest.resolve("disk.img"));
        bytes[100] ^= 1;
        Files.write(disk, bytes);
        mismatch(List.of("image.disk0.file", "sha256"), "--disk", disk.toString());
        Path firmware = folder.resolve("demo.elf");
        byte[] elf = Files.readAllBytes(guest.resolve("demo.elf"));
        elf[elf.length - 1] ^= 1;
        Files.write(firmware, elf);
        mismatch(List.of("image.loader.firmware", "sha256"), "--firmware", firmware.toString());
        refused(CONFIGURATION, List.of("loader.firmware", "--file"), "verify", recording.toString(), "--firmware", "/nowhere/demo.elf");
    }

    @Test
    void anotherBundleVersionIsRefusedUnlessForced() throws Exception {
        Path copy = copy("bundle.rr");
        Path manifest = copy.resolve("manifest.json");
        // version 1 of the manifest has no checksum
        Files.writeString(manifest, Files.readString(manifest).replaceFirst("(\"bundle.org.reprise.device.serial\": *\")[^ ]+", "$19.9.9")
            .replaceFirst("(\"reprise-recording\": *)2", "$11").replaceFirst("(?s),\\s*\"checksum\".*", "}"));
        Cli.Result r = refused(MISMATCH, List.of("bundle.org.reprise.device.serial", "9.9.9", "--force"), "verify", copy.toString());
        assertTrue(r.err().contains("0.1.0"), r.err());
        assertEquals(0, Cli.run("verify", copy.toString(), "--force").code());
    }

    @Test
    void damagedLogsAreReportedAndReplayedToTheirLastGoodFrame() throws Exception {
        Path copy = copy("damaged.rr");
        Path log = copy.resolve("events.log");
        byte[] bytes = Files.readAllBytes(log);
        bytes[bytes.length * 2 / 3] ^= 4;
        Files.write(log, bytes);
        refused(DAMAGED, List.of("damaged in frame", "offset"), "verify", copy.toString());
        bytes[3] ^= 1;
        Files.write(log, bytes);
        refused(DAMAGED, List.of("events.log"), "verify", copy.toString());
    }

    private static Path copy(String name) throws IOException {
        Path to = folder.resolve(name);
        Files.walkFileTree(recording, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) throws IOException {
                Files.createDirectories(to.resolve(recording.relativize(dir)));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.copy(file, to.resolve(recording.relativize(file)));
                return FileVisitResult.CONTINUE;
            }
        });
        return to;
    }

    @Test
    void featuresThatAreNotThereOrBroken() throws Exception {
        refused(FEATURE, List.of("virt-z80", "virt-riscv64"), "run", "virt-z80");
        Path broken = folder.resolve("broken.json");
        Files.writeString(broken, "{ \"feature-resource-version\": \"1.0\", \"id\": ");
        refused(FEATURE, List.of("broken.json"), "run", broken.toString());
        refused(USAGE, List.of("--rom"), "run", "virt-riscv64", "--rom", "x");
        refused(USAGE, List.of("nodevice", "uart0"), "run", "virt-riscv64", "--set", "nodevice.key=1");
        refused(USAGE, List.of("no-such-guest"), "run", "virt-riscv64", "--guest", "no-such-guest");
    }

    @Test
    void imagesThatCannotBeUsed() throws Exception {
        refused(CONFIGURATION, List.of("/nowhere/Image"), "run", "virt-riscv64", "--kernel", "/nowhere/Image");
        refused(CONFIGURATION, List.of("firmware", "RISC-V"), "run", "virt-riscv64", "--firmware", System.getProperty("java.home") + "/bin/java");
        refused(CONFIGURATION, List.of("ram"), "run", "virt-riscv64", "--guest", "demo-riscv64", "--ram", "8K");
        Path disk = folder.resolve("short.img");
        Files.write(disk, new byte[100]);
        refused(CONFIGURATION, List.of("short.img", "100", "512"), "run", "virt-riscv64", "--guest", "demo-riscv64", "--disk", disk.toString());
    }

    @Test
    void recordingsThatCannotBeWritten() throws Exception {
        refused(RECORDING_IO, List.of("does not exist"), "run", "virt-riscv64", "--guest", "demo-riscv64", "--record",
            folder.resolve("no/such/place.rr").toString());
        refused(RECORDING_IO, List.of("not empty"), "run", "virt-riscv64", "--guest", "demo-riscv64", "--record", recording.toString());
        refused(RECORDING_IO, List.of("cannot be written"), "run", "virt-riscv64", "--guest", "demo-riscv64", "--record", "/proc/here.rr");
    }

    /** A file system of 24 KiB, mounted in a name space of the test's own: the log's write fails, the guest runs on to its own end. */
    @Test
    void aFullDiskEndsTheRecordingButNotTheMachine() throws Exception {
        Path small = Files.createDirectory(folder.resolve("small"));
        Path full = folder.resolve("full.rr");
        String command = Cli.home().resolve("bin/reprise") + " run virt-riscv64 --guest demo-riscv64 --exit-on-shutdown --record " + small
            + "/full.rr";
        String type = "sleep 3; for i in $(seq 2000); do echo random; sleep 0.002; done; echo quit";
        ProcessBuilder builder = new ProcessBuilder("unshare", "--map-root-user", "--mount", "bash", "-c", "mount -t tmpfs -o size=24k tmpfs "
            + small + " && { (" + type + ") | " + command + "; code=$?; cp -r " + small + "/full.rr " + full + "; exit $code; }");
        try (Cli cli = Cli.start(null, builder)) {
            Cli.Result r = cli.result();
            assertEquals(RECORDING_IO, r.code(), r.err());
            assertTrue(r.err().contains("recording ended early"), r.err());
            assertTrue(r.text().contains("power off"), "the machine must go on:\n" + r.text());
        }
        Cli.Result verify = Cli.run("verify", full.toString());
        assertTrue(verify.code() == CUT_OFF, verify.code() + verify.err());
        assertTrue(verify.err().contains("good up to icount"), verify.err());
    }
}
