package org.reprise.debug.gdb.protocol;

import java.util.ArrayDeque;
import java.util.Queue;

/** Takes packets out of a stream of bytes, however it is cut. One thread. */
public final class PacketReader {
    /** Longest payload accepted, in bytes. */
    public static final int MAX_PAYLOAD = 0x10000;

    /** What comes over the wire. */
    public enum Kind {
        /** A packet whose checksum is right. */
        PACKET,
        /** A packet that is damaged or too long: it is to be sent again. */
        DAMAGED,
        /** The other side has received a packet. */
        ACK,
        /** The other side wants the last packet again. */
        NACK,
        /** Interrupt the target. */
        INTERRUPT
    }

    /** One of them. @param payload of a PACKET, without escapes and run lengths; else empty */
    public record Item(Kind kind, String payload) {
    }

    private final boolean runLengths;
    private final Queue<Item> items = new ArrayDeque<>();
    private final StringBuilder payload = new StringBuilder();
    private int state;
    private int sum;
    private int expected;
    private boolean escaped;
    private boolean runLength;
    private boolean tooLong;

    /** Reads what a stub sends: {@code *} begins a run length. */
    public PacketReader() {
        this(true);
    }

    /** @param runLengths {@code *} begins a run length; only stubs send them, in what their clients send {@code *} is itself */
    public PacketReader(boolean runLengths) {
        this.runLengths = runLengths;
    }

    /** Takes bytes from the stream. */
    public void feed(byte[] bytes, int offset, int length) {
        for (int i = offset; i < offset + length; i++) {
            feed(bytes[i] & 0xff);
        }
    }

    private void feed(int c) {
        switch (state) {
            case 0 -> between(c);
            case 1 -> inside(c);
            case 2 -> {
                expected = Character.digit(c, 16) << 4;
                state = 3;
            }
            default -> {
                boolean right = !tooLong && (expected | Character.digit(c, 16)) == (sum & 0xff);
                items.add(right ? new Item(Kind.PACKET, payload.toString()) : new Item(Kind.DAMAGED, ""));
                state = 0;
            }
        }
    }

    private void between(int c) {
        switch (c) {
            case '$' -> {
                payload.setLength(0);
                sum = 0;
                escaped = false;
                runLength = false;
                tooLong = false;
                state = 1;
            }
            case '+' -> items.add(new Item(Kind.ACK, ""));
            case '-' -> items.add(new Item(Kind.NACK, ""));
            case Packets.INTERRUPT -> items.add(new Item(Kind.INTERRUPT, ""));
            default -> {
                // noise between packets means nothing
            }
        }
    }

    private void inside(int c) {
        if (c == '#') {
            state = 2;
            return;
        }
        sum += c;
        if (payload.length() >= MAX_PAYLOAD) {
            tooLong = true;
        } else if (escaped) {
            payload.append((char) (c ^ 0x20));
            escaped = false;
        } else if (c == '}') {
            escaped = true;
        } else if (runLength) {
            repeat(c - 29);
        } else if (c == '*' && runLengths && payload.length() > 0) {
            runLength = true;
        } else {
            payload.append((char) c);
        }
    }

    private void repeat(int times) {
        runLength = false;
        char last = payload.charAt(payload.length() - 1);
        for (int i = 0; i < times && payload.length() < MAX_PAYLOAD; i++) {
            payload.append(last);
        }
    }

    /** The next item, or null when more bytes are needed. */
    public Item next() {
        return items.poll();
    }
}
