package org.reprise.core.snapshot.vmstate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.reprise.api.travel.Capture;
import org.reprise.api.travel.MachineImage;

/** A machine's state as one stream: what was written is read, and nothing else ever is. */
class VmStateTest {
    private static final int PAGES = 150;

    private static byte[] page(int number) {
        byte[] page = new byte[Capture.PAGE];
        if (number % 3 == 0) {
            new Random(number).nextBytes(page);
        } else {
            Arrays.fill(page, (byte) number);
        }
        return page;
    }

    private record Space(String name, int pages) implements Capture.Space {
        @Override
        public int[] changed() {
            return IntStream.range(0, pages).filter(i -> i % 5 != 4).toArray();
        }

        @Override
        public boolean read(int page, byte[] into) {
            System.arraycopy(page(page), 0, into, 0, into.length);
            return page % 7 != 6;
        }
    }

    private record Moment(MachineImage image, List<Capture.Space> spaces) implements Capture {
        @Override
        public void close() {
            // nothing is held
        }
    }

    private static byte[] written() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Moment moment = new Moment(new MachineImage(77, 88, -1, "parts".repeat(100).getBytes(StandardCharsets.UTF_8)),
            List.of(new Space("ram", PAGES), new Space("drive.disk0", 9)));
        VmStateWriter.write(moment, "näme", Map.of("machine.ram", "64M"), List.of("disk1"), out);
        return out.toByteArray();
    }

    private static Map<String, byte[]> read(byte[] state) throws IOException {
        Map<String, byte[]> pages = new TreeMap<>();
        VmStateReader reader = new VmStateReader(new ByteArrayInputStream(state));
        MachineImage image = reader.read((space, page, bytes) -> pages.put(space + " " + page, bytes.clone()), 5);
        assertEquals(List.of(77L, 88L, 5L), List.of(image.icount(), image.virtual(), image.events()));
        return pages;
    }

    @Test
    void whatIsWrittenIsRead() throws IOException {
        byte[] state = written();
        VmStateHeader header = new VmStateReader(new ByteArrayInputStream(state)).header();
        assertEquals(new VmStateHeader("näme", 77, 88, Map.of("machine.ram", "64M"), List.of("disk1"), header.spaces()), header);
        assertEquals("{ram=150, drive.disk0=9}", header.spaces().toString());
        Map<String, byte[]> pages = read(state);
        for (int i = 0; i < PAGES; i++) {
            assertArrayEquals(i % 5 == 4 || i % 7 == 6 ? null : page(i), pages.get("ram " + i));
        }
        assertTrue(pages.containsKey("drive.disk0 8") && !pages.containsKey("drive.disk0 9"));
    }

    @Test
    void everyDamagedBitIsFoundAndNamed() throws IOException {
        byte[] state = written();
        Random random = new Random(1);
        for (int i = 0; i < 3000; i++) {
            byte[] damaged = state.clone();
            int at = i < 400 ? i : i < 800 ? state.length - 1 - (i - 400) : random.nextInt(state.length);
            damaged[at] ^= (byte) (1 << random.nextInt(8));
            String message = assertThrows(IOException.class, () -> read(damaged), "byte " + at).getMessage();
            assertTrue(message.startsWith("its machine state "), message);
        }
        for (int length = 0; length < state.length; length += 1 + random.nextInt(300)) {
            byte[] cut = Arrays.copyOf(state, length);
            assertThrows(IOException.class, () -> read(cut), "cut at " + length);
        }
    }

    @Test
    void theStateOfAnotherEmulatorIsRefusedByName() {
        byte[] theirs = Arrays.copyOf("QEVM\0\0\0\3".getBytes(StandardCharsets.US_ASCII), 1000);
        String message = assertThrows(IOException.class, () -> new VmStateReader(new ByteArrayInputStream(theirs))).getMessage();
        assertTrue(message.contains("QEMU") && message.contains("image snapshot -a"), message);
    }
}
