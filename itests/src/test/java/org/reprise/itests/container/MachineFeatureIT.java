package org.reprise.itests.container;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.Hashtable;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceReference;
import org.osgi.service.cm.Configuration;
import org.reprise.api.character.Console;
import org.reprise.api.cpu.CpuArchitecture;
import org.reprise.api.cpu.WatchListener.Access;
import org.reprise.api.cpu.Watchpoint;
import org.reprise.api.device.DeviceModel;
import org.reprise.api.machine.DebugSession;
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
import org.reprise.itests.cli.Cli;

/** Wiring, hot installation, record and replay, and the shell's commands, inside the framework that ships. */
@Tag("container")
@ExtendWith(InFramework.class)
class MachineFeatureIT extends MachineInFramework {
    private Bundle bundle(String name) {
        return Arrays.stream(context.getBundles()).filter(b -> b.getSymbolicName().equals(name)).findFirst().orElseThrow();
    }

    @Test
    void servicesDeclareWhatReplayMustKnow() throws Exception {
        install();
        List<String> types = new ArrayList<>();
        for (ServiceReference<DeviceModel> r : context.getServiceReferences(DeviceModel.class, null)) {
            types.add((String) r.getProperty(DeviceModel.TYPE));
            assertTrue(r.getProperty(DeviceModel.TIMER_EXTERNAL) != null, types + " declares no external timers");
            assertTrue(r.getProperty(DeviceModel.BH_REPLAYABLE) != null, types + " declares no bottom halves");
        }
        assertTrue(types.containsAll(List.of("ns16550a", "plic", "riscv-aclint", "goldfish-rtc", "sifive-test", "virtio-blk", "virtio-rng",
            "virtio-mmio", "riscv-boot")), types.toString());
        ServiceReference<CpuArchitecture> cpu = context.getServiceReference(CpuArchitecture.class);
        assertEquals("riscv", cpu.getProperty(CpuArchitecture.ARCH));
        assertEquals(List.of("rv64", "rv32"), List.of((String[]) cpu.getProperty(CpuArchitecture.MODELS)));
    }

    @Test
    void partsKeepTheirDeclaredOrderHoweverServicesArrive() throws Exception {
        Machine m = install();
        List<String> expected = m.parts().stream().map(PartInfo::name).toList();
        List<Bundle> parts = new ArrayList<>(Arrays.stream(context.getBundles())
            .filter(b -> b.getSymbolicName().matches("org\\.reprise\\.(cpu|device|block|random)\\..*")).toList());
        Map<String, Long> digests = null;
        for (int seed = 1; seed <= 3; seed++) {
            for (Bundle b : parts) {
                b.stop();
            }
            awaitMachine(x -> x.status().state() == MachineState.WAITING);
            List<String> waiting = machine().waitingFor();
            assertTrue(waiting.stream().anyMatch(w -> w.contains("uart0") && w.contains("ns16550a")), waiting.toString());
            Collections.shuffle(parts, new Random(seed));
            for (Bundle b : parts) {
                b.start();
            }
            awaitMachine(x -> x.status().state() == MachineState.STOPPED);
            assertEquals(expected, machine().parts().stream().map(PartInfo::name).toList());
            Path recording = Files.createTempDirectory("order").resolve("r.rr");
            recordReplay().record(recording);
            machine().awaitHalt(60_000);
            machine().stop();
            recordReplay().replay(recording, false);
            assertTrue(machine().awaitHalt(60_000));
            RecordReplay.Outcome o = recordReplay().outcome().orElseThrow();
            assertEquals(ExitCode.OK, o.code(), o.message());
            assertEquals(digests == null ? o.digests().keySet() : digests.keySet(), o.digests().keySet());
            digests = o.digests();
            machine().stop();
        }
    }

