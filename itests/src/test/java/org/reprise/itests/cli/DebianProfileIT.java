package org.reprise.itests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reprise.api.debug.Symbol;
import org.reprise.debug.symbols.SymbolReaderService;

/** Debian's kernel, which has no symbols but its own table: what it says of itself while it runs is the oracle. */
@Tag("guests")
class DebianProfileIT {
    private static final String PROMPT = "reprise# ";

    @TempDir
    Path folder;

    @Test
    void theKernelsFunctionsAreThoseItSaysItHasAndTheBootHasOneProfile() throws Exception {
        Path guest = Cli.guest("debian-riscv64");
        String functions = new SymbolReaderService().read(List.of(guest.resolve("Image").toString())).all().stream().filter(Symbol::function)
            .map(s -> String.format(Locale.ROOT, "%016x %s%n", s.address(), s.name())).sorted().collect(Collectors.joining());
        String sum = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(functions.getBytes(StandardCharsets.US_ASCII)));
        Path recording = folder.resolve("boot.rr");
        try (Cli cli = Cli.start("run", "virt-riscv64", "--guest", guest.toString(), "--record", recording.toString(), "--exit-on-shutdown")) {
            int prompts = 1;
            for (String command : List.of("grep ' [tTwW] ' /proc/kallsyms | grep -v '\\[' | cut -d' ' -f1,3 | LC_ALL=C sort | sha256sum", "poweroff -f")) {
                cli.awaitOutput(PROMPT, prompts++);
                for (int i = 0; i < command.length(); i += 5) {
                    Thread.sleep(5);
                    cli.type(command.substring(i, Math.min(i + 5, command.length())));
                }
                cli.type("\n");
            }
            Cli.Result r = cli.result();
            assertEquals(0, r.code(), r.err());
            assertTrue(functions.lines().count() > 30_000 && r.text().contains(sum), functions.lines().count() + " functions; their sum " + sum
                + " is not in:\n" + r.text().substring(Math.max(0, r.text().length() - 2000)));
        }
        Cli.Result quiet = Cli.run("verify", recording.toString());
        assertEquals(0, quiet.code(), quiet.err());
        String before = null;
        for (String name : List.of("first.folded", "second.folded", "picture.svg")) {
            Path file = folder.resolve(name);
            Cli.Result r = Cli.run("verify", recording.toString(), "--flame", file.toString());
            assertEquals(0, r.code(), r.err());
            assertEquals(DemoGuestIT.digest(quiet.err()), DemoGuestIT.digest(r.err()));
            String text = Files.readString(file);
            if (name.endsWith(".svg")) {
                assertEquals("svg", DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file.toFile()).getDocumentElement().getTagName());
                assertTrue(text.contains("<title>start_kernel: "), "start_kernel is not drawn");
                continue;
            }
            for (String stack : List.of("kernel;_start_kernel;start_kernel;", "kernel;ret_from_fork;kernel_init;kernel_init_freeable;do_one_initcall;",
                    "kernel;ret_from_fork;kthread;", "kernel;handle_exception;do_trap_ecall_u;", "user;", "firmware;")) {
                assertTrue(text.lines().anyMatch(l -> l.startsWith(stack)), stack + " is not among the stacks");
            }
            assertEquals(before == null ? text : before, text);
            before = text;
        }
    }
}
