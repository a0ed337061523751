package org.reprise.itests.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands that look at recordings: dump, export, diff, bisect, pack, unpack, verify --runs. */
@Tag("command")
class TrustToolsIT {
    private static final int USAGE = 2;
    private static final int DIVERGED = 7;
    private static final int DAMAGED = 8;
    private static final int CUT_OFF = 9;
    private static final int DIFFERENT = 11;

    @TempDir
    static Path folder;
    private static Path recording;

    /** Its images lie in a folder of the test's, so that they can go. */
    @BeforeAll
    static void record() throws Exception {
        Path guest = Files.createDirectory(folder.resolve("guest"));
        for (String name : List.of("demo.elf", "disk.img", "guest.json")) {
            Files.copy(Cli.home().resolve("guests/demo-riscv64").resolve(name), guest.resolve(name));
        }
        recording = folder.resolve("good.rr");
        try (Cli cli = Cli.start("run", "virt-riscv64", "--guest", guest.toString(), "--record", recording.toString(), "--exit-on-shutdown",
                "--set", "machine.rr.digest-interval=5000000")) {
            for (String command : List.of("time", "quit")) {
                cli.awaitOutput("demo> ", command.equals("time") ? 1 : 2);
                cli.type(command + "\n");
            }
            assertEquals(0, cli.result().code());
        }
    }

    private static Cli.Result run(int code, String... arguments) throws Exception {
        Cli.Result r = Cli.run(arguments);
        assertEquals(code, r.code(), String.join(" ", arguments) + "\n" + r.text() + r.err());
        return r;
    }

    private static Path copy(String name) throws Exception {
        Path to = Files.createDirectory(folder.resolve(name));
        for (String f : List.of("manifest.json", "events.log")) {
            Files.copy(recording.resolve(f), to.resolve(f));
        }
        return to;
    }

    @Test
    void dumpsAreFilteredByKindAndIcount() throws Exception {
        List<String> all = run(0, "dump", recording.toString(), "--json").text().lines().toList();
        List<String> digests = run(0, "dump", recording.toString(), "--json", "--kind", "digest").text().lines().toList();
        assertEquals(all.stream().filter(l -> l.contains("\"DIGEST\"")).toList(), digests.subList(0, digests.size() - 1));
        assertEquals(all.get(all.size() - 1), digests.get(digests.size() - 1), "how the log ends is always said");
        List<String> part = run(0, "dump", recording.toString(), "--json", "--kind", "digest", "--from", "10000000", "--to", "20000000").text()
            .lines().toList();
        assertEquals(digests.subList(1, 4), part.subList(0, 3));
        assertEquals(4, part.size());
        assertTrue(run(USAGE, "dump", recording.toString(), "--kind", "foo").err().contains("CHAR_READ"));
    }

    @Test
    void exportsAreDumpedAgain() throws Exception {
        Path file = folder.resolve("export.qemu");
        run(0, "export", recording.toString(), file.toString(), "--format", "qemu");
        byte[] header = new byte[12];
        System.arraycopy(Files.readAllBytes(file), 0, header, 0, 12);
        assertArrayEquals(HexFormat.of().parseHex("00e0200c0000000000000000"), header);
        List<String> theirs = run(0, "dump", file.toString()).text().lines().map(l -> l.strip().replaceAll(" +", " ")).toList();
        List<String> typed = run(0, "dump", recording.toString(), "--kind", "char_read").text().lines().filter(l -> l.contains("CHAR_READ"))
            .map(l -> l.strip().replaceAll(" +", " ")).toList();
        List<String> read = theirs.stream().filter(l -> l.contains("ASYNC_CHAR_READ"))
            .map(l -> l.replaceAll("\\d+ (\\d+) ASYNC_(CHAR_READ) device=\\d+ (.*)", "$1 $2 uart0 $3")).toList();
        assertFalse(typed.isEmpty());
        assertEquals(typed, read);
        assertTrue(theirs.get(theirs.size() - 3).endsWith("SHUTDOWN_GUEST_SHUTDOWN"), theirs.toString());
        run(USAGE, "export", recording.toString(), file.toString(), "--format", "qemu");
        run(USAGE, "export", recording.toString(), folder.resolve("x").toString(), "--format", "bochs");
        byte[] cut = Files.readAllBytes(file);
        Path short1 = Files.write(folder.resolve("short.qemu"), java.util.Arrays.copyOf(cut, cut.length - 5));
        assertTrue(run(CUT_OFF, "dump", short1.toString()).text().contains("cut off"));
        cut[12] = 21;
        assertTrue(run(DAMAGED, "dump", Files.write(short1, cut).toString()).text().contains("damaged in the event at offset 12"));
    }