    @Test
    void everyCommandIsThereWithHelp() throws Exception {
        install();
        for (String command : List.of("machine:list", "machine:status", "machine:start", "machine:stop", "machine:pause", "machine:resume",
                "machine:reset", "machine:console", "rr:record", "rr:replay", "rr:stop", "rr:info", "rr:dump", "device:list", "feature:list",
                "feature:install", "translator:stats", "rr:seek", "rr:step", "rr:when", "rr:mark", "rr:back", "rr:forward", "rr:writer",
                "rr:continue", "rr:break", "rr:last-writer", "rr:go-live",
                "rr:calls", "rr:writes", "rr:events", "rr:console", "rr:golive", "rr:poke",
                "rr:branches", "snapshot:save", "snapshot:load", "snapshot:list", "snapshot:delete", "snapshot:automatic")) {
            String help = execute("help " + command);
            assertTrue(help.contains(command.substring(command.indexOf(':') + 1)) && help.contains("-") && help.length() > 30, command + ": " + help);
        }
        // of all that Gogo has, by any name
        for (String help : List.of("help", "gogo:help", "felix:help")) {
            String text = execute(help + " rr:continue");
            assertTrue(text.contains("\ncontinue - ") && text.contains("\n      -r, --reverse   backwards") && text.contains("scope: rr"), text);
            assertTrue(execute(help + " last-writer").contains("scope: rr\n   flags:\n      -p, --physical"));
            assertTrue(execute(help + " lb").contains("scope: felix"));
            assertTrue(execute(help).contains("rr:seek") && execute(help).contains("felix:lb"));
        }
        assertTrue(execute("machine:list").contains(NAME));
        assertTrue(execute("device:list").contains("ns16550a"));
    }

    @Test
    void commandsRecordPauseResumeAndReplay() throws Exception {
        install();
        Path recording = Files.createTempDirectory("shell").resolve("shell.rr");
        assertTrue(execute("rr:record " + recording).contains("recording"));
        execute("machine:pause");
        long icount = machine().status().icount();
        assertEquals(MachineState.PAUSED, machine().status().state());
        assertTrue(execute("machine:status").contains("PAUSED"));
        assertEquals(icount, machine().status().icount());
        execute("machine:resume");
        await(() -> machine().status().icount() > icount + 1_000_000);
        String stats = execute("translator:stats");
        assertTrue(stats.matches("(?s).*regions +[1-9].*hottest code at.*0000000080\\p{XDigit}+ +(interpreted|warm|hot) +[1-9].*"), stats);
        execute("machine:reset");
        await(() -> machine().consoles().get(0).written() > 200);
        assertTrue(execute("rr:info").contains("recording"));
        assertTrue(execute("rr:stop").contains("events"));
        assertEquals("live", machine().status().mode());
        execute("machine:stop");
        String replayed = execute("rr:replay " + recording);
        assertEquals(ExitCode.OK, recordReplay().outcome().orElseThrow().code(), replayed);
        assertTrue(execute("rr:dump " + recording).contains("RESET_REQUESTED"));
        assertTrue(execute("rr:info " + recording).contains("machine.ram = 64M"));
        execute("machine:stop");
    }

