package org.reprise.device.virtio;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.reprise.api.block.BlockRequest.Operation;
import org.reprise.api.device.Device;
import org.reprise.tools.devicekit.FakeDeviceContext;
import org.reprise.tools.devicekit.FakeDrive;
import org.reprise.tools.devicekit.SavedState;

class VirtioBlkTest {
    private static final int SECTORS = 256;
    private static final int OK = 0;
    private static final int IOERR = 1;
    private static final int UNSUPPORTED = 2;
    private static final int UNTOUCHED = 0xaa;

    private final FakeDrive drive = new FakeDrive(content(), false);
    private final FakeDeviceContext context = Driver.context("drive", "disk0", "serial", "S-1").drive("drive", drive);
    private final Driver driver = new Driver(context);
    private final Device device = powerOn(context);

    private static byte[] content() {
        byte[] bytes = new byte[SECTORS * 512];
        new Random(1).nextBytes(bytes);
        return bytes;
    }

    private static Device powerOn(FakeDeviceContext context) {
        Device device = new VirtioBlkModel().create(context);
        device.reset();
        return device;
    }

    /** A request under way: where its data and its status byte are. */
    private record Request(int head, long data, long status) {
    }

    private Request request(int type, long sector, int out, int in, byte... outData) {
        long header = driver.allocate(16);
        driver.memory.write(header, 4, type);
        driver.memory.write(header + 4, 4, 0);
        driver.memory.write(header + 8, 8, sector);
        long data = driver.allocate(Math.max(1, Math.max(in, out)));
        driver.memory.writeBytes(data, outData, 0, outData.length);
        long status = driver.allocate(1);
        driver.memory.write(status, 1, UNTOUCHED);
        List<long[]> chain = new ArrayList<>();
        chain.add(new long[] {header, 16, 0});
        if (out > 0) {
            chain.add(new long[] {data, out, 0});
        }
        if (in > 0) {
            chain.add(new long[] {data, in, Driver.WRITE});
        }
        chain.add(new long[] {status, 1, Driver.WRITE});
        int head = driver.chain(chain.toArray(new long[0][]));
        driver.offer(head);
        return new Request(head, data, status);
    }

    private long status(Request request) {
        return driver.memory.read(request.status, 1);
    }

    private byte[] data(Request request, int length) {
        byte[] bytes = new byte[length];
        driver.memory.readBytes(request.data, bytes, 0, length);
        return bytes;
    }

    private void start() {
        driver.size = 64;
        assertEquals(15, driver.start(Driver.VERSION_1));
    }

    @Test
    void configurationDescribesTheDrive() {
        assertEquals(SECTORS, driver.memory.read(Driver.BASE + 0x100, 8));
        assertEquals(SECTORS, driver.reg(0x100));
        assertEquals(126, driver.reg(0x10c), "seg_max");
        assertEquals(512, driver.reg(0x114), "blk_size");
        assertEquals(1, driver.reg(0x128), "max_discard_seg");
        assertEquals(1, driver.memory.read(Driver.BASE + 0x138, 1), "write_zeroes_may_unmap");
        assertEquals(2, driver.reg(0x8));
        assertEquals(1L << 2 | 1L << 6 | 1L << 9 | 1L << 13 | 1L << 14 | Driver.INDIRECT_DESC | Driver.EVENT_INDEX | Driver.VERSION_1,
                driver.features());
    }

    @Test
    void readsWhenTheDriveSaysSo() {
        start();
        Request read = request(0, 3, 0, 1024);
        driver.kick();
        assertTrue(driver.reap().isEmpty());
        assertArrayEquals(new byte[1024], data(read, 1024), "guest memory is not touched before completion");
        assertEquals(UNTOUCHED, status(read));
        drive.complete(0);
        assertEquals(List.of(new Driver.Used(read.head, 1025)), driver.reap());
        assertEquals(OK, status(read));
        assertArrayEquals(Arrays.copyOfRange(drive.content(), 3 * 512, 5 * 512), data(read, 1024));
        assertTrue(context.line(Driver.LINE));
    }

    @Test
    void severalInFlightCompleteInAnyOrder() {
        start();
        Request first = request(0, 0, 0, 512);
        Request second = request(0, 1, 0, 512);
        Request third = request(4, 0, 0, 0);
        driver.kick();
        assertEquals(List.of(Operation.READ, Operation.READ, Operation.FLUSH), drive.log());
        drive.complete(1);
        assertEquals(List.of(new Driver.Used(second.head, 513)), driver.reap());
        assertEquals(UNTOUCHED, status(first));
        drive.complete(1);
        drive.complete(0);
        assertEquals(List.of(new Driver.Used(third.head, 1), new Driver.Used(first.head, 513)), driver.reap());
        assertEquals(OK, status(third));
    }

