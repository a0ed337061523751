package org.reprise.net.user;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.reprise.core.packet.Bytes;

/** DHCP server (RFC 2131, options of RFC 2132 and 3397), and BOOTP (RFC 951) for those who know no better. */
final class Dhcp {
    static final int SERVER_PORT = 67;
    private static final int CLIENT_PORT = 68;
    private static final int FIXED = 236;
    private static final int COOKIE = 0x6382_5363;
    private static final int SMALLEST = 300;
    private static final int LEASE = 86_400;
    private static final int MOST_LEASES = 16;
    private static final int BROADCAST_FLAG = 0x8000;

    private static final int OPTION_REQUESTED = 50;
    private static final int OPTION_TYPE = 53;
    private static final int OPTION_SERVER = 54;
    private static final int OPTION_PARAMETERS = 55;
    private static final int DISCOVER = 1;
    private static final int OFFER = 2;
    private static final int REQUEST = 3;
    private static final int DECLINE = 4;
    private static final int ACK = 5;
    private static final int NAK = 6;
    private static final int RELEASE = 7;
    private static final int INFORM = 8;

    /** What the guest asks: its message, and where the values of the options stand that matter here. */
    private record Message(byte[] bytes, int at, int type, Address requested, Address server, boolean wantsBootfile) {
        long client() {
            return (long) Bytes.get16(bytes, at + 28) << 32 | Bytes.get32(bytes, at + 30) & 0xffff_ffffL;
        }

        Address own() {
            return Address.read4(bytes, at + 12);
        }
    }

    private final UserSettings settings;
    private final IpOutput output;
    private final Neighbours neighbours;
    /** Ethernet address to place, the one that was used longest ago first. */
    private final Map<Long, Integer> leases = new LinkedHashMap<>(MOST_LEASES, 0.75f, true);

    Dhcp(UserSettings settings, IpOutput output, Neighbours neighbours) {
        this.settings = settings;
        this.output = output;
        this.neighbours = neighbours;
    }

    /** A packet for the server's port; its payload is within start..end. */
    void receive(byte[] b, int start, int end) {
        Message m = parse(b, start, end);
        if (m == null) {
            return;
        }
        switch (m.type) {
            case 0 -> reply(m, 0, lease(m));
            case DISCOVER -> reply(m, OFFER, lease(m));
            case REQUEST -> request(m);
            case INFORM -> reply(m, ACK, null);
            case RELEASE, DECLINE -> leases.remove(m.client());
            default -> {
                // an answer, or of a kind that is no client's business
            }
        }
    }

    private static Message parse(byte[] b, int start, int end) {
        if (end - start < FIXED || Bytes.get8(b, start) != 1 || Bytes.get8(b, start + 1) != 1 || Bytes.get8(b, start + 2) != 6) {
            return null;
        }
        int type = 0;
        Address requested = null;
        Address server = null;
        boolean bootfile = false;
        if (end - start >= FIXED + 4 && Bytes.get32(b, start + FIXED) == COOKIE) {
            int at = start + FIXED + 4;
            while (at < end && Bytes.get8(b, at) != 255) {
                if (Bytes.get8(b, at) == 0) {
                    at++;
                    continue;
                }
                int value = at + 2;
                int length = value <= end ? Bytes.get8(b, at + 1) : 0;
                if (value > end || value + length > end) {
                    return null;
                }
                switch (Bytes.get8(b, at)) {
                    case OPTION_TYPE -> type = length == 1 ? Bytes.get8(b, value) : type;
                    case OPTION_REQUESTED -> requested = length == 4 ? Address.read4(b, value) : requested;
                    case OPTION_SERVER -> server = length == 4 ? Address.read4(b, value) : server;
                    case OPTION_PARAMETERS -> {
                        for (int i = 0; i < length; i++) {
                            bootfile |= Bytes.get8(b, value + i) == 67;
                        }
                    }
                    default -> {
                        // of no use here
                    }
                }
                at = value + length;
            }
        }
        return new Message(b, start, type, requested, server, bootfile);
    }

    /** RFC 2131, section 4.3.2. */
    private void request(Message m) {
        if (m.server != null && !m.server.equals(settings.host())) {
            return;
        }
        Address asked = m.requested != null ? m.requested : m.own();
        Address given = lease(m);
        if (given != null && given.equals(asked)) {
            reply(m, ACK, given);
        } else {
            reply(m, NAK, null);
        }
    }

