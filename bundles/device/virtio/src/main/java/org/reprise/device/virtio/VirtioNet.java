package org.reprise.device.virtio;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.reprise.api.device.ClockType;
import org.reprise.api.device.DeviceContext;
import org.reprise.api.device.PartConfig;
import org.reprise.api.device.Timer;
import org.reprise.api.net.NetworkFrame;
import org.reprise.api.net.NetworkFrame.Segmentation;
import org.reprise.api.net.NetworkPort;
import org.reprise.api.net.NetworkReceiver;
import org.reprise.api.state.State;
import org.reprise.core.packet.Bytes;
import org.reprise.core.packet.Offloads;
import org.reprise.core.packet.TransportChecksum;

/**
 * The network device (virtio 1.2, section 5.1) with one pair of queues and a control queue ({@link NetControl}).
 *
 * <p>Whether a frame can be received depends on what this device has seen of the driver's ring, at a notification or at the last frame:
 * what the driver writes to memory between two of these changes nothing, so that a frame arrives at the same instruction whenever it is
 * asked. A frame for which there are too few buffers is held until the driver adds some, or for {@value #PATIENCE} ns; the next ones wait
 * in the cable. A frame that no buffer is long enough for, where buffers are not merged, is dropped.
 *
 * <p>Keys: {@code network} (name of the network part; without it there is no cable and the link is down), {@code mac} (default: made from
 * the register address), {@code mtu} (68..65521; offered to the driver when set).
 */
final class VirtioNet implements VirtioFunction, NetworkReceiver {
    static final long FEATURE_CSUM = 1L;
    static final long FEATURE_GUEST_CSUM = 1L << 1;
    static final long FEATURE_CTRL_GUEST_OFFLOADS = 1L << 2;
    static final long FEATURE_MTU = 1L << 3;
    static final long FEATURE_MAC = 1L << 5;
    static final long FEATURE_GUEST_TSO4 = 1L << 7;
    static final long FEATURE_GUEST_TSO6 = 1L << 8;
    static final long FEATURE_HOST_TSO4 = 1L << 11;
    static final long FEATURE_HOST_TSO6 = 1L << 12;
    static final long FEATURE_MRG_RXBUF = 1L << 15;
    static final long FEATURE_STATUS = 1L << 16;
    static final long FEATURE_CTRL_VQ = 1L << 17;
    static final long FEATURE_CTRL_RX = 1L << 18;
    static final long FEATURE_CTRL_VLAN = 1L << 19;
    static final long FEATURE_CTRL_RX_EXTRA = 1L << 20;
    static final long FEATURE_CTRL_MAC_ADDR = 1L << 23;

    private static final int DEVICE_ID = 1;
    private static final int QUEUE_SIZE = 256;
    private static final int RECEIVE = 0;
    private static final int TRANSMIT = 1;
    private static final int CONTROL = 2;
    /** Section 5.1.6; {@code num_buffers} is always there. */
    private static final int HEADER_BYTES = 12;
    private static final int NEEDS_CSUM = 1;
    private static final int DATA_VALID = 2;
    private static final int GSO_TCP4 = 1;
    private static final int GSO_TCP6 = 4;
    private static final int CONFIG_BYTES = 12;
    private static final int LINK_UP = 1;
    private static final int LEAST_MTU = 68;
    private static final int MOST_MTU = 65_521;
    /** How long a frame waits for enough buffers: a driver that keeps too few of them for it would wait for ever. */
    private static final long PATIENCE = 100_000_000;

    private final VirtioMmio transport;
    private final DeviceContext context;
    private final int mtu;
    private final NetworkPort port;
    private final NetControl control;
    private final Timer patience;
    private final ArrayDeque<NetworkFrame> held = new ArrayDeque<>();
    private boolean buffersSeen;

    VirtioNet(VirtioMmio transport) {
        this.transport = transport;
        context = transport.context();
        PartConfig config = context.config();
        control = new NetControl(transport, address(config));
        mtu = mtu(config);
        port = context.network("network", this).orElse(null);
        patience = context.timer("receive-patience", ClockType.VIRTUAL, this::giveUp);
    }

    private static byte[] address(PartConfig config) {
        if (!config.has("mac")) {
            // local and unicast; another one for each card of a machine
            long slot = config.number("address") >>> 12;
            return new byte[] {0x52, 0x54, 0, (byte) (slot >>> 16), (byte) (slot >>> 8), (byte) slot};
        }
        String text = config.text("mac");
        if (text.matches("[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}")) {
            byte[] mac = HexFormat.ofDelimiter(":").parseHex(text);
            if ((mac[0] & 1) == 0) {
                return mac;
            }
        }
        throw new IllegalArgumentException(config.name() + ": mac \"" + text
                + "\" is no unicast Ethernet address; write six bytes, the first one even, as in 52:54:00:12:34:56");
    }

    private static int mtu(PartConfig config) {
        long mtu = config.number("mtu", 0);
        if (config.has("mtu") && (mtu < LEAST_MTU || mtu > MOST_MTU)) {
            throw new IllegalArgumentException(config.name() + ": mtu " + mtu + " is not within " + LEAST_MTU + ".." + MOST_MTU);
        }
        return (int) mtu;
    }

