package org.reprise.itests.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.reprise.api.cpu.Cpu;
import org.reprise.api.cpu.Watchpoint;
import org.reprise.api.machine.DebugSession;
import org.reprise.api.machine.MachineException;
import org.reprise.api.replay.ReplayHost;
import org.reprise.api.travel.Arrival;
import org.reprise.api.travel.TimeTravel;

/** What stops a replay, and who wrote what last: commands and questions about breakpoints, watchpoints, devices and registers, compared with stepping. */
@Tag("container")
@ExtendWith(InFramework.class)
class WatchedRecordingIT extends MachineInFramework {
    /** Instructions whose first operand is none that they write. */
    private static final String WRITES_NO_REGISTER = "((c\\.)?f?s[bhwd](sp)?|(c\\.)?b.*|c\\.jr?|fence.*|[ms]ret|e.*|c\\.e.*|wfi|sfence.*|c\\.nop)( .*)?";

    private record Stop(String what, long icount) {
    }

    /** Goes on until an end of the recording, and notes where it stopped. */
    private List<Stop> stops(String command, int most) throws Exception {
        List<Stop> all = new ArrayList<>();
        for (String answer = execute(command); !answer.startsWith("the recording") && all.size() < most; answer = execute(command)) {
            all.add(new Stop(answer.substring(0, answer.indexOf(": ")), machine().status().icount()));
        }
        return all;
    }

    @Test
    void continueStopsAtEachPlaceThatBreakHasSetInBothDirections() throws Exception {
        install("1", "hunt-riscv64", "hunt.elf");
        Path recording = Files.createTempDirectory("break").resolve("break.rr");
        recordReplay().record(recording);
        assertTrue(machine().awaitHalt(60_000));
        machine().stop();
        recordReplay().replay(recording, false, true);
        assertEquals("no breakpoints; rr:break PLACE sets one", execute("rr:break"));
        String main = execute("rr:break main");
        assertTrue(main.matches("1  breakpoint  main  0x80[0-9a-f]+ main \\(.*hunt\\.c:\\d+\\)"), main);
        assertTrue(execute("rr:break hunt.c:57").startsWith("2  breakpoint  hunt.c:57  0x80"));
        String write = execute("rr:break --write next_note");
        assertTrue(write.matches("3  write watchpoint  next_note  8 bytes at 0x80[0-9a-f]+"), write);
        String range = "0x" + write.replaceAll(".*0x", "");
        assertTrue(execute("rr:break --access " + range + " 1").startsWith("4  access watchpoint  " + range + "  1 bytes at " + range));
        assertEquals("1 deleted", execute("rr:break --delete 4"));
        assertTrue(assertThrows(MachineException.class, () -> execute("rr:break --delete 4")).getMessage().contains("there are 1, 2, 3"));
        assertTrue(assertThrows(MachineException.class, () -> execute("rr:break nowhere_at_all")).getMessage().contains("no symbol"));
        assertTrue(assertThrows(MachineException.class, () -> execute("rr:break main 8")).getMessage().contains("--write"));
        assertTrue(assertThrows(MachineException.class, () -> execute("rr:break -w main 0")).getMessage().contains("positive"));
        assertEquals(3, execute("rr:break").lines().count());

        // one pass, by somebody else, says where it has to stop
        List<Long> breakpoints = new ArrayList<>();
        for (String line : execute("rr:break").lines().limit(2).toList()) {
            Arrays.stream(line.substring(line.indexOf("  0x") + 2).split(", ")).forEach(place -> breakpoints.add(Long.decode(place.split(" ")[0])));
        }
        List<Stop> expected = new ArrayList<>();
        List<Stop> places = new ArrayList<>();
        onePass((ReplayHost) machine(), breakpoints, List.of(new Watchpoint(Watchpoint.Kind.WRITE, Long.decode(range), 8, false)), hit -> {
            String what = hit.access().isPresent() ? "write watchpoint 3 (next_note)" : hit.pc() == breakpoints.get(0) ? "breakpoint 1 (main)" : "breakpoint 2 (hunt.c:57)";
            places.add(new Stop(what, hit.icount()));
            expected.add(new Stop(what, hit.access().isPresent() ? hit.icount() + 1 : hit.icount()));
        });
        machine().stop();
        recordReplay().replay(recording, false, true);
        assertTrue(places.size() > 20 && places.stream().map(Stop::what).distinct().count() == 3, places.size() + " stops");
        assertEquals(expected.subList(0, 20), stops("rr:continue", 20).subList(0, 20), "forwards");
        // stands behind the 21st: backwards it is the first one
        List<Stop> back = new ArrayList<>(places.subList(0, 20));
        Collections.reverse(back);
        execute("rr:seek " + expected.get(19).icount());
        assertEquals(expected.get(19).what().startsWith("write") ? back : back.subList(1, 20), stops("rr:continue --reverse", 100), "backwards");
        // places of one command count, too
        execute("rr:seek 0");
        assertEquals("1 deleted", execute("rr:break -d 1"));
        assertTrue(execute("rr:continue --break main").startsWith("breakpoint: icount"));
        assertEquals("2 deleted", execute("rr:break --delete all"));
        execute("rr:seek 0");
        assertTrue(execute("rr:continue").startsWith("the recording ends here"));
        machine().stop();
    }