    /** The client's address; one that was given away long ago is given again when all are. */
    private Address lease(Message m) {
        Integer place = leases.get(m.client());
        if (place == null) {
            int wanted = m.requested == null ? -1 : (int) (m.requested.low() - settings.firstLease().low());
            place = free(wanted) ? wanted : -1;
            for (int i = 0; place < 0 && i < MOST_LEASES; i++) {
                place = free(i) ? i : -1;
            }
            if (place < 0) {
                if (leases.isEmpty()) {
                    return null;
                }
                place = leases.remove(leases.keySet().iterator().next());
            }
            leases.put(m.client(), place);
        }
        return settings.firstLease().plus(place);
    }

    private boolean free(int place) {
        if (place < 0 || place >= MOST_LEASES) {
            return false;
        }
        Address address = settings.firstLease().plus(place);
        return settings.local(address) && !settings.broadcast(address) && !settings.own(address) && !leases.containsValue(place);
    }

    private void reply(Message m, int type, Address yours) {
        if (yours == null && type != NAK && !(type == ACK && settings.local(m.own()))) {
            return;
        }
        byte[] options = options(m, type);
        byte[] message = new byte[Math.max(SMALLEST, FIXED + options.length)];
        System.arraycopy(m.bytes, m.at, message, 0, 28 + 16);
        Bytes.put8(message, 0, 2);
        Bytes.put8(message, 3, 0);
        Bytes.put16(message, 8, 0);
        Bytes.put32(message, 16, yours == null ? 0 : (int) yours.low());
        Bytes.put32(message, 20, 0);
        if (type == NAK) {
            Bytes.put32(message, 12, 0);
        } else if (!settings.bootfile().isEmpty() || settings.tftp() != null) {
            settings.host().put(message, 20);
            byte[] file = settings.bootfile().getBytes(StandardCharsets.US_ASCII);
            System.arraycopy(file, 0, message, 108, file.length);
        }
        System.arraycopy(options, 0, message, FIXED, options.length);
        // by broadcast when the client asks for it or has to forget its address, else to the address that it has or gets now
        boolean all = type == NAK || (Bytes.get16(m.bytes, m.at + 10) & BROADCAST_FLAG) != 0;
        Address to = all ? Address.BROADCAST : yours != null ? yours : m.own();
        if (!all) {
            neighbours.learn(to, m.bytes, m.at + 28);
        }
        byte[] b = output.make(settings.host(), to, Protocol.UDP, Protocol.UDP_BYTES + message.length);
        Bytes.put16(b, IpOutput.PAYLOAD4, SERVER_PORT);
        Bytes.put16(b, IpOutput.PAYLOAD4 + 2, CLIENT_PORT);
        Bytes.put16(b, IpOutput.PAYLOAD4 + 4, Protocol.UDP_BYTES + message.length);
        System.arraycopy(message, 0, b, IpOutput.PAYLOAD4 + Protocol.UDP_BYTES, message.length);
        output.send(b, 6, 0);
    }

    private byte[] options(Message m, int type) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(number(COOKIE));
        if (type != 0) {
            option(out, OPTION_TYPE, (byte) type);
            option(out, OPTION_SERVER, settings.host().bytes());
        }
        if (type != NAK) {
            if (type != 0 && m.type != INFORM) {
                option(out, 51, number(LEASE));
            }
            option(out, 1, number(settings.mask()));
            option(out, 3, settings.host().bytes());
            if (!settings.resolvers().isEmpty()) {
                option(out, 6, settings.dns().bytes());
            }
            if (!settings.hostname().isEmpty()) {
                option(out, 12, settings.hostname().getBytes(StandardCharsets.US_ASCII));
            }
            if (settings.mtu() != 1500) {
                option(out, 26, (byte) (settings.mtu() >>> 8), (byte) settings.mtu());
            }
            if (settings.tftp() != null) {
                option(out, 66, settings.host().toString().getBytes(StandardCharsets.US_ASCII));
            }
            if (m.wantsBootfile && !settings.bootfile().isEmpty()) {
                option(out, 67, settings.bootfile().getBytes(StandardCharsets.US_ASCII));
            }
            search(out);
        }
        out.write(255);
        return out.toByteArray();
    }

    /** Domains, in several options of the same number when one is too short (RFC 3396, section 5). */
    private void search(ByteArrayOutputStream out) {
        ByteArrayOutputStream names = new ByteArrayOutputStream();
        settings.search().forEach(domain -> names.writeBytes(DomainName.encode(domain)));
        byte[] all = names.toByteArray();
        for (int at = 0; at < all.length; at += 255) {
            option(out, 119, Arrays.copyOfRange(all, at, Math.min(all.length, at + 255)));
        }
    }

    private static byte[] number(int value) {
        byte[] b = new byte[4];
        Bytes.put32(b, 0, value);
        return b;
    }

    private static void option(ByteArrayOutputStream out, int code, byte... value) {
        out.write(code);
        out.write(value.length);
        out.writeBytes(value);
    }
}