    @Test
    void writesWhatMemoryHeldAtTheStart() {
        start();
        byte[] bytes = new byte[512];
        Arrays.fill(bytes, (byte) 0x5a);
        Request write = request(1, 7, 512, 0, bytes);
        driver.kick();
        driver.memory.write(write.data, 8, 0);
        drive.complete(0);
        assertEquals(List.of(new Driver.Used(write.head, 1)), driver.reap());
        assertArrayEquals(bytes, Arrays.copyOfRange(drive.content(), 7 * 512, 8 * 512));
    }

    @Test
    void anyCutIntoDescriptorsIsTheSame() {
        start();
        long header = driver.allocate(16);
        driver.memory.write(header, 4, 0);
        driver.memory.write(header + 8, 8, 9);
        long data = driver.allocate(600);
        int head = driver.chain(new long[] {header, 7, 0}, new long[] {header + 7, 9, 0}, new long[] {data, 1, Driver.WRITE},
                new long[] {data + 1, 500, Driver.WRITE}, new long[] {data + 501, 12, Driver.WRITE});
        driver.offer(head);
        driver.kick();
        drive.complete(0);
        byte[] read = new byte[512];
        driver.memory.readBytes(data, read, 0, 512);
        assertArrayEquals(Arrays.copyOfRange(drive.content(), 9 * 512, 10 * 512), read);
        assertEquals(OK, driver.memory.read(data + 512, 1));
    }

    @Test
    void givesItsSerial() {
        start();
        Request id = request(8, 0, 0, 20);
        driver.kick();
        assertEquals(List.of(new Driver.Used(id.head, 21)), driver.reap());
        assertEquals("S-1" + "\0".repeat(17), new String(data(id, 20), StandardCharsets.US_ASCII));
    }

    @Test
    void discardAndWriteZeroesMakeZeros() {
        start();
        byte[] segment = new byte[16];
        segment[0] = 10;
        segment[8] = 2;
        Request discard = request(11, 0, 16, 0, segment);
        segment[0] = 20;
        segment[12] = 1;
        Request zeroes = request(13, 0, 16, 0, segment);
        Request unmapInDiscard = request(11, 0, 16, 0, segment);
        driver.kick();
        drive.completeAll();
        assertEquals(OK, status(discard));
        assertEquals(OK, status(zeroes));
        assertEquals(UNSUPPORTED, status(unmapInDiscard));
        assertArrayEquals(new byte[1024], Arrays.copyOfRange(drive.content(), 5120, 6144));
        assertArrayEquals(new byte[1024], Arrays.copyOfRange(drive.content(), 10240, 11264));
        assertFalse(Arrays.equals(new byte[512], Arrays.copyOfRange(drive.content(), 6144, 6656)));
    }

    @Test
    void requestsBeyondTheDriveFail() {
        start();
        Request[] bad = {request(0, SECTORS, 0, 512), request(0, SECTORS - 1, 0, 1024), request(1, -1, 512, 0, new byte[512]),
            request(0, Long.MAX_VALUE, 0, 512), request(0, 0, 0, 100)};
        byte[] segment = new byte[16];
        segment[8] = 1;
        segment[9] = 1;
        Request discard = request(11, 0, 16, 0, segment);
        Request shortDiscard = request(11, 0, 15, 0, segment[0]);
        driver.kick();
        for (Request request : bad) {
            assertEquals(IOERR, status(request));
        }
        assertEquals(IOERR, status(discard));
        assertEquals(IOERR, status(shortDiscard));
        assertTrue(drive.log().isEmpty());
        assertEquals(7, driver.reap().size());
    }

    @Test
    void errorsOfTheDriveReachTheGuest() {
        start();
        Request read = request(0, 0, 0, 512);
        driver.kick();
        drive.fail(0, "medium error");
        assertEquals(IOERR, status(read));
        assertArrayEquals(new byte[512], data(read, 512));
        assertEquals(List.of(new Driver.Used(read.head, 1)), driver.reap());
    }

    @Test
    void unknownRequestsAreUnsupported() {
        start();
        Request unknown = request(99, 0, 0, 0);
        driver.kick();
        assertEquals(UNSUPPORTED, status(unknown));
    }

    @Test
    void readOnlyDriveRefusesWrites() {
        FakeDrive disc = new FakeDrive(content(), true);
        FakeDeviceContext other = Driver.context("drive", "disk0").drive("drive", disc);
        powerOn(other);
        Driver reader = new Driver(other);
        assertEquals(1L << 5, reader.features() & (1L << 5 | 1L << 13 | 1L << 14));
        reader.start(Driver.VERSION_1 | 1L << 5);
        long header = reader.allocate(16);
        reader.memory.write(header, 4, 1);
        reader.memory.write(header + 8, 8, 0);
        long data = reader.allocate(513);
        reader.offer(reader.chain(new long[] {header, 16, 0}, new long[] {data, 512, 0}, new long[] {data + 512, 1, Driver.WRITE}));
        reader.kick();
        assertEquals(IOERR, reader.memory.read(data + 512, 1));
        assertTrue(disc.log().isEmpty());
    }

