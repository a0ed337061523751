package org.reprise.itests.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;
import javax.inject.Inject;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.reprise.api.cpu.WatchListener.Access;
import org.reprise.api.cpu.Watchpoint;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.Machine;
import org.reprise.api.machine.MachineException;
import org.reprise.api.machine.MachineState;
import org.reprise.api.machine.PartInfo;
import org.reprise.api.replay.RecordReplay;
import org.reprise.api.replay.ReplayHost;
import org.reprise.api.travel.Arrival;
import org.reprise.api.travel.Hit;
import org.reprise.api.travel.TimeTravel;
import org.reprise.api.travel.TravelHost;
import org.reprise.core.features.FeatureRuntime;
import org.reprise.itests.cli.Cli;

/** Snapshots in qcow2 images: of a machine that goes back to them, in machines and recordings that begin with them. */
@Tag("container")
@ExtendWith(InFramework.class)
class ImageSnapshotsIT {
    private static final String NAME = "virt-riscv64";
    private static final Path DEMO = ShippedDistribution.home().resolve("guests/demo-riscv64");
    /** From the end of an image, which its newest state is near: within that. */
    private static final int IN_STATE = 500_000;

    @Inject
    BundleContext context;
    @Inject
    FeatureRuntime features;
    @Inject
    CommandProcessor shell;

    private Machine machine() throws Exception {
        for (ServiceReference<Machine> r : context.getServiceReferences(Machine.class, "(machine.name=" + NAME + ")")) {
            return context.getService(r);
        }
        return null;
    }

    private RecordReplay recordReplay() throws Exception {
        return context.getService(context.getServiceReferences(RecordReplay.class, "(machine.name=" + NAME + ")").iterator().next());
    }

    private TimeTravel travel() throws Exception {
        return context.getService(context.getServiceReferences(TimeTravel.class, "(machine.name=" + NAME + ")").iterator().next());
    }

