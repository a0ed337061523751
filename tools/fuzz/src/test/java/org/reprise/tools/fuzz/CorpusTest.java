package org.reprise.tools.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every input that was kept does to its target what it may, and no more. Without the fuzzer. */
class CorpusTest {
    private static final Path CORPUS = Path.of("src/test/resources/fuzz");
    private static final long MOST_BYTES = 1 << 20;

    private static List<Path> inputs(String target) throws IOException {
        try (Stream<Path> files = Files.list(CORPUS.resolve(target))) {
            return files.sorted().toList();
        }
    }

    @TestFactory
    List<DynamicContainer> keptInputsFindNothing() throws IOException {
        List<DynamicContainer> targets = new ArrayList<>();
        for (String name : Targets.names()) {
            Target target = Targets.named(name);
            List<DynamicTest> tests = new ArrayList<>();
            for (Path file : inputs(name)) {
                tests.add(dynamicTest(file.getFileName().toString(), file.toUri(), () -> target.run(new Input(Files.readAllBytes(file)))));
            }
            assertTrue(!tests.isEmpty(), "no corpus for " + name);
            targets.add(dynamicContainer(name, tests));
        }
        return targets;
    }

    @Test
    void thereAreNoInputsWithoutTargetAndNoMoreThanAMegabyte() throws IOException {
        try (Stream<Path> folders = Files.list(CORPUS)) {
            assertEquals(new TreeSet<>(Targets.names()), new TreeSet<>(folders.map(f -> f.getFileName().toString()).toList()));
        }
        long bytes = 0;
        for (String name : Targets.names()) {
            for (Path file : inputs(name)) {
                bytes += Files.size(file);
            }
        }
        assertTrue(bytes < MOST_BYTES, bytes + " bytes");
    }
}
