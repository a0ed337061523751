package org.reprise.itests.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The demo guest on qcow2 disks: over a backing file, in an overlay that is kept, written for good; and the command for images. */
@Tag("command")
class ImagesIT {
    private static final int CONFIGURATION = 4;
    private static final int MISMATCH = 6;

    @TempDir
    Path folder;

    private String file(String name) {
        return folder.resolve(name).toString();
    }

    private static Cli.Result ok(String... line) throws Exception {
        Cli.Result r = Cli.run(line);
        assertEquals(0, r.code(), String.join(" ", line) + "\n" + r.text() + r.err());
        return r;
    }

    private static void oracle(String... line) throws IOException, InterruptedException {
        Process p = new ProcessBuilder(line).redirectErrorStream(true).start();
        String output = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, p.waitFor(), String.join(" ", line) + "\n" + output);
    }

    private Path disk(String name) throws IOException {
        return Files.copy(Cli.home().resolve("guests/demo-riscv64/disk.img"), folder.resolve(name), StandardCopyOption.REPLACE_EXISTING);
    }

    /** Runs the demo guest, which reads its whole disk and writes to it. */
    private Cli.Result run(String record, String... options) throws Exception {
        List<String> line = new ArrayList<>(List.of("run", "virt-riscv64", "--guest", "demo-riscv64", "--exit-on-shutdown", "--record",
            file(record)));
        line.addAll(Arrays.asList(options));
        return ok(line.toArray(String[]::new));
    }

    @Test
    void aBackingFileIsPartOfTheRecording() throws Exception {
        Path base = disk("base.raw");
        ok("image", "create", "-b", "base.raw", "-F", "raw", file("disk.qcow2"));
        byte[] before = Files.readAllBytes(folder.resolve("disk.qcow2"));
        run("a.rr", "--set", "disk0.driver=qcow2", "--disk", file("disk.qcow2"));
        assertArrayEquals(before, Files.readAllBytes(folder.resolve("disk.qcow2")), "a recording does not write images");
        ok("verify", file("a.rr"));
        byte[] bytes = Files.readAllBytes(base);
        bytes[5000] ^= 1;
        Files.write(base, bytes);
        Cli.Result refused = Cli.run("verify", file("a.rr"));
        assertEquals(MISMATCH, refused.code(), refused.err());
        assertTrue(refused.err().contains("image.disk0.backing1") && refused.err().contains(base + ": an image stands on this file"),
                refused.err());
        Files.delete(base);
        Cli.Result gone = Cli.run("verify", file("a.rr"));
        assertEquals(CONFIGURATION, gone.code(), gone.err());
        assertTrue(gone.err().contains(base + " and cannot be read there") && gone.err().contains("--file disk0.backing1="), gone.err());
    }

    @Test
    void anOverlayIsKeptFromRunToRun() throws Exception {
        Path base = disk("base.raw");
        byte[] pristine = Files.readAllBytes(base);
        String[] kept = {"--disk", base.toString(), "--set", "disk0.overlay=kept", "--file", "disk0.overlay.file=" + file("kept.qcow2")};
        run("first.rr", kept);
        oracle("qemu-img", "check", file("kept.qcow2"));
        oracle("qemu-img", "convert", "-f", "qcow2", "-O", "raw", file("kept.qcow2"), file("after-first.raw"));
        assertFalse(Arrays.equals(pristine, Files.readAllBytes(folder.resolve("after-first.raw"))), "the guest wrote");
        assertArrayEquals(pristine, Files.readAllBytes(base));
        // the first began without an overlay: its replay needs the image only
        ok("verify", file("first.rr"));
        Files.copy(folder.resolve("kept.qcow2"), folder.resolve("before-second.qcow2"));
        run("second.rr", kept);
        // the second began with what the first left, which is no more there
        Cli.Result changed = Cli.run("verify", file("second.rr"));
        assertEquals(MISMATCH, changed.code(), changed.err());
        assertTrue(changed.err().contains("image.disk0.overlay.file"), changed.err());
        assertTrue(changed.err().contains("--file disk0.overlay.file="), changed.err());
        ok("verify", file("second.rr"), "--file", "disk0.overlay.file=" + file("before-second.qcow2"));
        ok("verify", file("first.rr"));
        assertArrayEquals(pristine, Files.readAllBytes(base));
        String committed = ok("image", "commit", file("kept.qcow2")).text();
        assertTrue(committed.contains("committed"), committed);
        assertFalse(Arrays.equals(pristine, Files.readAllBytes(base)));
    }

    /** A kept overlay on a qcow2 image on a raw one, packed; the guest reads all of it. */
    @Test
    void aPackedRecordingHasAllThatItsDiskStandsOn() throws Exception {
        Path base = disk("base.raw");
        ok("image", "create", "-b", "base.raw", "-F", "raw", file("disk.qcow2"));
        String[] kept = {"--set", "disk0.driver=qcow2", "--disk", file("disk.qcow2"), "--set", "disk0.overlay=kept",
            "--file", "disk0.overlay.file=" + file("kept.qcow2")};
        Cli.Result first = run("first.rr", kept);
        assertFalse(first.err().contains("warning"), first.err());
        Path copy = Files.copy(folder.resolve("kept.qcow2"), folder.resolve("copy.qcow2"));
        Cli.Result second = run("second.rr", kept);
        assertTrue(second.err().contains("needs " + file("kept.qcow2") + " as it was before this run"), second.err());
        Cli.Result changed = Cli.run("verify", file("second.rr"));
        assertEquals(MISMATCH, changed.code(), changed.err());
        assertTrue(changed.err().contains("(" + file("kept.qcow2") + ": every run with this overlay writes it"), changed.err());
        Cli.Result written = Cli.run("pack", file("second.rr"), file("x.rrz"));
        assertTrue(written.code() != 0 && written.err().contains("disk0.overlay.file at " + file("kept.qcow2") + " is not the recorded one"),
            written.err());
        ok("pack", file("second.rr"), file("second.rrz"), "--file", "disk0.overlay.file=" + copy);
        for (String gone : List.of("base.raw", "disk.qcow2", "kept.qcow2", "copy.qcow2", "second.rr/events.log", "second.rr/manifest.json")) {
            Files.delete(folder.resolve(gone));
        }
        Path away = Files.createDirectory(folder.resolve("away"));
        Path packed = Files.move(folder.resolve("second.rrz"), away.resolve("mailed.rrz"));
        assertTrue(ok("verify", packed.toString()).err().contains("replay equal"));
        Path unpacked = away.resolve("second.rr");
        ok("unpack", packed.toString(), unpacked.toString());
        assertTrue(ok("verify", unpacked.toString(), "--runs", "2").err().contains("all 2 runs equal"));
        Path below = unpacked.resolve("images/disk0.backing1");
        byte[] bytes = Files.readAllBytes(below);
        bytes[5000] ^= 1;
        Files.write(below, bytes);
        Cli.Result damaged = Cli.run("verify", unpacked.toString());
        assertEquals(MISMATCH, damaged.code(), damaged.err());
        assertTrue(damaged.err().contains("image.disk0.backing1: recorded ") && damaged.err().contains(below.toString()), damaged.err());
        Files.delete(below);
        Cli.Result missing = Cli.run("verify", unpacked.toString());
        assertEquals(CONFIGURATION, missing.code(), missing.err());
        assertTrue(missing.err().contains("needs the image disk0.backing1") && missing.err().contains("was at " + base), missing.err());
    }

    @Test
    void anImageThatIsWrittenForGoodIsSound() throws Exception {
        Path base = disk("base.raw");
        ok("image", "convert", "-f", "raw", "-O", "qcow2", "-c", "-o", "compression_type=zstd", base.toString(),
            file("disk.qcow2"));
        Files.copy(folder.resolve("disk.qcow2"), folder.resolve("before.qcow2"));
        run("a.rr", "--set", "disk0.driver=qcow2", "--set", "disk0.overlay=none", "--disk", file("disk.qcow2"));
        oracle("qemu-img", "check", file("disk.qcow2"));
        ok("image", "check", file("disk.qcow2"));
        oracle("qemu-img", "convert", "-f", "qcow2", "-O", "raw", file("disk.qcow2"), file("after.raw"));
        byte[] after = Files.readAllBytes(folder.resolve("after.raw"));
        assertEquals(Files.size(base), after.length);
        assertFalse(Arrays.equals(Files.readAllBytes(base), after), "the guest wrote");
        // a replay needs the image as it was, and leaves it so
        assertEquals(MISMATCH, Cli.run("verify", file("a.rr")).code());
        byte[] before = Files.readAllBytes(folder.resolve("before.qcow2"));
        ok("verify", file("a.rr"), "--file", "disk0.file=" + file("before.qcow2"));
        assertArrayEquals(before, Files.readAllBytes(folder.resolve("before.qcow2")));
    }

    @Test
    void snapshotsAndErrorsOfTheCommand() throws Exception {
        ok("image", "create", file("a.qcow2"), "64M");
        ok("image", "snapshot", "-c", "clean", file("a.qcow2"));
        assertTrue(ok("image", "info", file("a.qcow2")).text().contains("clean"));
        Cli.Result wrong = Cli.run("image", "snapshot", "-a", "none", file("a.qcow2"));
        assertEquals(CONFIGURATION, wrong.code());
        assertTrue(wrong.err().contains("no snapshot \"none\"; it has clean"), wrong.err());
        assertNotEquals(0, Cli.run("image", "create", file("a.qcow2"), "1M").code());
    }

    /** A drive's image and the file of states are on a file system that is full while the machine is recorded, and not later. */
    @Test
    void aFullDiskRefusesSnapshotsInImagesAndNothingElse() throws Exception {
        Path small = Files.createDirectory(folder.resolve("small"));
        Path made = folder.resolve("disk.qcow2");
        ok("image", "convert", "-f", "raw", "-O", "qcow2", disk("base.raw").toString(), made.toString());
        String before = "cp " + made + " " + small + " && head -c 2400k /dev/zero > " + small + "/filler && { ( while [ ! -e " + file("go")
            + " ]; do sleep 0.05; done; rm " + small + "/filler; touch " + file("gone") + " ) >/dev/null 2>&1 & }";
        List<String> line = List.of("shell", "virt-riscv64", "--ram", "64M", "--disk", small.resolve("disk.qcow2").toString(), "--set",
            "disk0.driver=qcow2", "--set", "disk0.overlay=none", "--firmware", Cli.home().resolve("guests/demo-riscv64/demo.elf").toString(), "--vmstate",
            small.resolve("states.qcow2").toString());
        try (Cli cli = BrokenWorldIT.onSmallFileSystem(small, 3072, before, line, "cp " + small + "/*.qcow2 " + Files.createDirectory(
                folder.resolve("after")))) {
            cli.type("rr:record " + file("full.rr") + "\n");
            cli.awaitOutput("recording", 1);
            String reached = "";
            for (int i = 1; !reached.matches("(?s).*icount \\d{3},\\d{3},\\d{3},.*"); i++) {
                cli.type("machine:status\n");
                cli.awaitOutput("icount ", i);
                cli.awaitOutput("MIPS", i);
                reached = cli.printed();
            }
            cli.type("machine:pause\n");
            cli.type("snapshot:save --image disk0 drive\n");
            cli.awaitOutput("the snapshot drive cannot be saved in the image of drive disk0: ", 1);
            cli.type("snapshot:save --image vmstate states\n");
            cli.awaitOutput("the snapshot states cannot be saved in " + small.resolve("states.qcow2") + ": ", 1);
            cli.awaitOutput("No space left on device; the machine goes on", 2);
            cli.type("snapshot:list\n");
            cli.awaitOutput("there are no snapshots", 1);
            Files.createFile(folder.resolve("go"));
            while (!Files.exists(folder.resolve("gone"))) {
                Thread.sleep(10);
            }
            cli.type("snapshot:save --image disk0 drive\nsnapshot:save --image vmstate states\nmachine:resume\n");
            cli.awaitOutput("in the image of disk0", 1);
            cli.awaitOutput("in the file of --vmstate", 1);
            cli.awaitOutput("runs", 1);
            for (int i = 1; !cli.printed().contains("shut down"); i++) {
                cli.type("machine:status\n");
                Thread.sleep(200);
                assertTrue(i < 900, cli.printed());
            }
            cli.type("machine:stop\nexit\n");
            assertEquals(0, cli.result().code(), cli.messages());
        }
        for (String name : List.of("disk", "states")) {
            String image = folder.resolve("after").resolve(name + ".qcow2").toString();
            oracle("qemu-img", "check", image);
            assertTrue(ok("image", "info", image).text().contains(name.equals("disk") ? "drive" : "states"));
        }
        ok("verify", file("full.rr"), "--file", "disk0.file=" + made);
    }

    /** The guest finds that the drive does not keep what it writes. */
    @Test
    void theNullDriveReadsZeros() throws Exception {
        Cli.Result r = Cli.run("run", "virt-riscv64", "--guest", "demo-riscv64", "--exit-on-shutdown", "--set", "disk0.driver=null",
            "--set", "disk0.file=", "--set", "disk0.size=64K", "--record", file("null.rr"));
        assertTrue(r.text().contains("the disk did not return what was written"), r.text() + r.err());
        Cli.Result replay = Cli.run("verify", file("null.rr"));
        assertTrue(replay.err().contains("replay equal"), replay.err());
    }
}
