package org.reprise.net.user;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.TreeMap;
import org.reprise.api.net.NetworkFrame;
import org.reprise.api.net.NetworkFrame.Segmentation;
import org.reprise.core.packet.Bytes;

/**
 * A guest's TCP connection, as simple as it may be: sends again from the oldest byte when nothing comes back, keeps what comes early.
 * Frames both ways can be lost, doubled and swapped by the test.
 */
final class GuestTcp {
    private static final int MSS = 1460;
    private static final long TIMEOUT = 250 * FakeHost.MILLI;

    final Guest guest;
    final byte[] own;
    final byte[] far;
    final int port;
    final int farPort;
    final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private final TreeMap<Integer, byte[]> early = new TreeMap<>();
    /** Window that is advertised, not scaled. */
    int window = 0xffff;
    int scale = 4;
    /** Sends segments of any size and leaves checksums and cutting to the receiver. */
    boolean large;
    int largest;
    boolean established;
    boolean reset;
    boolean farEnded;
    private byte[] data = new byte[0];
    private boolean ended;
    private final int initial;
    /** Offsets into the data. */
    private int acknowledged;
    private int sent;
    private boolean finSent;
    private boolean finAcknowledged;
    private boolean active;
    private long farWindow;
    private int farScale;
    private int farInitial;
    private int next;
    private long last;

    GuestTcp(Guest guest, byte[] own, int port, byte[] far, int farPort, int initial) {
        this.guest = guest;
        this.own = own;
        this.port = port;
        this.far = far;
        this.farPort = farPort;
        this.initial = initial;
    }

    void connect() {
        active = true;
        syn(2);
    }

    private void syn(int flags) {
        last = guest.host.now;
        segment(flags, initial, active && flags == 2 ? 0 : farInitial + 1, Guest.bytes(2, 4, MSS >> 8, MSS, 1, 3, 3, scale),
                new byte[0], 0, 0);
    }

    void write(byte[] more) {
        data = Guest.concat(data, more);
        output();
    }

    void end() {
        ended = true;
        output();
    }

    void abort() {
        segment(4, initial + 1 + sent, 0, new byte[0], data, 0, 0);
    }

    boolean allSent() {
        return acknowledged == data.length && (!ended || finAcknowledged);
    }

    private int farNext() {
        return farInitial + 1 + next + (farEnded ? 1 : 0);
    }

    void acknowledge() {
        segment(16, initial + 1 + sent + (ended && sent == data.length ? 1 : 0), farNext(), new byte[0], data, 0, 0);
    }

    private void output() {
        while (established && (sent < data.length || ended && !finAcknowledged && sent == data.length)) {
            int n = (int) Math.min(Math.min(large ? 60_000 : MSS, data.length - sent), farWindow - (sent - acknowledged));
            boolean fin = ended && sent + n == data.length;
            if (n <= 0 && (!fin || finSent)) {
                return;
            }
            segment(fin ? 17 : 16, initial + 1 + sent, farNext(), new byte[0], data, sent, n);
            sent += n;
            last = guest.host.now;
            if (fin) {
                finSent = true;
                return;
            }
        }
    }

    /** Once a turn. */
    void turn() {
        if (guest.host.now - last >= TIMEOUT && !reset) {
            if (!established && active) {
                syn(2);
            } else if (established && !allSent()) {
                sent = acknowledged;
                finSent = false;
                last = guest.host.now;
                if (farWindow == 0 && data.length > sent) {
                    segment(16, initial + 1 + sent, farNext(), new byte[0], data, sent, 1);
                } else {
                    output();
                }
            }
        }
    }

    private void segment(int flags, int sequence, int ack, byte[] options, byte[] from, int at, int n) {
        byte[] header = new byte[20];
        Bytes.put16(header, 0, port);
        Bytes.put16(header, 2, farPort);
        Bytes.put32(header, 4, sequence);
        Bytes.put32(header, 8, ack);
        header[12] = (byte) (20 + options.length << 2);
        header[13] = (byte) flags;
        Bytes.put16(header, 14, window);
        byte[] tcp = Guest.concat(header, options, Arrays.copyOfRange(from, at, at + n));
        largest = Math.max(largest, n);
        if (large && n > MSS) {
            byte[] frame = guest.ip(own, far, 6, 64, tcp);
            guest.host.link.send(new NetworkFrame(frame, Guest.payload(frame), 16, Segmentation.TCP4, MSS));
        } else {
            guest.send(guest.ip(own, far, 6, 64, Guest.summed(own, far, 6, tcp, 16)));
        }
    }

    boolean mine(byte[] f) {
        int at = Guest.payload(f);
        return Guest.isIp(f, 6) && Bytes.get16(f, at) == farPort && Bytes.get16(f, at + 2) == port;
    }

    /** A frame that arrived for this connection. */
    void receive(byte[] f) {
        int at = Guest.payload(f);
        int flags = Bytes.get8(f, at + 13);
        int sequence = Bytes.get32(f, at + 4);
        int ack = Bytes.get32(f, at + 8) - initial - 1;
        int header = (Bytes.get8(f, at + 12) >>> 4) * 4;
        if ((flags & 4) != 0) {
            reset = true;
            return;
        }
        if ((flags & 2) != 0) {
            farScale = header == 28 ? f[at + 27] : 0;
            farInitial = sequence;
            farWindow = Bytes.get16(f, at + 14);
            if ((flags & 16) != 0) {
                established = true;
                acknowledge();
                output();
            } else {
                syn(18);
            }
            return;
        }
        if (!established && !active && ack == 0) {
            established = true;
        }
        farWindow = (long) Bytes.get16(f, at + 14) << farScale;
        if (ack > acknowledged) {
            finAcknowledged = ended && ack == data.length + 1;
            acknowledged = Math.min(ack, data.length);
            sent = Math.max(sent, acknowledged);
            last = guest.host.now;
        }
        int from = sequence - farInitial - 1;
        int n = f.length - at - header;
        // what is old is answered: it may ask for a sign of life
        boolean news = n > 0 || (flags & 1) != 0 || established && from < next;
        if (n > 0 && from + n > next && early.size() < 2000 && window > 0) {
            early.merge(from, Arrays.copyOfRange(f, at + header, f.length), (a, b) -> a.length > b.length ? a : b);
        }
        while (!early.isEmpty() && early.firstKey() <= next) {
            var e = early.pollFirstEntry();
            int skip = next - e.getKey();
            if (skip < e.getValue().length) {
                received.write(e.getValue(), skip, e.getValue().length - skip);
                next += e.getValue().length - skip;
            }
        }
        if ((flags & 1) != 0 && from + n == next && !farEnded) {
            farEnded = true;
        }
        if (news) {
            acknowledge();
        }
        output();
    }
}