    private static byte[] ram(DebugSession session, long address, int length) {
        return session.read(DebugSession.PHYSICAL, address, length);
    }

    /** The disk's sectors come to one buffer, which stepping looks at. Both directions, the list and stepping agree. */
    @Test
    void whatTheDiskWritesIsSeenByWatchpointsInBothDirections() throws Exception {
        install("2");
        Path recording = Files.createTempDirectory("dma").resolve("dma.rr");
        recordReplay().record(recording);
        assertTrue(machine().awaitHalt(60_000));
        machine().stop();
        recordReplay().replay(recording, false, true);
        // where the first sectors are after the first half of what the console says about the disk
        execute("rr:console --at 'disk     '");
        long begin = machine().status().icount();
        execute("rr:console --at 'sectors'");
        execute("rr:step 200");
        byte[] sector = Files.readAllBytes(ShippedDistribution.home().resolve("guests/demo-riscv64/disk.img"));
        long buffer = 0;
        for (int i = 0; buffer == 0 && i < 400; i++) {
            execute("rr:seek " + (machine().status().icount() + 2_000));
            try (DebugSession session = machine().debug(stop -> { })) {
                String content = new String(ram(session, 0x8000_0000L, 1 << 20), StandardCharsets.ISO_8859_1);
                int at = content.indexOf(new String(sector, 0, 512, StandardCharsets.ISO_8859_1));
                buffer = at < 0 ? 0 : 0x8000_0000L + at;
            }
        }
        assertTrue(buffer != 0, "the first sector is nowhere in memory");
        String range = "0x" + Long.toHexString(buffer + 7) + " 2";
        String listed = execute("rr:writes -n 1000 " + range);
        List<Long> places = listed.lines().filter(line -> line.startsWith("icount")).map(line -> Long.valueOf(line.substring(6, 24).strip().replace(",", ""))).toList();
        List<Long> devices = listed.lines().filter(line -> line.contains("  device vblk0  2 bytes at ")).map(line -> Long.valueOf(line.substring(6, 24).strip()
            .replace(",", ""))).toList();
        assertTrue(devices.size() >= 4, listed);
        assertEquals(listed, execute("rr:writes -p -n 1000 " + range), "the demo runs at physical addresses");
        // stepping, around three of them: what has changed was told of
        for (long device : List.of(devices.get(0), devices.get(1), devices.get(devices.size() - 1))) {
            execute("rr:seek " + (device - 40));
            TimeTravel travel = travel();
            Set<Long> changed = new TreeSet<>();
            for (byte[] before = null; machine().status().icount() < device + 40;) {
                long at = machine().status().icount();
                byte[] now;
                travel.step();
                try (DebugSession session = machine().debug(stop -> { })) {
                    now = ram(session, buffer + 7, 2);
                }
                if (before != null && !Arrays.equals(before, now)) {
                    changed.add(at);
                }
                before = now;
            }
            assertTrue(places.containsAll(changed), changed + ": " + listed);
            assertTrue(changed.contains(device), changed + ", not " + device);
        }
        // forwards and backwards
        execute("rr:seek " + begin);
        execute("rr:break --write " + range);
        List<Stop> forwards = stops("rr:continue", 1000);
        List<Long> expected = places.stream().filter(place -> place >= begin).map(place -> devices.contains(place) ? place : place + 1).toList();
        assertEquals(expected, forwards.stream().map(Stop::icount).toList());
        assertEquals(places, reversed(stops("rr:continue --reverse", 1000)).map(Stop::icount).toList());
        // behind one, it is the last one; in front of it, it is not
        execute("rr:seek " + (devices.get(2) - 1));
        String done = execute("rr:continue");
        assertTrue(done.matches("(?s)write watchpoint 1 \\(0x.*\\): device vblk0 wrote \\p{XDigit}+ to .*2 bytes\\): icount " + String.format("%,d", devices.get(2)) + " .*"), done);
        String undone = execute("rr:continue --reverse");
        assertTrue(undone.contains("device vblk0 writes ") && undone.contains("icount " + String.format("%,d", devices.get(2)) + " "), undone);
        execute("rr:continue --reverse");
        assertTrue(machine().status().icount() < devices.get(2));
        execute("rr:break -d all");
        machine().stop();
    }

