package org.reprise.net.user;

import java.util.Arrays;
import org.reprise.core.packet.Bytes;

/**
 * An IP packet of the guest, whole and with its header checked.
 *
 * @param bytes holds the packet
 * @param header where the IP header begins
 * @param start where the payload begins, behind all headers of IP
 * @param end where the payload ends
 * @param unfinished the guest left the payload's checksum to the receiver: nothing was on a cable, there is nothing to check
 */
record Datagram(Address source, Address target, int protocol, int hops, byte[] bytes, int header, int start, int end, boolean unfinished) {
    int length() {
        return end - start;
    }

    /** True when the payload's checksum, over the pseudo header too, is right. */
    boolean checksumRight() {
        return unfinished || Bytes.fold(Bytes.sum(bytes, start, end, pseudo(source, target, protocol, length()))) == 0xffff;
    }

    /** What ICMP quotes: the IP header and up to a number of bytes more. */
    byte[] quote(int more) {
        return Arrays.copyOfRange(bytes, header, Math.min(end, start + more));
    }

    /** Sum of the pseudo header (RFC 9293, section 3.1; RFC 8200, section 8.1). */
    static long pseudo(Address source, Address target, int protocol, int length) {
        return sum(source) + sum(target) + protocol + (length >>> 16) + (length & 0xffff);
    }

    private static long sum(Address a) {
        return sum(a.high()) + sum(a.low());
    }

    private static long sum(long bits) {
        return (bits >>> 48) + (bits >>> 32 & 0xffff) + (bits >>> 16 & 0xffff) + (bits & 0xffff);
    }
}
