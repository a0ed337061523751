package org.reprise.device.virtio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.reprise.api.device.Device;
import org.reprise.tools.devicekit.FakeDeviceContext;
import org.reprise.tools.devicekit.RecordedTree;
import org.reprise.tools.devicekit.SavedState;

class VirtioMmioTest {
    private static final int NEEDS_RESET = 64;
    private final FakeDeviceContext context = Driver.context();
    private final Driver driver = new Driver(context);
    private Device device;

    @BeforeEach
    void powerOn() {
        device = new VirtioRngModel().create(context);
        device.reset();
    }

    private long request(int length) {
        long buffer = driver.allocate(length);
        driver.offer(driver.chain(new long[] {buffer, length, Driver.WRITE}));
        return buffer;
    }

    private void assertNeedsReset(String problem) {
        assertTrue((driver.reg(0x70) & NEEDS_RESET) != 0, "status 0x" + Long.toHexString(driver.reg(0x70)));
        assertEquals(2, driver.reg(0x60) & 2, "a configuration change notification");
        assertTrue(context.line(Driver.LINE));
        String last = context.guestErrors().get(context.guestErrors().size() - 1);
        assertTrue(last.contains(problem) && last.contains("vdev"), last);
        // A reset makes it work again.
        assertEquals(15, driver.start(Driver.VERSION_1 | Driver.INDIRECT_DESC));
        request(16);
        driver.kick();
        assertEquals(1, driver.reap().size());
    }

    @Test
    void identifiesItself() {
        assertEquals(0x74726976, driver.reg(0x0));
        assertEquals(2, driver.reg(0x4));
        assertEquals(4, driver.reg(0x8));
        assertEquals(Driver.VERSION_1 | Driver.EVENT_INDEX | Driver.INDIRECT_DESC, driver.features());
        assertEquals(8, driver.reg(0x34));
        driver.reg(0x30, 1);
        assertEquals(0, driver.reg(0x34), "a queue that does not exist");
        assertEquals(0xffff_ffffL, driver.reg(0xb0), "no shared memory");
    }

    @Test
    void emptySlotAnswersDeviceIdZero() {
        FakeDeviceContext empty = Driver.context();
        Device slot = new VirtioMmioModel().create(empty);
        slot.reset();
        Driver prober = new Driver(empty);
        assertEquals(0x74726976, prober.reg(0x0));
        assertEquals(2, prober.reg(0x4));
        assertEquals(0, prober.reg(0x8));
        assertTrue(empty.guestErrors().isEmpty());
        assertEquals(SavedState.of(slot), SavedState.of(slot));
    }

    @Test
    void blockDeviceWithoutMediumIsAnEmptySlot() {
        FakeDeviceContext empty = Driver.context("drive", "disk0");
        new VirtioBlkModel().create(empty).reset();
        assertEquals(0, new Driver(empty).reg(0x8));
    }

    @Test
    void refusesFeaturesThatWereNotOfferedAndLegacyDrivers() {
        assertEquals(7, driver.start(Driver.VERSION_1 | 1) & ~8, "FEATURES_OK did not stick");
        assertEquals(0, driver.reg(0x70) & 8);
        assertEquals(0, driver.start(0) & 8, "without VERSION_1");
        assertEquals(15, driver.start(Driver.VERSION_1));
    }

    @Test
    void fillsBuffersAndInterrupts() {
        driver.start(Driver.VERSION_1);
        long buffer = request(5);
        driver.kick();
        assertEquals(List.of(new Driver.Used(0, 5)), driver.reap());
        assertEquals(0x05_0403_0201L, driver.memory.read(buffer, 8), "five bytes, and none beyond");
        assertTrue(context.line(Driver.LINE));
        assertEquals(1, driver.reg(0x60));
        driver.reg(0x64, 1);
        assertFalse(context.line(Driver.LINE));
        assertEquals(List.of(5), context.randomRequests());
    }

    @Test
    void ringsWrapAround() {
        driver.start(Driver.VERSION_1);
        long buffer = driver.allocate(1);
        // Past the end of the 16-bit indices.
        for (int i = 0; i < 70_000; i++) {
            driver.offer(driver.chain(new long[] {buffer, 1, Driver.WRITE}));
            driver.kick();
            assertEquals(List.of(new Driver.Used(i % driver.size, 1)), driver.reap());
        }
        assertTrue(context.guestErrors().isEmpty(), context.guestErrors().toString());
    }

