package org.reprise.core.memory;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * {@link HostMemory} by direct byte buffers: a token is {@code chunk << 30 | offset}, chunks of one allocation follow each other, so that
 * token arithmetic works over all of it.
 */
final class BufferMemory {
    private static final int CHUNK_BITS = 30;
    private static final int CHUNK = 1 << CHUNK_BITS;
    private static final int MASK = CHUNK - 1;
    private static final VarHandle SHORT = MethodHandles.byteBufferViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    /** Chunk 0 is never used, so that no token is 0. Grows only; replaced as a whole, so readers need no lock. */
    private static volatile ByteBuffer[] chunks = new ByteBuffer[1];

    private BufferMemory() {
    }

    static synchronized long allocate(long bytes) {
        int count = (int) ((bytes + CHUNK - 1) >>> CHUNK_BITS);
        int first = free(count);
        ByteBuffer[] grown = first + count > chunks.length ? Arrays.copyOf(chunks, first + count) : chunks.clone();
        for (int i = 0; i < count; i++) {
            long left = bytes - ((long) i << CHUNK_BITS);
            grown[first + i] = ByteBuffer.allocateDirect((int) Math.min(left, CHUNK)).order(ByteOrder.LITTLE_ENDIAN);
        }
        chunks = grown;
        return (long) first << CHUNK_BITS;
    }

    private static int free(int count) {
        int run = 0;
        for (int i = 1; i < chunks.length; i++) {
            run = chunks[i] == null ? run + 1 : 0;
            if (run == count) {
                return i - count + 1;
            }
        }
        return chunks.length - run;
    }

    static synchronized void free(long token, long bytes) {
        ByteBuffer[] changed = chunks.clone();
        int first = (int) (token >>> CHUNK_BITS);
        int count = (int) ((bytes + CHUNK - 1) >>> CHUNK_BITS);
        Arrays.fill(changed, first, first + count, null);
        chunks = changed;
    }

    private static ByteBuffer chunk(long a) {
        return chunks[(int) (a >>> CHUNK_BITS)];
    }

    static byte getByte(long a) {
        return chunk(a).get((int) a & MASK);
    }

    static short getShort(long a) {
        return (short) SHORT.get(chunk(a), (int) a & MASK);
    }

    static int getInt(long a) {
        return (int) INT.get(chunk(a), (int) a & MASK);
    }

    static long getLong(long a) {
        return (long) LONG.get(chunk(a), (int) a & MASK);
    }

    static void putByte(long a, byte v) {
        chunk(a).put((int) a & MASK, v);
    }

    static void putShort(long a, short v) {
        SHORT.set(chunk(a), (int) a & MASK, v);
    }

    static void putInt(long a, int v) {
        INT.set(chunk(a), (int) a & MASK, v);
    }

    static void putLong(long a, long v) {
        LONG.set(chunk(a), (int) a & MASK, v);
    }

    static void read(long a, byte[] into, int offset, int length) {
        chunk(a).get((int) a & MASK, into, offset, length);
    }

    static void write(long a, byte[] from, int offset, int length) {
        chunk(a).put((int) a & MASK, from, offset, length);
    }
}
