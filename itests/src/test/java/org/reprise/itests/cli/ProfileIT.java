package org.reprise.itests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Document;

/** Profiles of our own guests, whose functions are known. */
@Tag("command")
class ProfileIT {
    @TempDir
    Path folder;

    private String verify(Path recording, Path flame, String... more) throws Exception {
        List<String> line = new ArrayList<>(List.of("verify", recording.toString()));
        if (flame != null) {
            line.addAll(List.of("--flame", flame.toString(), "--flame-every", "5000"));
        }
        line.addAll(Arrays.asList(more));
        Cli.Result r = Cli.run(line.toArray(String[]::new));
        assertEquals(0, r.code(), r.err());
        return DemoGuestIT.digest(r.err());
    }

    private static long samples(Stream<String> stacks) {
        return stacks.mapToLong(l -> Long.parseLong(l.substring(l.lastIndexOf(' ') + 1))).sum();
    }

    @ParameterizedTest
    @ValueSource(strings = {"riscv64", "riscv32"})
    void aRecordingHasOneProfileAndTheReplayDoesNotSeeIt(String width) throws Exception {
        SymbolsIT.debugGuests(folder);
        Path firmware = folder.resolve("demo-" + width + "/demo.elf");
        Path recording = folder.resolve("demo.rr");
        Path live = folder.resolve("live.folded");
        try (Cli cli = Cli.start("run", "virt-" + width, "--guest", "demo-" + width, "--firmware", firmware.toString(),
                "--record", recording.toString(), "--exit-on-shutdown", "--flame", live.toString(), "--flame-every", "5000")) {
            int prompts = 1;
            for (String command : List.of("time", "random", "disk", "quit")) {
                cli.awaitOutput("demo> ", prompts++);
                cli.type(command + "\n");
            }
            Cli.Result r = cli.result();
            assertEquals(0, r.code(), r.err());
        }
        String digest = verify(recording, null);
        String expected = Files.readString(live);
        // this guest runs in machine mode, from the start file through main to what computes
        assertTrue(expected.lines().anyMatch(l -> l.startsWith("firmware;") && l.contains(";main;") && l.contains("sha256")), expected);
        long unknown = samples(expected.lines().filter(l -> l.contains("[")));
        long all = samples(expected.lines());
        assertTrue(all > 1000 && unknown * 20 < all, unknown + " of " + all + " samples are in functions without a name\n" + expected);
        for (String mode : List.of("mixed", "interpreter", "compile")) {
            Path again = folder.resolve(mode + ".folded");
            assertEquals(digest, verify(recording, again, "--set", "cpu0.translator.mode=" + mode));
            assertEquals(expected, Files.readString(again), mode);
        }
        Path first = folder.resolve("first.svg");
        Path second = folder.resolve("second.svg");
        assertEquals(digest, verify(recording, first));
        assertEquals(digest, verify(recording, second, "--symbols", firmware.toString()));
        assertEquals(Files.readString(first), Files.readString(second));
        Document svg = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(first.toFile());
        assertEquals("svg", svg.getDocumentElement().getTagName());
        // names that lie somewhere else do not fit
        Path moved = folder.resolve("moved.folded");
        assertEquals(digest, verify(recording, moved, "--symbols", firmware + "@0x10000000"));
        assertFalse(Files.readString(moved).contains("main"));
    }

    @Test
    void optionsThatDoNotFitAreRefusedBeforeTheRun() throws Exception {
        for (String[] c : new String[][] {
            {"must end in .svg", "--flame", "x.png"}, {"need --flame", "--symbols", "vmlinux"}, {"need --flame", "--flame-every", "1000"},
            {"at least 100", "--flame", folder + "/x.svg", "--flame-every", "7"},
            {"give a number", "--flame", folder + "/x.svg", "--flame-every", "often"},
            {"there is no folder", "--flame", folder + "/none/x.svg"},
            {"none.map", "--flame", folder + "/x.svg", "--symbols", "none.map@0x10"}}) {
            List<String> line = new ArrayList<>(List.of("run", "--guest", "demo-riscv64"));
            line.addAll(Arrays.asList(c).subList(1, c.length));
            Cli.Result r = Cli.run(line.toArray(String[]::new));
            assertTrue(r.code() == 2 || r.code() == 4, r.code() + " " + r.err());
            assertTrue(r.err().contains(c[0]), r.err());
            assertEquals("", r.text(), "the guest did not run");
        }
    }
}
