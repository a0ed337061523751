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
import java.util.Map;
import java.util.stream.Collectors;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reprise.api.debug.Symbol;
import org.reprise.debug.symbols.SymbolReaderService;
import org.w3c.dom.Document;

/** Debian's kernel, which has no symbols but its own table: what it says of itself while it runs is the oracle. */
@Tag("guests")
class DebianProfileIT {
    private static final String PROMPT = "reprise# ";

    @TempDir
    Path folder;

    private static final int CHECKED = 20_000;

    /** The kernel's functions up to one, as sorted lines. */
    private static String functions(List<Symbol> symbols, Symbol last) {
        return symbols.stream().filter(s -> s.function() && Long.compareUnsigned(s.address(), last.address()) <= 0)
            .map(s -> String.format(Locale.ROOT, "%016x %s\n", s.address(), s.name())).sorted().collect(Collectors.joining());
    }

    @Test
    void theKernelsFunctionsAreThoseItSaysItHasAndTheBootHasOneProfile() throws Exception {
        Path guest = Cli.guest("debian-riscv64");
        List<Symbol> symbols = new SymbolReaderService().read(List.of(guest.resolve("Image").toString())).all();
        // one whose name and place no other has, to stop there
        Map<String, Long> names = symbols.stream().collect(Collectors.groupingBy(Symbol::name, Collectors.counting()));
        int at = CHECKED;
        while (!symbols.get(at).function() || symbols.get(at).address() == symbols.get(at - 1).address()
                || symbols.get(at).address() == symbols.get(at + 1).address() || !symbols.get(at).name().matches("\\w+")
                || names.get(symbols.get(at).name()) > 1) {
            at++;
        }
        String functions = functions(symbols, symbols.get(at));
        String sum = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(functions.getBytes(StandardCharsets.US_ASCII)));
        String command = "sed '/ " + symbols.get(at).name() + "$/q' /proc/kallsyms | grep ' [tTwW] ' | cut -d' ' -f1,3 | LC_ALL=C sort"
            + " | sha256sum";
        Path recording = folder.resolve("boot.rr");
        Path live = folder.resolve("live.folded");
        Path summary = folder.resolve("summary");
        try (Cli cli = Cli.start("run", "virt-riscv64", "--guest", guest.toString(), "--record", recording.toString(), "--exit-on-shutdown",
                "--flame", live.toString(), "--summary", summary.toString())) {
            cli.awaitOutput(PROMPT, 1);
            for (int i = 0; i < command.length(); i += 5) {
                Thread.sleep(5);
                cli.type(command.substring(i, Math.min(i + 5, command.length())));
            }
            cli.type("\n");
            cli.awaitOutput(PROMPT, 2);
            cli.type("poweroff -f\n");
            Cli.Result r = cli.result();
            assertEquals(0, r.code(), r.err());
            long count = functions.lines().count();
            assertTrue(count > CHECKED / 2 && r.text().contains(sum), count + " functions; their sum " + sum
                + " is not in:\n" + r.text().substring(Math.max(0, r.text().length() - 2000)));
        }
        String stacks = Files.readString(live);
        for (String stack : List.of("kernel;_start_kernel;start_kernel;", "kernel;ret_from_fork;kernel_init;kernel_init_freeable;",
                "kernel;ret_from_fork;kthread;", "kernel;handle_exception;do_trap_ecall_u;", "user;", "firmware;")) {
            assertTrue(stacks.lines().anyMatch(l -> l.startsWith(stack)), stack + " is not among the stacks");
        }
        Path again = folder.resolve("again.folded");
        Path picture = folder.resolve("picture.svg");
        for (Path file : List.of(again, picture)) {
            Cli.Result r = Cli.run("verify", recording.toString(), "--flame", file.toString());
            assertEquals(0, r.code(), r.err());
            assertTrue(Files.readString(summary).contains("digest=" + DemoGuestIT.digest(r.err()) + "\n"), r.err());
        }
        assertEquals(stacks, Files.readString(again));
        assertTrue(Files.readString(picture).contains("<title>start_kernel: "), "start_kernel is not drawn");
        Document svg = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(picture.toFile());
        assertEquals("svg", svg.getDocumentElement().getTagName());
    }
}
