package org.reprise.block.qcow2.image;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The oracle: {@code qemu-img} and {@code qemu-io}. */
final class QemuImg {
    /** What a call did. */
    record Result(int code, String output) {
    }

    private QemuImg() {
    }

    /** Calls a program of the package qemu-utils. */
    static Result call(String... line) throws IOException, InterruptedException {
        Process p;
        try {
            p = new ProcessBuilder(line).redirectErrorStream(true).start();
        } catch (IOException e) {
            throw new IOException(line[0] + " cannot be run: install the package qemu-utils (tools/guest/prerequisites.sh oracle)", e);
        }
        p.getOutputStream().close();
        String output = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!p.waitFor(2, TimeUnit.MINUTES)) {
            p.destroyForcibly();
            throw new IOException(String.join(" ", line) + " does not end: " + output);
        }
        return new Result(p.exitValue(), output);
    }

    /** Calls qemu-img and expects success. */
    static String img(Object... arguments) throws IOException, InterruptedException {
        List<String> line = new ArrayList<>(List.of("qemu-img"));
        for (Object a : arguments) {
            line.add(a.toString());
        }
        Result r = call(line.toArray(String[]::new));
        assertEquals(0, r.code(), String.join(" ", line) + "\n" + r.output());
        return r.output();
    }

    /** Runs qemu-io commands on an image and expects success. */
    static void io(Path image, String... commands) throws IOException, InterruptedException {
        List<String> line = new ArrayList<>(List.of("qemu-io", "-f", "qcow2", "-d", "unmap"));
        for (String c : commands) {
            line.add("-c");
            line.add(c);
        }
        line.add(image.toString());
        Result r = call(line.toArray(String[]::new));
        assertEquals(0, r.code(), String.join(" ", line) + "\n" + r.output());
    }

    /** qemu-img finds nothing wrong and nothing leaked. */
    static void assertSound(Path image) throws IOException, InterruptedException {
        Result r = call("qemu-img", "check", "-f", "qcow2", image.toString());
        assertEquals(0, r.code(), r.output());
    }

    /** The content that qemu-img sees. */
    static byte[] content(Path image) throws IOException, InterruptedException {
        Path raw = image.resolveSibling(image.getFileName() + ".oracle");
        img("convert", "-f", "qcow2", "-O", "raw", image, raw);
        byte[] bytes = Files.readAllBytes(raw);
        Files.delete(raw);
        return bytes;
    }
}
