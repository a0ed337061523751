package org.reprise.character.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reprise.api.character.CharacterChannel;
import org.reprise.tools.devicekit.FakePartConfig;

class FileBackendTest {
    @TempDir
    private Path folder;

    private CharacterChannel open(Path file, String append) throws IOException {
        return new FileBackend().open(new FakePartConfig("uart0", Map.of("backend.file", file.toString(), "backend.append", append)),
                bytes -> {
                    throw new AssertionError("a file types nothing");
                });
    }

    private static void write(CharacterChannel channel, String text) {
        byte[] bytes = ("<" + text + ">").getBytes(StandardCharsets.US_ASCII);
        channel.write(bytes, 1, bytes.length - 2);
    }

    @Test
    void outputIsInTheFileAtOnceAndReplacesAnOlderOne() throws IOException {
        Path file = folder.resolve("console.log");
        Files.writeString(file, "older and longer than what follows");
        try (CharacterChannel channel = open(file, "false")) {
            write(channel, "login: ");
            assertEquals("login: ", Files.readString(file));
        }
        try (CharacterChannel channel = open(file, "true")) {
            write(channel, "root\n");
        }
        assertEquals("login: root\n", Files.readString(file));
    }

    @Test
    void fileThatCannotBeWrittenIsNamed() {
        Path file = folder.resolve("none").resolve("console.log");
        String refused = assertThrows(IOException.class, () -> open(file, "false")).getMessage();
        assertTrue(refused.contains("uart0") && refused.contains("console.log"), refused);
    }

    @Test
    void firstFailureEndsTheOutputAndTheGuestGoesOn() {
        int[] attempts = {0};
        boolean[] closed = {false};
        OutputStream full = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                attempts[0]++;
                throw new IOException("No space left on device");
            }

            @Override
            public void close() {
                closed[0] = true;
            }
        };
        CharacterChannel channel = new FileChannelOutput(folder.resolve("x"), full);
        write(channel, "a");
        write(channel, "b");
        channel.close();
        assertEquals(1, attempts[0]);
        assertTrue(closed[0]);
    }
}