    private static Stream<Stop> reversed(List<Stop> stops) {
        List<Stop> turned = new ArrayList<>(stops);
        Collections.reverse(turned);
        return turned.stream();
    }

    /** The oracle steps, and believes what the disassembler says each instruction's first operand is. */
    @Test
    void registersHaveTheLastWriterThatSteppingFinds() throws Exception {
        install("2");
        Path recording = Files.createTempDirectory("registers").resolve("registers.rr");
        recordReplay().record(recording);
        assertTrue(machine().awaitHalt(60_000));
        long length = machine().status().icount();
        machine().stop();
        Random random = new Random(length);
        recordReplay().replay(recording, false, true);
        ReplayHost host = (ReplayHost) machine();
        TimeTravel travel = travel();
        int far = 0;
        for (int round = 0; round < 3; round++) {
            long end = random.nextLong(Math.min(length, 5_000), length);
            travel.seek(end - 1_500);
            Map<String, Long> last = new TreeMap<>();
            while (machine().status().icount() < end) {
                long before = machine().status().icount();
                List<Long> places = host.inspect(cpus -> cpus.stream().map(Cpu::pc).toList());
                List<String> texts = host.inspect(cpus -> cpus.stream().map(cpu -> cpu.disassemble(cpu.pc())).toList());
                travel.step();
                List<Long> now = host.inspect(cpus -> cpus.stream().map(Cpu::pc).toList());
                int stepped = IntStream.range(0, places.size()).filter(cpu -> !places.get(cpu).equals(now.get(cpu))).findFirst().orElse(-1);
                if (stepped >= 0 && machine().status().icount() > before && !texts.get(stepped).matches(WRITES_NO_REGISTER)) {
                    String[] words = texts.get(stepped).split("[ ,]+");
                    last.put(stepped + " " + (words[0].startsWith("c.jal") ? "ra" : words[1]), before);
                }
            }
            for (String register : List.of("a0", "a5", "s1", "sp", "ra", "t1", "gp")) {
                travel.seek(end);
                int cpu = host.travel().currentCpu();
                int number = host.inspect(cpus -> cpus.get(cpu).registerNumber(register));
                Arrival arrival = travel.reverseContinue(List.of(), List.of(Watchpoint.register(cpu, number)));
                Long expected = last.get(cpu + " " + register);
                if (expected != null) {
                    assertEquals(Arrival.Why.WATCHPOINT, arrival.why(), register);
                    assertEquals(expected, arrival.icount(), register + " before " + end);
                } else {
                    far++;
                }
            }
        }
        assertTrue(far > 0, "registers that are written rarely");
        machine().stop();
    }
}