    private String execute(String command) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        CommandSession s = shell.createSession(new ByteArrayInputStream(new byte[0]), out, out);
        Object result = s.execute(command);
        return out + (result == null ? "" : result.toString());
    }

    private String refused(String command) {
        return assertThrows(MachineException.class, () -> execute(command)).getMessage();
    }

    /** The demo guest's machine with more settings. */
    private void install(Map<String, String> more) throws Exception {
        Map<String, String> settings = new TreeMap<>(Map.of("machine.ram", "64M", "loader.firmware", DEMO.resolve("demo.elf").toString(), "disk0.file",
            DEMO.resolve("disk.img").toString(), "disk0.driver", "raw", "disk0.overlay", "temporary"));
        settings.putAll(more);
        features.install(NAME, settings);
        GuestShell.await("the machine is ready", () -> {
            // while its configuration changes there is none, or one that is just going
            Machine m = machine();
            try {
                return m != null && m.status().state() == MachineState.STOPPED && settings.entrySet().stream().allMatch(s -> s.getValue()
                    .equals(setting(m, s.getKey())));
            } catch (MachineException gone) {
                return false;
            }
        });
    }

    private static String setting(Machine m, String key) {
        String part = key.substring(0, key.indexOf('.'));
        Map<String, String> all = part.equals("machine") ? m.settings() : m.parts().stream().filter(p -> p.name().equals(part)).findFirst()
            .map(PartInfo::properties).orElse(Map.of());
        return all.get(key.substring(part.length() + 1));
    }

    private String printed() throws Exception {
        return new String(machine().consoles().get(0).history(), StandardCharsets.US_ASCII);
    }

    private void typed(String line) throws Exception {
        int before = printed().split("demo> ", -1).length;
        machine().consoles().get(0).input((line + "\n").getBytes(StandardCharsets.US_ASCII));
        GuestShell.await("the guest answers " + line, () -> printed().split("demo> ", -1).length > before || line.equals("quit"));
    }

    private void awaitPrompt() throws Exception {
        GuestShell.await("the guest is at its prompt", () -> printed().contains("demo> "));
    }

    private static String oracle(String... line) throws Exception {
        Process p = new ProcessBuilder(line).redirectErrorStream(true).start();
        String text = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, p.waitFor(), String.join(" ", line) + "\n" + text);
        return text;
    }

    private static Cli.Result cli(int code, String... line) throws Exception {
        Cli.Result r = Cli.run(line);
        assertEquals(code, r.code(), String.join(" ", line) + "\n" + r.text() + r.err());
        return r;
    }

    /** Saves the demo guest at its prompt in a file, and stops it. @return its icount there */
    private long saved(Path states, String name) throws Exception {
        install(Map.of("machine.vmstate", states.toString()));
        machine().start();
        awaitPrompt();
        String line = execute("snapshot:save --image vmstate " + name);
        assertTrue(line.contains(name) && line.contains("in the file of --vmstate"), line);
        assertTrue(refused("snapshot:save --image vmstate " + name).contains("already"));
        long icount = travel().snapshots().stream().filter(s -> s.name().equals(name)).findFirst().orElseThrow().icount();
        assertTrue(machine().status().state() == MachineState.RUNNING && icount > 10_000_000, machine().status().toString());
        machine().stop();
        String listed = oracle("qemu-img", "snapshot", "-l", states.toString());
        assertTrue(listed.contains(name) && listed.contains(String.valueOf(icount)), listed);
        oracle("qemu-img", "check", states.toString());
        return icount;
    }

    private static Path recordedFrom(String snapshot, Path states, Path recording) throws Exception {
        List<String> line = List.of("run", NAME, "--guest", "demo-riscv64", "--vmstate", states.toString(), "--start-snapshot", snapshot, "--record",
            recording.toString(), "--exit-on-shutdown", "--set", "machine.rr.digest-interval=2000000");
        try (Cli cli = Cli.start(null, line)) {
            // what was printed before is the console's past
            int prompts = 1;
            for (String command : List.of("time", "random", "disk", "hash", "quit")) {
                cli.awaitOutput("demo> ", prompts++);
                cli.type(command + "\n");
            }
            assertEquals(0, cli.result().code(), cli.messages());
            assertEquals(2, cli.printed().split("Reprise demonstration guest", -1).length, "it begins once: " + cli.printed());
        }
        return recording;
    }

    @Test
    void aRecordingThatBeginsWithASnapshotIsMovedInAndGoesAnywhere() throws Exception {
        Path folder = Files.createTempDirectory("reprise-states");
        Path states = folder.resolve("states.qcow2");
        long begin = saved(states, "here");
        Path recording = recordedFrom("here", states, folder.resolve("x.rr"));
        Files.delete(states);
        assertTrue(cli(0, "verify", recording.toString()).err().contains("replay equal"));
        Path packed = folder.resolve("x.rrz");
        cli(0, "pack", recording.toString(), packed.toString());
        Path away = Files.createDirectory(folder.resolve("away")).resolve("y.rr");
        cli(0, "unpack", packed.toString(), away.toString());
        Files.move(recording, folder.resolve("moved.rr"));
        assertTrue(cli(0, "verify", away.toString()).err().contains("replay equal"));

        install(Map.of("machine.vmstate", ""));
        execute("rr:replay " + away);
        assertEquals(ExitCode.OK, recordReplay().outcome().orElseThrow().code());
        long end = machine().status().icount();
        Map<String, Long> last = machine().digests();
        // its beginning
        assertTrue(execute("rr:seek '0%'").contains("(0.00 %)"));
        assertEquals(begin, machine().status().icount());
        Map<String, Long> first = machine().digests();
        assertTrue(execute("rr:step -1").startsWith("the recording begins here"));
        assertTrue(refused("rr:seek " + (begin - 1)).contains("begins at " + begin));
        execute("rr:step 7");
        assertTrue(execute("rr:continue --reverse").startsWith("the recording begins here"));
        assertEquals(first, machine().digests());
        assertTrue(execute("rr:seek '50%'").contains("(50.00 %)"));
        Map<String, Long> half = machine().digests();
        execute("rr:step 100");
        execute("rr:step -100");
        assertEquals(half, machine().digests());
        String output = execute("rr:console");
        assertTrue(output.startsWith("time") && !output.contains("power off") && printed().endsWith("demo> " + output), output);
        questions(begin, end);
        execute("rr:seek " + (end + 1));
        assertEquals(last, machine().digests());

        // what if
        execute("rr:seek '50%'");
        assertTrue(execute("rr:go-live -p other").contains("branches/other.rr"));
        assertEquals(half, machine().digests());
        execute("snapshot:save there");
        machine().resume();
        GuestShell.await("the guest is at its prompt", () -> printed().endsWith("demo> "));
        typed("hash");
        typed("quit");
        assertTrue(machine().awaitHalt(GuestShell.PATIENCE_MILLIS), machine().status().toString());
        Map<String, Long> other = machine().digests();
        machine().stop();
        Path branch = away.resolve("branches/other.rr");
        cli(0, "pack", branch.toString(), folder.resolve("other.rrz").toString());
        cli(0, "verify", folder.resolve("other.rrz").toString());
        execute("rr:replay " + branch);
        assertEquals(other, recordReplay().outcome().orElseThrow().digests());
        execute("rr:seek there");
        assertEquals(half, machine().digests());
        execute("rr:continue --reverse");
        assertEquals(first, machine().digests());
        machine().stop();
        assertTrue(execute("rr:branches " + away).contains("other: from icount"), execute("rr:branches " + away));
    }

    /** Against one pass over the recording, with and without twins. */
    private void questions(long begin, long end) throws Exception {
        Random random = new Random(end);
        ReplayHost host = (ReplayHost) machine();
        List<Long> breakpoints = new ArrayList<>();
        List<Watchpoint> watchpoints = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            travel().seek(random.nextLong(begin, end));
            breakpoints.add(host.travel().pc());
            watchpoints.add(new Watchpoint(Watchpoint.Kind.values()[i % 3], host.inspect(cpus -> cpus.get(0).register(2)) - 8 * i & -8, 8, false));
        }
        travel().seek(begin);
        // the first instruction of all counts
        breakpoints.add(host.travel().pc());
        Map<Object, Integer> hot = new HashMap<>();
        onePass(host, breakpoints, watchpoints, hit -> hot.merge(hit.access().<Object>map(Access::point).orElse(hit.pc()), 1, Integer::sum));
        breakpoints.removeIf(address -> hot.getOrDefault(address, 0) > 20_000);
        watchpoints.removeIf(point -> hot.getOrDefault(point, 0) > 20_000);
        travel().seek(begin);
        List<Hit> expected = new ArrayList<>();
        onePass(host, breakpoints, watchpoints, expected::add);
        assertTrue(expected.size() > 10 && expected.get(0).icount() == begin, expected.size() + " hits");
        try {
            for (int twins : new int[] {0, 2}) {
                System.setProperty("reprise.twins", String.valueOf(twins));
                for (int i = 0; i < 3; i++) {
                    travel().seek(random.nextLong(begin, end));
                }
                Map<String, Long> there = machine().digests();
                List<Hit> found = new ArrayList<>();
                assertEquals(Arrival.Why.THERE, travel().search(breakpoints, watchpoints, Long.MAX_VALUE, found::add).why());
                assertEquals(expected, found, twins + " twins");
                assertEquals(there, machine().digests());
                for (int i = 0; i < 3; i++) {
                    long before = i == 0 ? begin + 1 : random.nextLong(begin, end);
                    travel().seek(before);
                    Hit hit = expected.stream().filter(h -> h.icount() < before).reduce((a, b) -> b).orElseThrow();
                    assertEquals(hit.icount(), travel().reverseContinue(breakpoints, watchpoints).icount(), twins + " twins");
                }
            }
        } finally {
            System.clearProperty("reprise.twins");
        }
        String writes = execute("rr:writes 0x" + Long.toHexString(watchpoints.get(0).address()) + " 8");
        assertTrue(writes.contains("writes to 8 bytes at "), writes);
    }

    private static void onePass(ReplayHost host, List<Long> breakpoints, List<Watchpoint> watchpoints, Consumer<Hit> hits) {
        TravelHost pass = host.travel();
        pass.run(Long.MAX_VALUE, breakpoints, address -> {
            hits.accept(new Hit(pass.icount(), pass.currentCpu(), address, Optional.empty()));
            return false;
        }, watchpoints, access -> {
            hits.accept(new Hit(pass.icount(), pass.currentCpu(), pass.pc(), Optional.of(access)));
            return false;
        });
    }

    @Test
    void aStateThatIsDamagedOrOfAnotherMachineIsRefusedByNameAndTheMachineStaysAsItIs() throws Exception {
        Path folder = Files.createTempDirectory("reprise-states");
        Path states = folder.resolve("states.qcow2");
        saved(states, "good");
        byte[] good = Files.readAllBytes(states);
        machine().start();
        awaitPrompt();
        typed("disk");
        machine().pause();
        Map<String, Long> here = machine().digests();
        long icount = machine().status().icount();
        // a bit in the middle of the state
        byte[] bad = good.clone();
        bad[bad.length - IN_STATE] ^= 4;
        Files.write(states, bad);
        String damaged = refused("snapshot:load good");
        assertTrue(damaged.contains("'good'") && damaged.contains(states.toString()) && damaged.contains("damaged") && damaged.contains("as it was"), damaged);
        assertEquals(here, machine().digests());
        assertEquals(icount, machine().status().icount());
        Cli.Result run = cli(ExitCode.DAMAGED.status(), "run", NAME, "--guest", "demo-riscv64", "--vmstate", states.toString(), "--start-snapshot", "good",
            "--record", folder.resolve("bad.rr").toString());
        assertTrue(run.err().contains("'good'") && run.err().contains("damaged"), run.err());
        assertFalse(Files.exists(folder.resolve("bad.rr")), "a recording that did not begin");
        Files.write(states, good);
        assertTrue(refused("snapshot:load none").contains("none"));
        // it still goes on, and back
        machine().resume();
        typed("time");
        String loaded = execute("snapshot:load good");
        assertTrue(loaded.contains("good"), loaded);
        machine().resume();
        typed("time");
        assertFalse(printed().isEmpty());
        machine().stop();

        Cli.Result other = cli(ExitCode.MISMATCH.status(), "run", NAME, "--guest", "demo-riscv64", "--ram", "96M", "--vmstate", states.toString(),
            "--start-snapshot", "good");
        assertTrue(other.err().contains("'good'") && other.err().contains("machine.ram: saved 64M, here 96M"), other.err());
        // another machine that runs
        install(Map.of("machine.vmstate", states.toString(), "machine.ram", "96M"));
        machine().start();
        awaitPrompt();
        machine().pause();
        Map<String, Long> larger = machine().digests();
        assertTrue(refused("snapshot:load good").contains("machine.ram: saved 64M, here 96M"));
        assertEquals(larger, machine().digests());
        execute("snapshot:delete good");
        assertFalse(execute("snapshot:list").contains("good"));
        machine().stop();
        assertFalse(oracle("qemu-img", "snapshot", "-l", states.toString()).contains("good"));
        oracle("qemu-img", "check", states.toString());
    }
}
