package org.reprise.core.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventJournal.LogEnd;
import org.reprise.api.replay.EventKind;

/** Cut, damaged and hostile logs: read exactly as far as the last good frame, and said where and why. */
class LogDamageTest {
    @TempDir
    Path folder;
    private Path file;
    private byte[] log;
    private Logs.Read whole;

    @BeforeEach
    void write() throws IOException {
        file = folder.resolve("events.log");
        List<Event> events = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            events.add(new Event(EventKind.CHAR_READ, 0, 5, 0, "said more than once, ".getBytes(StandardCharsets.US_ASCII)));
        }
        events.addAll(Logs.random(new Random(7), 40));
        log = Logs.log(events, 10, Logs.timeFor(2));
        assertEquals(List.of(LogFormat.CODEC_DEFLATE, LogFormat.CODEC_LZ4, LogFormat.CODEC_NONE), Logs.codecs(log).subList(0, 3));
        whole = Logs.read(file, log);
        assertEquals(LogEnd.Kind.CLEAN, whole.end().kind(), whole.end().message());
        assertEquals(7, whole.frames().size());
    }

    /** Number of whole frames in the first bytes. */
    private int framesWithin(long bytes) {
        return (int) whole.boundaries().stream().filter(b -> b <= bytes).count();
    }

    private void assertGoodUpTo(int frames, Logs.Read read, String what) {
        assertEquals(frames, read.frames().size(), what);
        assertEquals(Logs.text(whole.frames().subList(0, frames).stream().flatMap(List::stream).toList()), Logs.text(read.events()), what);
        List<Event> last = frames == 0 ? List.of() : whole.frames().get(frames - 1);
        assertEquals(frames == 0 ? 0 : last.get(last.size() - 1).icount(), read.end().icount(), what);
        assertTrue(read.end().message().contains("good up to icount " + read.end().icount()), read.end().message());
    }

    @Test
    void everyPrefixIsReadToItsLastWholeFrame() throws IOException {
        for (int length = 0; length < log.length; length++) {
            Logs.Read read = Logs.read(file, Arrays.copyOf(log, length));
            assertEquals(LogEnd.Kind.TRUNCATED, read.end().kind(), length + ": " + read.end().message());
            assertGoodUpTo(framesWithin(length), read, "prefix of " + length);
        }
    }

    @Test
    void everyFlippedBitIsFoundWithFrameAndOffset() throws IOException {
        for (int at = 0; at < log.length; at++) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] flipped = log.clone();
                flipped[at] ^= (byte) (1 << bit);
                Files.write(file, flipped);
                String what = "bit " + bit + " of byte " + at;
                if (at < LogFormat.HEADER_BYTES) {
                    IOException e = assertThrows(IOException.class, () -> Logs.read(file), what);
                    assertTrue(e.getMessage().contains(file.toString()) && e.getMessage().contains("damaged"), e.getMessage());
                    continue;
                }
                Logs.Read read = Logs.read(file);
                int frame = framesWithin(at);
                assertEquals(LogEnd.Kind.DAMAGED, read.end().kind(), what + ": " + read.end().message());
                assertGoodUpTo(frame, read, what);
                long offset = frame == 0 ? LogFormat.HEADER_BYTES : whole.boundaries().get(frame - 1);
                assertTrue(read.end().message().contains("in frame " + frame + " at offset " + offset + ":"), read.end().message());
            }
        }
    }

    @Test
    void bytesBehindTheEndAreDamageThatCostsNothing() throws IOException {
        for (int more : new int[] {1, LogFormat.FRAME_HEADER_BYTES, 1000}) {
            Logs.Read read = Logs.read(file, Arrays.copyOf(log, log.length + more));
            assertEquals(LogEnd.Kind.DAMAGED, read.end().kind());
            assertGoodUpTo(7, read, more + " more");
            assertTrue(read.end().message().contains("after the recording's end"), read.end().message());
        }
    }

    @Test
    void missingDoubledAndSwappedFramesAreDamage() throws IOException {
        int a = whole.boundaries().get(0).intValue();
        int b = whole.boundaries().get(1).intValue();
        int c = whole.boundaries().get(2).intValue();
        byte[][] parts = {Arrays.copyOf(log, a), Arrays.copyOfRange(log, a, b), Arrays.copyOfRange(log, b, c),
            Arrays.copyOfRange(log, c, log.length)};
        int[][] orders = {{0, 2, 3}, {0, 1, 1, 2, 3}, {0, 2, 1, 3}};
        int[] good = {1, 2, 1};
        for (int i = 0; i < orders.length; i++) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            for (int part : orders[i]) {
                out.writeBytes(parts[part]);
            }
            Logs.Read read = Logs.read(file, out.toByteArray());
            assertEquals(LogEnd.Kind.DAMAGED, read.end().kind());
            assertGoodUpTo(good[i], read, Arrays.toString(orders[i]));
        }
    }

    @Test
    void anyBytesWithTheRightChecksumsAreReadWithoutHarm() throws IOException {
        Random random = new Random(99);
        for (int i = 0; i < 3000; i++) {
            byte[] payload = new byte[1 + random.nextInt(200)];
            random.nextBytes(payload);
            int raw = random.nextInt(4) == 0 ? random.nextInt() : payload.length;
            Logs.Read read = Logs.read(file,
                withFrame(payload, raw, random.nextInt(4) == 0 ? random.nextInt(4) : 0, random.nextLong() >> 1));
            assertTrue(read.frames().size() <= 1);
        }
    }

    private void assertRefused(byte[] payload, int raw, String what) throws IOException {
        LogEnd end = Logs.read(file, withFrame(payload, raw, LogFormat.CODEC_LZ4, 0)).end();
        assertEquals(LogEnd.Kind.DAMAGED, end.kind(), what);
        assertTrue(end.message().contains("unpack") || end.message().contains("packed bytes are damaged"), what + ": " + end.message());
    }

    @Test
    void anLz4BlockThatDoesNotUnpackToWhatItsHeaderSaysIsDamage() throws IOException {
        int from = whole.boundaries().get(0).intValue();
        int raw = ByteBuffer.wrap(log).getInt(from + Integer.BYTES);
        byte[] block = Arrays.copyOfRange(log, from + LogFormat.FRAME_HEADER_BYTES, whole.boundaries().get(1).intValue());
        assertEquals(1, Logs.read(file, withFrame(block, raw, LogFormat.CODEC_LZ4, 0)).frames().size());
        for (int length = 1; length < block.length; length++) {
            assertRefused(Arrays.copyOf(block, length), raw, "prefix of " + length);
        }
        for (int more = 1; more < 30; more++) {
            byte[] longer = Arrays.copyOf(block, block.length + more);
            assertRefused(longer, raw, more + " zeros behind it");
            Arrays.fill(longer, block.length, longer.length, (byte) 0x11);
            assertRefused(longer, raw, more + " bytes behind it");
        }
        for (int other = 1; other < 2 * raw; other++) {
            if (other != raw) {
                assertRefused(block, other, "said to have " + other);
            }
        }
        for (int at = 0; at < block.length; at++) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] flipped = block.clone();
                flipped[at] ^= (byte) (1 << bit);
                // another block, which may be a good one
                assertTrue(Logs.read(file, withFrame(flipped, raw, LogFormat.CODEC_LZ4, 0)).frames().size() <= 1);
            }
        }
        // a literal, a match of 19 + 255 + 1 bytes at distance 0, 1 (which is right) and 2, five literals
        for (byte distance = 0; distance < 3; distance++) {
            byte[] match = {0x1f, 0, distance, 0, (byte) 255, 1, 0x50, 0, 0, 0, 0, 0};
            if (distance == 1) {
                assertEquals(281, Logs.read(file, withFrame(match, 281, LogFormat.CODEC_LZ4, 0)).events().size());
            } else {
                assertRefused(match, 281, "a match at distance " + distance);
            }
        }
    }

    @Test
    void anLz4BlockInALogThatDoesNotSayThatItHasSuchIsDamage() throws IOException {
        System.arraycopy(LogFormat.header(LogFormat.REQUIRED_FEATURES & ~LogFormat.FEATURE_LZ4), 0, log, 0, LogFormat.HEADER_BYTES);
        Logs.Read read = Logs.read(file, log);
        assertEquals(LogEnd.Kind.DAMAGED, read.end().kind());
        assertGoodUpTo(1, read, "the frame before it");
        assertTrue(read.end().message().contains("its codec 2 is not among the log's features 0xf"), read.end().message());
    }

    @Test
    void claimedLengthsAreCheckedBeforeMemoryIsTaken() throws IOException {
        byte[] payload = {0};
        for (int raw : new int[] {-1, 0, LogFormat.MAX_FRAME_BYTES + 1, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            LogEnd end = Logs.read(file, withFrame(payload, raw, LogFormat.CODEC_DEFLATE, 0)).end();
            assertEquals(LogEnd.Kind.DAMAGED, end.kind());
            assertTrue(end.message().contains("is not possible"), end.message());
        }
        for (int raw : new int[] {256, LogFormat.MAX_FRAME_BYTES}) {
            LogEnd end = Logs.read(file, withFrame(payload, raw, LogFormat.CODEC_LZ4, 0)).end();
            assertTrue(end.message().contains("1 bytes cannot unpack to " + raw), end.message());
        }
        byte[] many = new byte[LogFormat.FRAME_BYTES + 10];
        Arrays.fill(many, (byte) EventKind.INSTRUCTION.code());
        LogEnd end = Logs.read(file, withFrame(many, many.length, 0, 0)).end();
        assertTrue(end.message().contains("more events than a frame can have"), end.message());
    }

    private static byte[] withFrame(byte[] payload, int raw, int codec, long first) {
        ByteBuffer b = ByteBuffer.allocate(LogFormat.HEADER_BYTES + LogFormat.FRAME_HEADER_BYTES + payload.length);
        b.put(LogFormat.header(LogFormat.REQUIRED_FEATURES)).putInt(payload.length).putInt(raw).putLong(first).putInt(0).put((byte) codec);
        b.putInt(LogFormat.crc(payload, 0, payload.length));
        b.putInt(LogFormat.crc(b.array(), LogFormat.HEADER_BYTES, b.position() - LogFormat.HEADER_BYTES)).put(payload);
        return b.array();
    }

    @Test
    void otherFormatsAndNeededFeaturesAreRefusedWithBothValues() throws IOException {
        Files.write(file, LogFormat.header(9, 1, 0));
        String format = assertThrows(IOException.class, () -> Logs.read(file)).getMessage();
        assertTrue(format.contains("format version 9") && format.contains("reads 1") && format.contains("use the version"), format);
        Files.write(file, LogFormat.header(LogFormat.FORMAT_VERSION, 1, 0x40));
        String features = assertThrows(IOException.class, () -> Logs.read(file)).getMessage();
        assertTrue(features.contains("0x40") && features.contains("knows 0x" + Integer.toHexString(LogFormat.REQUIRED_FEATURES) + ":"), features);
        Files.write(file, LogFormat.header(LogFormat.FORMAT_VERSION, 77, 0));
        try (LogReader reader = new LogReader(file)) {
            assertEquals(77, reader.semantics(), "another semantics version can be looked at; replay refuses it");
        }
    }
}
