package org.reprise.itests.container;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import javax.inject.Inject;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.Machine;
import org.reprise.api.machine.MachineException;
import org.reprise.api.machine.MachineState;
import org.reprise.api.replay.RecordReplay;
import org.reprise.core.features.FeatureRuntime;
import org.reprise.itests.cli.Cli;
import org.reprise.itests.cli.Debian;

/** Devices that are plugged into a recorded Debian guest while it runs, one of a bundle that was not there when it was started. */
@Tag("guests")
@ExtendWith(InFramework.class)
class HotPlugIT {
    private static final String NAME = "virt-riscv64";
    private static final int MISMATCH = 6;
    private static final String DOG = "org.reprise.device.watchdog";

    @Inject
    BundleContext context;
    @Inject
    FeatureRuntime features;
    @Inject
    CommandProcessor shell;

    private String execute(String command) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        CommandSession s = shell.createSession(new ByteArrayInputStream(new byte[0]), out, out);
        Object result = s.execute(command);
        return out + (result == null ? "" : result.toString());
    }

    private Machine machine() throws Exception {
        for (ServiceReference<Machine> r : context.getServiceReferences(Machine.class, "(machine.name=" + NAME + ")")) {
            return context.getService(r);
        }
        return null;
    }

    private RecordReplay recordReplay() throws Exception {
        return context.getService(context.getServiceReferences(RecordReplay.class, "(machine.name=" + NAME + ")").iterator().next());
    }

    private Machine install() throws Exception {
        return install("raw", "temporary", Debian.images().get("disk0.file"));
    }

    private Machine install(String driver, String overlay, Path disk) throws Exception {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("machine.ram", "256M");
        settings.put("loader.append", "console=ttyS0 panic=-1");
        Debian.images().forEach((key, path) -> settings.put(key, path.toString()));
        Map<String, String> drive = Map.of("driver", driver, "overlay", overlay, "file", disk.toString());
        drive.forEach((key, value) -> settings.put("disk0." + key, value));
        features.install(NAME, settings);
        GuestShell.await("the machine is ready", () -> {
            // while its configuration changes there is none, or one that is just going
            Machine m = machine();
            try {
                return m != null && m.status().state() == MachineState.STOPPED && m.parts().stream().anyMatch(part -> part.name().equals("disk0")
                    && part.properties().entrySet().containsAll(drive.entrySet()));
            } catch (MachineException gone) {
                return false;
            }
        });
        return machine();
    }

    private static Path watchdog() throws Exception {
        try (Stream<Path> files = Files.walk(ShippedDistribution.home().resolve("repository"))) {
            return files.filter(p -> p.getFileName().toString().matches("org\\.reprise\\.device\\.watchdog-.*\\.jar")).findFirst()
                .orElseThrow();
        }
    }

    private byte[] powerOff(GuestShell guest, Machine m) throws Exception {
        guest.begin("poweroff -f");
        assertTrue(m.awaitHalt(GuestShell.PATIENCE_MILLIS), () -> "the guest did not power off: " + m.status());
        byte[] printed = m.consoles().get(0).history();
        m.stop();
        return printed;
    }

    private void replays(Path recording, byte[] printed, Machine m) throws Exception {
        recordReplay().replay(recording, false);
        assertTrue(m.awaitHalt(GuestShell.PATIENCE_MILLIS), () -> "the replay does not end: " + m.status());
        RecordReplay.Outcome o = recordReplay().outcome().orElseThrow();
        assertEquals(ExitCode.OK, o.code(), o.message());
        assertArrayEquals(printed, m.consoles().get(0).history());
        m.stop();
    }

    @Test
    void aDiskComesAndGoes() throws Exception {
        Path folder = Files.createTempDirectory("reprise-plug");
        byte[] bytes = new byte[1 << 20];
        new Random(9).nextBytes(bytes);
        Path disk = Files.write(folder.resolve("plugged.img"), bytes);
        Path top = folder.resolve("plugged.qcow2");
        cli("image", "create", "-b", "plugged.img", "-F", "raw", top.toString());
        String sum = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        Machine m = install();
        Path recording = folder.resolve("disk.rr");
        execute("rr:record " + recording);
        GuestShell guest = new GuestShell(m.consoles().get(0));
        String before = guest.run("ls /dev/vd*");
        assertFalse(before.contains("/dev/vdb"), before);
        String answer = execute("device:plug virtio-blk id=extra drive.driver=qcow2 drive.file=" + top);
        assertTrue(answer.contains("extra is plugged into " + NAME + " at 0x10005000"), answer);
        String platform = "10005000.virtio_mmio >/sys/bus/platform/drivers/virtio-mmio/";
        guest.run("echo " + platform + "bind");
        String read = guest.run("sha256sum /dev/vdb");
        assertTrue(read.contains(sum), sum + " is not in " + read);
        String written = guest.run("echo written | dd of=/dev/vdb bs=512 conv=notrunc,fsync 2>/dev/null; head -n 1 /dev/vdb | tr a-z A-Z");
        assertTrue(written.contains("WRITTEN"), written);
        guest.run("echo " + platform + "unbind");
        execute("device:unplug extra");
        String after = guest.run("ls /dev/vd*; echo " + platform + "bind");
        assertFalse(after.contains("/dev/vdb"), after);
        byte[] printed = powerOff(guest, m);
        assertArrayEquals(bytes, Files.readAllBytes(disk), "a recording does not write images");
        replays(recording, printed, m);
        Cli.Result elsewhere = Cli.run("verify", recording.toString());
        assertEquals(0, elsewhere.code(), elsewhere.err());
        Path packed = folder.resolve("disk.rrz");
        cli("pack", recording.toString(), packed.toString());
        Files.write(disk, new byte[1 << 20]);
        Cli.Result changed = Cli.run("verify", recording.toString());
        assertEquals(MISMATCH, changed.code(), changed.err());
        assertTrue(changed.err().contains("drive.backing1 of device extra") && changed.err().contains(disk.toString()), changed.err());
        assertTrue(changed.err().contains("images as plug0.drive.backing1, plug0.drive.file"), changed.err());
        // what was packed needs none of it
        Files.delete(disk);
        Files.delete(top);
        cli("verify", packed.toString());
        Path unpacked = Files.createDirectory(folder.resolve("away")).resolve("disk.rr");
        cli("unpack", packed.toString(), unpacked.toString());
        assertTrue(cli("verify", unpacked.toString(), "--runs", "2").err().contains("all 2 runs equal"));
        Files.delete(unpacked.resolve("images/plug0.drive.file"));
        Cli.Result missing = Cli.run("verify", unpacked.toString());
        assertEquals(MISMATCH, missing.code(), missing.err());
        assertTrue(missing.err().contains(top + " does not exist") && missing.err().contains("plug0.drive.file"), missing.err());
    }

    /** A disk that was there and one that was plugged in, both written for good, and the memory. */
    @Test
    void aSnapshotInImagesTakesAllDisksAndTheMemoryBackTogether() throws Exception {
        Path folder = Files.createTempDirectory("reprise-together");
        Path first = folder.resolve("first.qcow2");
        Path second = folder.resolve("second.qcow2");
        cli("image", "create", "-b", Debian.images().get("disk0.file").toString(), "-F", "raw", first.toString());
        cli("image", "create", second.toString(), "1M");
        Machine m = install("qcow2", "none", first);
        m.start();
        GuestShell guest = new GuestShell(m.consoles().get(0));
        guest.run("true");
        execute("device:plug virtio-blk id=extra drive.driver=qcow2 drive.overlay=none drive.file=" + second);
        guest.run("echo 10005000.virtio_mmio >/sys/bus/platform/drivers/virtio-mmio/bind");
        String write = "memory=%1$s; for disk in vda vdb; do echo on $disk %1$s | dd of=/dev/$disk bs=512 conv=notrunc,fsync 2>/dev/null; done";
        String look = "echo in memory $memory; for disk in vda vdb; do dd if=/dev/$disk bs=4096 count=1 iflag=direct 2>/dev/null | head -n 1; done";
        guest.run(String.format(write, "one"));
        String saved = execute("snapshot:save --image disk0 both");
        assertTrue(saved.contains("in the image of disk0"), saved);
        guest.run(String.format(write, "two"));
        for (int i = 0; i < 2; i++) {
            String now = guest.run(look);
            assertTrue(now.contains("in memory two") && now.contains("on vda two") && now.contains("on vdb two"), now);
            execute("snapshot:load both");
            m.resume();
            String then = guest.run(look);
            assertTrue(then.contains("in memory one") && then.contains("on vda one") && then.contains("on vdb one"), then);
            guest.run(String.format(write, "two"));
        }
        execute("snapshot:save --image disk0 later");
        execute("snapshot:delete later");
        powerOff(guest, m);
        for (Path image : List.of(first, second)) {
            String listed = oracle("qemu-img", "snapshot", "-l", image.toString());
            assertTrue(listed.contains("both") && !listed.contains("later"), listed);
            assertEquals(image.equals(second), listed.contains(" 0 B "), listed);
            oracle("qemu-img", "check", image.toString());
            assertTrue(oracle("qemu-io", "-r", "-f", "qcow2", "-c", "read -v 0 512", image.toString()).contains("two"));
            oracle("qemu-img", "snapshot", "-a", "both", image.toString());
            assertTrue(oracle("qemu-io", "-r", "-f", "qcow2", "-c", "read -v 0 512", image.toString()).contains("one"));
        }
    }

    private static String oracle(String... line) throws Exception {
        Process p = new ProcessBuilder(line).redirectErrorStream(true).start();
        String text = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, p.waitFor(), String.join(" ", line) + "\n" + text);
        return text;
    }

    private static Cli.Result cli(String... line) throws Exception {
        Cli.Result r = Cli.run(line);
        assertEquals(0, r.code(), String.join(" ", line) + "\n" + r.err());
        return r;
    }

    @Test
    void aDeviceOfABundleInstalledMeanwhileIsPluggedAndMissedByNameWithoutThatBundle() throws Exception {
        Path recording = Files.createTempDirectory("reprise-plug").resolve("dog.rr");
        Machine m = install();
        execute("rr:record " + recording);
        Bundle bundle = context.installBundle(watchdog().toUri().toString());
        bundle.start();
        GuestShell.await("the model is there", () -> execute("device:list").contains(DOG));
        assertTrue(execute("device:plug watchdog id=dog address=0x10010000 interrupt=plic:12").contains("dog is plugged"));
        GuestShell guest = new GuestShell(m.consoles().get(0));
        // its first register, read by the guest through /dev/mem
        String register = guest.run("devmem 0x10010000 32; echo status $?");
        assertTrue(register.contains("status 0"), register);
        execute("device:unplug dog");
        replays(recording, powerOff(guest, m), m);
        // no such bundle there
        Cli.Result missing = Cli.run("verify", recording.toString());
        assertEquals(MISMATCH, missing.code(), missing.err());
        assertTrue(missing.err().contains("watchdog") && missing.err().contains(DOG), missing.err());
    }
}