    @Test
    void malformedRequestsNeedReset() {
        start();
        long header = driver.allocate(16);
        driver.offer(driver.chain(new long[] {header, 15, 0}, new long[] {header, 1, Driver.WRITE}));
        driver.kick();
        assertEquals(64, driver.reg(0x70) & 64);
        start();
        driver.offer(driver.chain(new long[] {header, 16, 0}));
        driver.kick();
        assertEquals(64, driver.reg(0x70) & 64);
        assertTrue(driver.reap().isEmpty());
    }

    @Test
    void completionAfterResetTouchesNothing() {
        start();
        Request read = request(0, 0, 0, 512);
        driver.kick();
        driver.reg(0x70, 0);
        drive.complete(0);
        assertEquals(UNTOUCHED, status(read));
        assertArrayEquals(new byte[512], data(read, 512));
        assertFalse(context.line(Driver.LINE));
        start();
        Request again = request(0, 0, 0, 512);
        driver.kick();
        drive.complete(0);
        assertEquals(List.of(new Driver.Used(again.head, 513)), driver.reap());
    }

    @Test
    void largeRequestsWaitForOthersToEnd() {
        // One buffer of RAM named many times: the device must not make the host hold all of it at once.
        FakeDrive large = new FakeDrive(new byte[64 << 20], false);
        FakeDeviceContext other = new FakeDeviceContext(0x8000_0000L, 40 << 20, "vdev", "address", "0x10001000", "interrupt", Driver.LINE,
                "drive", "disk0").drive("drive", large);
        powerOn(other);
        Driver greedy = new Driver(other);
        greedy.size = 64;
        greedy.start(Driver.VERSION_1);
        long header = greedy.allocate(16);
        greedy.memory.write(header, 4, 0);
        greedy.memory.write(header + 8, 8, 0);
        long status = greedy.allocate(1);
        long data = greedy.allocate(32 << 20);
        for (int i = 0; i < 3; i++) {
            greedy.offer(greedy.chain(new long[] {header, 16, 0}, new long[] {data, 32 << 20, Driver.WRITE},
                    new long[] {status, 1, Driver.WRITE}));
        }
        greedy.offer(greedy.chain(new long[] {header, 16, 0}, new long[] {data, 32 << 20, Driver.WRITE},
                new long[] {data, 512, Driver.WRITE}, new long[] {status, 1, Driver.WRITE}));
        greedy.kick();
        assertEquals(1, large.waiting().size());
        large.completeAll();
        assertEquals(List.of(Operation.READ, Operation.READ, Operation.READ), large.log());
        assertEquals(4, greedy.reap().size());
        assertEquals(IOERR, greedy.memory.read(status, 1), "the last one is longer than a request may be");
    }

    @Test
    void stateListsRequestsInFlight() {
        start();
        byte[] bytes = new byte[512];
        Arrays.fill(bytes, (byte) 0xc3);
        request(0, 3, 0, 1024);
        SavedState before = SavedState.of(device);
        driver.kick();
        SavedState one = SavedState.of(device);
        assertFalse(before.equals(one));
        request(1, 7, 512, 0, bytes);
        driver.kick();
        SavedState two = SavedState.of(device);
        assertTrue(two.values().get("function.inFlight").contains("\u00c3\u00c3\u00c3"), "a write keeps its data");
        FakeDeviceContext other = Driver.context("drive", "disk0").drive("drive", new FakeDrive(content(), false));
        Device copy = powerOn(other);
        two.restore(copy);
        assertEquals(two, SavedState.of(copy));
        drive.completeAll();
        assertTrue(SavedState.of(device).values().get("function.inFlight").isEmpty());
    }

    @Test
    void serialThatIsTooLongIsRefused() {
        FakeDeviceContext other = Driver.context("drive", "disk0", "serial", "123456789012345678901").drive("drive", drive);
        assertTrue(assertThrows(IllegalArgumentException.class, () -> new VirtioBlkModel().create(other)).getMessage().contains("serial"));
    }

    /** Whatever a driver writes into the rings, the device stays within bounds and answers a reset. */
    @Test
    void randomRingsNeverEscape() {
        Random random = new Random(7);
        for (int round = 0; round < 3000; round++) {
            driver.start(Driver.VERSION_1 | (random.nextBoolean() ? Driver.INDIRECT_DESC : 0) | (random.nextBoolean()
                    ? Driver.EVENT_INDEX : 0));
            for (int i = 0; i < driver.size; i++) {
                long address = random.nextInt(4) == 0 ? random.nextLong() : 0x8000_1000L + random.nextInt(0x8000);
                int length = random.nextInt(4) == 0 ? random.nextInt() : random.nextInt(5) * 16;
                driver.descriptor(driver.descriptors, i, address, length, random.nextInt(8), random.nextInt(driver.size + 1));
            }
            for (int i = 0; i < 4; i++) {
                driver.offer(random.nextInt(driver.size + 1));
            }
            driver.kick();
            drive.completeAll();
        }
        driver.size = 8;
        assertEquals(15, driver.start(Driver.VERSION_1));
        Request read = request(0, 0, 0, 512);
        driver.kick();
        drive.completeAll();
        assertEquals(OK, status(read));
    }
}
