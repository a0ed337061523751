package org.reprise.block.qcow2.image;

import java.nio.ByteBuffer;

/** One cluster of metadata in memory: an L2 table or a refcount block. It knows which of its bytes the file lacks. */
final class Table {
    final long offset;
    private final ByteBuffer data;
    private int from = Integer.MAX_VALUE;
    private int to;

    Table(long offset, byte[] data) {
        this.offset = offset;
        this.data = ByteBuffer.wrap(data);
    }

    byte[] bytes() {
        return data.array();
    }

    long getLong(int index) {
        return data.getLong(index * 8);
    }

    void putLong(int index, long value) {
        data.putLong(index * 8, value);
        changed(index * 8, 8);
    }

    int getByte(int at) {
        return Byte.toUnsignedInt(data.get(at));
    }

    void putByte(int at, int value) {
        data.put(at, (byte) value);
        changed(at, 1);
    }

    void changed(int at, int count) {
        from = Math.min(from, at);
        to = Math.max(to, at + count);
    }

    boolean dirty() {
        return to > from;
    }

    int from() {
        return from;
    }

    int to() {
        return to;
    }

    void clean() {
        from = Integer.MAX_VALUE;
        to = 0;
    }
}
