package org.reprise.itests.matrix;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.inject.Inject;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.osgi.framework.BundleContext;
import org.reprise.api.block.BlockRequest.Operation;
import org.reprise.core.features.FeatureRuntime;
import org.reprise.itests.cli.Debian;
import org.reprise.itests.container.GuestShell;
import org.reprise.itests.container.InFramework;

/** Disks that fail while a guest is recorded: it sees the error that a real disk would give, and sees it again on a good disk in replay. */
@Tag("guests")
@ExtendWith(InFramework.class)
class FaultyDiskIT {
    private static final String FEATURE = "virt-riscv64";
    private static final boolean FULL = "full".equals(System.getProperty("reprise.matrix"));
    /** Requests of the demonstration guest in its disk and pairs commands, and in its check of the disk as it starts. */
    private static final int REQUESTS = 40;

    @Inject
    BundleContext context;
    @Inject
    FeatureRuntime features;

    static Stream<String> requests() {
        return Stream.iterate(0, n -> n < REQUESTS, n -> n + (FULL || n < 2 ? 1 : 9)).map(n -> "" + n);
    }

    @ParameterizedTest(name = "request {0}")
    @MethodSource("requests")
    void anErrorOfAnyRequestIsReplayedOnAGoodDisk(String request) throws Exception {
        long failing = Long.parseLong(request);
        Path folder = Files.createTempDirectory("reprise-faulty");
        Lab lab = new Lab(context, features, folder);
        Lab.installBackends(context);
        Scenario s = new Scenario("faulty-" + request, FEATURE, "demo-riscv64", Noise.Kind.QUIET, List.of("disk", "pairs", "disk", "quit"));
        Lab.Recording r = lab.record(s, (of, number) -> number == failing ? "the disk does not want to" : null, folder.resolve("r.rr"),
            Golden.shippedGuests());
        String printed = new String(r.console(), StandardCharsets.UTF_8);
        assertTrue(printed.contains("the disk reported an error"), printed);
        assertArrayEquals(r.console(), lab.replay(r, Map.of(), Noise.Kind.QUIET, 1).console());
    }

    @Test
    void debianSeesBadSectorsFailedWritesAndFailedFlushes() throws Exception {
        Path folder = Files.createTempDirectory("reprise-faulty");
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("machine.ram", "512M");
        settings.put("loader.append", "console=ttyS0 panic=-1");
        Debian.images().forEach((key, path) -> settings.put(key, path.toString()));
        Lab lab = new Lab(context, features, folder);
        Lab.Recording r = lab.record(FEATURE, settings, (request, number) -> switch (request.operation()) {
            case READ -> covers(request.position(), request.length(), 1 << 20) ? "bad sector" : null;
            case WRITE -> covers(request.position(), request.length(), 2 << 20) ? "the head is stuck" : null;
            case FLUSH -> "the cache is gone";
            default -> null;
        }, folder.resolve("r.rr"), console -> {
            GuestShell shell = new GuestShell(console);
            String read = shell.run("dd if=/dev/vda of=/dev/null bs=4k skip=256 count=1 iflag=direct; echo status $?");
            assertTrue(read.contains("status 1") && read.contains("Input/output error"), read);
            String beside = shell.run("dd if=/dev/vda of=/dev/null bs=4k skip=257 count=1 iflag=direct; echo status $?");
            assertTrue(beside.contains("status 0"), beside);
            String write = shell.run("dd if=/dev/zero of=/dev/vda bs=4k seek=512 count=1 oflag=direct conv=notrunc; echo status $?");
            assertTrue(write.contains("status 1") && write.contains("Input/output error"), write);
            String flush = shell.run("dd if=/dev/zero of=/dev/vda bs=4k seek=600 count=1 conv=notrunc,fsync; echo status $?");
            assertTrue(flush.contains("status 1") && flush.contains("Input/output error"), flush);
            String kernel = shell.run("dmesg | grep 'error, dev vda'");
            for (String line : List.of("sector 2048 op 0x0:(READ)", "sector 4096 op 0x1:(WRITE)", "op 0x1:(WRITE) flags 0x800")) {
                assertTrue(kernel.contains(line), line + " is not in\n" + kernel);
            }
            shell.begin("poweroff -f");
        });
        assertArrayEquals(r.console(), lab.replay(r, Map.of(), Noise.Kind.QUIET, 1).console());
    }

    private static boolean covers(long position, long length, long at) {
        return position <= at && at < position + length;
    }
}
