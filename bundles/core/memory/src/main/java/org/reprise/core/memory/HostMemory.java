package org.reprise.core.memory;

/**
 * Host memory outside of the Java heap, addressed by <em>tokens</em>: numbers with ordinary address arithmetic within one allocation.
 * Little-endian whatever the host is; accesses need no alignment, but must stay within a 4096-byte page of the allocation. Nothing is
 * checked on the way: only code that has translated and checked an address may call these methods.
 *
 * <p>Two implementations, chosen once at start (system property {@code reprise.memory}): {@code unsafe}, the default where the JVM
 * allows it, and {@code buffer}, which needs nothing but the Java API. A static final flag lets the JIT compiler drop the other one.
 */
public final class HostMemory {
    private static final boolean UNSAFE = choose();

    private HostMemory() {
    }

    private static boolean choose() {
        String wanted = System.getProperty("reprise.memory", "");
        if (!wanted.isEmpty() && !wanted.equals("unsafe") && !wanted.equals("buffer")) {
            throw new IllegalArgumentException("system property reprise.memory is '" + wanted + "': use unsafe or buffer");
        }
        if (wanted.equals("buffer")) {
            return false;
        }
        try {
            return UnsafeMemory.available();
        } catch (LinkageError e) {
            if (wanted.equals("unsafe")) {
                throw new IllegalStateException("reprise.memory=unsafe, but this JVM does not offer it: use buffer", e);
            }
            return false;
        }
    }

    /** Name of the implementation in use: {@code unsafe} or {@code buffer}. */
    public static String implementation() {
        return UNSAFE ? "unsafe" : "buffer";
    }

    /**
     * Name of a class with the same static accessors as this one, get and put of byte, short, int and long, that generated code had better
     * call: with fewer steps for the JVM's compilers on the way.
     */
    public static String directClass() {
        return (UNSAFE && UnsafeMemory.LITTLE_ENDIAN ? DirectMemory.class : HostMemory.class).getName();
    }

    /**
     * Allocates memory of undefined content; the token is page-aligned.
     *
     * @param bytes a multiple of 4096
     * @throws OutOfMemoryError when the host has not that much
     */
    public static long allocate(long bytes) {
        return UNSAFE ? UnsafeMemory.allocate(bytes) : BufferMemory.allocate(bytes);
    }

    /** Gives back what {@link #allocate} gave. */
    public static void free(long token, long bytes) {
        if (UNSAFE) {
            UnsafeMemory.free(token);
        } else {
            BufferMemory.free(token, bytes);
        }
    }

    /** Reads a byte, sign-extended by its type. */
    public static byte getByte(long token) {
        return UNSAFE ? UnsafeMemory.getByte(token) : BufferMemory.getByte(token);
    }

    /** Reads 16 bits. */
    public static short getShort(long token) {
        return UNSAFE ? UnsafeMemory.getShort(token) : BufferMemory.getShort(token);
    }

    /** Reads 32 bits. */
    public static int getInt(long token) {
        return UNSAFE ? UnsafeMemory.getInt(token) : BufferMemory.getInt(token);
    }

    /** Reads 64 bits. */
    public static long getLong(long token) {
        return UNSAFE ? UnsafeMemory.getLong(token) : BufferMemory.getLong(token);
    }

    /** Writes a byte. */
    public static void putByte(long token, byte value) {
        if (UNSAFE) {
            UnsafeMemory.putByte(token, value);
        } else {
            BufferMemory.putByte(token, value);
        }
    }

    /** Writes 16 bits. */
    public static void putShort(long token, short value) {
        if (UNSAFE) {
            UnsafeMemory.putShort(token, value);
        } else {
            BufferMemory.putShort(token, value);
        }
    }

    /** Writes 32 bits. */
    public static void putInt(long token, int value) {
        if (UNSAFE) {
            UnsafeMemory.putInt(token, value);
        } else {
            BufferMemory.putInt(token, value);
        }
    }

    /** Writes 64 bits. */
    public static void putLong(long token, long value) {
        if (UNSAFE) {
            UnsafeMemory.putLong(token, value);
        } else {
            BufferMemory.putLong(token, value);
        }
    }

    /** Copies out; the range stays within one page. */
    public static void read(long token, byte[] into, int offset, int length) {
        if (UNSAFE) {
            UnsafeMemory.read(token, into, offset, length);
        } else {
            BufferMemory.read(token, into, offset, length);
        }
    }

    /** Copies in; the range stays within one page. */
    public static void write(long token, byte[] from, int offset, int length) {
        if (UNSAFE) {
            UnsafeMemory.write(token, from, offset, length);
        } else {
            BufferMemory.write(token, from, offset, length);
        }
    }

    /** Zeroes one page. */
    public static void zeroPage(long token) {
        for (int i = 0; i < 4096; i += 8) {
            putLong(token + i, 0);
        }
    }
}
