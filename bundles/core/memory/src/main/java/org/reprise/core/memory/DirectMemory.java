package org.reprise.core.memory;

import sun.misc.Unsafe;

/**
 * {@link HostMemory} on little-endian hosts with Unsafe, without a choice on the way: for generated code, whose every call costs the JVM's
 * compilers time ({@link HostMemory#directClass}).
 */
public final class DirectMemory {
    private static final Unsafe UNSAFE = UnsafeMemory.UNSAFE;

    private DirectMemory() {
    }

    /** As {@link HostMemory#getByte}. */
    public static byte getByte(long token) {
        return UNSAFE.getByte(token);
    }

    /** As {@link HostMemory#putByte}. */
    public static void putByte(long token, byte value) {
        UNSAFE.putByte(token, value);
    }

    /** As {@link HostMemory#getShort}. */
    public static short getShort(long token) {
        return UNSAFE.getShort(token);
    }

    /** As {@link HostMemory#putShort}. */
    public static void putShort(long token, short value) {
        UNSAFE.putShort(token, value);
    }

    /** As {@link HostMemory#getInt}. */
    public static int getInt(long token) {
        return UNSAFE.getInt(token);
    }

    /** As {@link HostMemory#putInt}. */
    public static void putInt(long token, int value) {
        UNSAFE.putInt(token, value);
    }

    /** As {@link HostMemory#getLong}. */
    public static long getLong(long token) {
        return UNSAFE.getLong(token);
    }

    /** As {@link HostMemory#putLong}. */
    public static void putLong(long token, long value) {
        UNSAFE.putLong(token, value);
    }
}
