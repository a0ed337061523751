package org.reprise.net.user;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * The guest's bytes of a connection, on their way to the host: puts them in order, and opens the window as the host takes them. What
 * comes early is kept within the window.
 */
final class TcpReceiver {
    /** 64 bytes are the unit of the window: its 16 bits reach 4 MiB. */
    static final int SCALE = 6;
    private static final int MOST_HELD = 1 << 19;
    private static final int MOST_EARLY = 128;
    private static final int LARGEST_UNSCALED = 0xffff;

    /** Bytes that came early; none are twice in the list, which is in order. */
    private record Early(int sequence, ByteBuffer data) {
        int end() {
            return sequence + data.remaining();
        }
    }

    private final Allowance allowance;
    private final List<Early> early = new ArrayList<>();
    private int next;
    private int edge;
    private int scale;
    private int pending;
    private boolean finKnown;
    private int fin;
    private boolean finished;

    TcpReceiver(Allowance.Budget budget) {
        allowance = new Allowance(budget, MOST_HELD);
    }

    /** Begins with the guest's first sequence number. */
    void start(int first, boolean scaled) {
        next = first;
        edge = first;
        scale = scaled ? SCALE : 0;
    }

    int next() {
        return next;
    }

    /** Bytes that the host has not taken. */
    int pending() {
        return pending;
    }

    /** True when the guest has sent all. */
    boolean finished() {
        return finished;
    }

    /** True when a segment touches the window (RFC 9293, section 3.10.7.4). */
    boolean acceptable(int sequence, int length) {
        int window = edge - next;
        int from = sequence - next;
        if (length == 0) {
            return from == 0 || from > 0 && from < window;
        }
        int to = from + length - 1;
        return window > 0 && (from >= 0 && from < window || to >= 0 && to < window);
    }

    /**
     * The window to advertise, as it stands in the header; remembers that it was advertised. It opens by steps worth a segment (RFC 9293,
     * section 3.8.6.2.2) and never shrinks.
     */
    int advertise(boolean syn) {
        int shift = syn ? 0 : scale;
        int current = edge - next;
        int room = Math.min(allowance.limit() - pending, LARGEST_UNSCALED << scale);
        if (syn) {
            room = Math.min(room, LARGEST_UNSCALED);
        }
        int window = syn || room - current >= step() ? room : current;
        int units = Math.max(0, Math.min(LARGEST_UNSCALED, window >>> shift));
        // the unit of the window may hide a few bytes that were promised already: they are taken all the same
        if (units << shift > current) {
            edge = next + (units << shift);
        }
        return units;
    }

    private int step() {
        return allowance.limit() / 4;
    }

    /** True when the guest should be told that the window is open again. */
    boolean update() {
        int current = edge - next;
        int room = Math.min(allowance.limit() - pending, LARGEST_UNSCALED << scale);
        return room - current >= step() && current < allowance.limit() / 2;
    }

    /** The host took so many bytes. */
    void taken(int bytes) {
        pending -= bytes;
        allowance.moved(bytes);
    }

    /**
     * Takes what a segment has within the window.
     *
     * @param ready gets what is in order now
     * @return true when the segment was the next one and nothing is missing before what is known
     */
    boolean accept(TcpSegment s, Consumer<ByteBuffer> ready) {
        int sequence = s.sequence();
        if (s.has(TcpSegment.FIN) && !finKnown && sequence + s.data() - edge <= 0 && sequence + s.data() - next >= 0) {
            finKnown = true;
            fin = sequence + s.data();
        }
        int from = s.start();
        int to = s.end();
        if (sequence - next < 0) {
            from += next - sequence;
            sequence = next;
        }
        if (to - from > 0 && sequence + (to - from) - edge > 0) {
            to = from + (edge - sequence);
        }
        if (finKnown && to - from > 0 && sequence + (to - from) - fin > 0) {
            to = from + (fin - sequence);
        }
        boolean inOrder = early.isEmpty() && sequence == next;
        if (to > from) {
            if (sequence == next) {
                deliver(kept(s.bytes(), from, to), ready);
                while (!early.isEmpty() && early.get(0).sequence - next <= 0) {
                    Early e = early.remove(0);
                    if (e.end() - next > 0) {
                        deliver(e.data.slice(next - e.sequence, e.end() - next), ready);
                    }
                }
            } else {
                keep(sequence, s.bytes(), from, to);
            }
        }
        if (finKnown && !finished && next == fin) {
            finished = true;
            next++;
            early.clear();
        }
        return inOrder;
    }

    private void deliver(ByteBuffer data, Consumer<ByteBuffer> to) {
        next += data.remaining();
        pending += data.remaining();
        to.accept(data);
    }

    /** A frame's bytes are never written again; only when they are few are they copied, for not to hold all of a large frame. */
    private static ByteBuffer kept(byte[] b, int from, int to) {
        return to - from >= b.length / 2 ? ByteBuffer.wrap(b, from, to - from).slice() : ByteBuffer.wrap(Arrays.copyOfRange(b, from, to));
    }

    private void keep(int sequence, byte[] b, int from, int to) {
        int begin = sequence;
        int end = sequence + (to - from);
        int place = 0;
        while (place < early.size() && early.get(place).sequence - begin <= 0) {
            place++;
        }
        if (place > 0 && early.get(place - 1).end() - begin > 0) {
            begin = early.get(place - 1).end();
        }
        // what is known behind stays, what it covers wholly is replaced
        while (place < early.size() && early.get(place).end() - end <= 0) {
            early.remove(place);
        }
        if (place < early.size() && early.get(place).sequence - end < 0) {
            end = early.get(place).sequence;
        }
        if (end - begin > 0 && early.size() < MOST_EARLY) {
            early.add(place, new Early(begin, kept(b, from + (begin - sequence), from + (end - sequence))));
        }
    }

    void release() {
        early.clear();
        allowance.release();
    }
}
