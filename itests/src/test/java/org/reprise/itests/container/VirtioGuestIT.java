package org.reprise.itests.container;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Hashtable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.inject.Inject;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.reprise.api.character.Console;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.Machine;
import org.reprise.api.machine.MachineState;
import org.reprise.api.net.NetworkBackend;
import org.reprise.api.replay.RecordReplay;
import org.reprise.core.features.FeatureRuntime;

/** Network card and console under Debian's own drivers, recorded and replayed. */
@Tag("guests")
@ExtendWith(InFramework.class)
class VirtioGuestIT {
    private static final String NAME = "virt-riscv64";
    private static final String MAC = "52:54:00:12:34:56";
    private static final long PATIENCE_MILLIS = GuestShell.PATIENCE_MILLIS;
    private static final int DISK_MEGABYTES = 4;

    @Inject
    BundleContext context;
    @Inject
    FeatureRuntime features;

    private final Mirror mirror = new Mirror();

    private Machine machine() throws Exception {
        for (ServiceReference<Machine> r : context.getServiceReferences(Machine.class, "(machine.name=" + NAME + ")")) {
            return context.getService(r);
        }
        return null;
    }

    private Machine install(Path guest) throws Exception {
        context.registerService(NetworkBackend.class, mirror,
            new Hashtable<>(Map.of(NetworkBackend.BACKEND, Mirror.NAME, NetworkBackend.OFFLOADS, true)));
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("machine.ram", "512M");
        settings.put("loader.append", "console=ttyS0 panic=-1 reprise.net reprise.console");
        settings.put("loader.firmware", guest.resolve("fw_dynamic.bin").toString());
        settings.put("loader.kernel", guest.resolve("Image").toString());
        settings.put("loader.initrd", guest.resolve("initrd.cpio.gz").toString());
        settings.put("disk0.file", guest.resolve("disk.img").toString());
        settings.put("net0.backend", Mirror.NAME);
        settings.put("vnet0.mac", MAC);
        features.install(NAME, settings);
        GuestShell.await("the machine is ready", () -> machine() != null && machine().status().state() == MachineState.STOPPED);
        return machine();
    }

    @Test
    void debianTalksToItselfThroughTheCardAndIsTypedAtOnBothConsoles() throws Exception {
        Path guest = Path.of(System.getProperty("reprise.guests")).resolve("debian-riscv64").toAbsolutePath().normalize();
        assertTrue(Files.exists(guest.resolve("guest.json")), guest + " is missing: fetch it with tools/guest/debian-riscv64.sh " + guest);
        String disk = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(
            Arrays.copyOf(Files.readAllBytes(guest.resolve("disk.img")), DISK_MEGABYTES << 20)));
        Machine m = install(guest);
        Path recording = Files.createTempDirectory("reprise-virtio").resolve("virtio.rr");
        RecordReplay rr = context.getService(
            context.getServiceReferences(RecordReplay.class, "(machine.name=" + NAME + ")").iterator().next());
        rr.record(recording);
        GuestShell serial = new GuestShell(m.consoles().get(0));
        GuestShell virtio = new GuestShell(m.consoles().stream().filter(c -> c.name().equals("vcon0")).findFirst().orElseThrow());

        String link = serial.run("ip link show eth0; cat /sys/class/net/eth0/carrier");
        assertTrue(link.contains(MAC) && link.contains("LOWER_UP"), link);
        assertNotNull(mirror.discover(), "no DHCP discover");
        assertEquals(MAC, HexFormat.ofDelimiter(":").formatHex(mirror.discover(), 6, 12));

        serial.run("ip addr add 10.0.2.15/24 dev eth0");
        serial.run("dd if=/dev/vda of=disk bs=64k count=" + DISK_MEGABYTES * 16 + " 2>/dev/null; httpd -p 80 -h /root");
        String got = serial.run("wget -q -O - http://10.0.2.2/disk | sha256sum");
        assertTrue(got.contains(disk), "sent " + disk + "\n" + got);
        assertTrue(mirror.large() > 10, mirror.large() + " large segments");
        assertEquals(0, mirror.refused(), "frames refused");
        String counters = serial.run("cd /sys/class/net/eth0/statistics; cat rx_errors rx_dropped tx_errors tx_dropped | tr '\\n' ,; cd");
        assertTrue(counters.contains("0,0,0,0,"), counters);

        String typed = virtio.run("echo $((6 * 7)) typed; stty size; seq -s , 1 2000");
        assertTrue(typed.contains("42 typed") && typed.contains("24 80") && typed.contains(",1999,2000"), typed);
        serial.begin("poweroff -f");
        assertTrue(m.awaitHalt(PATIENCE_MILLIS), () -> "the guest did not power off: " + m.status());
        List<byte[]> printed = m.consoles().stream().map(Console::history).toList();
        long icount = m.status().icount();
        m.stop();

        rr.replay(recording, false);
        assertTrue(m.awaitHalt(PATIENCE_MILLIS), () -> "the replay does not end: " + m.status());
        RecordReplay.Outcome o = rr.outcome().orElseThrow();
        assertEquals(ExitCode.OK, o.code(), o.message());
        assertEquals(icount, m.status().icount());
        for (int i = 0; i < printed.size(); i++) {
            assertArrayEquals(printed.get(i), m.consoles().get(i).history(), m.consoles().get(i).name());
        }
        assertEquals(1, mirror.opened(), "the replay opened the back end");
        m.stop();
    }
}
