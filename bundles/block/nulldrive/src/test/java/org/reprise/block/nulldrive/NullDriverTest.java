package org.reprise.block.nulldrive;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.reprise.api.block.BlockNode;
import org.reprise.tools.devicekit.FakePartConfig;

class NullDriverTest {
    private static BlockNode open(String... settings) throws IOException {
        Map<String, String> values = new HashMap<>();
        for (int i = 0; i < settings.length; i += 2) {
            values.put(settings[i], settings[i + 1]);
        }
        return new NullDriver().open(new FakePartConfig("disk0", values), null);
    }

    @Test
    void readsZerosAndDropsWrites() throws IOException {
        try (BlockNode node = open("size", "1M")) {
            assertEquals(1 << 20, node.length());
            assertFalse(node.readOnly());
            node.write(512, new byte[] {1, 2, 3}, 0, 3);
            node.discard(0, 4096);
            node.flush();
            byte[] bytes = {9, 9, 9, 9, 9};
            node.read(512, bytes, 1, 3);
            assertArrayEquals(new byte[] {9, 0, 0, 0, 9}, bytes);
        }
    }

    @Test
    void rangesOutsideAndWritesToAReadOnlyDriveAreRefused() throws IOException {
        try (BlockNode node = open("size", "1024", "read-only", "true")) {
            assertTrue(node.readOnly());
            assertThrows(IOException.class, () -> node.read(1, new byte[1024], 0, 1024));
            assertThrows(IOException.class, () -> node.read(-1, new byte[1], 0, 1));
            assertThrows(IOException.class, () -> node.write(0, new byte[1], 0, 1));
            assertThrows(IOException.class, () -> node.discard(0, 1));
        }
        try (BlockNode node = open("size", "1024")) {
            assertThrows(IOException.class, () -> node.write(Long.MAX_VALUE, new byte[1], 0, 1));
            assertThrows(IOException.class, () -> node.discard(512, Long.MAX_VALUE));
        }
    }

    @Test
    void whatDoesNotFitIsNamed() {
        String odd = assertThrows(IOException.class, () -> open("size", "1000")).getMessage();
        assertTrue(odd.contains("disk0") && odd.contains("1000") && odd.contains("512"), odd);
        assertThrows(IOException.class, () -> open("size", "0"));
        String file = assertThrows(IOException.class, () -> open("size", "1M", "file", "disk.img")).getMessage();
        assertTrue(file.contains("null has no file"), file);
        String missing = assertThrows(IllegalArgumentException.class, () -> open()).getMessage();
        assertTrue(missing.contains("size"), missing);
    }
}
