package org.reprise.api.state;

import org.osgi.annotation.versioning.ProviderType;

/**
 * A visitor over the guest-visible state of one part. The same {@link Stateful#state} method saves, restores and hashes: each call
 * names one field, passes its present value and stores what is returned, so that saving and loading cannot drift apart:
 * <pre>{@code  lcr = s.int32("lcr", lcr);}</pre>
 * When saving or hashing the value passed is returned; when restoring the saved value is. Names are unique within one part, and the
 * order of calls is the same for every visitor. Called on the machine's thread only. Derived state (caches, decoded descriptors)
 * is not visited: rebuild it when {@link #loading} is true, at the end of the method.
 */
@ProviderType
public interface State {
    /** True while restoring. */
    boolean loading();

    /**
     * True while a digest is made. What the guest can see only later or not directly, and what a digest does not hold therefore (contents of a TLB),
     * is visited when this is false.
     */
    default boolean digesting() {
        return false;
    }

    /** A flag. */
    boolean bool(String name, boolean value);

    /** A value of up to 32 bits. */
    int int32(String name, int value);

    /** A value of up to 64 bits. */
    long int64(String name, long value);

    /** A byte array of variable length; the returned array may be the one passed. Null is not allowed. */
    byte[] bytes(String name, byte[] value);

    /** Visits the first {@code count} elements in place; {@code count} is fixed by configuration, never by guest state. */
    void int64s(String name, long[] values, int count);

    /** Visits all elements in place. */
    void int32s(String name, int[] values);

    /** Visits a part of this part, its field names prefixed by {@code name} and a dot. */
    void nested(String name, Stateful value);
}
