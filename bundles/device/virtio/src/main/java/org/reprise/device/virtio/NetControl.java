package org.reprise.device.virtio;

import static org.reprise.device.virtio.VirtioNet.FEATURE_CTRL_GUEST_OFFLOADS;
import static org.reprise.device.virtio.VirtioNet.FEATURE_CTRL_MAC_ADDR;
import static org.reprise.device.virtio.VirtioNet.FEATURE_CTRL_RX;
import static org.reprise.device.virtio.VirtioNet.FEATURE_CTRL_RX_EXTRA;
import static org.reprise.device.virtio.VirtioNet.FEATURE_CTRL_VLAN;
import static org.reprise.device.virtio.VirtioNet.FEATURE_CTRL_VQ;
import static org.reprise.device.virtio.VirtioNet.FEATURE_GUEST_CSUM;
import static org.reprise.device.virtio.VirtioNet.FEATURE_GUEST_TSO4;
import static org.reprise.device.virtio.VirtioNet.FEATURE_GUEST_TSO6;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.reprise.api.state.State;
import org.reprise.api.state.Stateful;
import org.reprise.core.packet.Bytes;

/**
 * What the driver of a network device sets through the control queue (virtio 1.2, section 5.1.6.5): which frames it wants, the device's
 * address, and the offloads it takes back. A table of addresses that is too long for the device lets every address of its kind through.
 */
final class NetControl implements Stateful {
    private static final int ADDRESS_BYTES = 6;
    private static final int MOST_ADDRESSES = 64;
    private static final int MOST_COMMAND_BYTES = 1 << 16;
    private static final int VLANS = 4096;
    private static final int TYPE_VLAN = 0x8100;
    private static final byte OK = 0;
    private static final byte ERROR = 1;

    private static final int CLASS_RX = 0;
    private static final int CLASS_MAC = 1;
    private static final int CLASS_VLAN = 2;
    private static final int CLASS_OFFLOADS = 5;
    private static final int MAC_TABLE_SET = 0;
    private static final int MAC_ADDRESS_SET = 1;
    private static final int VLAN_ADD = 0;
    private static final int VLAN_DELETE = 1;

    /** Bits of {@link #mode} are {@code 1 << command} of class RX. */
    private static final int PROMISCUOUS = 1;
    private static final int ALL_MULTICAST = 1 << 1;
    private static final int ALL_UNICAST = 1 << 2;
    private static final int NO_MULTICAST = 1 << 3;
    private static final int NO_UNICAST = 1 << 4;
    private static final int NO_BROADCAST = 1 << 5;
    private static final int LAST_OF_CTRL_RX = 1;
    private static final int LAST_OF_CTRL_RX_EXTRA = 5;

    private static final long GUEST_OFFLOADS = FEATURE_GUEST_CSUM | FEATURE_GUEST_TSO4 | FEATURE_GUEST_TSO6;

    private final VirtioMmio transport;
    private final byte[] configuredAddress;

    private byte[] address;
    private int addressChanges;
    private int mode;
    /** Addresses in the table one after the other; at most {@value #MOST_ADDRESSES} of each kind. */
    private byte[] table;
    private boolean manyUnicast;
    private boolean manyMulticast;
    private final long[] vlans = new long[VLANS / Long.SIZE];
    private long offloadsGivenUp;

    NetControl(VirtioMmio transport, byte[] configuredAddress) {
        this.transport = transport;
        this.configuredAddress = configuredAddress;
        reset();
    }

    void reset() {
        address = configuredAddress;
        addressChanges = 0;
        // nothing is kept from a driver that has not said what it wants
        mode = PROMISCUOUS;
        table = new byte[0];
        manyUnicast = false;
        manyMulticast = false;
        Arrays.fill(vlans, 0);
        offloadsGivenUp = 0;
    }

    @Override
    public void state(State s) {
        address = s.bytes("address", address);
        addressChanges = s.int32("addressChanges", addressChanges);
        mode = s.int32("mode", mode);
        table = s.bytes("table", table);
        manyUnicast = s.bool("manyUnicast", manyUnicast);
        manyMulticast = s.bool("manyMulticast", manyMulticast);
        s.int64s("vlans", vlans, vlans.length);
        offloadsGivenUp = s.int64("offloadsGivenUp", offloadsGivenUp);
    }

    /** The address at present, six bytes. */
    byte[] address() {
        return address;
    }

    /** How often the address was changed since the reset. */
    int addressChanges() {
        return addressChanges;
    }

    /** True when the driver has agreed to all of these guest offloads and did not take them back. */
    boolean offloaded(long features) {
        return transport.negotiated(features) && (offloadsGivenUp & features) == 0;
    }

    /** True when the driver wants to receive this frame. */
    boolean wants(byte[] frame) {
        if ((mode & PROMISCUOUS) != 0) {
            return true;
        }
        if (transport.negotiated(FEATURE_CTRL_VLAN) && Bytes.get16(frame, 12) == TYPE_VLAN && frame.length >= 16) {
            int vlan = Bytes.get16(frame, 14) % VLANS;
            if ((vlans[vlan / Long.SIZE] >>> vlan & 1) == 0) {
                return false;
            }
        }
        if ((frame[0] & 1) == 0) {
            return !set(NO_UNICAST) && (set(ALL_UNICAST) || manyUnicast || sameAddress(frame, address, 0) || inTable(frame));
        }
        if (isBroadcast(frame)) {
            return !set(NO_BROADCAST);
        }
        return !set(NO_MULTICAST) && (set(ALL_MULTICAST) || manyMulticast || inTable(frame));
    }

