package org.reprise.core.translator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written is read; what is damaged is not used, and never a reason to fail. */
class TranslationCacheTest {
    @TempDir
    Path folder;

    private static TranslationCache.Entry entry(long pc, long hash, long executed) {
        return new TranslationCache.Entry(3, executed, new long[] {pc, pc + 64}, new long[] {hash, hash + 1}, new long[][] {null, {pc, pc + 8}});
    }

    private Path file() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> all = files.toList();
            assertEquals(1, all.size(), all.toString());
            return all.get(0);
        }
    }

    private void write(String configuration) {
        TranslationCache cache = new TranslationCache(folder, configuration);
        for (int i = 0; i < 40; i++) {
            cache.add(entry(0x1000 + 128L * i, 7 + i, 1000 * i));
        }
        cache.write();
    }

    @Test
    void whatIsWrittenIsRead() throws IOException {
        write("toy");
        assertEquals(40, new TranslationCache(folder, "toy").size());
        // another configuration has another file
        assertEquals(0, new TranslationCache(folder, "toy 2").size());
        assertNotNull(file());
    }

    @Test
    void entriesOfSeveralGuestsLiveTogether() {
        TranslationCache cache = new TranslationCache(folder, "toy");
        for (int guest = 0; guest < 10; guest++) {
            cache.add(entry(0x1000, guest, 1));
        }
        assertEquals(1, cache.size());
        cache.write();
        assertEquals(1, new TranslationCache(folder, "toy").size());
    }

    @Test
    void everyCutAndEveryFlippedByteIsNotUsed() throws IOException {
        write("toy");
        Path file = file();
        byte[] good = Files.readAllBytes(file);
        for (int length = 0; length < good.length; length += 7) {
            Files.write(file, java.util.Arrays.copyOf(good, length));
            assertEquals(0, new TranslationCache(folder, "toy").size(), "cut at " + length);
        }
        for (int at = 0; at < good.length; at++) {
            byte[] bad = good.clone();
            bad[at] ^= 0x10;
            Files.write(file, bad);
            assertEquals(0, new TranslationCache(folder, "toy").size(), "byte " + at);
        }
        // and it is written anew
        write("toy");
        assertEquals(40, new TranslationCache(folder, "toy").size());
    }

    @Test
    void aFolderThatCannotBeWrittenDoesNoHarm() throws IOException {
        Path notFolder = Files.writeString(folder.resolve("file"), "x");
        TranslationCache cache = new TranslationCache(notFolder.resolve("below"), "toy");
        cache.add(entry(0, 1, 1));
        cache.write();
        assertTrue(Files.isRegularFile(notFolder));
    }
}
