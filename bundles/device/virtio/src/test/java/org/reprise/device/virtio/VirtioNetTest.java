package org.reprise.device.virtio;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reprise.api.device.Device;
import org.reprise.api.net.NetworkFrame;
import org.reprise.api.net.NetworkFrame.Segmentation;
import org.reprise.core.packet.Bytes;
import org.reprise.core.packet.Offloads;
import org.reprise.tools.devicekit.FakeDeviceContext;
import org.reprise.tools.devicekit.SavedState;

class VirtioNetTest {
    private static final long CSUM = 1L;
    private static final long GUEST_CSUM = 1L << 1;
    private static final long CTRL_GUEST_OFFLOADS = 1L << 2;
    private static final long MTU = 1L << 3;
    private static final long GUEST_TSO = 1L << 7 | 1L << 8;
    private static final long HOST_TSO = 1L << 11 | 1L << 12;
    private static final long MRG_RXBUF = 1L << 15;
    private static final long CTRL = 1L << 17 | 1L << 18 | 1L << 19 | 1L << 20 | 1L << 23 | CTRL_GUEST_OFFLOADS;
    private static final long ALL = CSUM | GUEST_CSUM | 1L << 5 | GUEST_TSO | HOST_TSO | MRG_RXBUF | 1L << 16 | CTRL;
    private static final int NEEDS_RESET = 64;
    private static final byte[] MAC = {0x52, 0x54, 0, 1, 0, 1};

    private final FakeDeviceContext context = Driver.context("network", "net0");
    private final Device device = powerOn(context);
    private final Driver receive = new Driver(context);
    private final Driver transmit = receive.another();
    private final Driver control = receive.another();

    private static Device powerOn(FakeDeviceContext context) {
        Device device = new VirtioNetModel().create(context);
        device.reset();
        return device;
    }

    private void start(long features) {
        for (Driver queue : List.of(receive, transmit, control)) {
            queue.size = 64;
        }
        assertEquals(15, receive.start(Driver.VERSION_1 | features));
    }

    private static byte[] frame(byte[] to, int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        System.arraycopy(to, 0, bytes, 0, 6);
        Bytes.put16(bytes, 12, 0x1234);
        return bytes;
    }

    /** A TCP segment over IPv4 whose checksum field holds the pseudo header's sum. */
    private static NetworkFrame segment(int payload, int segmentBytes) {
        byte[] b = frame(MAC, 54 + payload);
        Arrays.fill(b, 14, 54, (byte) 0);
        Bytes.put16(b, 12, 0x800);
        Bytes.put8(b, 14, 0x45);
        Bytes.put16(b, 16, b.length - 14);
        Bytes.put8(b, 23, 6);
        Bytes.put32(b, 26, 0x0a00020f);
        Bytes.put32(b, 30, 0x0a000202);
        Bytes.put8(b, 46, 5 << 4);
        Bytes.put16(b, 50, Bytes.fold(Bytes.sum(b, 26, 34, 6 + b.length - 34)));
        return new NetworkFrame(b, 34, 16, segmentBytes == 0 ? Segmentation.NONE : Segmentation.TCP4, segmentBytes);
    }

