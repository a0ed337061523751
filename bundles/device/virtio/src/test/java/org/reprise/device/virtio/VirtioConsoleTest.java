package org.reprise.device.virtio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.reprise.api.device.Device;
import org.reprise.tools.devicekit.FakeDeviceContext;
import org.reprise.tools.devicekit.SavedState;

class VirtioConsoleTest {
    private final FakeDeviceContext context = Driver.context();
    private final Device device = powerOn(context);
    private final Driver receive = new Driver(context);
    private final Driver transmit = receive.another();

    private static Device powerOn(FakeDeviceContext context) {
        Device device = new VirtioConsoleModel().create(context);
        device.reset();
        return device;
    }

    private void start() {
        assertEquals(15, receive.start(Driver.VERSION_1 | 1));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private void print(String... pieces) {
        long[][] chain = new long[pieces.length][];
        for (int i = 0; i < pieces.length; i++) {
            chain[i] = new long[] {transmit.allocate(pieces[i].length()), pieces[i].length(), 0};
            transmit.memory.writeBytes(chain[i][0], ascii(pieces[i]), 0, pieces[i].length());
        }
        transmit.offer(transmit.chain(chain));
    }

    private long buffer(int length) {
        long at = receive.allocate(length);
        receive.offer(receive.chain(new long[] {at, length, Driver.WRITE}));
        return at;
    }

    private String text(long at, int length) {
        byte[] bytes = new byte[length];
        receive.memory.readBytes(at, bytes, 0, length);
        return new String(bytes, StandardCharsets.US_ASCII);
    }

    @Test
    void configurationGivesItsSize() {
        assertEquals(3, receive.reg(0x8));
        assertEquals(1 | Driver.INDIRECT_DESC | Driver.EVENT_INDEX | Driver.VERSION_1, receive.features());
        assertEquals(24L << 16 | 80, receive.reg(0x100));
        FakeDeviceContext large = Driver.context("columns", "65535", "rows", "300");
        powerOn(large);
        assertEquals(300L << 16 | 65535, new Driver(large).reg(0x100));
    }

    @Test
    void sizesOutOfRangeAreRefused() {
        for (String size : List.of("0", "65536", "-1")) {
            FakeDeviceContext other = Driver.context("rows", size);
            assertTrue(assertThrows(IllegalArgumentException.class, () -> new VirtioConsoleModel().create(other)).getMessage()
                    .contains("rows " + size));
        }
    }

    @Test
    void printsInOrder() {
        start();
        print("Hello, ", "wor");
        print("ld\n");
        transmit.kick();
        assertEquals("Hello, world\n", context.output());
        assertEquals(List.of(new Driver.Used(0, 0), new Driver.Used(2, 0)), transmit.reap());
        assertTrue(context.line(Driver.LINE));
    }

    @Test
    void inputWaitsForBuffersAndANotification() {
        start();
        assertEquals(0, context.input(ascii("abc")));
        long at = buffer(10);
        assertEquals(0, context.input(ascii("abc")), "memory alone changes nothing");
        receive.kick();
        assertEquals(3, context.input(ascii("abc")));
        assertEquals(List.of(new Driver.Used(0, 3)), receive.reap());
        assertEquals("abc\0", text(at, 4));
        assertEquals(0, context.input(ascii("d")));
    }

    @Test
    void inputIsSpreadOverBuffersAndHeldForTheNext() {
        start();
        long[] at = {buffer(2), buffer(3)};
        receive.kick();
        assertEquals(9, context.input(ascii("abcdefghi")));
        assertEquals(List.of(new Driver.Used(0, 2), new Driver.Used(1, 3)), receive.reap());
        assertEquals("ab", text(at[0], 2));
        assertEquals("cde", text(at[1], 3));
        assertEquals(0, context.input(ascii("j")));
        SavedState held = SavedState.of(device);
        Device copy = powerOn(Driver.context());
        held.restore(copy);
        assertEquals(held, SavedState.of(copy));
        assertTrue(held.values().get("function.held").contains("fghi"), held.toString());
        long next = buffer(10);
        receive.kick();
        assertEquals("fghi", text(next, 4));
        assertEquals(List.of(new Driver.Used(2, 4)), receive.reap());
    }

    @Test
    void inputOfAnEarlierDriverIsForgotten() {
        start();
        buffer(1);
        receive.kick();
        context.input(ascii("abc"));
        start();
        long at = buffer(10);
        receive.kick();
        assertEquals("\0", text(at, 1));
        assertEquals(1, context.input(ascii("x")));
        assertEquals("x", text(at, 1));
    }

    @Test
    void aBufferForInputThatCannotBeWrittenNeedsReset() {
        start();
        receive.offer(receive.chain(new long[] {receive.allocate(8), 8, 0}));
        receive.kick();
        context.input(ascii("x"));
        assertEquals(64, receive.reg(0x70) & 64);
        assertEquals(0, context.input(ascii("x")));
    }

    @Test
    void outputWithoutEndIsCutOff() {
        start();
        int head = transmit.chain(new long[] {0x8000_0000L, 1 << 20, 0}, new long[] {0x8000_0000L, 1 << 20, 0});
        transmit.offer(head);
        transmit.kick();
        assertEquals(1 << 16, context.output().length());
        assertEquals(1, context.guestErrors().size());
        assertEquals(1, transmit.reap().size());
    }

    /** Whatever a driver writes into the rings, the device stays within bounds and answers a reset. */
    @Test
    void randomRingsNeverEscape() {
        Random random = new Random(11);
        for (int round = 0; round < 2000; round++) {
            receive.start(Driver.VERSION_1 | random.nextLong() & (1 | Driver.INDIRECT_DESC | Driver.EVENT_INDEX));
            for (Driver queue : List.of(receive, transmit)) {
                for (int i = 0; i < queue.size; i++) {
                    long address = random.nextInt(4) == 0 ? random.nextLong() : 0x8000_1000L + random.nextInt(0x4_8000);
                    int length = random.nextInt(8) == 0 ? random.nextInt() : random.nextInt(5) * 16;
                    queue.descriptor(queue.descriptors, i, address, length, random.nextInt(8), random.nextInt(queue.size + 1));
                }
                for (int i = random.nextInt(4); i >= 0; i--) {
                    queue.offer(random.nextInt(queue.size + 1));
                }
                queue.kick();
                context.input(ascii("some input"));
            }
        }
        start();
        buffer(8);
        receive.kick();
        assertEquals(2, context.input(ascii("ok")));
        assertEquals(List.of(new Driver.Used(0, 2)), receive.reap());
    }
}
