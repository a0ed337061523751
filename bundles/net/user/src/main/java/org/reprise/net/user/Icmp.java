package org.reprise.net.user;

import org.reprise.core.packet.Bytes;

/** Echo and errors, of both versions (RFC 792; RFC 4443). */
final class Icmp {
    /** Why a packet could not be delivered, as type and code of both versions. */
    enum Error {
        /** Nobody listens at the port. */
        PORT(3, 3, 1, 4),
        /** The host, or the way to it, is not there. */
        HOST(3, 1, 1, 3),
        /** The user-mode network does not carry such packets. */
        PROHIBITED(3, 13, 1, 1),
        /** The protocol is not known. */
        PROTOCOL(3, 2, 4, 1),
        /** The last hop was used up. */
        HOPS(11, 0, 3, 0);

        private final int type4;
        private final int code4;
        private final int type6;
        private final int code6;

        Error(int type4, int code4, int type6, int code6) {
            this.type4 = type4;
            this.code4 = code4;
            this.type6 = type6;
            this.code6 = code6;
        }
    }

    private static final int ECHO_REPLY = 0;
    private static final int ECHO = 8;
    private static final int ECHO6 = 128;
    private static final int ECHO_REPLY6 = 129;
    private static final int HEADER = 8;
    private static final int MOST_QUOTED4 = 548;
    private static final int MOST_QUOTED6 = 1232;

    private final UserSettings settings;
    private final IpOutput output;

    Icmp(UserSettings settings, IpOutput output) {
        this.settings = settings;
        this.output = output;
    }

    /** ICMP of version 4 from the guest. */
    void receive4(Datagram d) {
        // the checksum is over the message alone; the guest's card leaves none of ICMP to the receiver
        if (d.length() < HEADER || Bytes.fold(Bytes.sum(d.bytes(), d.start(), d.end(), 0)) != 0xffff) {
            return;
        }
        if (Bytes.get8(d.bytes(), d.start()) == ECHO) {
            if (settings.own(d.target())) {
                answer(d, ECHO_REPLY, Protocol.ICMP);
            } else if (!d.target().multicast() && !settings.broadcast(d.target()) && !settings.local(d.target())) {
                // there is no way to send an echo from here that needs no privilege
                unreachable(d, Error.PROHIBITED);
            }
        }
    }

    /** An echo of version 6, checked already. */
    void echo6(Datagram d) {
        if (d.length() < HEADER || Bytes.get8(d.bytes(), d.start()) != ECHO6) {
            return;
        }
        if (settings.own(d.target())) {
            answer(d, ECHO_REPLY6, Protocol.ICMP6);
        } else if (!d.target().multicast()) {
            unreachable(d, Error.PROHIBITED);
        }
    }

    private void answer(Datagram d, int type, int protocol) {
        byte[] b = output.make(d.target(), d.source(), protocol, d.length());
        int at = IpOutput.payload(d.source().six());
        System.arraycopy(d.bytes(), d.start(), b, at, d.length());
        Bytes.put8(b, at, type);
        output.send(b, 2, 0);
    }

    /** Tells the guest that its packet went nowhere. */
    void unreachable(Datagram d, Error error) {
        boolean error6 = d.protocol() == Protocol.ICMP6 && d.length() > 0 && Bytes.get8(d.bytes(), d.start()) < ECHO6;
        // never about errors, nor about what went to many (RFC 1122, section 3.2.2; RFC 4443, section 2.4)
        if (!d.target().multicast() && !settings.broadcast(d.target()) && !error6) {
            unreachable(d.source(), d.quote(d.source().six() ? MOST_QUOTED6 : MOST_QUOTED4), error);
        }
    }

    /** Tells the guest about a packet of which the beginning was kept. */
    void unreachable(Address source, byte[] quote, Error error) {
        boolean six = source.six();
        int length = Math.min(quote.length, six ? MOST_QUOTED6 : MOST_QUOTED4);
        byte[] b = output.make(settings.gateway(six), source, six ? Protocol.ICMP6 : Protocol.ICMP, HEADER + length);
        int at = IpOutput.payload(six);
        Bytes.put8(b, at, six ? error.type6 : error.type4);
        Bytes.put8(b, at + 1, six ? error.code6 : error.code4);
        System.arraycopy(quote, 0, b, at + HEADER, length);
        output.send(b, 2, 0);
    }
}
