package org.reprise.net.user;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.regex.Pattern;
import org.reprise.core.packet.Bytes;

/**
 * An Internet address. One of version 4 is in the low 32 bits.
 *
 * @param six true for version 6
 * @param high first 64 bits of version 6
 * @param low last 64 bits of version 6, or version 4
 */
record Address(boolean six, long high, long low) {
    /** The unspecified address of version 6. */
    static final Address ANY6 = new Address(true, 0, 0);
    /** Broadcast on this network. */
    static final Address BROADCAST = v4(0xffff_ffff);
    /** All nodes on this link (RFC 4291, section 2.7.1). */
    static final Address ALL_NODES = new Address(true, 0xff02L << 48, 1);
    private static final long LOW32 = 0xffff_ffffL;
    private static final Pattern FOUR = Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})");
    private static final Pattern SIX = Pattern.compile("[0-9a-fA-F.]*:[0-9a-fA-F:.]*");

    static Address v4(int bits) {
        return new Address(false, 0, bits & LOW32);
    }

    static Address read4(byte[] b, int at) {
        return v4(Bytes.get32(b, at));
    }

    static Address read6(byte[] b, int at) {
        ByteBuffer buffer = ByteBuffer.wrap(b, at, 16);
        return new Address(true, buffer.getLong(), buffer.getLong());
    }

    /** Writes its 4 or 16 bytes. */
    void put(byte[] b, int at) {
        if (six) {
            ByteBuffer.wrap(b, at, 16).putLong(high).putLong(low);
        } else {
            Bytes.put32(b, at, (int) low);
        }
    }

    byte[] bytes() {
        byte[] b = new byte[six ? 16 : 4];
        put(b, 0);
        return b;
    }

    static Address of(InetAddress address) {
        byte[] b = address.getAddress();
        return b.length == 4 ? read4(b, 0) : read6(b, 0);
    }

    /** The text of an address, never a name. @throws IllegalArgumentException when it is none */
    static Address parse(String text) {
        // only what cannot be taken for a name is given to the library, which would ask a name server
        if (FOUR.matcher(text).matches() || SIX.matcher(text).matches()) {
            try {
                return of(InetAddress.getByName(text));
            } catch (UnknownHostException e) {
                // told below
            }
        }
        throw new IllegalArgumentException("'" + text + "' is no address; write it as 10.0.2.2 or fec0::2");
    }

    InetAddress toHost() {
        try {
            return InetAddress.getByAddress(bytes());
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    /** This address of version 4 plus a number. */
    Address plus(int n) {
        return v4((int) low + n);
    }

    boolean multicast() {
        return six ? high >>> 56 == 0xff : low >>> 28 == 0xe;
    }

    /** Version 6: valid on this link only (RFC 4291, section 2.5.6). */
    boolean linkLocal() {
        return six && high >>> 54 == 0xfe80 >>> 6;
    }

    /** Version 6: the multicast address where a neighbour solicitation for this address arrives (RFC 4291, section 2.7.1). */
    Address solicitedNode() {
        return new Address(true, 0xff02L << 48, 0x1_ff00_0000L | low & 0xff_ffff);
    }

    /** True when nobody outside could be meant: unspecified, loopback, multicast, reserved, link-local, and version 4 within version 6. */
    boolean unroutable() {
        if (six) {
            return multicast() || linkLocal() || high >>> 54 == 0xfec0 >>> 6 || high == 0;
        }
        int first = (int) (low >>> 24);
        return first == 0 || first == 127 || first >= 224 || low >>> 16 == 0xa9fe;
    }

    @Override
    public String toString() {
        return toHost().getHostAddress();
    }
}