    @Test
    void interruptCanBeSuppressedByFlag() {
        driver.start(Driver.VERSION_1);
        driver.memory.write(driver.available, 2, 1);
        request(1);
        driver.kick();
        assertEquals(1, driver.reap().size());
        assertFalse(context.line(Driver.LINE));
    }

    @Test
    void eventIndexSuppressesUntilTheEventIsPassed() {
        driver.start(Driver.VERSION_1 | Driver.EVENT_INDEX);
        long usedEvent = driver.available + 4 + 2L * driver.size;
        driver.memory.write(usedEvent, 2, 2);
        for (int i = 0; i < 3; i++) {
            request(1);
            driver.kick();
            driver.reg(0x64, driver.reg(0x60) & (i == 0 ? 1 : 0));
            // The first always notifies; the second stays silent; the third passes used_event.
            assertEquals(i == 2, context.line(Driver.LINE), "after request " + i);
        }
        long availableEvent = driver.used + 4 + 8L * driver.size;
        assertEquals(3, driver.memory.read(availableEvent, 2), "asks to be told of the next request");
    }

    @Test
    void followsIndirectTables() {
        driver.start(Driver.VERSION_1 | Driver.INDIRECT_DESC);
        long table = driver.allocate(32);
        long buffer = driver.allocate(64);
        driver.descriptor(table, 0, buffer, 10, Driver.WRITE | Driver.NEXT, 1);
        driver.descriptor(table, 1, buffer + 32, 6, Driver.WRITE, 0);
        driver.offer(driver.chain(new long[] {table, 32, Driver.INDIRECT}));
        driver.kick();
        assertEquals(List.of(new Driver.Used(0, 16)), driver.reap());
        assertEquals(11, driver.memory.read(buffer + 32, 1));
    }

    @Test
    void loopOfDescriptorsNeedsReset() {
        driver.start(Driver.VERSION_1);
        long buffer = driver.allocate(16);
        driver.descriptor(driver.descriptors, 0, buffer, 1, Driver.WRITE | Driver.NEXT, 1);
        driver.descriptor(driver.descriptors, 1, buffer, 1, Driver.WRITE | Driver.NEXT, 0);
        driver.offer(0);
        driver.kick();
        assertNeedsReset("longer than 8 descriptors, or a loop");
    }

    @Test
    void descriptorsOutsideTheTableNeedReset() {
        driver.start(Driver.VERSION_1);
        driver.offer(8);
        driver.kick();
        assertNeedsReset("descriptor 8 is not within");
        driver.start(Driver.VERSION_1);
        driver.descriptor(driver.descriptors, 0, driver.allocate(16), 1, Driver.WRITE | Driver.NEXT, 8);
        driver.offer(0);
        driver.kick();
        assertNeedsReset("next descriptor 8");
    }

    @Test
    void availableIndexFarAheadNeedsReset() {
        driver.start(Driver.VERSION_1);
        driver.memory.write(driver.available + 2, 2, 9);
        driver.kick();
        assertNeedsReset("9 ahead");
    }

    @Test
    void buffersOutsideRamNeedReset() {
        long[][] bad = {
            {0x1000_1000L, 16}, {0x8000_0000L + (1 << 20) - 8, 16}, {-8, 16}, {0x8000_0000L, 0xffff_ffffL}, {0, 4}, {0x8000_0000L, 0}};
        for (long[] buffer : bad) {
            driver.start(Driver.VERSION_1);
            driver.offer(driver.chain(new long[] {buffer[0], buffer[1], Driver.WRITE}));
            driver.kick();
            assertNeedsReset("is empty or not in RAM");
        }
    }

    @Test
    void readableAfterWritableNeedsReset() {
        driver.start(Driver.VERSION_1);
        long buffer = driver.allocate(16);
        driver.offer(driver.chain(new long[] {buffer, 4, Driver.WRITE}, new long[] {buffer, 4, 0}));
        driver.kick();
        assertNeedsReset("device-readable buffer follows");
    }

    @Test
    void requestWithoutRoomNeedsReset() {
        driver.start(Driver.VERSION_1);
        driver.offer(driver.chain(new long[] {driver.allocate(16), 4, 0}));
        driver.kick();
        assertNeedsReset("no buffer");
    }

