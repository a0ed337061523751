package org.reprise.net.user;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reprise.core.packet.Bytes;

class TftpTest {
    @TempDir
    private Path folder;
    private FakeHost host;
    private Guest guest;

    @BeforeEach
    void open() throws IOException {
        Files.createDirectories(folder.resolve("served/sub"));
        Files.writeString(folder.resolve("secret"), "not yours");
        Files.createSymbolicLink(folder.resolve("served/link"), folder.resolve("secret"));
        Files.createSymbolicLink(folder.resolve("served/inside"), folder.resolve("served/sub/file"));
        Files.writeString(folder.resolve("served/sub/file"), "hello");
        host = new FakeHost(Map.of("tftp", folder.resolve("served").toString(), "restrict", "on"));
        guest = new Guest(host);
        guest.announce();
    }

    @AfterEach
    void close() {
        host.close();
    }

    private void ask(int operation, String... texts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(Guest.bytes(0, operation));
        for (String text : texts) {
            out.writeBytes((text + "\0").getBytes(StandardCharsets.UTF_8));
        }
        guest.send(guest.udp(Guest.IP, 1234, Guest.GATEWAY, 69, out.toByteArray()));
    }

    private byte[] frame() {
        return guest.got.remove(0);
    }

    private static byte[] data(byte[] frame) {
        return Arrays.copyOfRange(frame, 42, frame.length);
    }

    private void acknowledge(byte[] frame, int block) {
        guest.send(guest.udp(Guest.IP, 1234, Guest.GATEWAY, Bytes.get16(frame, 34), Guest.bytes(0, 4, block >> 8, block)));
    }

    private byte[] transfer(byte[] first, int blockBytes) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] f = first;
        for (int block = 1;; block++) {
            byte[] d = data(f);
            assertEquals(3, Bytes.get16(d, 0));
            assertEquals(block & 0xffff, Bytes.get16(d, 2));
            all.write(d, 4, d.length - 4);
            acknowledge(f, block);
            if (d.length - 4 < blockBytes) {
                assertTrue(guest.got.isEmpty());
                return all.toByteArray();
            }
            f = frame();
        }
    }

    private byte[] make(String name, int n) throws IOException {
        byte[] b = new byte[n];
        new Random(n).nextBytes(b);
        Files.write(folder.resolve("served").resolve(name), b);
        return b;
    }

    @Test
    void filesOfAnySizeAreReadBlockByBlock() throws IOException {
        for (int n : new int[] {0, 1, 511, 512, 513, 5_000}) {
            byte[] b = make("f" + n, n);
            ask(1, "f" + n, "octet");
            byte[] f = frame();
            assertTrue(Bytes.get16(f, 34) != 69, "a transfer has a port of its own");
            assertArrayEquals(b, transfer(f, 512));
        }
        byte[] large = make("large", 9_000_000);
        ask(1, "/large", "OCTET", "blksize", "64", "tsize", "0", "unknown", "1");
        byte[] f = frame();
        assertEquals("\0\6blksize\00064\0tsize\0009000000\0", new String(data(f), StandardCharsets.ISO_8859_1));
        acknowledge(f, 0);
        assertArrayEquals(large, transfer(frame(), 64), "more blocks than numbers");
    }

    @Test
    void aBlockIsNoLargerThanAPacket() throws IOException {
        byte[] b = make("f", 5_000);
        ask(1, "f", "octet", "blksize", "65464", "timeout", "3");
        byte[] f = frame();
        assertEquals("\0\6blksize\0001440\0timeout\0003\0", new String(data(f), StandardCharsets.ISO_8859_1));
        acknowledge(f, 0);
        assertArrayEquals(b, transfer(frame(), 1440));
    }

    @Test
    void whatGetsNoAnswerIsSentAgainAFewTimes() throws IOException {
        make("f", 600);
        ask(1, "f", "octet");
        byte[] f = frame();
        host.advance(60_000 * FakeHost.MILLI);
        assertEquals(5, guest.got.size());
        guest.got.forEach(again -> assertArrayEquals(data(f), data(again)));
        guest.got.clear();
        acknowledge(f, 1);
        guest.awaitIcmp(3, 3);
    }

    @Test
    void aDoubledAcknowledgementDoublesNothing() throws IOException {
        byte[] b = make("f", 1_500);
        ask(1, "f", "octet");
        byte[] f = frame();
        acknowledge(f, 1);
        acknowledge(f, 1);
        assertEquals(1, guest.got.size());
        assertArrayEquals(Arrays.copyOfRange(b, 512, 1024), Arrays.copyOfRange(data(frame()), 4, 516));
    }

    private int error(String... texts) {
        ask(1, texts);
        byte[] d = data(frame());
        assertEquals(5, Bytes.get16(d, 0), Arrays.toString(texts));
        return Bytes.get16(d, 2);
    }

    @Test
    void nothingOutsideOfTheFolderIsServed() {
        for (String name : List.of("../secret", "sub/../../secret", "/../secret", "..", "sub/..", "link", "./../secret", "//../secret",
                "sub/../sub/file")) {
            assertTrue(error(name, "octet") == 2 || error(name, "octet") == 1, name);
        }
        assertEquals(2, error("../secret", "octet"));
        assertEquals(2, error("link", "octet"));
        assertEquals(1, error(folder.resolve("secret").toString(), "octet"));
        assertEquals(1, error("sub", "octet"));
        assertEquals(1, error("none", "octet"));
        ask(1, "inside", "octet");
        assertEquals("hello", new String(data(frame()), 4, 5, StandardCharsets.US_ASCII));
    }

    @Test
    void whatIsNotSupportedIsRefused() {
        assertEquals(4, error("sub/file", "netascii"));
        assertEquals(4, error("sub/file"));
        assertEquals(4, error("", "octet"));
        ask(2, "new", "octet");
        assertEquals(2, Bytes.get16(data(frame()), 2));
        ask(9, "x", "octet");
        assertEquals(4, Bytes.get16(data(frame()), 2));
    }

    @Test
    void manyUnfinishedTransfersDisplaceTheOldest() throws IOException {
        make("f", 600);
        for (int i = 0; i < 1_000; i++) {
            guest.send(guest.udp(Guest.IP, 2000 + i, Guest.GATEWAY, 69, Guest.concat(Guest.bytes(0, 1),
                    "f\0octet\0".getBytes(StandardCharsets.US_ASCII))));
        }
        assertEquals(1_000, guest.got.size());
        guest.got.clear();
        host.advance(1_000 * FakeHost.MILLI);
        assertEquals(16, guest.got.size());
    }
}
