package org.reprise.net.user;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.reprise.api.net.NetworkFrame;
import org.reprise.core.packet.Bytes;
import org.reprise.core.packet.Offloads;

/** A guest's side of the cable, written apart from what it tests: makes packets byte by byte, checks what it gets byte by byte. */
class Guest {
    static final byte[] MAC = {0x52, 0x54, 0, 0x12, 0x34, 0x56};
    static final byte[] IP = {10, 0, 2, 15};
    static final byte[] GATEWAY = {10, 0, 2, 2};
    static final byte[] DNS = {10, 0, 2, 3};
    static final byte[] IP6 = v6("fec0::5054:ff:fe12:3456");
    static final byte[] GATEWAY6 = v6("fec0::2");

    final FakeHost host;
    final List<byte[]> got = new ArrayList<>();
    byte[] router = {0x52, 0x55, 10, 0, 2, 2};
    private int identification;

    Guest(FakeHost host) {
        this.host = host;
        host.guest = frame -> Offloads.finish(frame, piece -> {
            check(piece.bytes());
            got.add(piece.bytes());
        });
    }

    static byte[] v6(String text) {
        return Address.parse(text).bytes();
    }

    void send(byte[] frame) {
        host.link.send(NetworkFrame.complete(frame));
    }

    static byte[] concat(byte[]... parts) {
        byte[] all = new byte[Arrays.stream(parts).mapToInt(p -> p.length).sum()];
        int at = 0;
        for (byte[] p : parts) {
            System.arraycopy(p, 0, all, at, p.length);
            at += p.length;
        }
        return all;
    }

    static byte[] bytes(int... values) {
        byte[] b = new byte[values.length];
        for (int i = 0; i < b.length; i++) {
            b[i] = (byte) values[i];
        }
        return b;
    }

    byte[] ethernet(byte[] to, int type, byte[] payload) {
        return concat(to, MAC, bytes(type >> 8, type), payload);
    }

    /** An IP packet; the version follows from the length of the addresses. */
    byte[] ip(byte[] from, byte[] to, int protocol, int hops, byte[] payload) {
        byte[] mac = Arrays.equals(to, bytes(255, 255, 255, 255)) ? bytes(255, 255, 255, 255, 255, 255)
                : to.length == 16 && to[0] == -1 ? concat(bytes(0x33, 0x33), Arrays.copyOfRange(to, 12, 16)) : router;
        if (from.length == 16) {
            return ethernet(mac, 0x86dd, concat(bytes(0x60, 0, 0, 0, payload.length >> 8, payload.length, protocol, hops), from, to,
                    payload));
        }
        int total = 20 + payload.length;
        byte[] header = concat(bytes(0x45, 0, total >> 8, total, identification >> 8, identification++, 0, 0, hops, protocol, 0, 0),
                from, to);
        Bytes.put16(header, 10, Bytes.checksum(header, 0, 20, 0));
        return ethernet(mac, 0x800, concat(header, payload));
    }

    /** Fills in a checksum over the pseudo header. */
    static byte[] summed(byte[] from, byte[] to, int protocol, byte[] payload, int at) {
        long pseudo = Bytes.sum(to, 0, to.length, Bytes.sum(from, 0, from.length, (long) protocol + payload.length));
        Bytes.put16(payload, at, 0);
        Bytes.put16(payload, at, Bytes.checksum(payload, 0, payload.length, pseudo));
        return payload;
    }

    byte[] udp(byte[] from, int fromPort, byte[] to, int toPort, byte[] data) {
        int n = 8 + data.length;
        byte[] header = bytes(fromPort >> 8, fromPort, toPort >> 8, toPort, n >> 8, n, 0, 0);
        return ip(from, to, 17, 64, summed(from, to, 17, concat(header, data), 6));
    }

    byte[] icmp(byte[] to, int hops, byte[] message) {
        Bytes.put16(message, 2, 0);
        Bytes.put16(message, 2, Bytes.checksum(message, 0, message.length, 0));
        return ip(IP, to, 1, hops, message);
    }

    byte[] arp(int operation, byte[] asked) {
        return ethernet(bytes(255, 255, 255, 255, 255, 255), 0x806,
                concat(bytes(0, 1, 8, 0, 6, 4, 0, operation), MAC, IP, new byte[6], asked));
    }

    static boolean isIp(byte[] frame, int protocol) {
        int type = Bytes.get16(frame, 12);
        return type == 0x800 && frame[23] == protocol || type == 0x86dd && frame[20] == protocol;
    }

    static int payload(byte[] frame) {
        return Bytes.get16(frame, 12) == 0x86dd ? 54 : 34;
    }

    /** Checksums and lengths of everything that arrives are right. */
    static void check(byte[] f) {
        int type = Bytes.get16(f, 12);
        if (type == 0x800) {
            that(Bytes.get8(f, 14) == 0x45 && Bytes.get16(f, 16) == f.length - 14, "header of IPv4", f);
            that(Bytes.fold(Bytes.sum(f, 14, 34, 0)) == 0xffff, "checksum of IPv4", f);
            if ((Bytes.get16(f, 20) & 0x3fff) == 0) {
                int protocol = f[23];
                long pseudo = protocol == 1 ? 0 : Bytes.sum(f, 26, 34, (long) protocol + f.length - 34);
                that(Bytes.fold(Bytes.sum(f, 34, f.length, pseudo)) == 0xffff, "checksum of protocol " + protocol, f);
            }
        } else if (type == 0x86dd) {
            that(f[14] == 0x60 && Bytes.get16(f, 18) == f.length - 54, "header of IPv6", f);
            if (f[20] != 44) {
                that(Bytes.fold(Bytes.sum(f, 54, f.length, Bytes.sum(f, 22, 54, (long) f[20] + f.length - 54))) == 0xffff,
                        "checksum of protocol " + f[20], f);
            }
        }
    }

    private static void that(boolean right, String what, byte[] frame) {
        if (!right) {
            throw new AssertionError(what + " is wrong: " + Arrays.toString(frame));
        }
    }

    /** Waits for a frame and takes it. */
    byte[] await(String what, Predicate<byte[]> wanted) {
        byte[][] found = new byte[1][];
        host.until(what, () -> {
            for (byte[] frame : got) {
                if (wanted.test(frame)) {
                    found[0] = frame;
                }
            }
            return found[0] != null;
        });
        got.remove(found[0]);
        return found[0];
    }

    /** Waits for UDP to a port; the frame's data. */
    byte[] awaitUdp(int port) {
        byte[] f = await("UDP to port " + port, frame -> isIp(frame, 17) && Bytes.get16(frame, payload(frame) + 2) == port);
        return Arrays.copyOfRange(f, payload(f) + 8, f.length);
    }

    /** Waits for ICMP of a type and code. */
    byte[] awaitIcmp(int type, int code) {
        return await("ICMP " + type + "/" + code, f -> (isIp(f, 1) || isIp(f, 58)) && Bytes.get8(f, payload(f)) == type
                && Bytes.get8(f, payload(f) + 1) == code);
    }

    /** Lets the back end know where we are. */
    void announce() {
        send(arp(1, GATEWAY));
        await("answer to ARP", f -> Bytes.get16(f, 12) == 0x806);
    }
}
