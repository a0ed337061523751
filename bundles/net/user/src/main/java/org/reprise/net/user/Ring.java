package org.reprise.net.user;

/** A queue of bytes that can be read at any place. It takes as much memory as it holds, rounded up to a power of 2. */
final class Ring {
    private static final int SMALLEST = 1 << 12;
    /** An empty queue that is larger gives its memory back. */
    private static final int KEPT = 1 << 16;

    private byte[] bytes = new byte[0];
    private int first;
    private int size;

    int size() {
        return size;
    }

    void add(byte[] data) {
        if (size + data.length > bytes.length) {
            byte[] larger = new byte[Math.max(SMALLEST, Integer.highestOneBit(size + data.length - 1) << 1)];
            copy(0, larger, 0, size);
            bytes = larger;
            first = 0;
        }
        int at = first + size & bytes.length - 1;
        int head = Math.min(data.length, bytes.length - at);
        System.arraycopy(data, 0, bytes, at, head);
        System.arraycopy(data, head, bytes, 0, data.length - head);
        size += data.length;
    }

    /** Copies bytes from a place on, counted from the oldest. */
    void copy(int from, byte[] to, int at, int length) {
        if (length > 0) {
            int begin = first + from & bytes.length - 1;
            int head = Math.min(length, bytes.length - begin);
            System.arraycopy(bytes, begin, to, at, head);
            System.arraycopy(bytes, 0, to, at + head, length - head);
        }
    }

    /** Forgets the oldest bytes. */
    void drop(int length) {
        size -= length;
        first = size == 0 ? 0 : first + length & bytes.length - 1;
        if (size == 0 && bytes.length > KEPT) {
            bytes = new byte[0];
        }
    }
}