    private static byte[] header(int flags, int gso, int gsoSize, int start, int offset) {
        return ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN).put((byte) flags).put((byte) gso).putShort((short) 0)
                .putShort((short) gsoSize).putShort((short) start).putShort((short) offset).putShort((short) 0).array();
    }

    private static byte[] join(byte[] a, byte[] b) {
        byte[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }

    /** Offers bytes to be read by the device, cut into pieces of at most so many. */
    private static int offer(Driver queue, byte[] bytes, int piece, int writable) {
        long at = queue.allocate(bytes.length + writable + 1);
        queue.memory.writeBytes(at, bytes, 0, bytes.length);
        List<long[]> chain = new ArrayList<>();
        for (int from = 0; from < bytes.length; from += piece) {
            chain.add(new long[] {at + from, Math.min(piece, bytes.length - from), 0});
        }
        if (writable > 0) {
            queue.memory.write(at + bytes.length, 1, 0xee);
            chain.add(new long[] {at + bytes.length, writable, Driver.WRITE});
        }
        int head = queue.chain(chain.toArray(new long[0][]));
        queue.offer(head);
        return head;
    }

    private void send(byte[] header, byte[] frame) {
        int head = offer(transmit, join(header, frame), 1500, 0);
        transmit.kick();
        assertEquals(List.of(new Driver.Used(head, 0)), transmit.reap());
    }

    /** @return result of the command */
    private int command(int kind, int command, byte... data) {
        byte[] bytes = join(new byte[] {(byte) kind, (byte) command}, data);
        int head = offer(control, bytes, 1 << 20, 1);
        long at = control.memory.read(control.descriptors + 16L * ((head + 1) % control.size), 8);
        control.kick();
        assertEquals(List.of(new Driver.Used(head, 1)), control.reap());
        return (int) control.memory.read(at, 1);
    }

    private static byte[] le32(int value) {
        return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
    }

    private long buffer(int length) {
        long at = receive.allocate(length);
        receive.offer(receive.chain(new long[] {at, length, Driver.WRITE}));
        return at;
    }

    private byte[] bytes(long at, int length) {
        byte[] bytes = new byte[length];
        receive.memory.readBytes(at, bytes, 0, length);
        return bytes;
    }

    /** Does what the cable does: offers a frame when the card takes one. */
    private boolean arrives(NetworkFrame frame) {
        if (!context.networkReceiver().canReceive()) {
            return false;
        }
        context.networkReceiver().receive(frame);
        return true;
    }

    private boolean arrives(byte[] frame) {
        return arrives(NetworkFrame.complete(frame));
    }

    // Configuration.

    @Test
    void configurationDescribesTheCard() {
        assertEquals(1, receive.reg(0x8));
        assertEquals(ALL | Driver.INDIRECT_DESC | Driver.EVENT_INDEX | Driver.VERSION_1, receive.features());
        for (int i = 0; i < 6; i++) {
            assertEquals(MAC[i], receive.memory.read(Driver.BASE + 0x100 + i, 1));
        }
        assertEquals(1, receive.memory.read(Driver.BASE + 0x106, 2), "link up");
        assertEquals(0, receive.memory.read(Driver.BASE + 0x10a, 2), "mtu");
    }

    @Test
    void withoutACableTheLinkIsDownAndFramesGoNowhere() {
        FakeDeviceContext other = Driver.context("mac", "02:00:00:aa:bb:CC", "mtu", "1400");
        powerOn(other);
        Driver driver = new Driver(other);
        Driver out = driver.another();
        assertEquals(0, driver.memory.read(Driver.BASE + 0x106, 2));
        assertEquals(1400, driver.memory.read(Driver.BASE + 0x10a, 2));
        assertEquals(0xcc, driver.memory.read(Driver.BASE + 0x105, 1));
        assertEquals(MTU, driver.features() & MTU);
        driver.start(Driver.VERSION_1);
        offer(out, new byte[12 + 60], 72, 0);
        out.kick();
        assertEquals(1, out.reap().size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"52:54:00:12:34", "53:54:00:12:34:56", "52-54-00-12-34-56", "52:54:00:12:34:5g", ""})
    void addressesThatAreNoneAreRefused(String mac) {
        FakeDeviceContext other = Driver.context("network", "net0", "mac", mac);
        String problem = assertThrows(IllegalArgumentException.class, () -> new VirtioNetModel().create(other)).getMessage();
        assertTrue(problem.contains("mac \"" + mac) && problem.contains("52:54:00:12:34:56"), problem);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 67, 65_522})
    void mtusOutOfRangeAreRefused(int mtu) {
        FakeDeviceContext other = Driver.context("network", "net0", "mtu", Integer.toString(mtu));
        String problem = assertThrows(IllegalArgumentException.class, () -> new VirtioNetModel().create(other)).getMessage();
        assertTrue(problem.contains("mtu " + mtu), problem);
    }

    // Transmission.

    @Test
    void sendsFramesInAnyCutIntoDescriptors() {
        start(0);
        byte[] frame = frame(MAC, 60);
        for (int piece : new int[] {1 << 20, 12, 5, 2}) {
            offer(transmit, join(header(0, 0, 0, 0, 0), frame), piece, 0);
            transmit.kick();
        }
        assertEquals(4, context.sent().size());
        for (NetworkFrame sent : context.sent()) {
            assertArrayEquals(frame, sent.bytes());
            assertFalse(sent.unfinished());
        }
        assertEquals(4, transmit.reap().size());
        assertTrue(context.line(Driver.LINE));
    }

    @Test
    void leavesChecksumAndSegmentationToTheFarEnd() {
        start(ALL);
        NetworkFrame small = segment(100, 0);
        NetworkFrame large = segment(65_000, 1448);
        send(header(1, 0, 0, 34, 16), small.bytes());
        send(header(1, 1, 1448, 34, 16), large.bytes());
        send(header(1, 4, 1428, 34, 16), large.bytes());
        assertEquals(List.of(small.flags(), large.flags(), new NetworkFrame(large.bytes(), 34, 16, Segmentation.TCP6, 1428).flags()),
                context.sent().stream().map(NetworkFrame::flags).toList());
        assertArrayEquals(large.bytes(), context.sent().get(1).bytes());
    }

    @Test
    void dropsWhatItsHeaderMayNotAskFor() {
        start(CSUM | HOST_TSO);
        byte[] frame = segment(100, 0).bytes();
        send(header(1, 0, 0, 0, 16), frame);
        send(header(1, 0, 0, 13, 16), frame);
        send(header(1, 0, 0, 34, frame.length - 35), frame);
        send(header(1, 0, 0, 0xffff, 0xffff), frame);
        send(header(1, 1, 0, 34, 16), frame);
        send(header(0, 1, 100, 34, 16), frame);
        send(header(1, 3, 100, 34, 16), frame);
        send(header(1, 0x81, 100, 34, 16), frame);
        send(header(0, 0, 0, 0, 0), new byte[13]);
        send(header(0, 0, 0, 0, 0), new byte[NetworkFrame.MAX_BYTES + 1]);
        assertEquals(10, context.guestErrors().size());
        start(0);
        send(header(1, 0, 0, 34, 16), frame);
        start(CSUM);
        send(header(1, 1, 100, 34, 16), frame);
        assertEquals(12, context.guestErrors().size());
        assertTrue(context.sent().isEmpty());
        assertEquals(15, receive.reg(0x70));
        send(header(1, 0, 0, 34, 16), frame);
        assertEquals(1, context.sent().size());
    }

    @Test
    void aPacketWithoutAWholeHeaderNeedsReset() {
        start(0);
        offer(transmit, new byte[11], 100, 0);
        transmit.kick();
        assertEquals(NEEDS_RESET, receive.reg(0x70) & NEEDS_RESET);
        assertFalse(context.networkReceiver().canReceive());
    }

    // Reception.

    @Test
    void spreadsAFrameOverMergedBuffers() {
        start(MRG_RXBUF);
        byte[] frame = frame(MAC, 150);
        long[] at = {buffer(12), buffer(100), buffer(20), buffer(100)};
        receive.kick();
        assertTrue(arrives(frame));
        assertEquals(List.of(new Driver.Used(0, 12), new Driver.Used(1, 100), new Driver.Used(2, 20), new Driver.Used(3, 30)),
                receive.reap());
        assertEquals(4, receive.memory.read(at[0] + 10, 2), "num_buffers");
        assertArrayEquals(frame, join(bytes(at[1], 100), join(bytes(at[2], 20), bytes(at[3], 30))));
        assertArrayEquals(new byte[70], bytes(at[3] + 30, 70));
        assertFalse(arrives(frame));
    }

    @Test
    void withoutMergingAFrameThatIsTooLongIsDroppedAndTheBufferStays() {
        start(0);
        long at = buffer(12 + 100);
        receive.kick();
        assertTrue(arrives(frame(MAC, 101)));
        assertTrue(receive.reap().isEmpty());
        byte[] frame = frame(MAC, 100);
        assertTrue(arrives(frame));
        assertEquals(List.of(new Driver.Used(0, 112)), receive.reap());
        assertEquals(1, receive.memory.read(at + 10, 2), "num_buffers");
        assertArrayEquals(frame, bytes(at + 12, 100));
    }

    @Test
    void passesUnfinishedFramesToADriverThatTakesThem() {
        start(ALL);
        assertTrue(context.networkReceiver().takesUnfinished());
        long at = buffer(70_000);
        long next = buffer(1000);
        receive.kick();
        NetworkFrame large = segment(60_000, 1000);
        NetworkFrame small = segment(100, 0);
        arrives(large);
        arrives(small);
        byte[] expected = header(1, 1, 1000, 34, 16);
        expected[2] = 54;
        expected[10] = 1;
        assertArrayEquals(join(expected, large.bytes()), bytes(at, 12 + large.bytes().length));
        expected = header(1, 0, 0, 34, 16);
        expected[10] = 1;
        assertArrayEquals(join(expected, small.bytes()), bytes(next, 12 + small.bytes().length));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, GUEST_CSUM, GUEST_TSO, GUEST_CSUM | 1L << 8})
    void finishesFramesForADriverThatDoesNotTakeThem(long features) {
        start(MRG_RXBUF | features);
        assertFalse(context.networkReceiver().takesUnfinished());
        List<NetworkFrame> pieces = new ArrayList<>();
        NetworkFrame large = segment(3100, 1000);
        Offloads.finish(large, pieces::add);
        assertEquals(4, pieces.size());
        List<Long> at = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            at.add(buffer(1100));
        }
        receive.kick();
        arrives(large);
        assertEquals(4, receive.reap().size());
        for (int i = 0; i < 4; i++) {
            byte[] expected = pieces.get(i).bytes();
            assertArrayEquals(expected, bytes(at.get(i) + 12, expected.length));
            assertEquals((features & GUEST_CSUM) != 0 ? 2 : 0, receive.memory.read(at.get(i), 1), "DATA_VALID");
        }
    }

    @Test
    void saysWhichChecksumsAreRight() {
        start(GUEST_CSUM);
        long[] at = {buffer(200), buffer(200), buffer(200)};
        receive.kick();
        List<NetworkFrame> right = new ArrayList<>();
        Offloads.finish(segment(50, 0), right::add);
        byte[] wrong = right.get(0).bytes().clone();
        wrong[80] ^= 4;
        arrives(right.get(0));
        arrives(wrong);
        arrives(frame(MAC, 60));
        assertEquals(2, receive.memory.read(at[0], 1));
        assertEquals(0, receive.memory.read(at[1], 1));
        assertEquals(0, receive.memory.read(at[2], 1));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, Driver.EVENT_INDEX})
    void onlyANotificationMakesTheCardReady(long features) {
        start(features);
        assertFalse(context.networkReceiver().canReceive());
        buffer(200);
        assertFalse(context.networkReceiver().canReceive(), "memory alone changes nothing");
        receive.kick();
        assertTrue(arrives(frame(MAC, 60)));
        assertFalse(context.networkReceiver().canReceive());
        if (features != 0) {
            assertEquals(1, receive.memory.read(receive.used + 4 + 8L * receive.size, 2), "asks for the next notification");
        }
        buffer(200);
        buffer(200);
        receive.kick();
        buffer(200);
        for (int i = 0; i < 3; i++) {
            assertTrue(arrives(frame(MAC, 60)), "frame " + i);
        }
        receive.reg(0x70, 0);
        assertFalse(context.networkReceiver().canReceive());
        assertFalse(context.networkReceiver().takesUnfinished());
    }

    @Test
    void buffersThatAreThereBeforeTheDriverIsReadyCount() {
        start(0);
        receive.reg(0x70, 0);
        receive.reg(0x70, 3);
        receive.reg(0x24, 1);
        receive.reg(0x20, 1);
        receive.reg(0x70, 11);
        receive.setUpQueue();
        buffer(200);
        assertFalse(context.networkReceiver().canReceive());
        receive.reg(0x70, 15);
        assertTrue(arrives(frame(MAC, 60)));
    }

    @Test
    void aFrameIsHeldUntilThereAreEnoughBuffers() {
        start(MRG_RXBUF | Driver.EVENT_INDEX);
        buffer(100);
        receive.kick();
        byte[] frame = frame(MAC, 250);
        assertTrue(arrives(frame));
        assertTrue(receive.reap().isEmpty());
        assertFalse(arrives(frame(MAC, 60)), "another one waits in the cable");
        buffer(100);
        receive.kick();
        assertTrue(receive.reap().isEmpty());
        buffer(100);
        receive.kick();
        assertEquals(List.of(new Driver.Used(0, 100), new Driver.Used(1, 100), new Driver.Used(2, 62)), receive.reap());
        buffer(100);
        receive.kick();
        assertTrue(arrives(frame(MAC, 60)));
    }

    @Test
    void aDriverThatKeepsTooFewBuffersLosesTheFrameOnly() {
        start(MRG_RXBUF);
        buffer(100);
        receive.kick();
        arrives(frame(MAC, 250));
        context.advance(99_999_999);
        assertFalse(context.networkReceiver().canReceive());
        context.advance(1);
        assertTrue(arrives(frame(MAC, 60)));
        assertEquals(List.of(new Driver.Used(0, 72)), receive.reap());
    }

    @Test
    void aBufferWithoutRoomForTheHeaderNeedsReset() {
        start(MRG_RXBUF);
        buffer(11);
        receive.kick();
        arrives(frame(MAC, 60));
        assertEquals(NEEDS_RESET, receive.reg(0x70) & NEEDS_RESET);
        assertTrue(receive.reap().isEmpty());
        context.advance(1_000_000_000);
        assertFalse(context.networkReceiver().canReceive());
        start(MRG_RXBUF);
        buffer(100);
        receive.kick();
        assertTrue(arrives(frame(MAC, 60)));
        assertEquals(1, receive.reap().size());
    }

    @Test
    void framesAboveTheMtuDoNotReachADriverThatTookIt() {
        FakeDeviceContext other = Driver.context("network", "net0", "mtu", "1000");
        powerOn(other);
        Driver driver = new Driver(other);
        driver.start(Driver.VERSION_1 | MTU);
        driver.offer(driver.chain(new long[] {driver.allocate(2000), 2000, Driver.WRITE}));
        driver.kick();
        other.networkReceiver().receive(NetworkFrame.complete(frame(MAC, 1015)));
        assertTrue(driver.reap().isEmpty());
        other.networkReceiver().receive(NetworkFrame.complete(frame(MAC, 1014)));
        assertEquals(1, driver.reap().size());
    }

    // Control.

    private static final byte[] OTHER = {0x52, 0x54, 0, 9, 9, 9};
    private static final byte[] GROUP = {1, 0, 0x5e, 0, 0, 1};
    private static final byte[] BROADCAST = {-1, -1, -1, -1, -1, -1};

    private boolean wanted(byte[] frame) {
        receive.reap();
        buffer(200);
        receive.kick();
        assertTrue(arrives(frame));
        return !receive.reap().isEmpty();
    }

    private String wantedOf() {
        return (wanted(frame(MAC, 60)) ? "own " : "") + (wanted(frame(OTHER, 60)) ? "other " : "")
                + (wanted(frame(GROUP, 60)) ? "group " : "") + (wanted(frame(BROADCAST, 60)) ? "broadcast" : "");
    }

    @Test
    void receivesWhatTheDriverWants() {
        start(ALL);
        assertEquals("own other group broadcast", wantedOf(), "until it says what it wants");
        assertEquals(0, command(0, 0, (byte) 0));
        assertEquals("own broadcast", wantedOf());
        assertEquals(0, command(0, 1, (byte) 1));
        assertEquals("own group broadcast", wantedOf());
        assertEquals(0, command(0, 2, (byte) 1));
        assertEquals("own other group broadcast", wantedOf());
        for (int no = 3; no <= 5; no++) {
            assertEquals(0, command(0, no, (byte) 1));
        }
        assertEquals("", wantedOf());
        assertEquals(0, command(0, 0, (byte) 1));
        assertEquals("own other group broadcast", wantedOf());
        for (int mode = 0; mode <= 5; mode++) {
            assertEquals(0, command(0, mode, (byte) 0));
        }
        assertEquals(0, command(1, 0, join(join(le32(1), OTHER), join(le32(1), GROUP))));
        assertEquals("own other group broadcast", wantedOf());
        assertEquals(0, command(1, 0, join(le32(0), le32(0))));
        assertEquals("own broadcast", wantedOf());
        assertEquals(0, command(1, 0, join(le32(0), join(le32(65), new byte[65 * 6]))));
        assertEquals("own group broadcast", wantedOf(), "a table that is too long lets all through");
        start(ALL);
        assertEquals("own other group broadcast", wantedOf(), "forgotten with the reset");
    }

    @Test
    void receivesTheVlansThatTheDriverWants() {
        start(ALL);
        command(0, 0, (byte) 0);
        byte[] tagged = frame(MAC, 60);
        Bytes.put16(tagged, 12, 0x8100);
        Bytes.put16(tagged, 14, 0x6000 | 100);
        assertFalse(wanted(tagged));
        assertEquals(0, command(2, 0, (byte) 100, (byte) 0));
        assertTrue(wanted(tagged));
        Bytes.put16(tagged, 14, 101);
        assertFalse(wanted(tagged));
        assertEquals(0, command(2, 1, (byte) 100, (byte) 0));
        Bytes.put16(tagged, 14, 100);
        assertFalse(wanted(tagged));
        assertTrue(wanted(frame(MAC, 60)));
    }

    @Test
    void theDriverChangesTheAddress() {
        start(ALL);
        command(0, 0, (byte) 0);
        long before = receive.reg(0xfc);
        assertEquals(0, command(1, 1, OTHER));
        assertEquals("other broadcast", wantedOf());
        assertEquals(9, receive.memory.read(Driver.BASE + 0x105, 1));
        assertNotEquals(before, receive.reg(0xfc), "configuration generation");
        receive.reg(0x70, 0);
        assertEquals(1, receive.memory.read(Driver.BASE + 0x105, 1));
    }

    @Test
    void theDriverTakesBackOffloads() {
        start(ALL);
        assertEquals(0, command(5, 0, join(le32((int) GUEST_CSUM), le32(0))));
        assertFalse(context.networkReceiver().takesUnfinished());
        assertEquals(1, command(5, 0, join(le32((int) CSUM), le32(0))));
        assertEquals(0, command(5, 0, join(le32((int) (GUEST_CSUM | GUEST_TSO)), le32(0))));
        assertTrue(context.networkReceiver().takesUnfinished());
    }

    @Test
    void commandsOfAWrongFormAreRefused() {
        start(ALL);
        assertEquals(1, command(0, 0));
        assertEquals(1, command(0, 0, (byte) 1, (byte) 1));
        assertEquals(1, command(0, 6, (byte) 1));
        assertEquals(1, command(1, 0, le32(0)));
        assertEquals(1, command(1, 0, join(le32(-1), le32(0))));
        assertEquals(1, command(1, 0, join(le32(2), join(OTHER, le32(0)))));
        assertEquals(1, command(1, 0, join(join(le32(0), le32(0)), OTHER)));
        assertEquals(1, command(1, 0, new byte[70_000]));
        assertEquals(1, command(1, 1, new byte[5]));
        assertEquals(1, command(1, 2, new byte[6]));
        assertEquals(1, command(2, 0, (byte) 0, (byte) 16));
        assertEquals(1, command(2, 2, (byte) 0, (byte) 0));
        assertEquals(1, command(5, 0, new byte[7]));
        assertEquals(1, command(4, 0, (byte) 1, (byte) 0));
        assertEquals(1, command(255, 255));
        assertEquals(15, context.guestErrors().size());
        start(CTRL & ~(1L << 18 | 1L << 19 | 1L << 20 | 1L << 23 | CTRL_GUEST_OFFLOADS));
        assertEquals(1, command(0, 0, (byte) 1));
        assertEquals(1, command(0, 2, (byte) 1));
        assertEquals(1, command(1, 0, join(le32(0), le32(0))));
        assertEquals(1, command(1, 1, OTHER));
        assertEquals(1, command(2, 0, (byte) 1, (byte) 0));
        assertEquals(1, command(5, 0, new byte[8]));
        assertEquals(15, receive.reg(0x70));
        offer(control, new byte[] {0}, 1, 1);
        control.kick();
        assertEquals(NEEDS_RESET, receive.reg(0x70) & NEEDS_RESET);
        start(ALL);
        offer(control, new byte[] {0, 0, 0}, 3, 0);
        control.kick();
        assertEquals(NEEDS_RESET, receive.reg(0x70) & NEEDS_RESET);
    }

    // State.

    @Test
    void stateComesBack() {
        start(ALL);
        command(0, 0, (byte) 0);
        command(0, 1, (byte) 1);
        command(1, 0, join(join(le32(1), OTHER), le32(0)));
        command(1, 1, new byte[] {2, 2, 2, 2, 2, 2});
        command(2, 0, (byte) 100, (byte) 0);
        command(5, 0, join(le32((int) GUEST_CSUM), le32(0)));
        buffer(100);
        receive.kick();
        SavedState before = SavedState.of(device);
        byte[] frame = frame(new byte[] {2, 2, 2, 2, 2, 2}, 150);
        arrives(frame);
        SavedState held = SavedState.of(device);
        assertNotEquals(before, held);
        FakeDeviceContext other = Driver.context("network", "net0");
        Device copy = powerOn(other);
        held.restore(copy);
        assertEquals(held, SavedState.of(copy));
        assertFalse(other.networkReceiver().canReceive());
        other.memory().writeBytes(0x8000_0000L, bytes(0x8000_0000L, 1 << 20), 0, 1 << 20);
        long at = buffer(100);
        other.memory().writeBytes(0x8000_0000L, bytes(0x8000_0000L, 1 << 20), 0, 1 << 20);
        other.memory().write(Driver.BASE + 0x50, 4, 0);
        byte[] second = new byte[62];
        other.memory().readBytes(at, second, 0, 62);
        assertArrayEquals(Arrays.copyOfRange(frame, 88, 150), second);
        assertTrue(SavedState.of(copy).values().get("function.held").isEmpty());
    }

    // Hostile drivers.

    /** Whatever a driver writes into the rings and wherever it puts them, the device stays within bounds and answers a reset. */
    @Test
    void randomRingsNeverEscape() {
        Random random = new Random(7);
        List<Driver> queues = List.of(receive, transmit, control);
        for (int round = 0; round < 2000; round++) {
            queues.forEach(queue -> queue.size = 1 << random.nextInt(4));
            receive.start(Driver.VERSION_1 | ALL & random.nextLong() | random.nextLong() & (Driver.INDIRECT_DESC | Driver.EVENT_INDEX));
            for (Driver queue : queues) {
                if (random.nextInt(4) == 0) {
                    // areas anywhere, one in the other
                    queue.reg(0x30, queues.indexOf(queue));
                    queue.reg(0x44, 0);
                    queue.address(0x90, queue.available + 2L * random.nextInt(16));
                    long into = random.nextBoolean() ? queue.available : queue.descriptors;
                    queue.address(0xa0, into + 4L * random.nextInt(8));
                    queue.reg(0x44, 1);
                }
                for (int i = 0; i < queue.size; i++) {
                    long address = random.nextInt(4) == 0 ? random.nextLong() : 0x8000_1000L + random.nextInt(0x8_8000);
                    int length = random.nextInt(8) == 0 ? random.nextInt() : random.nextInt(5) * 16;
                    queue.descriptor(queue.descriptors, i, address, length, random.nextInt(8), random.nextInt(queue.size + 1));
                }
                for (int i = random.nextInt(4); i >= 0; i--) {
                    queue.offer(random.nextInt(queue.size + 1));
                }
                queue.kick();
            }
            for (int i = 0; i < 3; i++) {
                arrives(random.nextBoolean() ? segment(random.nextInt(3000), 1 + random.nextInt(1500))
                        : NetworkFrame.complete(frame(GROUP, 14 + random.nextInt(100))));
            }
            context.advance(random.nextInt(50_000_000));
        }
        context.sent().clear();
        start(ALL);
        send(header(0, 0, 0, 0, 0), frame(MAC, 60));
        assertEquals(1, context.sent().size());
        assertTrue(wanted(frame(MAC, 60)));
    }
}