    @Test
    void commandsMoveInARecordingAndKeepSnapshotsWithIt() throws Exception {
        install();
        Path recording = Files.createTempDirectory("travel").resolve("travel.rr");
        recordReplay().record(recording);
        assertTrue(machine().awaitHalt(60_000));
        long length = machine().status().icount();
        machine().stop();
        execute("rr:replay " + recording);
        Map<String, Long> end = machine().digests();
        assertTrue(execute("rr:seek '50%'").contains("50.00 %"));
        long half = machine().status().icount();
        Map<String, Long> there = machine().digests();
        execute("rr:mark here");
        execute("rr:step 5");
        assertEquals(half + 5, machine().status().icount());
        assertTrue(execute("rr:step -5").contains("icount"));
        assertEquals(there, machine().digests(), "five steps forth and back");
        execute("rr:seek " + length * 4 / 5);
        Map<String, Long> later = machine().digests();
        assertTrue(execute("rr:back").contains("50.00 %"));
        assertEquals(there, machine().digests());
        execute("rr:forward");
        assertEquals(later, machine().digests());
        assertTrue(execute("rr:calls 0x80000000").contains("1 times"));
        assertEquals(length * 4 / 5, machine().status().icount(), "a question changes nothing");
        assertTrue(execute("rr:continue -r -b 80000000").startsWith("breakpoint"));
        execute("rr:seek '90%'");
        long late = machine().status().icount();
        String writer = execute("rr:last-writer a0");
        assertTrue(writer.matches("(?s)the next instruction writes \\p{XDigit}+ to a0 of cpu0: icount .*"), writer);
        execute("rr:seek " + late);
        assertEquals(writer, execute("rr:writer --cpu 0 x10"));
        String never = execute("rr:last-writer fs11");
        assertTrue(never.startsWith("no instruction before wrote fs11 of cpu0; the recording begins here: icount 0"), never);
        execute("rr:seek " + late);
        assertTrue(assertThrows(MachineException.class, () -> execute("rr:last-writer pc")).getMessage().contains("rr:step -1"));
        assertTrue(assertThrows(MachineException.class, () -> execute("rr:last-writer mstatus")).getMessage().contains("traps"));
        assertTrue(assertThrows(MachineException.class, () -> execute("rr:last-writer -c 1 a0")).getMessage().contains("no CPU 1"));
        assertEquals(late, machine().status().icount());
        assertTrue(execute("rr:last-writer 0x" + Long.toHexString(register("sp"))).contains("the next instruction writes"));
        assertTrue(execute("rr:seek " + (length + 1)).startsWith("the recording ends here"));
        assertEquals(end, machine().digests());
        machine().stop();
        // another session
        execute("rr:replay " + recording);
        assertTrue(execute("snapshot:list").contains("here"));
        execute("snapshot:load here");
        assertEquals(there, machine().digests());
        assertEquals(half, machine().status().icount());
        execute("snapshot:delete here");
        assertFalse(execute("snapshot:list").contains("here"));
        machine().resume();
        assertTrue(machine().awaitHalt(60_000));
        assertEquals(ExitCode.OK, recordReplay().outcome().orElseThrow().code(), machine().problem().orElse(""));
        assertEquals(end, machine().digests());
        machine().stop();
    }