    private boolean set(int bit) {
        return (mode & bit) != 0;
    }

    private static boolean isBroadcast(byte[] frame) {
        return Bytes.get16(frame, 0) == 0xffff && Bytes.get32(frame, 2) == -1;
    }

    private static boolean sameAddress(byte[] frame, byte[] addresses, int at) {
        return Arrays.equals(frame, 0, ADDRESS_BYTES, addresses, at, at + ADDRESS_BYTES);
    }

    private boolean inTable(byte[] frame) {
        for (int at = 0; at < table.length; at += ADDRESS_BYTES) {
            if (sameAddress(frame, table, at)) {
                return true;
            }
        }
        return false;
    }

    /** Runs one command and writes its result. @return bytes written */
    int command(DescriptorChain chain) throws VirtioException {
        if (chain.readable() < 2 || chain.writable() < 1) {
            throw new VirtioException("a control command of " + chain.readable() + " readable and " + chain.writable()
                    + " writable bytes has no room for class, command and result");
        }
        int length = (int) Math.min(chain.readable(), MOST_COMMAND_BYTES);
        byte[] bytes = new byte[length];
        chain.read(0, bytes, 0, length);
        int kind = bytes[0] & 0xff;
        int command = bytes[1] & 0xff;
        ByteBuffer data = ByteBuffer.wrap(bytes, 2, length - 2).slice().order(ByteOrder.LITTLE_ENDIAN);
        boolean done = chain.readable() <= MOST_COMMAND_BYTES && transport.negotiated(FEATURE_CTRL_VQ) && switch (kind) {
            case CLASS_RX -> receiveMode(command, data);
            case CLASS_MAC -> macAddresses(command, data);
            case CLASS_VLAN -> vlan(command, data);
            case CLASS_OFFLOADS -> offloads(command, data);
            default -> false;
        };
        if (!done) {
            transport.context().guestError(transport.name() + ": control command " + kind + "." + command + " of " + chain.readable()
                    + " bytes is refused: unknown, not agreed to, or of a wrong form");
        }
        chain.write(0, new byte[] {done ? OK : ERROR}, 0, 1);
        return 1;
    }

    private boolean receiveMode(int command, ByteBuffer data) {
        boolean agreed = command <= LAST_OF_CTRL_RX ? transport.negotiated(FEATURE_CTRL_RX)
                : command <= LAST_OF_CTRL_RX_EXTRA && transport.negotiated(FEATURE_CTRL_RX_EXTRA);
        if (!agreed || data.remaining() != 1) {
            return false;
        }
        mode = data.get(0) != 0 ? mode | 1 << command : mode & ~(1 << command);
        return true;
    }

    private boolean macAddresses(int command, ByteBuffer data) {
        if (command == MAC_ADDRESS_SET && transport.negotiated(FEATURE_CTRL_MAC_ADDR) && data.remaining() == ADDRESS_BYTES) {
            address = new byte[ADDRESS_BYTES];
            data.get(address);
            addressChanges++;
            return true;
        }
        if (command != MAC_TABLE_SET || !transport.negotiated(FEATURE_CTRL_RX)) {
            return false;
        }
        byte[] unicast = addresses(data);
        byte[] multicast = unicast == null ? null : addresses(data);
        if (multicast == null || data.hasRemaining()) {
            return false;
        }
        manyUnicast = unicast.length > MOST_ADDRESSES * ADDRESS_BYTES;
        manyMulticast = multicast.length > MOST_ADDRESSES * ADDRESS_BYTES;
        byte[] keptUnicast = manyUnicast ? new byte[0] : unicast;
        byte[] keptMulticast = manyMulticast ? new byte[0] : multicast;
        table = Arrays.copyOf(keptUnicast, keptUnicast.length + keptMulticast.length);
        System.arraycopy(keptMulticast, 0, table, keptUnicast.length, keptMulticast.length);
        return true;
    }

    /** A count and so many addresses, or null when the data are shorter. */
    private static byte[] addresses(ByteBuffer data) {
        if (data.remaining() < Integer.BYTES) {
            return null;
        }
        long bytes = Integer.toUnsignedLong(data.getInt()) * ADDRESS_BYTES;
        if (bytes > data.remaining()) {
            return null;
        }
        byte[] addresses = new byte[(int) bytes];
        data.get(addresses);
        return addresses;
    }

    private boolean vlan(int command, ByteBuffer data) {
        if (command > VLAN_DELETE || !transport.negotiated(FEATURE_CTRL_VLAN) || data.remaining() != Short.BYTES) {
            return false;
        }
        int vlan = Short.toUnsignedInt(data.getShort(0));
        if (vlan >= VLANS) {
            return false;
        }
        long bit = 1L << vlan;
        vlans[vlan / Long.SIZE] = command == VLAN_ADD ? vlans[vlan / Long.SIZE] | bit : vlans[vlan / Long.SIZE] & ~bit;
        return true;
    }

    /** Section 5.1.6.5.6.1: the offloads that are on from now, among those agreed to. */
    private boolean offloads(int command, ByteBuffer data) {
        if (command != 0 || !transport.negotiated(FEATURE_CTRL_GUEST_OFFLOADS) || data.remaining() != Long.BYTES) {
            return false;
        }
        long wanted = data.getLong(0);
        if ((wanted & ~GUEST_OFFLOADS) != 0 || !transport.negotiated(wanted)) {
            return false;
        }
        offloadsGivenUp = GUEST_OFFLOADS & ~wanted;
        return true;
    }
}
