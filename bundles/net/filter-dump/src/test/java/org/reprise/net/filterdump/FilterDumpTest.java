package org.reprise.net.filterdump;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reprise.api.net.NetworkFilter.Tap;
import org.reprise.api.net.NetworkFrame;
import org.reprise.api.net.NetworkRecorder;
import org.reprise.tools.devicekit.FakePartConfig;

class FilterDumpTest {
    @TempDir
    Path folder;

    private record Recorder(boolean replaying, long now) implements NetworkRecorder {
        @Override
        public void record(NetworkFrame frame) {
            throw new AssertionError("a capture is no recording");
        }
    }

    private Tap tap(boolean replay, String... settings) throws IOException {
        Map<String, String> values = new java.util.HashMap<>(Map.of("filter-dump.file", folder.resolve("net0.pcap").toString()));
        for (int i = 0; i < settings.length; i += 2) {
            values.put(settings[i], settings[i + 1]);
        }
        return new FilterDump().create(new FakePartConfig("net0", values), new Recorder(replay, 3_000_000_007L));
    }

    @Test
    void bothDirectionsAreWrittenWithVirtualTimeAndPassOn() throws IOException {
        byte[] a = new byte[60];
        Arrays.fill(a, (byte) 0xaa);
        byte[] b = new byte[100];
        List<NetworkFrame> passed = new ArrayList<>();
        try (Tap tap = tap(false, "filter-dump.most", "64")) {
            tap.fromGuest(NetworkFrame.complete(a), passed::add);
            tap.toGuest(NetworkFrame.complete(b), passed::add);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
        assertEquals(2, passed.size());
        ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(folder.resolve("net0.pcap")));
        assertEquals(24 + 16 + 60 + 16 + 64, file.limit());
        assertEquals(0xa1b23c4d, file.getInt());
        assertEquals(1, file.getInt(20));
        assertEquals(3, file.getInt(24));
        assertEquals(7, file.getInt(28));
        assertEquals(60, file.getInt(32));
        byte[] kept = new byte[60];
        file.get(40, kept);
        assertArrayEquals(a, kept);
        assertEquals(64, file.getInt(108));
        assertEquals(100, file.getInt(112));
    }

    @Test
    void aReplayWritesNoFileUnlessAsked() throws IOException {
        tap(true);
        assertFalse(Files.exists(folder.resolve("net0.pcap")));
        tap(true, "filter-dump.replay", "on");
        assertEquals(true, Files.exists(folder.resolve("net0.pcap")));
    }

    @Test
    void aBadSizeIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> tap(false, "filter-dump.most", "3"));
    }
}
