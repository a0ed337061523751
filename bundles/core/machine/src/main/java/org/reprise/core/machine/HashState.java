package org.reprise.core.machine;

import org.reprise.api.state.State;
import org.reprise.api.state.Stateful;

/** Hashes a part's state: every name and value goes through a 64-bit multiply-xorshift mix. The result is the same on every host. */
final class HashState implements State {
    private static final long SEED = 0x9e3779b97f4a7c15L;
    private static final long MULTIPLIER = 0xd6e8feb86659fd93L;
    private long hash = SEED;

    /** The digest of one part. */
    static long digest(Stateful part) {
        HashState state = new HashState();
        part.state(state);
        return state.hash;
    }

    private void mix(long value) {
        long x = (hash ^ value) * MULTIPLIER;
        x ^= x >>> 32;
        x *= MULTIPLIER;
        hash = x ^ (x >>> 29);
    }

    private void name(String name) {
        // String.hashCode is specified by the Java language, so it is the same everywhere.
        mix(name.hashCode() + ((long) name.length() << 32));
    }

    @Override
    public boolean loading() {
        return false;
    }

    @Override
    public boolean digesting() {
        return true;
    }

    @Override
    public boolean bool(String name, boolean value) {
        name(name);
        mix(value ? 1 : 0);
        return value;
    }

    @Override
    public int int32(String name, int value) {
        name(name);
        mix(value);
        return value;
    }

    @Override
    public long int64(String name, long value) {
        name(name);
        mix(value);
        return value;
    }

    @Override
    public byte[] bytes(String name, byte[] value) {
        name(name);
        mix(value.length);
        for (byte b : value) {
            mix(b);
        }
        return value;
    }

    @Override
    public void int64s(String name, long[] values, int count) {
        name(name);
        mix(count);
        for (int i = 0; i < count; i++) {
            mix(values[i]);
        }
    }

    @Override
    public void int32s(String name, int[] values) {
        name(name);
        mix(values.length);
        for (int value : values) {
            mix(value);
        }
    }

    @Override
    public void nested(String name, Stateful value) {
        name(name);
        value.state(this);
        mix(SEED);
    }
}
