package org.reprise.block.imagetool;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;

/** The command as it is typed; qemu-img sees the same. */
class ImageCommandTest {
    @TempDir
    Path folder;

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    private String file(String name) {
        return folder.resolve(name).toString();
    }

    private ExitCode call(String... arguments) throws Exception {
        printed.reset();
        return new ImageCommand(new PrintStream(printed, true, StandardCharsets.UTF_8)).run(List.of(arguments));
    }

    private String ok(String... arguments) throws Exception {
        assertEquals(ExitCode.OK, call(arguments), printed::toString);
        return printed.toString(StandardCharsets.UTF_8);
    }

    private void refused(ExitCode code, List<String> named, String... arguments) {
        MachineException e = assertThrows(MachineException.class, () -> call(arguments));
        assertEquals(code, e.code(), e.getMessage());
        named.forEach(n -> assertTrue(e.getMessage().contains(n), "'" + n + "' is not in: " + e.getMessage()));
    }

    /** Runs qemu-img. @return what it printed */
    private static String oracle(String... arguments) throws IOException, InterruptedException {
        String[] line = new String[arguments.length + 1];
        line[0] = "qemu-img";
        System.arraycopy(arguments, 0, line, 1, arguments.length);
        Process p;
        try {
            p = new ProcessBuilder(line).redirectErrorStream(true).start();
        } catch (IOException e) {
            throw new IOException("qemu-img cannot be run: install the package qemu-utils (tools/guest/prerequisites.sh oracle)", e);
        }
        String output = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, p.waitFor(), String.join(" ", line) + "\n" + output);
        return output;
    }

    private byte[] sample(int length) {
        byte[] bytes = new byte[length];
        Random random = new Random(length);
        for (int at = 0; at < length; at += 20_000) {
            if (random.nextBoolean()) {
                Arrays.fill(bytes, at, Math.min(length, at + 15_000), (byte) random.nextInt());
            }
        }
        return bytes;
    }

    @Test
    void createAndInfoAgreeWithTheOracle() throws Exception {
        ok("create", "-o", "cluster_size=4K,compat=v2", file("a.qcow2"), "10M");
        String told = oracle("info", file("a.qcow2"));
        assertTrue(told.contains("10485760") && told.contains("cluster_size: 4096") && told.contains("compat: 0.10"), told);
        String info = ok("info", file("a.qcow2"));
        assertTrue(info.contains("version 2") && info.contains("10485760 bytes (10.0 MiB)") && info.contains("4096 bytes"), info);
        ok("create", "-b", "a.qcow2", "-F", "qcow2", "-o", "compression_type=zstd", file("b.qcow2"));
        told = oracle("info", file("b.qcow2"));
        assertTrue(told.contains("backing file: a.qcow2") && told.contains("backing file format: qcow2") && told.contains("zstd")
                && told.contains("10485760"), told);
        ok("create", "-f", "raw", file("c.raw"), "1000");
        assertEquals(1024, Files.size(Path.of(file("c.raw"))));
        assertTrue(ok("info", file("c.raw")).contains("raw"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-c", "-c -o compression_type=zstd", "-o cluster_size=512", "-c -o cluster_size=2M,compat=v2"})
    void convertGoesThereAndBack(String options) throws Exception {
        byte[] bytes = sample((5 << 20) + 512);
        Files.write(Path.of(file("a.raw")), bytes);
        List<String> line = new java.util.ArrayList<>(List.of("convert", "-f", "raw", "-O", "qcow2"));
        line.addAll(options.isEmpty() ? List.of() : List.of(options.split(" ")));
        line.addAll(List.of(file("a.raw"), file("b.qcow2")));
        ok(line.toArray(String[]::new));
        oracle("check", file("b.qcow2"));
        oracle("compare", file("a.raw"), file("b.qcow2"));
        ok("convert", "-f", "qcow2", "-O", "raw", file("b.qcow2"), file("c.raw"));
        assertArrayEquals(bytes, Files.readAllBytes(Path.of(file("c.raw"))));
        assertTrue(options.contains("2M") || Files.size(Path.of(file("b.qcow2"))) < bytes.length, "zeros are left out");
    }

    @Test
    void anEmptyImageOfExabytesIsConvertedAtOnce() throws Exception {
        ok("create", "-o", "cluster_size=2M", file("a.qcow2"), "1000000T");
        ok("convert", "-f", "qcow2", "-O", "qcow2", "-o", "cluster_size=2M", file("a.qcow2"), file("b.qcow2"));
        oracle("check", file("b.qcow2"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"raw", "qcow2"})
    void commitMovesAnOverlayDown(String format) throws Exception {
        byte[] bytes = sample(3 << 20);
        Files.write(Path.of(file("seen.raw")), bytes);
        ok("convert", "-f", "raw", "-O", format, file("seen.raw"), file("base"));
        ok("create", "-b", "base", "-F", format, file("top.qcow2"));
        String[] io = {"qemu-io", "-f", "qcow2", "-c", "write -P 7 100k 300k", "-c", "write -z 1M 512k", "-c", "write -P 9 2900k 100k", file("top.qcow2")};
        assertEquals(0, new ProcessBuilder(io).start().waitFor());
        oracle("convert", "-f", "qcow2", "-O", "raw", file("top.qcow2"), file("expected.raw"));
        assertTrue(ok("commit", file("top.qcow2")).contains("committed"));
        oracle("compare", "-f", format, "-F", "raw", file("base"), file("expected.raw"));
        oracle("compare", "-f", "qcow2", "-F", "raw", file("top.qcow2"), file("expected.raw"));
        oracle("check", file("top.qcow2"));
        assertTrue(Files.size(Path.of(file("top.qcow2"))) < 2 << 20);
    }

    @Test
    void checkFindsAndRepairs() throws Exception {
        ok("create", file("a.qcow2"), "1M");
        assertTrue(ok("check", file("a.qcow2")).contains("no errors"));
        byte[] bytes = Files.readAllBytes(Path.of(file("a.qcow2")));
        // the refcount block is the third cluster: the header's count, and one too many behind the end
        bytes[(2 << 16) + 1] = 0;
        bytes[(2 << 16) + 9] = 5;
        Files.write(Path.of(file("a.qcow2")), bytes);
        assertEquals(ExitCode.DAMAGED, call("check", file("a.qcow2")));
        assertTrue(printed.toString().contains("cluster 0 has refcount 0 and 1 uses") && printed.toString().contains("1 leaked"),
                printed.toString());
        assertEquals(ExitCode.DAMAGED, call("check", "-r", "leaks", file("a.qcow2")));
        String all = ok("check", "-r", "all", file("a.qcow2"));
        assertTrue(all.contains("repaired: 1 errors") && all.contains("no errors"), all);
        oracle("check", file("a.qcow2"));
    }

    @Test
    void snapshotsAreListedAppliedAndDeleted() throws Exception {
        ok("create", file("a.qcow2"), "1M");
        ok("snapshot", "-c", "clean", file("a.qcow2"));
        assertTrue(ok("snapshot", "-l", file("a.qcow2")).contains("clean"));
        assertTrue(oracle("snapshot", "-l", file("a.qcow2")).contains("clean"));
        assertTrue(ok("info", file("a.qcow2")).contains("snapshots: 1"));
        ok("snapshot", "-a", "clean", file("a.qcow2"));
        ok("snapshot", "-d", "clean", file("a.qcow2"));
        assertFalse(ok("snapshot", "-l", file("a.qcow2")).contains("clean"));
        oracle("check", file("a.qcow2"));
    }

    @Test
    void whatDoesNotFitIsNamed() throws Exception {
        refused(ExitCode.USAGE, List.of("'shrink'", "--help"), "shrink");
        refused(ExitCode.USAGE, List.of("-q"), "info", "-q", "x");
        refused(ExitCode.USAGE, List.of("SIZE"), "create", file("a.qcow2"));
        refused(ExitCode.USAGE, List.of("12Q"), "create", file("a.qcow2"), "12Q");
        refused(ExitCode.USAGE, List.of("99999999T"), "create", file("a.qcow2"), "99999999T");
        refused(ExitCode.USAGE, List.of("vmdk", "raw and qcow2"), "create", "-f", "vmdk", file("a"), "1M");
        refused(ExitCode.USAGE, List.of("-F"), "create", "-b", "base", file("a.qcow2"));
        refused(ExitCode.USAGE, List.of("-f"), "convert", "-O", "raw", file("a"), file("b"));
        refused(ExitCode.USAGE, List.of("one of -l"), "snapshot", file("a"));
        refused(ExitCode.USAGE, List.of("cluster_sizes"), "create", "-o", "cluster_sizes=1", file("a"), "1M");
        refused(ExitCode.CONFIGURATION, List.of("power of two"), "create", "-o", "cluster_size=1000", file("a"), "1M");
        refused(ExitCode.CONFIGURATION, List.of("too large", "larger clusters"), "create", "-o", "cluster_size=512", file("a"), "1T");
        refused(ExitCode.CONFIGURATION, List.of("none.qcow2 does not exist"), "info", file("none.qcow2"));
        refused(ExitCode.CONFIGURATION, List.of("gone", "does not exist"), "create", "-b", "gone", "-F", "raw", file("a.qcow2"), "1M");
        assertTrue(Files.notExists(Path.of(file("a.qcow2"))));
        ok("create", file("a.qcow2"), "1M");
        refused(ExitCode.CONFIGURATION, List.of("exists already"), "create", file("a.qcow2"), "1M");
        refused(ExitCode.CONFIGURATION, List.of("no backing file"), "commit", file("a.qcow2"));
        refused(ExitCode.CONFIGURATION, List.of("no snapshot \"x\""), "snapshot", "-d", "x", file("a.qcow2"));
        Files.write(Path.of(file("b.raw")), new byte[4096]);
        refused(ExitCode.CONFIGURATION, List.of("does not begin as a qcow2"), "check", file("b.raw"));
        assertTrue(ok("--help").contains("snapshot -l"));
    }
}