    @Test
    void differencesHaveAnExitCodeOfTheirOwn() throws Exception {
        assertTrue(run(0, "diff", recording.toString(), recording.toString()).text().startsWith("equal: "));
        Path other = folder.resolve("other.rr");
        run(0, "run", "virt-riscv64", "--guest", "demo-riscv64", "--ram", "96M", "--record", other.toString(), "--exit-on-shutdown");
        String text = run(DIFFERENT, "diff", recording.toString(), other.toString()).text();
        assertTrue(text.contains("manifest machine.ram\n  first:  64M\n  second: 96M"), text);
        assertTrue(text.contains("event 0 (0 are equal before it)") && text.contains("first:") && text.contains("RANDOM"), text);
    }

    @Test
    void aPackedRecordingNeedsNothingElse() throws Exception {
        Path packed = folder.resolve("good.rrz");
        run(0, "pack", recording.toString(), packed.toString());
        run(0, "diff", recording.toString(), packed.toString());
        assertEquals(run(0, "dump", recording.toString()).text(), run(0, "dump", packed.toString()).text());
        Path away = Files.move(folder.resolve("guest"), folder.resolve("moved"));
        try {
            assertTrue(run(4, "verify", recording.toString()).err().contains("--file"));
            run(0, "verify", packed.toString());
            Path unpacked = folder.resolve("unpacked.rr");
            run(0, "unpack", packed.toString(), unpacked.toString());
            run(0, "verify", unpacked.toString());
        } finally {
            Files.move(away, folder.resolve("guest"));
        }
        byte[] bytes = Files.readAllBytes(packed);
        bytes[bytes.length / 2] ^= 1;
        Path bad = Files.write(folder.resolve("bad.rrz"), bytes);
        for (String command : List.of("verify", "replay", "dump", "info")) {
            assertTrue(run(DAMAGED, command, bad.toString()).err().contains("bad.rrz is damaged: its checksum does not fit"));
        }
    }

    @Test
    void severalRunsGiveOneVerdict() throws Exception {
        String err = run(0, "verify", recording.toString(), "--runs", "3", "--jobs", "2").err();
        for (int i = 1; i <= 3; i++) {
            assertTrue(err.contains("run " + i + " of 3: equal, icount "), err);
        }
        assertTrue(err.contains("all 3 runs equal: icount "), err);
        String mismatch = run(6, "verify", recording.toString(), "--runs", "2", "--ram", "96M").err();
        assertTrue(mismatch.contains("run 2 of 2: exit code 6") && mismatch.contains("NOT all runs equal: 0 of 2"), mismatch);
        run(USAGE, "verify", recording.toString(), "--runs", "0");
    }

    @Test
    void aRecordingThatReplaysHasNothingToBisect() throws Exception {
        assertTrue(run(0, "bisect", recording.toString()).text().contains("no divergence: the recording replays in both modes"));
        assertTrue(run(USAGE, "bisect", recording.toString(), "--modes", "compile,fast").err().contains("interpreter, mixed, compile"));
    }

    /** The log says another digest than both modes have: they agree with each other, and the interval from its digests is named. */
    @Test
    void bisectTellsWhenBothModesAgreeButNotWithTheRecording() throws Exception {
        Path copy = copy("doctored.rr");
        List<String> digests = run(0, "dump", recording.toString(), "--json", "--kind", "digest", "--to", "30000000").text().lines()
            .filter(l -> l.contains("DIGEST")).map(l -> l.replaceAll(".*\"data\":\"([0-9a-f]+)\".*", "$1")).toList();
        byte[] bytes = HexFormat.of().parseHex(digests.get(3));
        byte[] other = bytes.clone();
        other[12] ^= 1;
        DoctoredLog.replace(copy.resolve("events.log"), bytes, other);
        assertTrue(run(DIVERGED, "verify", copy.toString()).err().contains("diverged at icount 20000000"));
        String text = run(DIVERGED, "bisect", copy.toString(), "--modes", "mixed,interpreter").text();
        assertTrue(text.contains("agree with each other at all 64 places compared, and not with the recording"), text);
        assertTrue(text.contains("lies after icount 15000000, at or before icount 20000000"), text);
        assertTrue(run(DIFFERENT, "diff", recording.toString(), copy.toString()).text().contains("digest of ram: first "));
    }

