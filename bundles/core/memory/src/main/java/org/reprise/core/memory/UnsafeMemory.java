package org.reprise.core.memory;

import java.nio.ByteOrder;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import sun.misc.Unsafe;

/** {@link HostMemory} by {@code sun.misc.Unsafe}: tokens are native addresses. */
final class UnsafeMemory {
    static final Unsafe UNSAFE = find();
    static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
    private static final boolean SWAP = !LITTLE_ENDIAN;
    private static final long BYTES = Unsafe.ARRAY_BYTE_BASE_OFFSET;
    /** Aligned token to the address that the allocator gave. */
    private static final Map<Long, Long> ALLOCATED = new ConcurrentHashMap<>();

    private UnsafeMemory() {
    }

    private static Unsafe find() {
        try {
            var field = Unsafe.class.getDeclaredField("theUnsafe");
            field.setAccessible(true);
            return (Unsafe) field.get(null);
        } catch (ReflectiveOperationException | RuntimeException e) {
            return null;
        }
    }

    /** False where the JVM keeps it from us, or (later JDKs) has disabled memory access: then the first access throws. */
    static boolean available() {
        if (UNSAFE == null) {
            return false;
        }
        try {
            long a = UNSAFE.allocateMemory(8);
            UNSAFE.putLong(a, 1L);
            boolean works = UNSAFE.getLong(a) == 1L;
            UNSAFE.freeMemory(a);
            return works;
        } catch (UnsupportedOperationException e) {
            return false;
        }
    }

    static long allocate(long bytes) {
        long raw = UNSAFE.allocateMemory(bytes + 4096);
        long token = (raw + 4095) & -4096L;
        ALLOCATED.put(token, raw);
        return token;
    }

    static void free(long token) {
        Long raw = ALLOCATED.remove(token);
        if (raw != null) {
            UNSAFE.freeMemory(raw);
        }
    }

    static byte getByte(long a) {
        return UNSAFE.getByte(a);
    }

    static short getShort(long a) {
        short v = UNSAFE.getShort(a);
        return SWAP ? Short.reverseBytes(v) : v;
    }

    static int getInt(long a) {
        int v = UNSAFE.getInt(a);
        return SWAP ? Integer.reverseBytes(v) : v;
    }

    static long getLong(long a) {
        long v = UNSAFE.getLong(a);
        return SWAP ? Long.reverseBytes(v) : v;
    }

    static void putByte(long a, byte v) {
        UNSAFE.putByte(a, v);
    }

    static void putShort(long a, short v) {
        UNSAFE.putShort(a, SWAP ? Short.reverseBytes(v) : v);
    }

    static void putInt(long a, int v) {
        UNSAFE.putInt(a, SWAP ? Integer.reverseBytes(v) : v);
    }

    static void putLong(long a, long v) {
        UNSAFE.putLong(a, SWAP ? Long.reverseBytes(v) : v);
    }

    static void read(long a, byte[] into, int offset, int length) {
        UNSAFE.copyMemory(null, a, into, BYTES + offset, length);
    }

    static void write(long a, byte[] from, int offset, int length) {
        UNSAFE.copyMemory(from, BYTES + offset, null, a, length);
    }
}