    @Test
    void badIndirectTablesNeedReset() {
        long table = driver.allocate(64);
        long[][] bad = {{table, 0}, {table, 24}, {0x1000_1000L, 16}, {table, 16 << 20}};
        for (long[] pointer : bad) {
            driver.start(Driver.VERSION_1 | Driver.INDIRECT_DESC);
            driver.offer(driver.chain(new long[] {pointer[0], pointer[1], Driver.INDIRECT}));
            driver.kick();
            assertNeedsReset("is not a table in RAM");
        }
        driver.start(Driver.VERSION_1 | Driver.INDIRECT_DESC);
        driver.descriptor(table, 0, table, 16, Driver.INDIRECT, 0);
        driver.offer(driver.chain(new long[] {table, 16, Driver.INDIRECT}));
        driver.kick();
        assertNeedsReset("indirect where that is not allowed");
        driver.start(Driver.VERSION_1);
        driver.offer(driver.chain(new long[] {table, 16, Driver.INDIRECT}));
        driver.kick();
        assertNeedsReset("indirect where that is not allowed");
    }

    @Test
    void queueInRegistersOrMisalignedNeedsReset() {
        driver.reg(0x70, 11);
        driver.reg(0x30, 0);
        driver.reg(0x38, 8);
        // A queue inside the device's own registers would make it call itself.
        driver.address(0x80, Driver.BASE);
        driver.address(0x90, driver.available);
        driver.address(0xa0, driver.used);
        driver.reg(0x44, 1);
        assertEquals(0, driver.reg(0x44));
        assertEquals(NEEDS_RESET, driver.reg(0x70) & NEEDS_RESET);
        driver.start(Driver.VERSION_1);
        driver.reg(0x44, 0);
        driver.address(0xa0, driver.used + 2);
        driver.reg(0x44, 1);
        assertNeedsReset("device area");
    }

    @Test
    void queueSizeMustBeAPowerOfTwoWithinTheMaximum() {
        for (int bad : new int[] {0, 3, 16, 0x10000}) {
            driver.start(Driver.VERSION_1);
            driver.reg(0x44, 0);
            driver.reg(0x38, bad);
            assertNeedsReset("size " + bad);
        }
    }

    @Test
    void nothingHappensBeforeTheDriverIsReady() {
        driver.start(Driver.VERSION_1);
        driver.reg(0x70, 0);
        driver.reg(0x70, 1);
        driver.kick();
        assertTrue(context.guestErrors().get(0).contains("notification of queue 0"));
        assertTrue(context.randomRequests().isEmpty());
    }

    @Test
    void resetForgetsEverything() {
        String fresh = SavedState.of(device).toString();
        driver.start(Driver.VERSION_1 | Driver.EVENT_INDEX);
        request(3);
        driver.kick();
        assertTrue(context.line(Driver.LINE));
        device.reset();
        assertFalse(context.line(Driver.LINE));
        assertEquals(fresh, SavedState.of(device).toString());
    }

    @Test
    void restoredDeviceGoesOnLikeTheSavedOne() {
        driver.start(Driver.VERSION_1 | Driver.EVENT_INDEX);
        request(3);
        driver.kick();
        SavedState saved = SavedState.of(device);
        device.reset();
        saved.restore(device);
        assertEquals(saved, SavedState.of(device));
        request(4);
        driver.kick();
        assertEquals(2, driver.reap().size());
        assertEquals(0, context.guestErrors().size());
    }

    @Test
    void describesItselfAsDriversExpect() {
        RecordedTree soc = new RecordedTree();
        device.describe(soc);
        RecordedTree node = soc.child("virtio_mmio@10001000");
        assertEquals("{compatible=virtio,mmio, reg=<10001000 1000>}", node.properties().toString());
        assertEquals("[plic:1]", node.interrupts().toString());
    }

    /** Rings that lie in each other can make a device that works on one request see another one, for ever. */
    @Test
    void aRingThatGrowsWhileTheDeviceWorksEndsTheWork() throws VirtioException {
        Driver ring = new Driver(Driver.context());
        VirtQueue queue = new VirtQueue(ring.memory, 0, 8, () -> { });
        queue.setSize(ring.size);
        queue.setDescriptors(0, ring.descriptors);
        queue.setAvailable(0, ring.available);
        queue.setUsed(0, ring.used);
        queue.enable(false, false);
        int head = ring.chain(new long[] {ring.allocate(8), 8, 0});
        ring.offer(head);
        int[] done = new int[1];
        assertThrows(VirtioException.class, () -> queue.drain(() -> true, chain -> {
            done[0]++;
            ring.offer(head);
        }));
        assertEquals(ring.size, done[0]);
    }
}
