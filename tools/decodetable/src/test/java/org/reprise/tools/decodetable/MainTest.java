package org.reprise.tools.decodetable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainTest {
    @TempDir
    Path folder;
    private Path table;

    @BeforeEach
    void writeTable() throws IOException {
        table = Files.write(folder.resolve("toy.decode"), List.of("unit 8", "field n imm s 3:0", "push | 0000.... | n | -",
                "pop | 00010000 | - | -"));
    }

    private void compile() throws IOException {
        Main.main(new String[] {"--table", table.toString(), "--package", "p.q", "--class", "ToyDecoder", "--handler", "Toy", "--out",
            folder.resolve("out").toString()});
    }

    @Test
    void writesTheClassesIntoTheFolderOfTheirPackage() throws IOException {
        compile();
        try (Stream<Path> files = Files.list(folder.resolve("out/p/q"))) {
            assertEquals(List.of("ToyDecoder.java", "ToyFields.java", "ToyMatcher.java", "ToyTable.java", "ToyTableRows0.java"),
                    files.map(f -> f.getFileName().toString()).sorted().toList());
        }
    }

    @Test
    void unchangedFilesKeepTheirTime() throws IOException {
        compile();
        Path decoder = folder.resolve("out/p/q/ToyDecoder.java");
        Path rows = folder.resolve("out/p/q/ToyTableRows0.java");
        FileTime old = FileTime.fromMillis(1_000_000);
        Files.setLastModifiedTime(decoder, old);
        Files.setLastModifiedTime(rows, old);
        Files.writeString(table, Files.readString(table).replace("push | 0000.... | n | -", "push | 0000.... | n | - | PUSH {n}"));
        compile();
        assertEquals(old, Files.getLastModifiedTime(decoder));
        assertTrue(Files.getLastModifiedTime(rows).compareTo(old) > 0);
    }

    @Test
    void listsTheHandlersMethods() throws IOException {
        Path list = folder.resolve("methods.txt");
        Main.main(new String[] {"--table", table.toString(), "--signatures", list.toString()});
        assertEquals("void push(long n); // push\nvoid pop(); // pop\n", Files.readString(list));
    }

    @Test
    void wrongOptionsAreNamed() {
        assertEquals("option '--table' is missing; needed are --table, and --signatures or --package, --class, --handler and --out",
                failure());
        assertTrue(failure("--tabel", "x").startsWith("unknown option '--tabel'; use --class, --handler, "));
        assertEquals("option '--table' has no value; give one", failure("--table"));
        assertEquals("no decode table at 'nowhere'; correct --table", failure("--table", "nowhere"));
        assertTrue(failure("--table", table.toString(), "--package", "p").startsWith("option '--class' is missing"));
    }

    @Test
    void problemsOfTheTableEndTheRun() throws IOException {
        Files.writeString(table, "unit 8\nfrob\n");
        assertTrue(failure("--table", table.toString(), "--signatures", "-").contains("toy.decode:2: unknown directive 'frob'"));
    }

    private static String failure(String... arguments) {
        return assertThrows(IllegalArgumentException.class, () -> Main.main(arguments)).getMessage();
    }
}
