package org.reprise.device.virtio;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.reprise.api.block.BlockQueue;
import org.reprise.api.block.BlockRequest;
import org.reprise.api.block.BlockRequest.Operation;
import org.reprise.api.state.State;

/**
 * The block device (virtio 1.2, section 5.2). Requests are started in the order of the queue, several may be in flight, and they complete
 * in whatever order the drive says: data and status reach guest memory on completion, on the machine's thread.
 *
 * <p>A request is up to 32 MiB long, and no further one is taken while more than that is in flight, so that a driver cannot make the
 * host run out of memory.
 *
 * <p>Keys: {@code drive} (name of the drive), {@code serial} (up to 20 characters; default: the part's name).
 */
final class VirtioBlk implements VirtioFunction {
    private static final int DEVICE_ID = 2;
    private static final int QUEUE_SIZE = 128;
    private static final int SECTOR_SHIFT = 9;
    private static final int SECTOR = 1 << SECTOR_SHIFT;
    private static final int HEADER_BYTES = 16;
    private static final int SEGMENT_BYTES = 16;
    private static final int ID_BYTES = 20;
    private static final long MAX_BYTES = 32L << 20;
    private static final long MAX_DISCARD_SECTORS = (1L << 30) >>> SECTOR_SHIFT;
    private static final int UNMAP = 1;

    private static final long FEATURE_SEG_MAX = 1L << 2;
    private static final long FEATURE_READ_ONLY = 1L << 5;
    private static final long FEATURE_BLK_SIZE = 1L << 6;
    private static final long FEATURE_FLUSH = 1L << 9;
    private static final long FEATURE_DISCARD = 1L << 13;
    private static final long FEATURE_WRITE_ZEROES = 1L << 14;

    private static final int IN = 0;
    private static final int OUT = 1;
    private static final int FLUSH = 4;
    private static final int GET_ID = 8;
    private static final int DISCARD = 11;
    private static final int WRITE_ZEROES = 13;

    private static final int STATUS_OK = 0;
    private static final int STATUS_ERROR = 1;
    private static final int STATUS_UNSUPPORTED = 2;

    private final VirtioMmio transport;
    private final BlockQueue drive;
    private final byte[] id = new byte[ID_BYTES];
    private final byte[] config;
    private final List<InFlight> inFlight = new ArrayList<>();
    private long bytesInFlight;

    /** A request that the drive works on. */
    private static final class InFlight {
        private final DescriptorChain chain;
        private final Operation operation;
        private final long position;
        private final byte[] data;
        private final long length;

        InFlight(DescriptorChain chain, Operation operation, long position, byte[] data, long length) {
            this.chain = chain;
            this.operation = operation;
            this.position = position;
            this.data = data;
            this.length = length;
        }
    }

    VirtioBlk(VirtioMmio transport, BlockQueue drive) {
        this.transport = transport;
        this.drive = drive;
        byte[] serial = transport.context().config().text("serial", transport.name()).getBytes(StandardCharsets.US_ASCII);
        if (serial.length > ID_BYTES) {
            throw new IllegalArgumentException(transport.name() + ": serial is " + serial.length + " characters long; it may have "
                    + ID_BYTES);
        }
        System.arraycopy(serial, 0, id, 0, serial.length);
        config = configuration(drive.length() >>> SECTOR_SHIFT);
    }

    /** Section 5.2.4. Fields whose features are not offered are 0. */
    private static byte[] configuration(long sectors) {
        ByteBuffer space = ByteBuffer.allocate(60).order(ByteOrder.LITTLE_ENDIAN);
        space.putLong(0, sectors);
        space.putInt(12, QUEUE_SIZE - 2);
        space.putInt(20, SECTOR);
        space.putInt(36, (int) MAX_DISCARD_SECTORS);
        space.putInt(40, 1);
        space.putInt(44, 1);
        space.putInt(48, (int) MAX_DISCARD_SECTORS);
        space.putInt(52, 1);
        space.put(56, (byte) 1);
        return space.array();
    }

