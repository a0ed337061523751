package org.reprise.itests.matrix;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import javax.inject.Inject;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.osgi.framework.BundleContext;
import org.reprise.core.features.FeatureRuntime;
import org.reprise.itests.cli.Cli;
import org.reprise.itests.cli.Debian;
import org.reprise.itests.cli.WebServer;
import org.reprise.itests.container.InFramework;

/**
 * Debian with its hands full: it downloads over hundreds of connections, writes and reads a qcow2 disk that stands on another image, and is
 * typed at. The recording replays with the server gone and no network there, in another JDK, and with a disk that is slow and does its
 * work in another order. {@code -Dreprise.world.megabytes=200} lets it download so much.
 */
@Tag("guests")
@ExtendWith(InFramework.class)
class RecordedWorldIT {
    private static final int MEGABYTES = Integer.getInteger("reprise.world.megabytes", 16);
    private static final int STREAMS = 2;
    private static final long STREAM_BYTES = ((long) MEGABYTES << 20) / STREAMS;
    private static final int WORKERS = 4;
    private static final int FILES = 60;
    private static final int READERS = 4;
    private static final int WRITERS = 3;
    private static final int BASE_BYTES = 8 << 20;
    private static final int TYPED = 8;

    /** Downloads and disk I/O, each in jobs beside the others; what came out goes into files of a folder. */
    private static final String SCRIPT = """
        host=http://10.0.2.2:@PORT@
        mkdir out
        small() {
            i=0
            while [ $i -lt @FILES@ ]; do
                seed=$(($1 * 1000 + i))
                wget -q -O - $host/body/$seed/$((seed % 3000 + 1)) || echo lost $seed
                i=$((i + 1))
            done | sha256sum >out/small$1
        }
        large() {
            wget -q -O - $host/body/$1/@STREAM@ | sha256sum >out/large$1
        }
        # the image below: two MiB each, past the page cache; the kernel makes several requests of such a block
        reader() {
            dd if=/dev/vda bs=1M skip=$(($1 * 2)) count=2 iflag=direct 2>/dev/null | sha256sum >out/read$1
        }
        # behind it: random bytes, back again when the cache is dropped
        writer() {
            dd if=/dev/urandom of=random$1 bs=1M count=1 2>/dev/null
            dd if=random$1 of=/dev/vda bs=1M seek=$((32 + $1)) oflag=direct conv=notrunc,fsync 2>/dev/null
            dd if=/dev/vda bs=1M skip=$((32 + $1)) count=1 iflag=direct 2>/dev/null | cmp - random$1 && echo good >out/wrote$1
        }
        for n in @WORKERS@; do small $n & done
        for n in @STREAMS@; do large $n & done
        for n in @READERS@; do reader $n & done
        for n in @WRITERS@; do writer $n & done
        wait
        """;

    @Inject
    BundleContext context;
    @Inject
    FeatureRuntime features;

    private static String numbers(int from, int count) {
        StringBuilder s = new StringBuilder();
        for (int i = 0; i < count; i++) {
            s.append(from + i).append(' ');
        }
        return s.toString().trim();
    }

    private static String sha256(byte[] bytes, int from, int to) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Arrays.copyOfRange(bytes, from, to)));
    }

    private static void image(String... line) throws Exception {
        String[] command = new String[line.length + 1];
        command[0] = "image";
        System.arraycopy(line, 0, command, 1, line.length);
        Cli.Result r = Cli.run(command);
        assertEquals(0, r.code(), r.text() + r.err());
    }

    /** What must come out, by file. */
    private static Map<String, String> expected(byte[] base) throws Exception {
        Map<String, String> all = new LinkedHashMap<>();
        for (int w = 1; w <= WORKERS; w++) {
            MessageDigest d = MessageDigest.getInstance("SHA-256");
            for (int i = 0; i < FILES; i++) {
                int seed = w * 1000 + i;
                WebServer.digest(seed, seed % 3000 + 1, d);
            }
            all.put("small" + w, HexFormat.of().formatHex(d.digest()));
        }
        for (int s = 1; s <= STREAMS; s++) {
            all.put("large" + s, WebServer.sha256(s, STREAM_BYTES));
        }
        for (int r = 0; r < READERS; r++) {
            all.put("read" + r, sha256(base, r << 21, r + 1 << 21));
        }
        for (int w = 0; w < WRITERS; w++) {
            all.put("wrote" + w, "good");
        }
        return all;
    }

    private static void record(Path folder, Path recording, Path console, byte[] base) throws Exception {
        try (WebServer server = new WebServer();
                Debian debian = Debian.onNetwork(Cli.jdks().get(0), recording, console, "--set", "disk0.driver=qcow2", "--disk",
                    folder.resolve("disk.qcow2").toString())) {
            server.offer("script", SCRIPT.replace("@PORT@", "" + server.port()).replace("@FILES@", "" + FILES)
                .replace("@STREAM@", "" + STREAM_BYTES).replace("@WORKERS@", numbers(1, WORKERS)).replace("@STREAMS@", numbers(1, STREAMS))
                .replace("@READERS@", numbers(0, READERS)).replace("@WRITERS@", numbers(0, WRITERS)));
            debian.run("wget -q http://10.0.2.2:" + server.port() + "/file/script; sh script 2>errors &");
            for (int i = 1; i <= TYPED; i++) {
                String answer = debian.run("echo typed $((" + i + " * 1001))");
                assertTrue(answer.contains("typed " + i * 1001), answer);
            }
            String results = debian.run("wait; cat errors; cd out; for f in *; do echo $f $(cut -d' ' -f1 $f); done");
            for (Map.Entry<String, String> e : expected(base).entrySet()) {
                assertTrue(results.contains(e.getKey() + " " + e.getValue()), e + " is not in\n" + results);
            }
            assertEquals(WORKERS * FILES + STREAMS + 1, server.connections(), "connections");
            debian.powerOff();
        }
    }

    @Test
    void aGuestThatDownloadsWritesItsDiskAndIsTypedAtReplaysWithNothingOfItThere() throws Exception {
        Path folder = Files.createTempDirectory("reprise-world");
        byte[] base = new byte[BASE_BYTES];
        new Random(5).nextBytes(base);
        Files.write(folder.resolve("base.raw"), base);
        image("create", "-b", "base.raw", "-F", "raw", folder.resolve("disk.qcow2").toString(), "64M");
        byte[] before = Files.readAllBytes(folder.resolve("disk.qcow2"));
        Path recording = folder.resolve("world.rr");
        Path console = folder.resolve("console.txt");
        record(folder, recording, console, base);

        // the server is gone; where the host allows it there is no network at all
        Debian.replayAlone(Cli.jdks().get(Cli.jdks().size() - 1), recording, console, folder.resolve("again.txt"));

        Map<String, Path> images = Debian.images();
        images.put("disk0.file", folder.resolve("disk.qcow2"));
        Lab lab = new Lab(context, features, folder);
        int moved = Reordered.moved();
        Lab.Replayed slow = lab.replay(lab.open(recording, "virt-riscv64", images), Map.of(), Noise.Kind.DELAYS, 7);
        assertArrayEquals(Cli.console(console), slow.console(), "console");
        assertTrue(Reordered.moved() > moved, "no request was done in another order: how many are waiting at a time is the host's");
        assertArrayEquals(before, Files.readAllBytes(folder.resolve("disk.qcow2")), "the image");
        assertArrayEquals(base, Files.readAllBytes(folder.resolve("base.raw")), "the image below");
        delete(folder);
    }

    /** A recording of this size is kept only when something went wrong. */
    private static void delete(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path p : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(p);
            }
        }
    }
}
