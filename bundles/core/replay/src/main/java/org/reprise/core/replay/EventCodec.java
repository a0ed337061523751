package org.reprise.core.replay;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventKind;

/**
 * Events as bytes, within one frame: icounts and clock values are written as differences to the ones before in the frame, so that a frame
 * can be read alone. First byte: kind's code, bit 6: a source follows, bit 7: an icount difference follows.
 */
final class EventCodec {
    private static final int SOURCE = 0x40;
    private static final int DELTA = 0x80;
    private static final EventKind[] KINDS = new EventKind[64];

    static {
        for (EventKind k : EventKind.values()) {
            KINDS[k.code()] = k;
        }
    }

    private long icount;
    private long hostClock;
    private long virtual;
    private long block;

    EventCodec(long firstIcount) {
        icount = firstIcount;
    }

    /** Whether the kind has a number, and bytes. */
    private static boolean hasValue(EventKind k) {
        // no default: a new kind must be decided on, or its contents are lost
        return switch (k) {
            case BH, BLOCK, NET, SHUTDOWN, RESET_REQUESTED, CLOCK_HOST, CLOCK_WARP, CLOCK_VIRTUAL_RT, TRAPS, END -> true;
            case INSTRUCTION, CHAR_READ, RANDOM, DIGEST, PLUG, UNPLUG, POKE -> false;
        };
    }

    private static boolean hasData(EventKind k) {
        return switch (k) {
            case CHAR_READ, BLOCK, NET, RANDOM, DIGEST, PLUG, UNPLUG, POKE -> true;
            case INSTRUCTION, BH, SHUTDOWN, RESET_REQUESTED, CLOCK_HOST, CLOCK_WARP, CLOCK_VIRTUAL_RT, TRAPS, END -> false;
        };
    }

    private long base(EventKind k) {
        return switch (k) {
            case CLOCK_HOST -> hostClock;
            case CLOCK_WARP -> virtual;
            case BLOCK -> block;
            default -> 0;
        };
    }

    private void note(EventKind k, long value) {
        switch (k) {
            case CLOCK_HOST -> hostClock = value;
            case CLOCK_WARP -> virtual = value;
            case BLOCK -> block = value;
            default -> {
            }
        }
    }

    void write(Event e, ByteArrayOutputStream out) {
        EventKind k = e.kind();
        long delta = e.icount() - icount;
        out.write(k.code() | (e.source() != 0 ? SOURCE : 0) | (delta != 0 ? DELTA : 0));
        if (delta != 0) {
            varint(delta, out);
            icount = e.icount();
        }
        if (e.source() != 0) {
            varint(e.source(), out);
        }
        if (hasValue(k)) {
            long d = e.value() - base(k);
            varint(d << 1 ^ d >> 63, out);
            note(k, e.value());
        }
        if (hasData(k)) {
            varint(e.data().length, out);
            out.write(e.data(), 0, e.data().length);
        }
    }

    private static void varint(long v, ByteArrayOutputStream out) {
        long left = v;
        while ((left & ~0x7fL) != 0) {
            out.write((int) (left & 0x7f | 0x80));
            left >>>= 7;
        }
        out.write((int) left);
    }

    /** Reads the next event. @throws IOException when the bytes are none */
    Event read(Cursor in) throws IOException {
        int first = in.next();
        EventKind k = KINDS[first & 63];
        if (k == null) {
            throw new IOException("unknown event code " + (first & 63));
        }
        if ((first & DELTA) != 0) {
            long delta = in.varint();
            if (delta <= 0 || icount + delta < 0) {
                throw new IOException("icount difference " + delta);
            }
            icount += delta;
        }
        long source = (first & SOURCE) != 0 ? in.varint() : 0;
        if (source < 0 || source > Integer.MAX_VALUE) {
            throw new IOException("part number " + source);
        }
        long value = 0;
        if (hasValue(k)) {
            long z = in.varint();
            value = (z >>> 1 ^ -(z & 1)) + base(k);
            note(k, value);
        }
        byte[] data = Event.NO_DATA;
        if (hasData(k)) {
            data = in.bytes(in.varint());
        }
        return new Event(k, icount, (int) source, value, data);
    }

    /** A place in a payload. */
    static final class Cursor {
        private final byte[] bytes;
        private int at;

        Cursor(byte[] bytes) {
            this.bytes = bytes;
        }

        boolean atEnd() {
            return at == bytes.length;
        }

        int position() {
            return at;
        }

        int next() throws IOException {
            if (at == bytes.length) {
                throw new IOException("an event is cut off");
            }
            return bytes[at++] & 0xff;
        }

        long varint() throws IOException {
            long v = 0;
            for (int shift = 0; shift < 64; shift += 7) {
                int b = next();
                v |= (long) (b & 0x7f) << shift;
                if (b < 0x80) {
                    return v;
                }
            }
            throw new IOException("a number has more than 64 bits");
        }

        byte[] bytes(long length) throws IOException {
            if (length < 0 || length > bytes.length - at) {
                throw new IOException("event data of " + length + " bytes in " + (bytes.length - at));
            }
            byte[] b = new byte[(int) length];
            System.arraycopy(bytes, at, b, 0, b.length);
            at += b.length;
            return b;
        }
    }
}