    @Override
    public int deviceId() {
        return DEVICE_ID;
    }

    @Override
    public long features() {
        return FEATURE_CSUM | FEATURE_GUEST_CSUM | FEATURE_CTRL_GUEST_OFFLOADS | (mtu > 0 ? FEATURE_MTU : 0) | FEATURE_MAC
                | FEATURE_GUEST_TSO4 | FEATURE_GUEST_TSO6 | FEATURE_HOST_TSO4 | FEATURE_HOST_TSO6 | FEATURE_MRG_RXBUF | FEATURE_STATUS
                | FEATURE_CTRL_VQ | FEATURE_CTRL_RX | FEATURE_CTRL_VLAN | FEATURE_CTRL_RX_EXTRA | FEATURE_CTRL_MAC_ADDR;
    }

    @Override
    public int queues() {
        return CONTROL + 1;
    }

    @Override
    public int queueSize() {
        return QUEUE_SIZE;
    }

    @Override
    public int configLength() {
        return CONFIG_BYTES;
    }

    /** Section 5.1.4: address, status, max_virtqueue_pairs (not offered), mtu. */
    @Override
    public int config(int offset) {
        return switch (offset) {
            case 6 -> port == null ? 0 : LINK_UP;
            case 10 -> mtu;
            case 11 -> mtu >>> 8;
            default -> offset < 6 ? control.address()[offset] : 0;
        };
    }

    @Override
    public int configGeneration() {
        return control.addressChanges();
    }

    @Override
    public void started() throws VirtioException {
        buffersAdded();
    }

    @Override
    public void notified(VirtQueue queue) throws VirtioException {
        switch (queue.index()) {
            case RECEIVE -> buffersAdded();
            case TRANSMIT -> queue.drain(() -> true, this::transmit);
            default -> queue.drain(() -> true, chain -> queue.give(chain.head(), control.command(chain)));
        }
    }

    @Override
    public void reset() {
        control.reset();
        held.clear();
        buffersSeen = false;
        patience.cancel();
    }

    @Override
    public void state(State s) {
        s.nested("control", control);
        buffersSeen = s.bool("buffersSeen", buffersSeen);
        ByteBuffer saved = ByteBuffer.wrap(s.bytes("held", saveHeld()));
        if (s.loading()) {
            held.clear();
            while (saved.hasRemaining()) {
                long flags = saved.getLong();
                byte[] bytes = new byte[saved.getInt()];
                saved.get(bytes);
                held.add(NetworkFrame.of(bytes, flags));
            }
        }
    }

    private byte[] saveHeld() {
        ByteBuffer saved = ByteBuffer.allocate(held.stream().mapToInt(frame -> Long.BYTES + Integer.BYTES + frame.bytes().length).sum());
        held.forEach(frame -> saved.putLong(frame.flags()).putInt(frame.bytes().length).put(frame.bytes()));
        return saved.array();
    }

    // Transmission (section 5.1.6.2).

    private void transmit(DescriptorChain chain) throws VirtioException {
        long length = chain.readable() - HEADER_BYTES;
        if (length < 0) {
            throw new VirtioException("a packet of " + chain.readable() + " bytes to transmit has no room for its header");
        }
        if (length < NetworkFrame.MIN_BYTES || length > NetworkFrame.MAX_BYTES) {
            drop("a frame of " + length + " bytes is not within " + NetworkFrame.MIN_BYTES + ".." + NetworkFrame.MAX_BYTES);
        } else {
            NetworkFrame frame = read(chain, (int) length);
            if (frame != null && port != null) {
                port.send(frame);
            }
        }
        transport.queue(TRANSMIT).give(chain.head(), 0);
    }

    /** The frame with what its header leaves to do, or null when that is nothing the driver may ask for. */
    private NetworkFrame read(DescriptorChain chain, int length) {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        chain.read(0, header.array(), 0, HEADER_BYTES);
        boolean checksum = (header.get(0) & NEEDS_CSUM) != 0;
        int type = header.get(1) & 0xff;
        int start = checksum ? Short.toUnsignedInt(header.getShort(6)) : 0;
        Segmentation segmentation = type == GSO_TCP4 && transport.negotiated(FEATURE_HOST_TSO4) ? Segmentation.TCP4
                : type == GSO_TCP6 && transport.negotiated(FEATURE_HOST_TSO6) ? Segmentation.TCP6 : Segmentation.NONE;
        if (type != 0 && segmentation == Segmentation.NONE || checksum && !transport.negotiated(FEATURE_CSUM)) {
            drop("segmentation " + type + (checksum ? " and a checksum" : "") + " to be done were not agreed");
            return null;
        }
        if (checksum && start == 0) {
            drop("a checksum over the Ethernet header makes no sense");
            return null;
        }
        byte[] bytes = new byte[length];
        chain.read(HEADER_BYTES, bytes, 0, length);
        try {
            return new NetworkFrame(bytes, start, checksum ? Short.toUnsignedInt(header.getShort(8)) : 0, segmentation,
                    segmentation == Segmentation.NONE ? 0 : Short.toUnsignedInt(header.getShort(4)));
        } catch (IllegalArgumentException e) {
            drop(e.getMessage());
            return null;
        }
    }

