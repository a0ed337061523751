package org.reprise.debug.conform;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;
import org.reprise.debug.gdb.protocol.GdbClient;

/** The reference emulator as a process of its own, halted before its first instruction, with a debug stub on a local socket. */
final class ReferenceProcess implements AutoCloseable {
    private static final long START_MILLIS = 20_000;
    private final Process process;
    private final Path folder;
    private final Path errors;
    private final GdbClient client;

    /** @param command the command and its arguments, for a machine like ours @param more arguments for this run */
    ReferenceProcess(Profile profile, List<String> more) throws IOException, InterruptedException {
        folder = Files.createTempDirectory("reprise-conform");
        errors = folder.resolve("errors.txt");
        Path socket = folder.resolve("gdb");
        List<String> line = new ArrayList<>(profile.words("reference"));
        line.addAll(more);
        line.addAll(List.of("-S", "-display", "none", "-monitor", "none", "-chardev", "socket,path=" + socket + ",server=on,wait=off,id=gdb0", "-gdb",
            "chardev:gdb0"));
        try {
            process = new ProcessBuilder(line).redirectError(errors.toFile()).redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile())).start();
        } catch (IOException e) {
            throw new MachineException(ExitCode.CONFIGURATION, "the reference emulator cannot be started: " + e.getMessage()
                + "; install the package " + profile.text("reference.package"), e);
        }
        try {
            client = connect(socket);
        } catch (IOException | InterruptedException | RuntimeException e) {
            close();
            throw e;
        }
    }

    private GdbClient connect(Path socket) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(START_MILLIS);
        while (true) {
            try {
                return new GdbClient("the reference", UnixDomainSocketAddress.of(socket));
            } catch (IOException e) {
                if (!process.isAlive() || System.nanoTime() > end) {
                    throw new IOException("the reference emulator did not open its debug port: " + e.getMessage() + "\n"
                        + Files.readString(errors, StandardCharsets.UTF_8), e);
                }
                Thread.sleep(20);
            }
        }
    }

    GdbClient client() {
        return client;
    }

    /** Waits until the process has ended by itself. */
    void awaitEnd(long millis) throws InterruptedException {
        process.waitFor(millis, TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() throws IOException {
        try {
            process.destroyForcibly().waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
