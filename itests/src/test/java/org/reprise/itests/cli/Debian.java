package org.reprise.itests.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Debian's kernel with a shell in a process of its own, recorded and typed at; and the replays of what was recorded. */
public final class Debian implements AutoCloseable {
    /** What its shell asks with. */
    public static final String PROMPT = "reprise# ";
    /** The gateway of the network {@code user}, behind which is the host's loopback. */
    static final String HOST = "http://10.0.2.2:";
    private static final String APPEND = "console=ttyS0 panic=-1";

    private final Cli cli;
    private int prompts;

    private Debian(Cli cli) {
        this.cli = cli;
    }

    /** Its folder. */
    public static Path guest() {
        Path guest = Cli.guest("debian-riscv64");
        assertTrue(Files.exists(guest.resolve("guest.json")), guest + " is missing: fetch it with tools/guest/debian-riscv64.sh " + guest);
        return guest;
    }

    /** Its files, by the keys that name them. */
    public static Map<String, Path> images() {
        Map<String, Path> images = new LinkedHashMap<>();
        images.put("loader.firmware", guest().resolve("fw_dynamic.bin"));
        images.put("loader.kernel", guest().resolve("Image"));
        images.put("loader.initrd", guest().resolve("initrd.cpio.gz"));
        images.put("disk0.file", guest().resolve("disk.img"));
        return images;
    }

    /** The command line that records it. @param console where its output goes beside */
    static List<String> line(Path recording, Path console, boolean network, String... options) {
        List<String> line = new ArrayList<>(List.of("run", "virt-riscv64", "--guest", guest().toString(), "--record", recording.toString(),
            "--exit-on-shutdown", "--console-log", console.toString(), "--append", APPEND + (network ? " reprise.net" : "")));
        line.addAll(Arrays.asList(options));
        return line;
    }

    /** Records it on the network {@code user}, from power-on to its first prompt. @param jdk null: the newest */
    public static Debian onNetwork(Path jdk, Path recording, Path console, String... options) throws Exception {
        List<String> line = line(recording, console, true, options);
        line.addAll(List.of("--set", "net0.backend=user"));
        return atPrompt(Cli.start(jdk, line));
    }

    /** One that was started otherwise, at its first prompt. */
    static Debian atPrompt(Cli cli) throws InterruptedException {
        Debian d = new Debian(cli);
        try {
            cli.awaitOutput(PROMPT, 1);
        } catch (AssertionError e) {
            cli.close();
            throw e;
        }
        d.prompts = 1;
        return d;
    }

    /** Types a line at its prompt and waits for the next one. @return what was printed meanwhile */
    public String run(String line) throws Exception {
        int from = cli.printed().lastIndexOf(PROMPT);
        begin(line);
        cli.awaitOutput(PROMPT, ++prompts);
        return cli.printed().substring(from);
    }

    /** Types a line at its prompt. */
    void begin(String line) throws IOException {
        cli.type(line + "\n");
    }

    /** Its process. */
    Cli cli() {
        return cli;
    }

    /** Powers it off; the command must end well. */
    public Cli.Result powerOff() throws Exception {
        Cli.Result r = end();
        assertEquals(0, r.code(), r.err());
        return r;
    }

    /** Powers it off. */
    Cli.Result end() throws Exception {
        cli.type("poweroff -f\n");
        return cli.result();
    }

    @Override
    public void close() {
        cli.close();
    }

    /** True when this host lets a process be cut off from its network. */
    private static boolean canDenyNetwork() throws IOException, InterruptedException {
        return new ProcessBuilder("unshare", "--map-root-user", "--net", "true").start().waitFor() == 0;
    }

    /**
     * Replays a recording where it cannot reach any network, if the host can do that, and compares the console.
     *
     * @return its final digest
     */
    public static String replayAlone(Path jdk, Path recording, Path console, Path again, String... options) throws Exception {
        List<String> line = new ArrayList<>(canDenyNetwork() ? List.of("unshare", "--map-root-user", "--net") : List.of());
        line.addAll(List.of(Cli.home().resolve("bin/reprise").toString(), "verify", recording.toString(), "--console-log",
            again.toString()));
        line.addAll(Arrays.asList(options));
        try (Cli cli = Cli.start(jdk, new ProcessBuilder(line))) {
            Cli.Result r = cli.result();
            assertEquals(0, r.code(), r.err());
            assertTrue(r.err().contains("replay equal"), r.err());
            assertArrayEquals(Cli.console(console), Cli.console(again), "console");
            return DemoGuestIT.digest(r.err());
        }
    }
}
