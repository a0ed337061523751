package org.reprise.itests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The session of docs/tour-bug-hunt.md: its commands, word for word, and its answers, but for what is different in each recording. */
@Tag("command")
class BugHuntIT {
    private static final Path ROOT = Path.of(System.getProperty("reprise.root")).toAbsolutePath().normalize();
    private static final Pattern PORT = Pattern.compile("target remote localhost:(\\d+)");
    /** One run of three fails, and one takes seconds. */
    private static final int MINUTES = 5;
    /** From behind the store of next_note that leaves it at the trace's end to the one that puts it back. */
    private static final int WINDOW_BEGIN = 0x14;
    private static final int WINDOW_END = 0x2c;

    @TempDir
    Path folder;

    private final List<String> document;

    BugHuntIT() throws Exception {
        document = Files.readAllLines(ROOT.resolve("docs/tour-bug-hunt.md"));
    }

    /** What the document says to type at a prompt. */
    private List<String> typed(String prompt) {
        return document.stream().filter(l -> l.startsWith("    " + prompt)).map(l -> l.substring(4 + prompt.length())).toList();
    }

    /** Lines of the document, with numbers that differ from recording to recording as a pattern. */
    private Pattern answer(String line) {
        assertTrue(document.stream().anyMatch(l -> l.strip().equals(line)), "the document has: " + line);
        return Pattern.compile(Pattern.quote(line).replaceAll("540000000000009d", "\\\\E(54|41)00[0-9a-f]{12}\\\\Q").replaceAll("icount [\\d,]+ \\([\\d.]+ %\\), VIRTUAL [\\d.]+ s",
            "\\\\Eicount [\\\\d,]+ \\\\([\\\\d.]+ %\\\\), VIRTUAL [\\\\d.]+ s\\\\Q"));
    }

    private void recordUntilItFails() throws Exception {
        Path reprise = Files.writeString(folder.resolve("reprise"), "#!/bin/sh\nexec '" + Cli.home().resolve("bin/reprise") + "' \"$@\"\n");
        assertTrue(reprise.toFile().setExecutable(true));
        String loop = typed("$ ").get(0);
        assertTrue(loop.startsWith("while ") && loop.contains(" --record hunt.rr "), loop);
        Path out = folder.resolve("loop");
        Process p = new ProcessBuilder("bash", "-c", loop).directory(folder.toFile()).redirectErrorStream(true).redirectOutput(out.toFile()).start();
        p.getOutputStream().close();
        boolean ended = p.waitFor(MINUTES, TimeUnit.MINUTES);
        p.descendants().forEach(ProcessHandle::destroyForcibly);
        p.destroyForcibly();
        String text = Files.readString(out);
        assertTrue(ended, "it never failed:\n" + text);
        String[] runs = text.split("hunt: the logger is up\\R");
        for (int i = 1; i < runs.length - 1; i++) {
            assertTrue(runs[i].contains("measurements 64") && !runs[i].contains("failed"), runs[i]);
        }
        assertTrue(runs[runs.length - 1].matches("(?s).*hunt: meters\\[0\\] is (54|41)00[0-9a-f]{12}\\s+failed: the table of meters is damaged.*guest-panic.*"), text);
    }

    /** The shell on a terminal, as script (of util-linux) makes one. */
    private String inTheShell(List<String> commands) throws Exception {
        String start = typed("$ ").get(1);
        assertEquals("./reprise replay hunt.rr", start);
        try (Cli cli = Cli.start(null, new ProcessBuilder("script", "-qec", start, "/dev/null").directory(folder.toFile()))) {
            cli.awaitOutput("Gogo", 1);
            List<String> ends = List.of("(hunt/hunt.c:57)", "trap_entry (runtime/start.S:", "  note+0x");
            for (int i = 0; i < commands.size(); i++) {
                cli.type(commands.get(i) + "\n");
                // the last answer is not the first one with that in it
                cli.awaitOutput(ends.get(i), i == 2 ? 2 : 1);
            }
            return cli.printed().replaceAll("\u001b\\[[?0-9;=]*[a-zA-Z]|\r", "");
        }
    }

    private String inGdb() throws Exception {
        try (Cli cli = Cli.start("replay", folder.resolve("hunt.rr").toString(), "--gdb", "0", "--stop", "--exit-at-end")) {
            String port = cli.awaitMessage(PORT);
            List<String> line = new ArrayList<>(List.of("gdb-multiarch", "-nx", "-q", "-batch", "distribution/guests/hunt-riscv64/hunt.elf", "-ex",
                "target remote localhost:" + port));
            typed("(gdb) ").forEach(command -> line.addAll(List.of("-ex", command)));
            Process gdb = new ProcessBuilder(line).directory(ROOT.toFile()).redirectErrorStream(true).start();
            gdb.getOutputStream().close();
            String text = new String(gdb.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            gdb.waitFor();
            return text;
        }
    }

    @Test
    void theDocumentsCommandsFindTheCulprit() throws Exception {
        recordUntilItFails();
        List<String> commands = typed("g! ");
        assertEquals(3, commands.size());
        String text = inTheShell(commands);
        for (String line : List.of(
                "the next instruction writes 540000000000009d to 80001088 (physical 80001088, 8 bytes): icount 9,019,904 (99.47 %), VIRTUAL 0.157 s",
                "cpu0 0000000080000072  c.sd a0, 0(a4)  note+0x16 (hunt/hunt.c:57)",
                "breakpoint: icount 9,019,849 (99.47 %), VIRTUAL 0.157 s",
                "cpu0 0000000080000480  c.addi16sp sp, -128  trap_entry (runtime/start.S:61)")) {
            assertTrue(answer(line).matcher(text).find(), line + "\n" + text);
        }
        Matcher window = Pattern.compile("(?s)trap_entry.*cpu0 [0-9a-f]{16}  .*  note\\+0x([0-9a-f]+) \\(hunt/hunt\\.c:(57|58|59)\\)").matcher(text);
        assertTrue(window.find(), text);
        int interrupted = Integer.parseInt(window.group(1), 16);
        assertTrue(WINDOW_BEGIN <= interrupted && interrupted <= WINDOW_END, text);

        String gdb = inGdb();
        // in some runs it is damaged more than once: by a note then, which begins with a letter
        assertTrue(Pattern.compile("(?s)New value = \\(struct meter \\*\\) 0x(800005a0 <known>|[45][0-9a-f]{15})\\R0x0*80000072 in note .* at hunt/hunt\\.c:57\\R.*"
            + "#0  0x0*80000072 in note .*<signal handler called>\\R#\\d+ +(0x0*800000[0-9a-f]{2} in )?note .* at hunt/hunt\\.c:5[789]\\R.*main \\(\\) at hunt/hunt\\.c:\\d+")
            .matcher(gdb).find(), gdb);
        assertFalse(gdb.contains("error"), gdb);
    }
}
