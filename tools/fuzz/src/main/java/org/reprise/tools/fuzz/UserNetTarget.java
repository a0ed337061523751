package org.reprise.tools.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.reprise.api.net.NetworkFrame;
import org.reprise.api.net.NetworkLink;
import org.reprise.net.user.UserNetwork;
import org.reprise.tools.devicekit.FakePartConfig;

/**
 * A guest's frames to the network back end {@code user}, cut off from the host's network ({@code restrict=on}), with a folder for TFTP. A
 * program may ask for a connection from the host, over loopback, to a forwarded port: then there is a TCP connection to talk to; threads
 * are in play, so that such a program does not do quite the same each time.
 */
final class UserNetTarget implements Target {
    private static final int MOST_OPERATIONS = 200;
    private static final Pattern PORT = Pattern.compile("\\(port (\\d+)\\)");
    private static final byte[] STATION = {0x52, 0x55, 10, 0, 2, 2};
    private static final byte[] CARD = {0x52, 0x54, 0, 0x12, 0x34, 0x56};
    private static final int GUEST = 0x0a00_020f;
    private static final int HOST = 0x0a00_0202;
    private static final int[] ADDRESSES = {HOST, HOST + 1, GUEST, -1, 0x0a00_02ff, 0x0a00_0210, 0, 0x0808_0808, 0xe000_0001, 0x7f00_0001};
    private static final int[] PORTS = {53, 67, 69, 22, 547, 7};
    private static final int TYPE_IP4 = 0x800;
    private static final int TYPE_IP6 = 0x86dd;
    private static final int IP = 14;
    private static final int UDP = 17;
    private static final int TCP = 6;
    private static final int ICMP6 = 58;
    private static final int MAGIC_COOKIE = 0x6382_5363;
    /** fec0::2, fe80::2, ff02::1, ff02::2, fe80::1, ::, ff02::1:ff00:2. */
    private static final long[][] SIX = {{0xfec0L << 48, 2}, {0xfe80L << 48, 2}, {0xff02L << 48, 1}, {0xff02L << 48, 2}, {0xfe80L << 48, 1},
        {0, 0}, {0xff02L << 48, 0x1_ff00_0002L}, {0xfec0L << 48, 3}};

    private final Path folder;

