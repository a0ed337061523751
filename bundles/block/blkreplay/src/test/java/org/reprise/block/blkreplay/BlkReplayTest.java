package org.reprise.block.blkreplay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.reprise.api.block.BlockNode;
import org.reprise.api.block.BlockQueue;
import org.reprise.api.block.BlockRequest;
import org.reprise.api.block.BlockRequest.Operation;
import org.reprise.api.block.BlockScheduler;

class BlkReplayTest {
    private final byte[] disk = new byte[2048];
    private final List<String> calls = new ArrayList<>();
    private final List<String> completed = new ArrayList<>();
    private final List<Started> started = new ArrayList<>();
    private boolean readOnly;

    private record Started(long number, BlockScheduler.Io io, BlockRequest.Completion completion) {
    }

    private final class Node implements BlockNode {
        @Override
        public long length() {
            return disk.length;
        }

        @Override
        public boolean readOnly() {
            return readOnly;
        }

        @Override
        public void read(long position, byte[] into, int offset, int length) {
            calls.add("read " + position + " " + length);
            System.arraycopy(disk, (int) position, into, offset, length);
        }

        @Override
        public void write(long position, byte[] from, int offset, int length) {
            calls.add("write " + position + " " + length);
            System.arraycopy(from, offset, disk, (int) position, length);
        }

        @Override
        public void flush() {
            calls.add("flush");
        }

        @Override
        public void discard(long position, long length) {
            calls.add("discard " + position + " " + length);
        }

        @Override
        public String describe() {
            return "disk";
        }

        @Override
        public void close() {
            throw new AssertionError("the filter does not own the layer");
        }
    }

    private final class Scheduler implements BlockScheduler {
        private long next;

        @Override
        public long nextRequest() {
            return next++;
        }

        @Override
        public void run(long request, Io io, BlockRequest.Completion completion) {
            started.add(new Started(request, io, completion));
        }
    }

    private BlockRequest request(Operation operation, long position, byte[] data, long length) {
        return new BlockRequest(operation, position, data, length, error -> completed.add(operation + " " + error));
    }

    @Test
    void startsAreNumberedInOrderAndNothingRunsInTheCall() throws IOException {
        BlockQueue queue = new BlkReplay().create(new Node(), new Scheduler());
        assertEquals(2048, queue.length());
        byte[] read = new byte[512];
        queue.submit(request(Operation.WRITE, 512, new byte[] {7, 8}, 2));
        queue.submit(request(Operation.READ, 512, read, 512));
        queue.submit(request(Operation.FLUSH, 0, new byte[0], 0));
        queue.submit(request(Operation.DISCARD, 1024, new byte[0], 512));
        assertEquals(List.of(0L, 1L, 2L, 3L), started.stream().map(Started::number).toList());
        assertTrue(calls.isEmpty() && completed.isEmpty());
        for (Started one : started) {
            one.io().run();
        }
        assertEquals(List.of("write 512 2", "read 512 512", "flush", "discard 1024 512"), calls);
        assertArrayEquals(new byte[] {7, 8, 0}, java.util.Arrays.copyOf(read, 3));
        assertTrue(completed.isEmpty(), "completion is the scheduler's");
        started.get(2).completion().completed(null);
        started.get(0).completion().completed("medium error");
        assertEquals(List.of("FLUSH null", "WRITE medium error"), completed);
    }

    @Test
    void readOnlyDriveFailsWrites() {
        readOnly = true;
        BlockQueue queue = new BlkReplay().create(new Node(), new Scheduler());
        assertTrue(queue.readOnly());
        queue.submit(request(Operation.WRITE, 0, new byte[512], 512));
        queue.submit(request(Operation.DISCARD, 0, new byte[0], 512));
        for (Started one : started) {
            assertThrows(IOException.class, () -> one.io().run());
        }
        assertTrue(calls.isEmpty());
    }
}