    @Override
    public int deviceId() {
        return DEVICE_ID;
    }

    @Override
    public long features() {
        long common = FEATURE_SEG_MAX | FEATURE_BLK_SIZE | FEATURE_FLUSH;
        return drive.readOnly() ? common | FEATURE_READ_ONLY : common | FEATURE_DISCARD | FEATURE_WRITE_ZEROES;
    }

    @Override
    public int queues() {
        return 1;
    }

    @Override
    public int queueSize() {
        return QUEUE_SIZE;
    }

    @Override
    public int configLength() {
        return config.length;
    }

    @Override
    public int config(int offset) {
        return config[offset];
    }

    @Override
    public void notified(VirtQueue queue) throws VirtioException {
        queue.drain(() -> bytesInFlight < MAX_BYTES, this::start);
    }

    @Override
    public void reset() {
        // Their completions find that they are no longer listed; what they write to the drive cannot be called back.
        forget();
        drive.abandon();
    }

    private void forget() {
        inFlight.clear();
        bytesInFlight = 0;
    }

    @Override
    public void restored() {
        inFlight.forEach(request -> drive.restart(request(request)));
    }

    @Override
    public void state(State s) {
        ByteBuffer saved = ByteBuffer.wrap(s.bytes("inFlight", save()));
        if (s.loading()) {
            restore(saved);
        }
    }

    private void start(DescriptorChain chain) throws VirtioException {
        if (chain.readable() < HEADER_BYTES || chain.writable() < 1) {
            throw new VirtioException("a block request of " + chain.readable() + " readable and " + chain.writable()
                    + " writable bytes has no room for header and status");
        }
        byte[] header = new byte[HEADER_BYTES];
        chain.read(0, header, 0, HEADER_BYTES);
        ByteBuffer fields = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
        int type = fields.getInt(0);
        long sector = fields.getLong(8);
        long out = chain.readable() - HEADER_BYTES;
        long in = chain.writable() - 1;
        switch (type) {
            case IN -> transfer(chain, Operation.READ, sector, in);
            case OUT -> transfer(chain, Operation.WRITE, sector, out);
            case FLUSH -> submit(new InFlight(chain, Operation.FLUSH, 0, new byte[0], 0));
            case GET_ID -> identify(chain, in);
            case DISCARD, WRITE_ZEROES -> discard(chain, type, out);
            default -> finish(chain, STATUS_UNSUPPORTED, 0);
        }
    }

    private void transfer(DescriptorChain chain, Operation operation, long sector, long length) {
        boolean write = operation == Operation.WRITE;
        if (length % SECTOR != 0 || length > MAX_BYTES || !within(sector, length >>> SECTOR_SHIFT) || write && drive.readOnly()) {
            refuse(chain, operation + " of " + length + " bytes at sector " + Long.toUnsignedString(sector));
            return;
        }
        byte[] data = new byte[(int) length];
        if (write) {
            chain.read(HEADER_BYTES, data, 0, data.length);
        }
        submit(new InFlight(chain, operation, sector << SECTOR_SHIFT, data, length));
    }

    private void identify(DescriptorChain chain, long room) {
        int length = (int) Math.min(room, ID_BYTES);
        chain.write(0, id, 0, length);
        finish(chain, STATUS_OK, length);
    }

