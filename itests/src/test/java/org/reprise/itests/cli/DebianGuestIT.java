package org.reprise.itests.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Debian's own kernel through OpenSBI to a prompt, typed at, recorded, replayed on every JDK in every engine mode, and walked back in with gdb. */
@Tag("guests")
class DebianGuestIT {
    private static final String PROMPT = "reprise# ";

    @TempDir
    Path folder;

    @Test
    void bootsIsTypedAtAndReplaysEquallyOnEveryJdkInEveryMode() throws Exception {
        Path guest = Cli.guest("debian-riscv64");
        assertTrue(Files.exists(guest.resolve("guest.json")), guest + " is missing: fetch it with tools/guest/debian-riscv64.sh " + guest);
        Path recording = folder.resolve("boot.rr");
        Path console = folder.resolve("console.txt");
        String disk = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(
            Arrays.copyOf(Files.readAllBytes(guest.resolve("disk.img")), 1 << 20)));
        try (Cli cli = Cli.start("run", "virt-riscv64", "--guest", guest.toString(), "--record", recording.toString(), "--exit-on-shutdown",
                "--console-log", console.toString())) {
            int prompts = 1;
            for (String command : List.of("ls /", "cat /proc/interrupts", "date", "dd if=/dev/vda bs=64k count=16 2>/dev/null | sha256sum",
                    "echo written | dd of=/dev/vda bs=512 seek=9 conv=sync 2>/dev/null; sync")) {
                cli.awaitOutput(PROMPT, prompts++);
                for (int i = 0; i < command.length(); i += 5) {
                    Thread.sleep(3 + command.hashCode() % 17 & 31);
                    cli.type(command.substring(i, Math.min(i + 5, command.length())));
                }
                cli.type("\n");
            }
            cli.awaitOutput(PROMPT, prompts);
            cli.type("poweroff -f\n");
            Cli.Result r = cli.result();
            assertEquals(0, r.code(), r.err());
            assertTrue(r.text().contains("riscv-timer") || r.text().contains("RISC-V INTC"), "no interrupts listed:\n" + r.text());
            assertTrue(r.text().contains(disk), "the disk's sum " + disk + " is not in:\n" + r.text());
            assertTrue(r.text().contains("reboot: Power down"), r.text());
        }
        byte[] expected = Cli.console(console);
        String digest = null;
        for (Path jdk : Cli.jdks()) {
            for (String mode : List.of("mixed", "interpreter", "compile")) {
                Path again = folder.resolve("replay.txt");
                Cli.Result v = Cli.run(jdk, "verify", recording.toString(), "--set", "cpu0.translator.mode=" + mode, "--console-log",
                    again.toString());
                assertEquals(0, v.code(), jdk + " " + mode + "\n" + v.err());
                assertArrayEquals(expected, Cli.console(again), jdk + " " + mode);
                String d = DemoGuestIT.digest(v.err());
                assertEquals(digest == null ? d : digest, d, jdk + " " + mode);
                digest = d;
            }
        }
        // the reference's own scenario of going back in time, in the middle of the kernel's work and near the end
        long length = ReverseDebuggingIT.length(recording);
        ReverseDebuggingIT.walk(recording, folder.resolve("reverse.py"), "rv64", length / 2, length - length / 20);
    }
}