    /** Another process writes the recording all the while; every replay reaches what is there and says so. */
    @Test
    void aRecordingInProgressIsReplayedAsFarAsItGoes() throws Exception {
        Path growing = folder.resolve("growing.rr");
        try (Cli cli = Cli.start("run", "virt-riscv64", "--guest", "demo-riscv64", "--record", growing.toString(), "--exit-on-shutdown")) {
            long reached = 0;
            // the guest powers off when nothing was typed for a minute
            for (int prompt = 1; prompt <= 2; prompt++) {
                cli.awaitOutput("demo> ", prompt);
                cli.type("time\n");
                cli.awaitOutput("demo> ", prompt + 1);
                String err = run(CUT_OFF, "verify", growing.toString()).err();
                assertTrue(err.contains("its recorder was killed, or is still writing"), err);
                long icount = Long.parseLong(err.replaceAll("(?s).*icount ([\\d,]+), .*", "$1").replace(",", ""));
                assertTrue(icount > reached, "replayed to " + icount + ", before to " + reached);
                reached = icount;
            }
            cli.type("time\n");
            cli.awaitOutput("demo> ", 4);
            String several = run(CUT_OFF, "verify", growing.toString(), "--runs", "2", "--jobs", "2").err();
            assertTrue(several.contains("all 2 runs equal") && several.contains("no clean end"), several);
            cli.type("quit\n");
            assertEquals(0, cli.result().code());
        }
        run(0, "verify", growing.toString());
    }

    // ---- the reference emulator's own logs ---------------------------------------------------------------------------------------------

    private static Path qemu(String name, boolean kill, String... options) throws Exception {
        Path log = folder.resolve(name);
        List<String> line = new ArrayList<>(List.of("qemu-system-riscv64", "-M", "virt", "-display", "none", "-monitor", "none", "-serial",
            "file:" + folder.resolve(name + ".txt"), "-icount", "shift=3,rr=record,rrfile=" + log));
        line.addAll(List.of(options));
        Process p = new ProcessBuilder(line).redirectErrorStream(true).redirectOutput(folder.resolve(name + ".err").toFile()).start();
        try {
            long end = System.nanoTime() + 120_000_000_000L;
            Pattern there = Pattern.compile(kill ? "Linux version" : "checksum");
            Path console = folder.resolve(name + ".txt");
            while (p.isAlive() && (!Files.exists(console) || !there.matcher(Files.readString(console, StandardCharsets.ISO_8859_1)).find())) {
                assertTrue(System.nanoTime() < end, () -> "no output of " + line);
                Thread.sleep(20);
            }
            if (kill) {
                Thread.sleep(1000);
                p.destroyForcibly();
            }
            p.waitFor();
        } finally {
            p.destroyForcibly();
        }
        return log;
    }

    @Test
    void logsOfTheReferenceAreReadToTheirEnd() throws Exception {
        Path guest = Path.of(System.getProperty("reprise.root")).resolve("distribution/guests/bench-riscv64/mix.elf").toAbsolutePath().normalize();
        Path log = qemu("mix.qemu", false, "-m", "64M", "-bios", guest.toString());
        List<String> lines = run(0, "dump", log.toString()).text().lines().toList();
        assertTrue(lines.get(lines.size() - 1).contains("ended cleanly at icount "), lines.get(lines.size() - 1));
        assertTrue(lines.get(lines.size() - 2).endsWith(" END"), lines.get(lines.size() - 2));
        long written = lines.stream().filter(l -> l.contains("CHAR_WRITE")).mapToLong(l -> Long.parseLong(l.replaceAll(".*result=(\\d+).*", "$1"))).sum();
        assertEquals(Files.size(folder.resolve("mix.qemu.txt")), written, "every byte of the console is in the log");
        long instret = Long.parseLong(Files.readString(folder.resolve("mix.qemu.txt")).replaceAll("(?s).*instret (\\d+).*", "$1"));
        long icount = Long.parseLong(lines.get(lines.size() - 1).replaceAll(".*icount (\\d+).*", "$1"));
        // with shift=3 the reference's instret is VIRTUAL in ns, 8 for an instruction; the guest read it shortly before its end
        assertTrue(icount * 8 >= instret && icount * 8 < instret + 1_000_000, "icount " + icount + ", the guest counted " + instret);
        assertEquals(lines.size(), run(0, "dump", log.toString(), "--json").text().lines().count());
    }

    @Test
    void anUnfinishedLogOfTheReferenceIsReadToItsLastByte() throws Exception {
        Path debian = Cli.guest("debian-riscv64");
        Path log = qemu("debian.qemu", true, "-m", "512M", "-bios", debian.resolve("fw_dynamic.bin").toString(), "-kernel",
            debian.resolve("Image").toString(), "-initrd", debian.resolve("initrd.cpio.gz").toString(), "-append", "console=ttyS0 earlycon=sbi");
        List<String> lines = run(CUT_OFF, "dump", log.toString()).text().lines().toList();
        assertTrue(lines.size() > 1000, "events: " + lines.size());
        String end = lines.get(lines.size() - 1);
        assertTrue(end.contains("version word is 0") || end.contains("cut off in the event"), end);
    }
}