    private void typed(String line, int prompt) throws Exception {
        await(() -> printed().split("(?i)demo> ", -1).length > prompt);
        machine().consoles().get(0).input((line + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    private String printed() throws Exception {
        return new String(machine().consoles().get(0).history(), StandardCharsets.US_ASCII);
    }

    private Map<String, Long> replayed(Path recording) throws Exception {
        execute("rr:replay " + recording);
        RecordReplay.Outcome o = recordReplay().outcome().orElseThrow();
        assertEquals(ExitCode.OK, o.code(), o.message());
        return o.digests();
    }

    private static byte[] log(Path recording) throws Exception {
        return Files.readAllBytes(recording.resolve("events.log"));
    }

    /** A branch in which other things are typed and memory is another; one that begins behind a trap; one in which the code that runs is changed. */
    @Test
    void aReplayGoesLiveWhereItStandsAndItsBranchesReplayAnywhere() throws Exception {
        install();
        Path recording = Files.createTempDirectory("branches").resolve("demo.rr");
        recordReplay().record(recording);
        typed("time", 1);
        typed("disk", 2);
        typed("quit", 3);
        assertTrue(machine().awaitHalt(60_000));
        Map<String, Long> end = machine().digests();
        machine().stop();
        byte[] before = log(recording);
        assertEquals(end, replayed(recording));
        assertTrue(assertThrows(Exception.class, () -> execute("rr:go-live")).getMessage().contains("shutdown"));

        execute("rr:seek '50%'");
        Map<String, Long> here = machine().digests();
        long fork = machine().status().icount();
        int prompts = printed().split("demo> ", -1).length - 1;
        assertTrue(assertThrows(Exception.class, () -> execute("rr:poke 0x10000000=00")).getMessage().contains("not all RAM"));
        assertTrue(assertThrows(Exception.class, () -> execute("rr:poke 0x80000000=0")).getMessage().contains("in pairs"));
        assertEquals("replay", machine().status().mode(), "a poke that cannot be made makes no branch");
        assertTrue(execute("rr:go-live -p other").contains("branches/other.rr"));
        assertEquals(here, machine().digests());
        assertEquals("record", machine().status().mode());
        long prompt;
        try (DebugSession session = machine().debug(stop -> { })) {
            prompt = 0x8000_0000L + new String(session.read(DebugSession.PHYSICAL, 0x8000_0000L, 1 << 20), StandardCharsets.ISO_8859_1).indexOf("demo> ");
        }
        String poked = execute("rr:poke t6=0x1234 0x" + Long.toHexString(prompt) + "=44454d4f");
        assertTrue(poked.contains("t6 is 0x1234"), poked);
        execute("snapshot:save there");
        machine().resume();
        typed("random", Math.max(1, prompts));
        typed("disk", Math.max(1, prompts) + 1);
        typed("quit", Math.max(1, prompts) + 2);
        assertTrue(machine().awaitHalt(60_000));
        assertTrue(printed().contains("DEMO> "), printed());
        Map<String, Long> other = machine().digests();
        machine().stop();
        Path branch = recording.resolve("branches/other.rr");
        Cli.Result verified = Cli.run("verify", branch.toString());
        assertEquals(0, verified.code(), verified.err());
        assertEquals(other, replayed(branch));
        assertTrue(execute("rr:dump -k POKE " + branch).contains("cpu0.t6=1234"));
        assertTrue(execute("snapshot:list").contains("there"));
        execute("rr:seek there");
        assertEquals(fork, machine().status().icount());

        // a breakpoint at the trap handler: the next instruction is the first behind the trap
        long handler = register("mtvec") & -4;
        assertTrue(execute("rr:continue -b 0x" + Long.toHexString(handler)).startsWith("breakpoint"));
        long trapped = machine().status().icount();
        assertEquals(handler, (long) machine().inspect(cpus -> cpus.get(0).pc()));
        assertEquals(1L, (long) machine().inspect(cpus -> cpus.get(0).traps()));
        long scratch = register("mepc");
        assertTrue(execute("rr:poke --key 'time\\n' t6=0x77").contains("branches/1.rr"));
        assertEquals(handler, (long) machine().inspect(cpus -> cpus.get(0).pc()));
        assertEquals(scratch, register("mepc"));
        machine().resume();
        await(() -> machine().status().icount() > trapped + 3_000_000);
        machine().pause();
        // an instruction that has just been executed, and will be again
        long pc = machine().inspect(cpus -> cpus.get(0).pc());
        execute("rr:poke 0x" + Long.toHexString(pc) + "=6f000000");
        machine().resume();
        long spins = machine().status().icount();
        await(() -> machine().status().icount() > spins + 1_000_000);
        machine().pause();
        assertEquals(pc, (long) machine().inspect(cpus -> cpus.get(0).pc()), "it jumps to itself");
        Map<String, Long> spinning = machine().digests();
        machine().stop();
        Path second = branch.resolve("branches/1.rr");
        assertTrue(execute("rr:dump -k TRAPS " + second).contains(trapped + " TRAPS"));
        assertEquals(spinning, replayed(second));
        assertTrue(execute("rr:go-live").contains("branches/1.rr"), "where its recorder stopped it, it goes on");
        assertTrue(execute("rr:branches").matches("(?s)demo: .*\n  other: from icount " + String.format("%,d", fork) + ".*\n    1: from icount "
            + String.format("%,d", trapped) + ", 1 traps on.*t6=0x77, key \"time.*\n      1: .*the machine is here.*"), execute("rr:branches"));
        machine().stop();
        assertTrue(execute("rr:pack " + recording + " " + recording.resolveSibling("demo.rrz")).contains("its 3 branches are not in it"));
        assertArrayEquals(before, log(recording), "the recording itself");
        assertEquals(end, replayed(recording));
        machine().stop();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "2"})
    void questionsHaveTheSameAnswerForAnyNumberOfTwins(String cpus) throws Exception {
        install(cpus);
        Path recording = Files.createTempDirectory("twins").resolve("twins.rr");
        recordReplay().record(recording);
        assertTrue(machine().awaitHalt(60_000));
        long length = machine().status().icount();
        machine().stop();
        Random random = new Random(length);
        recordReplay().replay(recording, false, true);
        ReplayHost host = (ReplayHost) machine();
        List<Long> breakpoints = new ArrayList<>(List.of(0x80000000L));
        List<Watchpoint> watchpoints = new ArrayList<>();
        for (long place : LongStream.concat(random.longs(10, 1, 3_000_000), random.longs(3, 1, length)).sorted().toArray()) {
            host.travel().run(place);
            if (!breakpoints.contains(host.travel().pc())) {
                breakpoints.add(host.travel().pc());
            }
            long stack = host.inspect(all -> all.get(host.travel().currentCpu()).register(2)) + 8 * random.nextInt(8) & -8;
            watchpoints.add(new Watchpoint(Watchpoint.Kind.values()[watchpoints.size() % 3], stack, 8, false));
        }
        machine().stop();
        recordReplay().replay(recording, false, true);
        Map<Object, Integer> hot = new HashMap<>();
        onePass((ReplayHost) machine(), breakpoints, watchpoints, hit -> hot.merge(hit.access().<Object>map(Access::point).orElse(hit.pc()), 1, Integer::sum));
        breakpoints.removeIf(address -> hot.get(address) > 50_000);
        watchpoints.removeIf(point -> hot.getOrDefault(point, 0) > 50_000);
        machine().stop();
        recordReplay().replay(recording, false, true);
        List<Hit> expected = new ArrayList<>();
        onePass((ReplayHost) machine(), breakpoints, watchpoints, expected::add);
        assertTrue(expected.stream().anyMatch(h -> h.access().isPresent()) && expected.stream().anyMatch(h -> h.access().isEmpty()));
        machine().stop();
        recordReplay().replay(recording, false, true);
        TimeTravel travel = context.getService(context.getServiceReferences(TimeTravel.class, "(machine.name=" + NAME + ")").iterator().next());
        int machines = context.getServiceReferences(Machine.class, null).size();
        try {
            for (int twins : new int[] {0, 1, 3}) {
                System.setProperty("reprise.twins", String.valueOf(twins));
                for (int i = 0; i < 6; i++) {
                    travel.seek(random.nextLong(1, length));
                    travel.save("for " + twins + " twins, " + i);
                }
                long here = machine().status().icount();
                Map<String, Long> there = machine().digests();
                List<Hit> found = new ArrayList<>();
                assertEquals(Arrival.Why.THERE, travel.search(breakpoints, watchpoints, Long.MAX_VALUE, found::add).why());
                for (int i = 0; i < Math.min(expected.size(), found.size()); i++) {
                    assertEquals(expected.get(i), found.get(i), "hit " + i + ", " + twins + " twins");
                }
                assertEquals(expected.size(), found.size());
                assertEquals(here, machine().status().icount());
                assertEquals(there, machine().digests());
                for (int i = 0; i < 3; i++) {
                    travel.seek(random.nextLong(1, length));
                    long before = machine().status().icount();
                    List<Long> one = List.of(breakpoints.get(i % breakpoints.size()));
                    Watchpoint other = watchpoints.get(i % watchpoints.size());
                    Hit last = expected.stream().filter(h -> h.icount() < before && h.access().map(a -> (a.write() ? other.writes() : other.reads())
                        && other.touches(a.address(), a.size())).orElse(one.contains(h.pc()))).reduce((a, b) -> b).orElse(null);
                    Arrival arrival = travel.reverseContinue(one, List.of(other));
                    assertEquals(last == null ? 0 : last.icount(), arrival.icount());
                    assertEquals(last == null ? Arrival.Why.BEGIN : last.access().isEmpty() ? Arrival.Why.BREAKPOINT : Arrival.Why.WATCHPOINT, arrival.why());
                }
                assertEquals(machines, context.getServiceReferences(Machine.class, null).size(), "nobody finds twins");
            }
        } finally {
            System.clearProperty("reprise.twins");
        }
        machine().stop();
        assertTrue(Thread.getAllStackTraces().keySet().stream().noneMatch(t -> t.getName().startsWith("reprise-twin-")), "twins end with their machine");
    }

    @Test
    void placesAreFoundByVirtualTimeByEventsAndByWhatConsolesPrint() throws Exception {
        install();
        Path recording = Files.createTempDirectory("places").resolve("places.rr");
        recordReplay().record(recording);
        assertTrue(machine().awaitHalt(60_000));
        String output = new String(machine().consoles().get(0).history(), StandardCharsets.UTF_8);
        machine().stop();
        execute("rr:replay " + recording);
        long endIcount = machine().status().icount();
        long end = machine().status().virtualTime();
        // the first instruction at or after a time: the one before was earlier
        for (long time : new long[] {1, end / 3, end / 2, end / 2 + 1, end - 1}) {
            execute("rr:seek " + time + "ns");
            long there = machine().status().icount();
            assertTrue(machine().status().virtualTime() >= time, time + " ns");
            execute("rr:step -1");
            assertTrue(machine().status().virtualTime() < time, time + " ns: icount " + there + ", and before " + machine().status());
        }
        String late = assertThrows(MachineException.class, () -> execute("rr:seek 100000s")).getMessage();
        assertTrue(late.contains(String.format(Locale.ROOT, "%,d", end)), late);
        assertTrue(assertThrows(MachineException.class, () -> execute("rr:seek nowhere")).getMessage().contains("no such mark"));
        long stays = machine().status().icount();
        // events have the times at which the machine stands when it is sent to them
        List<String> events = execute("rr:events -k CHAR_READ,CLOCK_HOST,DIGEST").lines().toList();
        assertEquals(stays, machine().status().icount(), "a question changes nothing");
        assertTrue(events.size() > 2 && events.get(events.size() - 1).equals(events.size() - 1 + " events"), events.toString());
        assertEquals(execute("rr:dump -k CHAR_READ,CLOCK_HOST,DIGEST " + recording).lines().count(), events.size(), "the same events as in the log");
        String last = events.get(events.size() - 2).strip();
        assertTrue(last.contains(String.format(Locale.ROOT, " %d.%09d s DIGEST", end / 1_000_000_000, end % 1_000_000_000)), last);
        assertEquals("1 events", execute("rr:events -k END --from '100%'").lines().reduce((a, b) -> b).orElseThrow());
        assertEquals("0 events", execute("rr:events --to 0 -k END").strip());
        assertTrue(assertThrows(MachineException.class, () -> execute("rr:events -k COFFEE")).getMessage().contains("CHAR_READ"));
        // what consoles print
        execute("rr:seek 0");
        String word = output.lines().filter(l -> l.length() > 8).findFirst().orElseThrow().strip();
        String found = execute("rr:console --at '" + word + "'");
        assertTrue(found.contains("(1 of "), found);
        Console console = machine().consoles().get(0);
        assertTrue(output.substring(0, (int) console.written() + 1).endsWith(word), "the next byte is the last of the text");
        execute("rr:step 1");
        assertEquals(output.indexOf(word) + word.length(), console.written());
        assertEquals(output.substring(0, output.indexOf(word) + word.length()), execute("rr:console"), "the output up to here");
        execute("rr:seek " + endIcount);
        assertTrue(execute("rr:console --nth 1 --at '" + word + "'").contains("(1 of "));
        long first = machine().status().icount();
        execute("rr:seek " + endIcount);
        execute("rr:console --reverse --at '" + word + "'");
        assertEquals(first, machine().status().icount(), "there is one only");
        assertTrue(assertThrows(MachineException.class, () -> execute("rr:console --at 'never printed'")).getMessage().contains("0 times"));
        // a snapshot's core file is to gdb what its server is at the same place
        execute("rr:mark first");
        String port = execute("gdb:serve 0").replaceAll("(?s).*localhost:(\\d+).*", "$1");
        String questions = "info registers\nx/16gx $sp\nx/8i $pc\nx/4gx 0x80000000\n";
        String served = gdb("target remote localhost:" + port, questions);
        execute("rr:seek 0");
        Path core = Files.createTempDirectory("core").resolve("core");
        assertTrue(execute("snapshot:export first " + core).contains("gdb"));
        assertEquals(0, machine().status().icount(), "it comes back");
        assertTrue(assertThrows(MachineException.class, () -> execute("snapshot:export first " + core)).getMessage().contains("--force"));
        String inCore = gdb("core-file " + core, questions + "info threads\n");
        assertTrue(inCore.contains("LWP 1"), inCore);
        assertTrue(served.contains("pc ") && served.lines().count() > 50, served);
        List<String> answers = inCore.lines().toList();
        served.lines().filter(l -> l.matches("(ra|sp|gp|tp|pc|[ast]\\d+|0x\\p{XDigit}+.*:) .*")).forEach(l -> assertTrue(answers.contains(l), l + "\n in\n" + inCore));
        machine().stop();
    }

    private static String gdb(String target, String questions) throws Exception {
        List<String> line = new ArrayList<>(List.of("gdb-multiarch", "-nx", "-q", "-batch", "-ex", "set architecture riscv:rv64", "-ex", target));
        questions.lines().forEach(question -> line.addAll(List.of("-ex", question)));
        Process gdb = new ProcessBuilder(line).redirectErrorStream(true).start();
        gdb.getOutputStream().close();
        String text = new String(gdb.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        gdb.waitFor();
        return text;
    }

    @Test
    void snapshotsOfALiveMachineComeBack() throws Exception {
        install();
        machine().start();
        await(() -> machine().status().icount() > 5_000_000);
        execute("snapshot:save early");
        await(() -> machine().status().icount() > 20_000_000);
        machine().pause();
        long late = machine().status().icount();
        String loaded = execute("snapshot:load early");
        assertTrue(loaded.contains("early"), loaded);
        assertEquals(MachineState.PAUSED, machine().status().state());
        assertTrue(machine().status().icount() < late);
        Map<String, Long> early = machine().digests();
        machine().resume();
        assertTrue(machine().awaitHalt(60_000));
        machine().stop();
        assertFalse(early.isEmpty());
    }

    @Test
    void aHotInstalledModelIsUsableInTheNextMachineAndGuardedWhileInUse() throws Exception {
        install();
        assertFalse(execute("device:list").contains("org.reprise.device.watchdog"));
        Path jar;
        try (Stream<Path> files = Files.walk(ShippedDistribution.home().resolve("repository"))) {
            jar = files.filter(p -> p.getFileName().toString().matches("org\\.reprise\\.device\\.watchdog-.*\\.jar")).findFirst().orElseThrow();
        }
        Bundle watchdog = context.installBundle(jar.toUri().toString());
        watchdog.start();
        await(() -> execute("device:list").contains("org.reprise.device.watchdog"));
        Configuration part = configurations.getFactoryConfiguration("org.reprise.device.watchdog", "dog0", "?");
        part.update(new Hashtable<>(Map.of("machine", NAME, "address", "0x10010000", "interrupt", "plic:12")));
        Configuration machine = configurations.getFactoryConfiguration(Machine.PID, NAME, "?");
        var properties = machine.getProperties();
        List<String> parts = new ArrayList<>(List.of((String[]) properties.get("parts")));
        parts.add(parts.size() - 1, "dog0");
        properties.put("parts", parts.toArray(String[]::new));
        machine.update(properties);
        awaitMachine(m -> m.parts().stream().anyMatch(p -> p.name().equals("dog0")) && m.status().state() == MachineState.STOPPED);
        Path recording = Files.createTempDirectory("dog").resolve("dog.rr");
        recordReplay().record(recording);
        await(() -> machine().status().icount() > 1_000_000);
        Exception refused = assertThrows(Exception.class, () -> execute("felix:uninstall org.reprise.device.watchdog"));
        assertTrue(refused.getMessage().contains(NAME) && refused.getMessage().contains("dog0"), refused.getMessage());
        assertEquals(Bundle.ACTIVE, watchdog.getState());
        machine().stop();
        recordReplay().replay(recording, false);
        assertTrue(machine().awaitHalt(60_000));
        assertEquals(ExitCode.OK, recordReplay().outcome().orElseThrow().code(), machine().problem().orElse(""));
        assertTrue(recordReplay().outcome().orElseThrow().digests().containsKey("dog0"));
        machine().stop();
        execute("felix:uninstall org.reprise.device.watchdog");
        assertEquals(Bundle.UNINSTALLED, watchdog.getState());
        awaitMachine(m -> m.status().state() == MachineState.WAITING);
        assertTrue(machine().waitingFor().toString().contains("dog0"), machine().waitingFor().toString());
        part.delete();
        machine.delete();
        await(() -> machine() == null);
    }
}
