package org.reprise.core.snapshot.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Java processes with the test's classes. */
final class Children {
    private Children() {
    }

    static List<String> command(Class<?> main, String... arguments) {
        String classes = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        List<String> line = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m",
            "-XX:TieredStopAtLevel=1", "-ea", "-cp", classes, main.getName()));
        line.addAll(List.of(arguments));
        return line;
    }

    /** What it prints. */
    static String run(Class<?> main, String... arguments) throws IOException, InterruptedException {
        return output(command(main, arguments));
    }

    static String output(List<String> line) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int code = process.waitFor();
        return code == 0 ? text : text + "\nexit code " + code;
    }
}