    UserNetTarget() {
        try {
            folder = Scratch.folder("tftp");
            Files.write(folder.resolve("boot"), new byte[1500]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void run(Input in) throws IOException {
        int mode = in.u8();
        boolean connected = (mode & 1) != 0;
        Map<String, String> settings = new LinkedHashMap<>(Map.of("restrict", "on", "tftp", folder.toString(), "bootfile", "boot"));
        settings.put("ipv6", (mode & 2) != 0 ? "off" : "on");
        settings.put("hostname", "guest");
        settings.put("dnssearch", "example.org");
        if (connected) {
            settings.put("hostfwd", "tcp:127.0.0.1:0-:22");
        }
        WireHost host = new WireHost();
        try (NetworkLink link = new UserNetwork().open(new FakePartConfig("net0", settings), host);
                SocketChannel outside = connected ? connect(link) : null) {
            host.link = link;
            if (connected) {
                host.send(arp(2, GUEST, HOST));
                host.await(TCP);
            }
            for (int i = 0; i < MOST_OPERATIONS && in.more(); i++) {
                Effort effort = new Effort(null);
                operation(in, host, outside);
                host.settle();
                effort.check();
            }
        }
    }

    private static SocketChannel connect(NetworkLink link) throws IOException {
        Matcher port = PORT.matcher(link.describe());
        if (!port.find()) {
            throw new AssertionError(link.describe());
        }
        SocketChannel channel = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(),
                Integer.parseInt(port.group(1))));
        channel.configureBlocking(false);
        return channel;
    }

    private static void operation(Input in, WireHost host, SocketChannel outside) {
        switch (in.below(12)) {
            case 0 -> host.send(padded(in.bytes(in.u8())));
            case 1 -> host.send(arp(in.below(4), address(in), address(in)));
            case 2, 3 -> host.send(datagram4(in, in.below(3) == 0 ? in.u8() : UDP));
            case 4, 5, 6 -> host.send(segment(in, host));
            case 7 -> host.send(datagram6(in));
            case 8 -> host.advance(1L << in.below(38));
            case 9 -> outside(in, outside);
            case 10 -> {
                host.room = in.u8();
                host.unfinished = in.flag();
                host.link.room();
            }
            default -> host.send(service(in));
        }
    }

    private static void outside(Input in, SocketChannel channel) {
        int what = in.u8();
        if (channel != null && channel.isOpen()) {
            try {
                if (what == 0) {
                    channel.close();
                } else if (what == 1) {
                    channel.shutdownOutput();
                } else if (what < 16) {
                    channel.read(ByteBuffer.allocate(1 << what));
                } else {
                    channel.write(ByteBuffer.allocate(what * 64));
                }
            } catch (IOException e) {
                // the guest has closed or reset the connection
            }
        }
    }

    private static NetworkFrame padded(byte[] bytes) {
        return NetworkFrame.complete(java.util.Arrays.copyOf(bytes, Math.max(bytes.length, IP)));
    }

    private static int address(Input in) {
        int choice = in.u8();
        return choice < 0xf0 ? ADDRESSES[choice % ADDRESSES.length] : (int) in.u32();
    }

    private static int port(Input in) {
        int choice = in.u8();
        return choice < 0xc0 ? PORTS[choice % PORTS.length] : in.u16();
    }

    private static ByteBuffer ethernet(int length, int type) {
        ByteBuffer b = ByteBuffer.allocate(Math.max(length, IP));
        return b.put(STATION).put(CARD).putShort((short) type);
    }

    private static NetworkFrame arp(int operation, int sender, int target) {
        ByteBuffer b = ethernet(42, 0x806);
        b.putShort((short) 1).putShort((short) TYPE_IP4).put((byte) 6).put((byte) 4).putShort((short) operation);
        b.put(CARD).putInt(sender).put(STATION).putInt(target);
        return NetworkFrame.complete(b.array());
    }

    /** An IPv4 packet around a payload, its checksum right; {@code start} is left at the payload. */
    private static ByteBuffer ip4(int protocol, int source, int target, int fragment, int payload) {
        ByteBuffer b = ethernet(IP + 20 + payload, TYPE_IP4);
        b.put((byte) 0x45).put((byte) 0).putShort((short) (20 + payload)).putShort((short) 1).putShort((short) fragment);
        b.put((byte) 64).put((byte) protocol).putShort((short) 0).putInt(source).putInt(target);
        b.putShort(IP + 10, (short) ~sum(b.array(), IP, IP + 20, 0));
        return b;
    }

    private static int sum(byte[] bytes, int from, int to, long start) {
        long sum = start;
        for (int i = from; i < to; i++) {
            sum += (bytes[i] & 0xffL) << ((i - from & 1) == 0 ? 8 : 0);
        }
        while (sum > 0xffff) {
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        return (int) sum;
    }

    private static NetworkFrame datagram4(Input in, int protocol) {
        int source = in.below(8) == 0 ? address(in) : GUEST;
        int target = address(in);
        int fragment = in.below(4) == 0 ? in.u16() : 0;
        int length = in.below(6) == 0 ? in.u16() % 1480 : 0;
        int from = port(in);
        int to = port(in);
        byte[] content = in.bytes(in.u8());
        length = Math.max(length, content.length);
        int header = protocol == UDP ? 8 : 0;
        ByteBuffer b = ip4(protocol, source, target, fragment, header + length);
        if (header > 0) {
            b.putShort((short) from).putShort((short) to).putShort((short) (8 + length)).putShort((short) 0);
        } else if (protocol == 1 && content.length >= 4) {
            content[2] = 0;
            content[3] = 0;
            int check = ~sum(java.util.Arrays.copyOf(content, length + (length & 1)), 0, length, 0);
            content[2] = (byte) (check >>> 8);
            content[3] = (byte) check;
        }
        b.put(content);
        // a UDP checksum of 0 is none
        return NetworkFrame.complete(b.array());
    }

    /** A segment of the connection that there is, in its window or near it; the checksum is left to the stack. */
    private static NetworkFrame segment(Input in, WireHost host) {
        int flags = in.u8();
        int sequence = host.nextSequence + (in.flag() ? in.u16() - 0x100 : 0);
        int acknowledged = host.nextAcknowledgement + (in.flag() ? in.u16() - 0x100 : 0);
        int window = in.flag() ? in.u16() : 0x8000;
        byte[] options = in.bytes(in.u8() & 0x1f);
        int optionBytes = options.length + 3 & ~3;
        int choice = in.u8();
        int length = choice < 0x80 ? 0 : choice < 0xf0 ? choice - 0x80 : in.u16() % 1440;
        ByteBuffer b = ip4(TCP, GUEST, host.peer == 0 ? HOST : host.peer, 0, 20 + optionBytes + length);
        int start = b.position();
        b.putShort((short) (host.guestPort == 0 ? 22 : host.guestPort)).putShort((short) host.peerPort);
        b.putInt(sequence).putInt(acknowledged);
        b.put((byte) ((20 + optionBytes) / 4 << 4)).put((byte) flags).putShort((short) window).putInt(0).put(options);
        boolean expected = sequence == host.nextSequence;
        if (expected) {
            host.nextSequence += length + ((flags & 2) != 0 ? 1 : 0) + (flags & 1);
        }
        return new NetworkFrame(b.array(), start, 16, NetworkFrame.Segmentation.NONE, 0);
    }

    private static NetworkFrame datagram6(Input in) {
        int header = in.below(4) == 0 ? in.u8() : ICMP6;
        long[] source = SIX[4 + in.below(2)];
        long[] target = SIX[in.below(SIX.length)];
        int hops = in.flag() ? 64 : 255;
        byte[] content = in.bytes(in.u8());
        ByteBuffer b = ethernet(IP + 40 + content.length, TYPE_IP6);
        b.putInt(6 << 28).putShort((short) content.length).put((byte) header).put((byte) hops);
        b.putLong(source[0]).putLong(source[1]).putLong(target[0]).putLong(target[1]).put(content);
        int at = header == ICMP6 ? 2 : header == UDP ? 6 : -1;
        if (at >= 0 && content.length >= at + 2) {
            b.putShort(IP + 40 + at, (short) 0);
            int pseudo = sum(b.array(), IP + 8, IP + 40, content.length + header);
            b.putShort(IP + 40 + at, (short) ~sum(b.array(), IP + 40, b.capacity(), pseudo));
        }
        return NetworkFrame.complete(b.array());
    }

    /** DHCP with options of any kind, or TFTP. */
    private static NetworkFrame service(Input in) {
        boolean dhcp = in.flag();
        byte[] content = in.bytes(in.u8());
        int length = dhcp ? 240 + content.length : content.length;
        ByteBuffer b = ip4(UDP, dhcp ? 0 : GUEST, dhcp ? -1 : HOST, 0, 8 + length);
        b.putShort((short) (dhcp ? 68 : 1000 + in.below(3))).putShort((short) (dhcp ? 67 : 69));
        b.putShort((short) (8 + length)).putShort((short) 0);
        int start = b.position();
        if (dhcp) {
            b.put((byte) 1).put((byte) 1).put((byte) 6).position(start + 28).put(CARD).position(start + 236).putInt(MAGIC_COOKIE);
        }
        b.put(content);
        return NetworkFrame.complete(b.array());
    }
}