    private void drop(String why) {
        context.guestError(transport.name() + ": a packet is dropped: " + why);
    }

    // Reception (section 5.1.6.3 and 5.1.6.4).

    @Override
    public boolean canReceive() {
        return buffersSeen && held.isEmpty() && transport.running();
    }

    @Override
    public boolean takesUnfinished() {
        return transport.running() && control.offloaded(FEATURE_GUEST_CSUM | FEATURE_GUEST_TSO4 | FEATURE_GUEST_TSO6);
    }

    @Override
    public void receive(NetworkFrame frame) {
        boolean overMtu = transport.negotiated(FEATURE_MTU) && frame.segmentation() == Segmentation.NONE
                && frame.bytes().length > mtu + NetworkFrame.MIN_BYTES;
        if (overMtu || !control.wants(frame.bytes())) {
            return;
        }
        if (control.offloaded(needs(frame))) {
            held.add(frame);
        } else {
            Offloads.finish(frame, held::add);
        }
        transport.guarded(this::deliver);
    }

    /** Features of a driver that can take the frame as it is. */
    private static long needs(NetworkFrame frame) {
        return switch (frame.segmentation()) {
            case NONE -> frame.unfinished() ? FEATURE_GUEST_CSUM : 0;
            case TCP4 -> FEATURE_GUEST_CSUM | FEATURE_GUEST_TSO4;
            case TCP6 -> FEATURE_GUEST_CSUM | FEATURE_GUEST_TSO6;
        };
    }

    private void buffersAdded() throws VirtioException {
        deliver();
        if (port != null && canReceive()) {
            port.acceptInput();
        }
    }

    private void deliver() throws VirtioException {
        while (!held.isEmpty() && put(held.peek())) {
            held.remove();
            patience.cancel();
        }
        buffersSeen = transport.queue(RECEIVE).hasWaiting();
        if (!held.isEmpty() && !patience.pending()) {
            patience.set(context.clock(ClockType.VIRTUAL) + PATIENCE);
        }
    }

    private void giveUp() {
        drop("the driver does not provide buffers for " + held.peek().bytes().length + " bytes");
        held.clear();
        if (port != null) {
            port.acceptInput();
        }
    }

    /**
     * Puts a frame into the driver's buffers, or drops it when they are not merged and the next one is too short.
     *
     * @return false when there are too few yet
     */
    private boolean put(NetworkFrame frame) throws VirtioException {
        VirtQueue queue = transport.queue(RECEIVE);
        boolean merge = transport.negotiated(FEATURE_MRG_RXBUF);
        long wanted = HEADER_BYTES + frame.bytes().length;
        List<DescriptorChain> chains = new ArrayList<>();
        for (long room = 0; room < wanted;) {
            DescriptorChain chain = queue.take();
            if (chain == null) {
                queue.putBack(chains.size());
                return false;
            }
            if (chain.writable() < HEADER_BYTES) {
                throw new VirtioException("a buffer of " + chain.writable() + " bytes to receive has no room for a header");
            }
            if (!merge && chain.writable() < wanted) {
                queue.putBack(1);
                return true;
            }
            chains.add(chain);
            room += chain.writable();
        }
        chains.get(0).write(0, header(frame, chains.size()), 0, HEADER_BYTES);
        int done = 0;
        for (DescriptorChain chain : chains) {
            int skip = chain == chains.get(0) ? HEADER_BYTES : 0;
            int length = (int) Math.min(chain.writable() - skip, frame.bytes().length - done);
            chain.write(skip, frame.bytes(), done, length);
            done += length;
            queue.give(chain.head(), skip + length);
        }
        return true;
    }

    private byte[] header(NetworkFrame frame, int buffers) {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        if (frame.unfinished()) {
            header.put(0, (byte) NEEDS_CSUM).putShort(6, (short) frame.checksumStart()).putShort(8, (short) frame.checksumOffset());
        } else if (control.offloaded(FEATURE_GUEST_CSUM) && TransportChecksum.right(frame.bytes())) {
            header.put(0, (byte) DATA_VALID);
        }
        if (frame.segmentation() != Segmentation.NONE) {
            header.put(1, (byte) (frame.segmentation() == Segmentation.TCP4 ? GSO_TCP4 : GSO_TCP6))
                    .putShort(2, (short) headersOf(frame)).putShort(4, (short) frame.segmentBytes());
        }
        return header.putShort(10, (short) buffers).array();
    }

    /** Bytes up to the TCP payload, as far as the frame has them. */
    private static int headersOf(NetworkFrame frame) {
        int tcp = frame.checksumStart();
        int dataOffset = tcp + 12 < frame.bytes().length ? (Bytes.get8(frame.bytes(), tcp + 12) >>> 4) * 4 : 0;
        return Math.min(tcp + dataOffset, frame.bytes().length);
    }
}
