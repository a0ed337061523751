package org.reprise.tools.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;

/** Files of this process, in memory where the host has a place for that; they go when it ends. */
final class Scratch {
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");
    private static final Path ROOT = root();

    private Scratch() {
    }

    private static Path root() {
        try {
            Path root = Files.isWritable(SHARED_MEMORY) ? Files.createTempDirectory(SHARED_MEMORY, "reprise-fuzz")
                    : Files.createTempDirectory("reprise-fuzz");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                try {
                    clear(root);
                } catch (IOException e) {
                    System.err.println(root + " stays: " + e.getMessage());
                }
            }));
            return root;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A folder of that name, empty at first. */
    static Path folder(String name) throws IOException {
        return Files.createDirectories(ROOT.resolve(name));
    }

    /** Removes a folder and what is in it. */
    static void clear(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, IOException failure) throws IOException {
                Files.delete(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