    /** Both make sectors read as zeros: that is what discarding promises here (BlockNode), which the specification allows. */
    private void discard(DescriptorChain chain, int type, long length) {
        if (length != SEGMENT_BYTES || drive.readOnly()) {
            refuse(chain, "discard with " + length + " bytes of segments, not " + SEGMENT_BYTES + ", or on a read-only drive");
            return;
        }
        byte[] segment = new byte[SEGMENT_BYTES];
        chain.read(HEADER_BYTES, segment, 0, SEGMENT_BYTES);
        ByteBuffer fields = ByteBuffer.wrap(segment).order(ByteOrder.LITTLE_ENDIAN);
        long sector = fields.getLong(0);
        long sectors = Integer.toUnsignedLong(fields.getInt(8));
        int flags = fields.getInt(12);
        if ((flags & ~UNMAP) != 0 || type == DISCARD && flags != 0) {
            // Section 5.2.6.2: unknown flags, and unmap in a discard, are unsupported.
            finish(chain, STATUS_UNSUPPORTED, 0);
            return;
        }
        if (sectors > MAX_DISCARD_SECTORS || !within(sector, sectors)) {
            refuse(chain, "discard of " + sectors + " sectors at sector " + Long.toUnsignedString(sector));
            return;
        }
        submit(new InFlight(chain, Operation.DISCARD, sector << SECTOR_SHIFT, new byte[0], sectors << SECTOR_SHIFT));
    }

    private boolean within(long sector, long sectors) {
        long capacity = drive.length() >>> SECTOR_SHIFT;
        return sector >= 0 && sectors <= capacity && sector <= capacity - sectors;
    }

    private void refuse(DescriptorChain chain, String what) {
        transport.context().guestError(transport.name() + ": " + what + " does not fit a drive of " + (drive.length() >>> SECTOR_SHIFT)
                + " sectors" + (drive.readOnly() ? ", read-only" : "") + ", or is longer than " + MAX_BYTES + " bytes");
        finish(chain, STATUS_ERROR, 0);
    }

    private void submit(InFlight request) {
        inFlight.add(request);
        bytesInFlight += request.data.length;
        drive.submit(request(request));
    }

    private BlockRequest request(InFlight of) {
        return new BlockRequest(of.operation, of.position, of.data, of.length, error -> completed(of, error));
    }

    private void completed(InFlight request, String error) {
        if (!inFlight.remove(request)) {
            return;
        }
        bytesInFlight -= request.data.length;
        if (error != null) {
            finish(request.chain, STATUS_ERROR, 0);
        } else if (request.operation == Operation.READ) {
            request.chain.write(0, request.data, 0, request.data.length);
            finish(request.chain, STATUS_OK, request.data.length);
        } else {
            finish(request.chain, STATUS_OK, 0);
        }
        if (transport.running()) {
            transport.guarded(() -> notified(transport.queue(0)));
        }
    }

    /** The status byte is the last writable one; the length given back counts it only when everything before it was written. */
    private void finish(DescriptorChain chain, int status, long written) {
        chain.write(chain.writable() - 1, new byte[] {(byte) status}, 0, 1);
        transport.queue(0).give(chain.head(), written + 1);
    }

    /** In flight, in the order of their start: operation, position, length, chain, and the data of writes. */
    private byte[] save() {
        java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
        for (InFlight request : inFlight) {
            long[] chain = request.chain.save();
            byte[] data = request.operation == Operation.WRITE ? request.data : new byte[0];
            ByteBuffer record = ByteBuffer.allocate(8 * (5 + chain.length) + data.length);
            record.putLong(request.operation.ordinal()).putLong(request.position).putLong(request.length)
                    .putLong(request.data.length).putLong(chain.length);
            for (long value : chain) {
                record.putLong(value);
            }
            out.writeBytes(record.put(data).array());
        }
        return out.toByteArray();
    }

    private void restore(ByteBuffer saved) {
        forget();
        while (saved.hasRemaining()) {
            Operation operation = Operation.values()[(int) saved.getLong()];
            long position = saved.getLong();
            long length = saved.getLong();
            byte[] data = new byte[(int) saved.getLong()];
            long[] chain = new long[(int) saved.getLong()];
            for (int i = 0; i < chain.length; i++) {
                chain[i] = saved.getLong();
            }
            if (operation == Operation.WRITE) {
                saved.get(data);
            }
            inFlight.add(new InFlight(DescriptorChain.restore(transport.context().memory(), LongBuffer.wrap(chain)), operation, position,
                    data, length));
            bytesInFlight += data.length;
        }
    }
}
